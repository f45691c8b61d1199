"""Processes, connections and replies are lost while people write; nothing acknowledged is."""

import json
import os
import signal
import threading
import time
from collections import Counter
from contextlib import closing, contextmanager, suppress
from urllib.parse import urlsplit

import pytest
from django.db import connection

from bench.chaos.proxy import cutting
from bench.figures import Reading
from bench.web import WRITES_OF_A_TOKEN, Client, serving
from crm.models import Customer
from ops import integrity
from ops.models import IdempotencyKey, JobState
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.ops.clusters import (
    PATIENCE,
    WORKERS,
    children,
    descendants,
    due_soon,
    effects,
    environ,
    kill_group,
    new_run,
    one_more_is_done,
    samples,
    send,
    start,
    state,
)
from tests.races import wait_until

__all__ = ["environ", "samples", "start"]
pytestmark = [pytest.mark.race, pytest.mark.slow]
needs_postgresql = pytest.mark.skipif(
    connection.vendor != "postgresql", reason="not run: SQLite has no server to cut off"
)
WRITERS = 4
PARTS = ("web", "worker", "monitor", "pusher", "sentinel", "cluster", "supervisor")
SOURCE = "chaos"
# Sample jobs leave rows of files as their effects, without files.
UNASKED = {"stored_files"}


class Writers:
    """Clients that add customers, each with a key of its own, until they are told to stop."""

    def __init__(self, port, writes=10_000):
        owner = UserFactory(roles=["admin"])
        count = writes // WRITES_OF_A_TOKEN + 1
        scopes = ["customers:read", "customers:write"]
        self.tokens = [ApiTokenFactory(owner=owner, scopes=scopes).text for _ in range(count)]
        self.port, self.next, self.acknowledged, self.faults = port, 0, {}, []
        self.lock, self.stop = threading.Lock(), threading.Event()

    def take(self):
        with self.lock:
            number, self.next = self.next, self.next + 1
        return number

    def write(self):
        with closing(Client(self.port)) as client:
            while not self.stop.is_set():
                self.write_one(client, self.take())

    def write_one(self, client, number):
        body = json.dumps({"last_name": f"No {number}", "source": SOURCE, "external_id": number})
        token = self.tokens[number // WRITES_OF_A_TOKEN % len(self.tokens)]
        told = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"chaos-{number}"}
        try:
            answer = client.until_answered(
                "POST", "/api/v1/customers/", body, Content_Type="application/json", **told
            )
        except Exception as error:
            self.faults.append(repr(error))
            return
        if answer.status == 201:
            self.acknowledged[number] = answer.json()["id"]
        else:
            self.faults.append(f"{answer.status} {answer.body[:200]!r}")

    @contextmanager
    def at_work(self):
        threads = [threading.Thread(target=self.write) for _ in range(WRITERS)]
        for thread in threads:
            thread.start()
        try:
            yield
        finally:
            self.stop.set()
            for thread in threads:
                thread.join()

    def findings(self):
        """What was acknowledged against what is stored: missing, doubled, and another id."""
        rows = Customer.objects.filter(source=SOURCE).values_list("external_id", "pk")
        stored = {int(name): pk for name, pk in rows}
        return {
            "acknowledged": len(self.acknowledged),
            "missing": sum(number not in stored for number in self.acknowledged),
            "doubled": len(rows) - len(stored),
            "another id": sum(
                stored.get(n) not in (None, pk) for n, pk in self.acknowledged.items()
            ),
            "faults": len(self.faults),
        }


def is_clean(found):
    bad = sum(found[name] for name in ("missing", "doubled", "another id", "faults"))
    return found["acknowledged"] > 0 and not bad


def broken_rules():
    return [one for one in integrity.check() if one.rule not in UNASKED]


def kill_backend(chance):
    """End one connection of the database, any but this process's own."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        own = cursor.fetchone()[0]
        cursor.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> %s",
            [own],
        )
        others = [pid for (pid,) in cursor.fetchall()]
        if others:
            cursor.execute("SELECT pg_terminate_backend(%s)", [chance.choice(others)])
    return bool(others)


def kill_part(supervisor, part):
    """Kill one process of a cluster, once there is a whole cluster again."""
    pids = wait_until(lambda: parts_of(supervisor).get(part), PATIENCE * 4)
    with suppress(ProcessLookupError):
        send(signal.SIGKILL, pids[:1])


def parts_of(supervisor):
    """The processes of the cluster that runs now by their part; nothing while one is replaced."""
    for cluster in children(supervisor.pid):
        for sentinel in children(cluster):
            below = sorted(children(sentinel))
            if len(below) >= WORKERS + 2:
                *workers, monitor, pusher = below
                found = {"cluster": cluster, "sentinel": sentinel, "worker": workers[0]}
                found |= {"monitor": monitor, "pusher": pusher}
                return {name: [pid] for name, pid in found.items()} | {"workers": workers}
    return {}


class Storm:
    """A web server, its jobs, and the processes to kill among them."""

    def __init__(self, web, start, chance):
        self.web, self.start, self.chance = web, start, chance
        self.supervisor = start()

    def kill(self, part):
        if part == "backend":
            kill_backend(self.chance)
        elif part == "web":
            send(signal.SIGKILL, [self.chance.choice(wait_until(lambda: self.web.workers))])
        elif part == "supervisor":
            groups = {os.getpgid(pid) for pid in descendants(self.supervisor.pid)}
            self.supervisor.kill()
            self.supervisor.wait()
            for group in groups - {os.getpgid(0)}:
                kill_group(group)
            self.supervisor = self.start()
        else:
            kill_part(self.supervisor, part)


def kill_everything(start, environ, folder, rounds, chance):
    """Figure 5: `rounds` kills, among writers at the API and jobs with countable effects."""
    parts = [*PARTS, *(["backend"] if connection.vendor == "postgresql" else [])]
    killed, runs = Counter(), []
    with serving(environ, folder / "web.log") as web:
        storm, writers = Storm(web, start, chance), Writers(web.port)
        one_more_is_done()
        with writers.at_work():
            for number in range(rounds):
                runs.append(new_run("sample.make_effect", number=number))
                time.sleep(chance.uniform(0.1, 0.6))
                part = parts[number % len(parts)]
                storm.kill(part)
                killed[part] += 1
        wait_until(lambda: all(state(run) == JobState.DONE for run in runs), PATIENCE * 4)
    found = writers.findings()
    done = [number for number in effects() if number >= 0]
    found |= {
        "jobs": len(runs),
        "effects lost": len(set(range(rounds)) - set(done)),
        "effects doubled": len(done) - len(set(done)),
        "rules broken": len(broken_rules()),
        "kills": sum(killed.values()),
    }
    is_good = is_clean(found) and not (
        found["effects lost"] or found["effects doubled"] or found["rules broken"]
    )
    notes = ", ".join(f"{part} {count}" for part, count in sorted(killed.items()))
    return Reading(found, is_good, f"kills: {notes}; timers at one tenth")


@pytest.mark.figure(5)
def test_kills_lose_nothing_and_double_nothing(figure, start, environ, tmp_path):
    figure(lambda rounds, chance: kill_everything(start, environ, tmp_path, rounds, chance))


@pytest.mark.figure(6)
def test_work_goes_on_soon_after_each_kill(figure, start):
    def work(rounds, chance):
        supervisor, seconds = start(), {}
        one_more_is_done()
        for part in PARTS[1:-1] * rounds:
            kill_part(supervisor, part)
            began, run = time.monotonic(), due_soon()
            wait_until(lambda run=run: state(run) == JobState.DONE, 120)
            took = round(time.monotonic() - began, 1)
            seconds[part] = max(took, seconds.get(part, 0))
        supervisor.kill()
        began = time.monotonic()
        start()
        one_more_is_done()
        seconds["supervisor"] = round(time.monotonic() - began, 1)
        found = {"worst seconds": max(seconds.values()), **seconds}
        return Reading(found, max(seconds.values()) <= 120, "timers at one tenth")

    figure(work)


def cut_backends(environ, folder, rounds, chance):
    """Figure 7: connections end at the server's side while people write."""
    ended = 0
    with serving(environ, folder / "web.log") as web:
        writers = Writers(web.port)
        with writers.at_work():
            while ended < rounds:
                ended += kill_backend(chance)
                time.sleep(chance.uniform(0.02, 0.1))
    found = writers.findings() | {"connections ended": ended}
    return Reading(found, is_clean(found))


@needs_postgresql
@pytest.mark.figure(7)
def test_ended_connections_lose_nothing(figure, environ, tmp_path):
    figure(lambda rounds, chance: cut_backends(environ, tmp_path, rounds, chance))


def cut_commits(environ, folder, rounds):
    """Figure 8: the database commits, and the reply never comes; the same key asks again."""
    place = urlsplit(environ["DATABASE_URL"])
    with cutting(place.hostname, place.port or 5432) as cutter:
        near = place._replace(netloc=place.netloc.rpartition(":")[0] + f":{cutter.port}")
        with serving(environ | {"DATABASE_URL": near.geturl()}, folder / "web.log") as web:
            writers = Writers(web.port)
            with writers.at_work():
                for _ in range(rounds):
                    time.sleep(0.3)
                    with cutter.lock:
                        cutter.cuts_left = 1
                    wait_until(lambda: not cutter.cuts_left)
    found = writers.findings() | {"commits cut": cutter.cuts_done}
    keys = IdempotencyKey.objects.filter(key__startswith="chaos-").count()
    return Reading(found | {"keys": keys}, is_clean(found))


@needs_postgresql
@pytest.mark.figure(8)
def test_cut_commits_are_answered_once_more(figure, environ, tmp_path):
    figure(lambda rounds, chance: cut_commits(environ, tmp_path, rounds))
