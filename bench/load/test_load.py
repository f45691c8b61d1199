"""Many people at real web processes; rates are compared with a floor of the same run."""

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

import pytest
from django.conf import settings
from django.test import Client as Session

from accounts.models import TeamMembership
from bench.figures import Reading, percentile
from bench.interaction_list import BEGIN, fill
from bench.web import Client, serving
from feedback import links
from feedback.models import Response
from ops.models import JobRun, JobState
from tests.factories.accounts import UserFactory
from tests.feedback.survey_worlds import PERSON, invited
from tests.ops.clusters import environ, one_more_is_done, samples, start

__all__ = ["environ", "samples", "start"]
pytestmark = [pytest.mark.race, pytest.mark.slow]
CLIENTS = 32
NOTE = re.compile(r'name="f" value="([^"]+)"')
SUPERVISOR_PAGES = ("/", "/interactions/", "/cases/", "/quality/evaluations/", "/customers/")
EVALUATOR_PAGES = ("/", "/quality/", "/quality/evaluations/", "/interactions/")


# --- Figure 1 ------------------------------------------------------------------------------------


@dataclass
class Form:
    """An open questionnaire: where it is sent, with which cookie, and what."""

    path: str
    cookie: str
    body: str


def opened(port, token):
    """Follow the link as a browser does; the page then says that it was shown a minute ago."""
    with closing(Client(port, {"User-Agent": PERSON})) as client:
        link = client.ask("GET", f"/s/{token}")
        cookie = link.headers["set-cookie"].partition(";")[0]
        page = client.ask("GET", link.headers["location"], Cookie=cookie)
    sheet = links.read_sheet(NOTE.search(page.body.decode())[1])
    sheet.rendered_at -= 60
    body = urlencode({"f": sheet.signed(), "go": "next", "q-csat": "5", "q-driver": "person"})
    return Form(link.headers["location"].partition("?")[0], cookie, body)


def timed_posts(port, forms):
    """Send every form, CLIENTS at once: answers, and the seconds that all of them took."""

    def send(form):
        with closing(Client(port, {"User-Agent": PERSON})) as client:
            kind = "application/x-www-form-urlencoded"
            return client.ask("POST", form.path, form.body, Cookie=form.cookie, Content_Type=kind)

    began = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as pool:
        answers = list(pool.map(send, forms))
    return answers, time.perf_counter() - began


def submits(environ, folder, rounds):
    tokens = [invited()[1] for _ in range(rounds)]
    with serving(environ, folder / "web.log") as web:
        forms = [opened(web.port, token) for token in tokens]
        floor, floor_seconds = timed_posts(web.port, [Form("/floor/post/", "", "x=1")] * rounds)
        answers, seconds = timed_posts(web.port, forms)
    rate = floor_seconds / seconds
    slow = percentile([one.seconds for one in answers], 0.99)
    slow /= percentile([one.seconds for one in floor], 0.99)
    found = {
        "share of floor rate": round(rate, 2),
        "p99 over floor": round(slow, 2),
        "submits a second": round(rounds / seconds, 1),
        "not 2xx or 3xx": sum(not 200 <= one.status < 400 for one in answers),
        "lost": rounds - Response.objects.accepted().count(),
    }
    is_whole = not (found["not 2xx or 3xx"] or found["lost"])
    return Reading(found, is_whole and rate >= 0.45 and slow <= 3, f"{CLIENTS} clients")


@pytest.mark.figure(1)
def test_survey_submits_under_many_clients(figure, environ, tmp_path):
    figure(lambda rounds, chance: submits(environ, tmp_path, rounds))


# --- Figures 2 and 4 -----------------------------------------------------------------------------


def signed_in(role, team):
    """A session cookie of a new person of the team."""
    user = UserFactory(roles=[role])
    TeamMembership.objects.create(user=user, team=team, kind=role, starts_at=BEGIN)
    session = Session()
    session.force_login(user)
    return f"{settings.SESSION_COOKIE_NAME}={session.cookies[settings.SESSION_COOKIE_NAME].value}"


def people(count, rows):
    """Cookies with the pages that their owners look at, in a center with so many interactions."""
    team = fill(rows)
    found = [(signed_in("supervisor", team), SUPERVISOR_PAGES) for _ in range(count)]
    return found + [(signed_in("evaluator", team), EVALUATOR_PAGES) for _ in range(count)]


def looked(port, crowd, requests, chance):
    """Ask for `requests` pages, everyone at once; status and seconds by page."""
    orders = [(*chance.choice(crowd), chance.random()) for _ in range(requests)]

    def look(order):
        cookie, pages, number = order
        page = pages[int(number * len(pages))]
        with closing(Client(port)) as client:
            answer = client.ask("GET", page, Cookie=cookie)
        return page, answer.status, answer.seconds

    with ThreadPoolExecutor(len(crowd)) as pool:
        return list(pool.map(look, orders))


def role_mix(environ, folder, rounds, chance, *, people_of_a_role=5, rows=20_000):
    crowd = people(people_of_a_role, rows)
    with serving(environ, folder / "web.log") as web:
        floor = looked(web.port, [(cookie, ("/floor/page/",)) for cookie, _ in crowd], 100, chance)
        looked(web.port, crowd, len(crowd) * 4, chance)  # The first look at a page is never timed.
        seen = looked(web.port, crowd, rounds, chance)
    bare = percentile([seconds for _, _, seconds in floor], 0.95)
    ratio = percentile([seconds for _, _, seconds in seen], 0.95) / bare
    pages = sorted({page for page, _, _ in seen})
    slowest = max(pages, key=lambda page: percentile([s for p, _, s in seen if p == page], 0.95))
    found = {
        "p95 over floor": round(ratio, 2),
        "p95 ms": round(ratio * bare * 1000),
        "floor ms": round(bare * 1000),
        "not 200": sum(status != 200 for _, status, _ in seen),
        "slowest": slowest,
    }
    notes = f"{len(crowd)} people, {rows} interactions"
    return Reading(found, ratio <= 4 and not found["not 200"], notes)


@pytest.mark.figure(2)
def test_pages_of_a_team_at_work(figure, environ, tmp_path):
    figure(lambda rounds, chance: role_mix(environ, tmp_path, rounds, chance))


def memory_and_files(pids):
    """Resident kilobytes and open files of these processes together."""
    kilobytes, files = 0, 0
    for pid in pids:
        status = Path(f"/proc/{pid}/status").read_text()
        kilobytes += int(re.search(r"VmRSS:\s+(\d+)", status)[1])
        files += len(list(Path(f"/proc/{pid}/fd").iterdir()))
    return kilobytes, files


def soak(environ, folder, start, seconds, chance):
    """Look at pages for so long while jobs run; memory is compared after a third of the time."""
    crowd = people(2, 2_000)
    start()
    one_more_is_done()
    looks, stop = [], threading.Event()
    with serving(environ, folder / "web.log") as web:

        def go_on():
            while not stop.is_set():
                looks.extend(looked(web.port, crowd, len(crowd), chance))
                time.sleep(0.05)

        thread = threading.Thread(target=go_on)
        thread.start()
        time.sleep(seconds / 3)
        before = memory_and_files(web.workers)
        time.sleep(seconds * 2 / 3)
        after = memory_and_files(web.workers)
        stop.set()
        thread.join()
    one_more_is_done()
    growth = (after[0] - before[0]) / before[0] * 100
    found = {
        "memory growth percent": round(growth, 1),
        "files more": after[1] - before[1],
        "pages": len(looks),
        "not 200": sum(status != 200 for _, status, _ in looks),
        "stuck jobs": JobRun.objects.filter(state=JobState.RUNNING).count(),
    }
    is_good = growth < 5 and found["files more"] <= 8 and not found["not 200"]
    return Reading(found, is_good and not found["stuck jobs"], "rounds are seconds")


@pytest.mark.figure(4)
def test_nothing_grows_while_people_work(figure, environ, tmp_path, start):
    figure(lambda rounds, chance: soak(environ, tmp_path, start, rounds, chance))
