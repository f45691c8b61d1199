"""The results page of a survey at a thousand answers and at very many.

    python -m bench.survey_results [--rows N] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again. The
page reads running counts; they are what that many answers over a year, four queues and two
channels come to, and the responses stand beside them. Prints one JSON object.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections import Counter
from datetime import date, timedelta
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection  # noqa: E402
from django.test import RequestFactory  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import User, role_group  # noqa: E402
from feedback import tallies  # noqa: E402
from feedback.models import Response, Survey, SurveyVersion  # noqa: E402
from feedback.survey_templates import TEMPLATES  # noqa: E402
from feedback.views.survey_results import results  # noqa: E402
from routing.models import Queue  # noqa: E402

DAYS, QUEUES, AT_ONCE = 365, 4, 5_000
CHANNELS = ("voice", "chat")
MOST_QUERIES, MOST_RATIO = 25, 3


def survey_with(code: str, answers: int, queues: list[Queue], admin: User) -> Survey:
    """A live survey with so many accepted answers, and the counts of them."""
    survey = Survey.objects.create(code=code, name=code.title(), kind="csat", state="live")
    version = SurveyVersion.objects.create(
        survey=survey, number=1, content=TEMPLATES["csat"].content
    )
    SurveyVersion.objects.filter(pk=version.pk).update(
        state="published", published_at=timezone.now(), published_by=admin
    )
    first = timezone.localdate() - timedelta(days=DAYS - 1)
    counts: Counter[tallies.Cell] = Counter()
    for start in range(0, answers, AT_ONCE):
        rows = [
            _row(survey, version, queues, first, number)
            for number in range(start, min(start + AT_ONCE, answers))
        ]
        Response.objects.bulk_create(rows)
        for row in rows:
            counts.update(_cells(row))
    tallies.add(counts)
    return survey


def _row(
    survey: Survey, version: SurveyVersion, queues: list[Queue], first: date, number: int
) -> Response:
    value = 1 + (number * 7) % 5
    return Response(
        survey=survey,
        version=version,
        state="accepted",
        is_anonymized=True,
        channel="email",
        submitted_on=first + timedelta(days=number % DAYS),
        queue=queues[number % QUEUES],
        interaction_channel=CHANNELS[number % 2],
        metric="csat",
        value=value,
        is_satisfied=value > 3,
        driver_by_customer=("person", "process", "product", "other")[number % 4],
    )


def _cells(row: Response) -> list[tallies.Cell]:
    """What such an answer counts in: reached, answered, its value, its driver, its invitation."""
    driver = tallies.driver_cell(row)
    keys = (tallies.REACHED, tallies.ANSWERED, str(row.value))
    found = [driver._replace(question="csat", key=key) for key in keys]
    return [*found, driver, driver._replace(question=tallies.FIELD, key="I")]


def timed(surveys: list[Survey], admin: User, rounds: int) -> list[tuple[float, int]]:
    """Seconds of each survey's page in the middle of the rounds, and its queries.

    The pages take turns, so that what else the machine does weighs on all of them alike.
    """
    request = RequestFactory().get("/", {"from_on": str(timezone.localdate() - timedelta(364))})
    request.user = admin
    seconds: list[list[float]] = [[] for _ in surveys]
    queries = [0 for _ in surveys]
    for _ in range(rounds):
        for number, survey in enumerate(surveys):
            began = time.perf_counter()
            with CaptureQueriesContext(connection) as found:
                assert results(request, survey.code).status_code == 200
            seconds[number].append(time.perf_counter() - began)
            queries[number] = len(found)
    return [(median(one), n) for one, n in zip(seconds, queries, strict=True)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    old = runner.setup_databases()
    try:
        admin = User.objects.create_user(email="admin@bench.example", full_name="Admin")
        admin.groups.add(role_group("admin"))
        queues = [Queue.objects.create(name=f"Queue {n}") for n in range(QUEUES)]
        sizes = {"few": 1_000, "many": options.rows}
        surveys = [survey_with(code, n, queues, admin) for code, n in sizes.items()]
        few, many = timed(surveys, admin, options.rounds)
    finally:
        runner.teardown_databases(old)
    ratio = many[0] / few[0]
    found = {
        "rows": options.rows,
        "queries": [few[1], many[1]],
        "seconds": [round(few[0], 3), round(many[0], 3)],
        "ratio": round(ratio, 2),
        "passed": few[1] == many[1] <= MOST_QUERIES and ratio <= MOST_RATIO,
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main()
