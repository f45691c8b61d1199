"""The demo center: whole in every area, made once, never where work is done."""

import re
from collections import deque
from datetime import date
from functools import partial
from html import unescape

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.test import Client
from django.urls import Resolver404, resolve

from accounts.models import AuditEntry, User
from config.management.commands.seed_demo import SIGN_INS
from crm.models import Case, Customer, Interaction, TimelineEntry
from feedback.models import Kudos, Response
from ops.models import JobRun
from quality.models import Draw, Evaluation
from reports.models import DayQueueFact
from tests import foreign_rows
from tests.factories.accounts import UserFactory
from training.models import CoachingSession, Enrollment

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 4, 1)  # The month has just begun: the day on which most lies elsewhere.
# Each sees only what belongs to their own work or team.
STRANGERS = ("supervisor2", "agent30", "agent", "evaluator", "trainer")
# Reading counts requests, keeps the session alive and notes who read or has seen what.
MAY_BE_WRITTEN = {
    "feedback_noticepreference",
    "accounts_accessentry",
    "django_session",
    "ops_bucket",
    "usersessions_usersession",
}
WRITE = re.compile(r'\s*(?:INSERT(?: OR \w+)? INTO|UPDATE|DELETE FROM)\s+"?(\w+)', re.IGNORECASE)
LINK = re.compile(r'<a\b[^>]*\shref="(/[^"#]*)')


@pytest.mark.timeout(1800)
@pytest.mark.skipif(connection.vendor != "sqlite", reason="minutes long; demos run on SQLite")
def test_every_area_has_something_to_show_and_twice_is_once(capsys):
    call_command("seed_demo", until=LAST_DAY)
    kinds = (Customer, Interaction, Case, Evaluation, Draw, Response, Kudos, Enrollment)
    counts = [kind.objects.count() for kind in (*kinds, CoachingSession, DayQueueFact, AuditEntry)]
    assert min(counts) > 0
    assert TimelineEntry.objects.filter(kind="evaluation").exists()
    assert not JobRun.objects.filter(job="ops.handle_event").exists()

    call_command("seed_demo", until=LAST_DAY)
    kinds = (*kinds, CoachingSession, DayQueueFact, AuditEntry)
    assert [kind.objects.count() for kind in kinds] == counts
    assert "supervisor@meridian.example" in capsys.readouterr().out

    assert [f"{role}: {fault}" for role in SIGN_INS for fault in faults_of_pages(role)] == []

    strangers = STRANGERS if foreign_rows.MOST > 1 else STRANGERS[:1]
    for name in strangers:
        walk = foreign_rows.Walk()
        walk.go(User.objects.get(email=f"{name}@meridian.example"))
        assert walk.leaks == []
        assert walk.probes > 300
        print(f"{walk.probes} requests for rows that are kept from {name}")


def faults_of_pages(role: str) -> list[str]:
    """Links that lead nowhere for who follows them, and pages that change something by being read.

    One page of each kind is opened, from `/` on.
    """
    client = Client(raise_request_exception=False)
    client.force_login(User.objects.get(email=f"{role}@meridian.example"))
    waiting, seen, dead = deque([("/", "")]), {"home"}, []
    while waiting:
        path, found_on = waiting.popleft()
        written: set[str] = set()
        with connection.execute_wrapper(partial(note_writes, written)):
            response = client.get(path, follow=True)
        dead += [f"reading {path} writes {table}" for table in sorted(written - MAY_BE_WRITTEN)]
        if response.status_code != 200:
            dead.append(f"{response.status_code} {path} on {found_on}")
        elif response["Content-Type"].startswith("text/html"):
            for link in map(unescape, LINK.findall(response.content.decode())):
                name = name_of(link)
                if name and name not in seen:
                    seen.add(name)
                    waiting.append((link, path))
        response.close()
    return dead


def note_writes(written, execute, sql, params, many, context):
    if found := WRITE.match(sql):
        written.add(found[1])
    return execute(sql, params, many, context)


def name_of(link: str) -> str:
    """The name of a page of ours; the admin, files and sign-out have walks of their own."""
    try:
        name = resolve(link.split("?")[0]).view_name
    except Resolver404:
        return link
    is_file = re.search(r"\.\w{3,4}$", link.split("?")[0])
    return "" if is_file or name.startswith(("admin:", "account_logout")) else name


def test_it_refuses_where_work_is_done(settings):
    settings.DEBUG, settings.IS_TEST = False, False
    with pytest.raises(CommandError, match="for development only"):
        call_command("seed_demo")


def test_it_wants_an_empty_database():
    UserFactory()
    with pytest.raises(CommandError, match="in use"):
        call_command("seed_demo")
