"""Seven people do their main jobs in the demo center, on Attune running as its users run it."""

import json
import re
import sqlite3
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from config.demo.center import DOMAIN, PASSWORD
from tests.browser import real_server
from tests.browser.conftest import free_port
from tests.browser.real_server import RealServer

THANKS = "You stayed with the damaged parcel until it was solved."
WAIT_FOR_JOBS = """
import time
from ops.models import JobRun
waiting = JobRun.objects.filter(job="ops.handle_event", finished_at=None)
for _ in range(120):
    if not waiting.exists():
        break
    time.sleep(0.5)
"""
A_LITTLE_READING = 2_500  # Milliseconds; who presses Send sooner is asked to press once more.
COUNT_PEOPLE = "from accounts.models import User; print(User.objects.count())"
Visit = Callable[..., Page]
LINK_OF_AN_INVITATION = """
from urllib.parse import urlsplit
from django.utils import timezone
from feedback import links
from feedback.actions import invitations
from feedback.models import Invitation
at = timezone.now()
sent = Invitation.objects.filter(state="sent", channel="email", expires_at__gt=at).latest("pk")
_, token = invitations.mint_token(invitation_id=sent.pk, purpose="reminder", at=at)
invitations.mark_sent(invitation_id=sent.pk, purpose="reminder", message_id="", at=at)
print(urlsplit(links.survey_link(token)).path)
"""


@pytest.fixture
def own_connections() -> None:
    """The server has its own database; the test opens none."""


@pytest.fixture(scope="module")
def center(tmp_path_factory) -> Iterator[RealServer]:
    with real_server.running(tmp_path_factory.mktemp("center"), free_port()) as server:
        server.manage("seed_demo")
        yield server


@pytest.fixture
def visit(chromium: Browser, center: RealServer) -> Iterator[Visit]:
    """Sign in by keys as somebody of the demo center."""
    contexts: list[BrowserContext] = []

    def visited(login: str = "", path: str = "/", **options) -> Page:
        context = chromium.new_context(base_url=center.url, **options)
        context.set_default_timeout(60_000)
        contexts.append(context)
        page = context.new_page()
        if not login:
            page.goto(path)
            return page
        page.goto("/sign-in/")
        page.keyboard.type(f"{login}@{DOMAIN}")
        page.keyboard.press("Tab")
        page.keyboard.type(PASSWORD)
        page.keyboard.press("Enter")
        page.wait_for_url(f"{center.url}/")
        page.goto(path)
        return page

    yield visited
    for context in contexts:
        context.close()


def go_to(page: Page, words: str, title: str) -> None:
    """Open a page or record from the palette, with keys alone."""
    page.keyboard.press("Control+k")
    page.keyboard.type(words)
    hit = page.locator("#palette a.hit", has_text=title).first
    expect(hit).to_be_visible()
    for _ in range(20):
        page.keyboard.press("ArrowDown")
        if hit.evaluate("hit => hit === document.activeElement"):
            break
    address = hit.get_attribute("href")
    page.keyboard.press("Enter")
    page.wait_for_url(f"**{address}")


def test_operators_night(center: RealServer, tmp_path):
    """Back up while people work, damage a copy, restore into an empty place, check it."""
    folder = tmp_path / "backups"
    center.python(WAIT_FOR_JOBS)
    center.manage("backup", "--to", str(folder), "--media", "copy")
    (backup,) = [path for path in folder.iterdir() if path.is_dir()]
    tombstones = tmp_path / "tombstones.jsonl"
    tombstones.touch()
    empty = RealServer("", center.environ | {"ATTUNE_DATA_DIR": str(tmp_path / "second")})

    empty.manage("restore", str(backup), "--tombstones", str(tombstones))
    empty.manage("migrate", "--check")

    assert "Every rule holds." in empty.manage("check_integrity")
    with sqlite3.connect(tmp_path / "second" / "attune.sqlite3") as database:
        (people,) = database.execute("SELECT COUNT(*) FROM accounts_user").fetchone()
    assert people == int(center.python(COUNT_PEOPLE))


def test_evaluators_shift(visit: Visit):
    """From the work list through one drawn call to the next, without a pointer."""
    page = visit("evaluator")
    expect(page.locator("main")).to_contain_text("Interactions to evaluate")
    go_to(page, "work list", "Work list")
    rows = page.locator("main tbody tr")
    waiting = rows.count()

    page.keyboard.press("j")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/quality/assignments/\d+/$"))
    page.keyboard.press("Enter")
    page.wait_for_selector("[data-workspace][data-ready]")
    for _ in range(40):
        key = page.locator("[data-criterion][aria-current]").get_attribute("data-criterion")
        if page.locator(f'[data-criterion="{key}"] input[type=radio]').count():
            page.keyboard.press("1")
            state = page.locator(f'[data-criterion="{key}"] [data-save-state]')
            expect(state).to_contain_text("Saved")
        page.keyboard.press("ArrowDown")
        after = page.locator("[data-criterion][aria-current]").get_attribute("data-criterion")
        if after == key:
            break
    page.keyboard.press("s")
    expect(page.locator("#submit-dialog")).to_be_visible()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/quality/evaluations/\d+/$"))

    go_to(page, "work list", "Work list")
    expect(rows).to_have_count(waiting - 1)


def test_agents_week(visit: Visit):
    """Acknowledge a result, dispute another, begin a course, answer coaching, give thanks."""
    page = visit("agent")
    main = page.locator("main")

    page.get_by_role("link", name="Results to read and acknowledge").click()
    page.locator("section[aria-labelledby=to-read] a").first.click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(main).to_contain_text("Acknowledged")

    page.goto("/quality/my/")
    for row in page.locator("section[aria-labelledby=all-results] tbody tr a").all():
        page.goto(row.get_attribute("href") or "")
        dispute = page.get_by_role("link", name="Dispute")
        if dispute.count():
            dispute.first.click()
            break
        page.goto("/quality/my/")
    picks = page.locator("main select")
    if picks.count():
        picks.first.select_option(index=1)
        page.locator("main textarea").first.fill("The customer was verified at the very start.")
    page.get_by_label("In your own words").fill("Please listen to the first minute once more.")
    page.get_by_role("button", name="File the dispute").click()
    expect(main).to_contain_text("Please listen to the first minute once more.")

    page.goto("/learning/")
    page.get_by_role("link", name=re.compile("Begin|Go on|Continue")).first.click()
    expect(page.locator("h1")).to_be_visible()

    page.goto("/")
    page.get_by_role("link", name=re.compile("^Coaching with")).first.click()
    page.get_by_role("button", name="Acknowledge").click()
    expect(main).to_contain_text("Acknowledged")

    page.goto("/recognition/give/")
    page.locator("main select[multiple], main select[name=recipients]").first.select_option(index=1)
    page.locator("main textarea").first.fill(THANKS)
    page.get_by_role("button", name="Send").click()
    expect(main).to_contain_text(THANKS)


def test_supervisors_morning(visit: Visit):
    """What waits, the team, one number opened to its interactions, and a record in the admin."""
    page = visit("supervisor")
    expect(page.locator("main")).to_contain_text("Results to release")

    go_to(page, "team quality", "Team quality")
    page.locator("main").get_by_role("link", name="Billing").click()
    expect(page.locator("main")).to_contain_text("n =")

    page.goto("/reports/operations/")
    page.locator("main a[href*='/reports/number/']").first.click()
    expect(page.locator("main")).to_contain_text("Show as")

    page.goto("/admin/crm/case/")
    page.locator("#result_list tbody th a").first.click()
    expect(page.locator("#content h1, #content h2").first).to_be_visible()
    page.goto("/admin/quality/evaluation/?q=")
    expect(page.locator("#result_list tbody tr").first).to_be_visible()


def test_trainers_month(visit: Visit):
    """Write a course, hand it to review, plan coaching from a failure, read what helped."""
    page = visit("trainer", "/training/courses/new/")
    page.get_by_label("Title").first.fill("Saying the wait out loud")
    page.locator("main form button.primary").click()
    page.wait_for_url(re.compile(r"/training/courses/\d+/"))
    page.get_by_label("New module").fill("The wait")
    page.keyboard.press("Enter")
    page.locator("details.builder-add summary").first.click()
    page.locator("details.builder-add input[name=title]").first.fill("Why a wait is said")
    page.keyboard.press("Enter")
    page.locator("main textarea[name=body]").fill("A wait that is announced feels shorter.")
    page.get_by_role("button", name="Save the lesson").click()
    expect(page.locator("main")).to_contain_text("Why a wait is said")

    page.goto("/training/courses/")
    expect(page.locator("main")).to_contain_text("Saying the wait out loud")
    page.goto("/training/compliance/")
    expect(page.locator("main table").first).to_be_visible()
    go_to(page, "effects", "Effects")
    expect(page.locator("main")).to_contain_text("Effects")


def test_customers_minute(visit: Visit, center: RealServer):
    """A low rating on a phone without scripts becomes an alert that a person can open."""
    link = center.python(LINK_OF_AN_INVITATION).strip()
    page = visit(
        "",
        link,
        viewport={"width": 360, "height": 740},
        java_script_enabled=False,
    )
    for _ in range(6):
        for group in page.locator("fieldset:has(input[type=radio])").all():
            group.locator("label").first.click()
        for text in page.locator("textarea").all():
            text.fill("Nobody called me back for nine days.")
        page.wait_for_timeout(A_LITTLE_READING)
        page.get_by_role("button", name=re.compile("Send|Next")).first.click()
        page.wait_for_load_state()
        if not page.get_by_role("button", name=re.compile("Send|Next")).count():
            break
    expect(page.locator("body")).to_contain_text(re.compile("Thank|sorry", re.I))

    admin = visit("admin", "/feedback/alerts/")
    expect(admin.locator("main tbody tr").first).to_be_visible()


def test_integrators_first_day(visit: Visit):
    """A token, a pushed interaction, and the page on which people find it."""
    page = visit("admin", "/settings/tokens/new/")
    page.get_by_label("Name").fill("Telephony")
    for scope in ("interactions:write", "interactions:read"):
        page.locator(f"input[value='{scope}']").check()
    page.get_by_role("button", name="Issue token").click()
    token = re.search(r"att_[\w-]+", page.locator("main").inner_text())
    assert token

    answer = page.request.post(
        "/api/v1/interactions/batch/",
        headers={"Authorization": f"Bearer {token[0]}", "Content-Type": "application/json"},
        data=json.dumps(
            {
                "source": "pbx-journey",
                "interactions": [{"external_id": "call-1", "started_at": "2026-03-16T09:00:00Z"}],
            }
        ),
    )

    assert answer.status == 200, answer.text()
    assert answer.json()["results"][0]["status"] == "created"
    page.goto("/interactions/?q=call-1")
    expect(page.locator("main tbody tr").first).to_contain_text("I-")
