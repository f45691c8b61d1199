"""Speed of the list of interactions, against a bare Django view that reads 50 rows.

    python -m bench.interaction_list [--rows N] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again. Both
views are called with the same request, without middleware. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection, reset_queries  # noqa: E402
from django.http import HttpRequest, HttpResponse  # noqa: E402
from django.template import engines  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.urls import resolve  # noqa: E402

from accounts.models import MembershipKind, Team, TeamMembership, User, role_group  # noqa: E402
from crm.models import Customer, Interaction, Leg  # noqa: E402
from crm.views.interactions import interaction_list  # noqa: E402
from routing.models import Queue  # noqa: E402

BEGIN = datetime(2026, 1, 1, tzinfo=UTC)
AGENTS, TEAMS, CUSTOMERS, AT_ONCE = 40, 4, 2_000, 5_000
BARE = engines["django"].from_string(
    """{% extends "base.html" %}{% block content %}<table>{% for row in rows %}<tr>
<td>{{ row.pk }}</td><td>{{ row.started_at }}</td><td>{{ row.channel }}</td>
<td>{{ row.customer }}</td><td>{{ row.queue }}</td><td>{{ row.last_agent }}</td>
<td>{{ row.outcome }}</td><td>{{ row.wait_seconds }}</td><td>{{ row.handle_seconds }}</td>
</tr>{% endfor %}</table>{% endblock %}"""
)


def bare_view(request: HttpRequest) -> HttpResponse:
    rows = Interaction.objects.select_related("customer", "queue", "last_agent")
    return HttpResponse(BARE.render({"rows": rows.order_by("-started_at")[:50]}, request))


def person(role: str, team: Team | None = None) -> User:
    user = User.objects.create_user(email=f"{role}@bench.example", full_name=role.title())
    user.groups.add(role_group(role))
    if team:
        TeamMembership.objects.create(
            user=user, team=team, kind=MembershipKind.SUPERVISOR, starts_at=BEGIN
        )
    return user


def fill(rows: int) -> Team:
    """Interactions one minute apart, each with a leg; returns one of the teams."""
    teams = Team.objects.bulk_create(Team(name=f"Team {number}") for number in range(TEAMS))
    agents = [
        User.objects.create_user(email=f"agent{number}@bench.example", full_name=f"Agent {number}")
        for number in range(AGENTS)
    ]
    for agent in agents:
        agent.groups.add(role_group("agent"))
    queue = Queue.objects.create(name="billing")
    customers = Customer.objects.bulk_create(
        Customer(display_name=f"Customer {number}") for number in range(CUSTOMERS)
    )
    for start in range(0, rows, AT_ONCE):
        numbers = range(start, min(rows, start + AT_ONCE))
        stored = Interaction.objects.bulk_create(
            Interaction(
                source="bench",
                external_id=str(number),
                channel="voice",
                outcome="handled",
                started_at=BEGIN + timedelta(minutes=number),
                customer=customers[number % CUSTOMERS],
                queue=queue,
                last_agent=agents[number % AGENTS],
                wait_seconds=10,
                talk_seconds=60,
                handle_seconds=60,
            )
            for number in numbers
        )
        Leg.objects.bulk_create(
            Leg(
                interaction=row,
                position=1,
                agent=agents[number % AGENTS],
                team=teams[number % TEAMS],
                answered_at=row.started_at,
            )
            for number, row in zip(numbers, stored, strict=True)
        )
    return teams[0]


def request_of(user: User, query: str = "") -> HttpRequest:
    request = RequestFactory().get(f"/interactions/{query}")
    request.resolver_match = resolve("/interactions/")
    # A fresh object, as in a request of its own: nothing about the person is remembered.
    request.user = User.objects.get(pk=user.pk)
    return request


def milliseconds(
    view: Callable[[HttpRequest], HttpResponse], user: User, query: str = ""
) -> tuple[float, float]:
    """Wall and processor time of one answer."""
    request = request_of(user, query)
    wall, processor = time.perf_counter(), time.process_time()
    response = view(request)
    took = time.perf_counter() - wall, time.process_time() - processor
    assert response.status_code == 200, response.status_code
    return took[0] * 1000, took[1] * 1000


def count_queries(user: User, query: str = "") -> int:
    reset_queries()  # The log holds 9,000 statements and is full after the rows were made.
    with CaptureQueriesContext(connection) as context:
        interaction_list(request_of(user, query))
    return len(context)


def deep_page(user: User, pages: int) -> str:
    """The address of the page so many pages on."""
    query = ""
    for _ in range(pages):
        found = interaction_list(request_of(user, query)).content.decode()
        query = found.split('" rel="next"')[0].rsplit('href="', 1)[1].replace("&amp;", "&")
    return query


def measure(rounds: int, team: Team) -> dict[str, object]:
    admin, supervisor = person("admin"), person("supervisor", team)
    deep = deep_page(admin, 20)
    cases: dict[str, Callable[[], tuple[float, float]]] = {
        "bare": lambda: milliseconds(bare_view, admin),
        "list": lambda: milliseconds(interaction_list, admin),
        "list_deep": lambda: milliseconds(interaction_list, admin, deep),
        "list_of_supervisor": lambda: milliseconds(interaction_list, supervisor),
    }
    times: dict[str, list[tuple[float, float]]] = {name: [] for name in cases}
    for _ in range(rounds):
        for name, run in cases.items():
            times[name].append(run())
    middle = {name: median(wall for wall, _ in found) for name, found in times.items()}
    processor = {name: median(used for _, used in found) for name, found in times.items()}
    return {
        "milliseconds": {name: round(value, 1) for name, value in middle.items()},
        "ratio": round(middle["list"] / middle["bare"], 2),
        "ratio_of_processor_time": round(processor["list"] / processor["bare"], 2),
        "ratio_wanted": 1.5,
        "deep_to_first": round(middle["list_deep"] / middle["list"], 2),
        "queries": {"admin": count_queries(admin), "supervisor": count_queries(supervisor)},
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=15)
    chosen = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        team = fill(chosen.rows)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE")
        found = {"database": connection.vendor, "rows": chosen.rows}
        print(json.dumps(found | measure(chosen.rounds, team), indent=1))
    finally:
        runner.teardown_databases(databases)


if __name__ == "__main__":
    main()
