"""Rules over many evaluations: a replay beside the bare query that counts the same failures.

    python -m bench.remediation_replay [--evaluations N] [--agents N] [--criteria N] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again. A
tenth of the evaluations, and then all of them, are judged on every criterion; the rule asks for two
failures of five of one criterion. "replay" is `training.replaying.replay`; "bare" counts judged and
failed answers of that criterion by agent in the database. Prints one JSON object with seconds,
queries, peak memory of Python in MB and the ratios.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import time
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from statistics import median
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection, reset_queries  # noqa: E402
from django.db.models import Count, F, OuterRef, Q, Subquery  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from accounts.models import User  # noqa: E402
from crm.models import Interaction, Leg  # noqa: E402
from quality.models import Answer, Criterion, Evaluation, EvaluationRevision  # noqa: E402
from tests.factories.quality import CriterionFactory, SectionFactory  # noqa: E402
from training.judgements import Asked, answers_for  # noqa: E402
from training.replaying import replay  # noqa: E402

FIRST = datetime(2026, 1, 1, 9, tzinfo=UTC)
UNTIL = FIRST + timedelta(days=366)
AT_ONCE = 2_000
FAIL_RATE = 1 / 7
ASKED = Asked("k_of_n", "watched", k=2, n=5, window_days=90, cool_off_days=30)


def make_people(count: int) -> list[User]:
    return User.objects.bulk_create(
        User(email=f"agent{number}@bench.example", full_name=f"Agent {number:05}", password="!")
        for number in range(count)
    )


def make_criteria(count: int) -> list[Criterion]:
    section = SectionFactory()
    return [
        CriterionFactory(section=section, key="watched" if number == 0 else f"other-{number}")
        for number in range(count)
    ]


def make_evaluations(
    first: int, count: int, agents: list[User], evaluator: User, criteria: list[Criterion]
) -> None:
    """Released ones, spread over a year; by chance a seventh fails each criterion."""
    chance = random.Random(first)
    version = criteria[0].version
    for start in range(first, first + count, AT_ONCE):
        numbers = range(start, min(start + AT_ONCE, first + count))
        days = {one: FIRST + timedelta(minutes=5 * (one % 100_000)) for one in numbers}
        interactions = Interaction.objects.bulk_create(
            Interaction(
                source="bench", external_id=f"call-{one}", channel="voice", outcome="handled",
                started_at=days[one],
            )
            for one in numbers
        )  # fmt: skip
        legs = Leg.objects.bulk_create(
            Leg(
                interaction=talk, position=1, agent=agents[one * 7919 % len(agents)],
                answered_at=days[one],
            )
            for one, talk in zip(numbers, interactions, strict=True)
        )  # fmt: skip
        evaluations = Evaluation.objects.bulk_create(
            Evaluation(
                leg=leg, version=version, scorecard=version.scorecard, agent=leg.agent,
                evaluator=evaluator, handled_at=leg.answered_at,
            )
            for leg in legs
        )  # fmt: skip
        revisions = EvaluationRevision.objects.bulk_create(
            EvaluationRevision(evaluation=one, author=evaluator) for one in evaluations
        )
        Answer.objects.bulk_create(
            _answer(revision, criterion, is_failed=chance.random() < FAIL_RATE)
            for revision in revisions
            for criterion in criteria
        )
    own = EvaluationRevision.objects.filter(evaluation=OuterRef("pk")).values("pk")[:1]
    Evaluation.objects.filter(state="draft").update(
        state="released", released_at=F("handled_at"), current_revision=Subquery(own)
    )


def _answer(revision: EvaluationRevision, criterion: Criterion, *, is_failed: bool) -> Answer:
    return Answer(
        revision=revision,
        criterion=criterion,
        state="scored",
        is_failed=is_failed,
        fault_owner="agent" if is_failed else None,
    )


def bare() -> int:
    """Judged and failed by agent, counted by the database."""
    rows = answers_for(ASKED).values("revision__evaluation__agent_id").order_by()
    return len(rows.annotate(n=Count("pk"), failed=Count("pk", filter=Q(is_failed=True))))


def whole() -> int:
    return replay(ASKED, FIRST, UNTIL, minutes_each=30).judged


def measured(work: Callable[[], int], rounds: int) -> dict[str, Any]:
    took = []
    for _ in range(rounds):
        begin = time.perf_counter()
        work()
        took.append(time.perf_counter() - begin)
    reset_queries()
    with CaptureQueriesContext(connection) as caught:
        work()
    tracemalloc.start()
    work()
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return {
        "seconds": round(median(took), 3),
        "queries": len(caught),
        "peak_mb": round(peak / 1e6, 1),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--evaluations", type=int, default=100_000)
    parser.add_argument("--agents", type=int, default=400)
    parser.add_argument("--criteria", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        *agents, evaluator = make_people(given.agents + 1)
        criteria = make_criteria(given.criteria)
        tenth = given.evaluations // 10
        make_evaluations(0, tenth, agents, evaluator, criteria)
        few = measured(whole, given.rounds)
        make_evaluations(tenth, given.evaluations - tenth, agents, evaluator, criteria)
        many, query, judged = measured(whole, given.rounds), measured(bare, given.rounds), whole()
    finally:
        runner.teardown_databases(databases)
    figures = {
        "evaluations": given.evaluations,
        "agents": given.agents,
        "engine": connection.vendor,
        "judged": judged,
        "replay_of_a_tenth": few,
        "replay": many,
        "bare": query,
        "ratio_to_bare": round(many["seconds"] / query["seconds"], 1),
        "queries_equal": few["queries"] == many["queries"],
        "memory_times_that_of_a_tenth": round(many["peak_mb"] / few["peak_mb"], 1),
    }
    print(json.dumps(figures, indent=2))


if __name__ == "__main__":
    main()
