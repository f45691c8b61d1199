"""The compliance matrix: seconds and queries of a page, by people and requirements.

    python -m bench.compliance_matrix [--people N] [--requirements N] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again. A
tenth of the people, and then all of them, have one round of every requirement. "page" is the whole
page without middleware: figures over everybody, counted by the database, and a hundred people by
twenty-five requirements; up to 40,000 cells also the line of twelve months. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from datetime import UTC, date, datetime, timedelta
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.http import HttpRequest  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import resolve  # noqa: E402

from accounts.models import User, role_group  # noqa: E402
from training.models import Cycle, Requirement  # noqa: E402
from training.views.compliance import compliance  # noqa: E402

FIRST = date(2026, 1, 1)
AT = datetime(2026, 1, 1, 9, tzinfo=UTC)
AT_ONCE = 5_000


def make_requirements(count: int) -> list[Requirement]:
    return Requirement.objects.bulk_create(
        Requirement(code=f"r-{number}", title=f"Requirement {number}", role="agent")
        for number in range(count)
    )


def make_people(first: int, count: int, asked: list[Requirement]) -> None:
    """Agents with one round of everything; two thirds of the rounds are met."""
    people = User.objects.bulk_create(
        User(email=f"agent{number}@bench.example", full_name=f"Agent {number:05}", password="!")
        for number in range(first, first + count)
    )
    group = role_group("agent")
    User.groups.through.objects.bulk_create(
        User.groups.through(user=person, group=group) for person in people
    )
    rounds = (
        Cycle(
            person=person,
            requirement=one,
            number=1,
            opened_on=FIRST,
            due_on=FIRST + timedelta(days=30),
            plan_due_on=FIRST + timedelta(days=30),
            satisfied_on=FIRST + timedelta(days=9) if (person.pk + one.pk) % 3 else None,
            expires_on=FIRST + timedelta(days=365) if (person.pk + one.pk) % 3 else None,
            recorded_at=AT if (person.pk + one.pk) % 3 else None,
        )
        for person in people
        for one in asked
    )
    Cycle.objects.bulk_create(rounds, batch_size=AT_ONCE)


def page_of(user: User) -> HttpRequest:
    request = RequestFactory().get("/training/compliance/?on=2026-03-01")
    request.resolver_match = resolve("/training/compliance/")
    request.user = User.objects.get(pk=user.pk)
    return request


def measure(user: User, rounds: int) -> dict[str, float]:
    """Processor seconds and queries of one page."""
    took = []
    for _ in range(rounds):
        begin = time.process_time()
        assert compliance(page_of(user)).status_code == 200
        took.append(time.process_time() - begin)
    with CaptureQueriesContext(connection) as caught:
        compliance(page_of(user))
    return {"page_seconds": round(median(took), 2), "queries": len(caught)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=400)
    parser.add_argument("--requirements", type=int, default=50)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        admin = User.objects.create_user(email="admin@bench.example", full_name="Admin")
        admin.groups.add(role_group("admin"))
        asked = make_requirements(given.requirements)
        tenth = given.people // 10
        make_people(0, tenth, asked)
        few = measure(admin, given.rounds)
        make_people(tenth, given.people - tenth, asked)
        many = measure(admin, given.rounds)
    finally:
        runner.teardown_databases(databases)
    figures = {
        "people": given.people,
        "requirements": given.requirements,
        "engine": connection.vendor,
        "a_tenth": few,
        "all": many,
        "queries_equal": few["queries"] == many["queries"],
        "microseconds_per_cell": round(
            many["page_seconds"] * 1e6 / (given.people * given.requirements), 1
        ),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
