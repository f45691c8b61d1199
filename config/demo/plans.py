"""A sampling plan of the demo center: last week's draw, replayable, with work for the evaluators."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from hashlib import sha256
from random import Random
from uuid import UUID
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import F

from accounts import audit
from config.demo.center import SEED
from config.demo.evaluations import answer_everything
from config.demo.people import DemoPeople
from quality.actions import assignments, draws, evaluations, plans
from quality.actions.plans import PlanContent
from quality.models import (
    Assignment,
    Draw,
    Evaluation,
    SamplingPlan,
    Scorecard,
    SeedCommitment,
)
from quality.plan_periods import period_start
from quality.sampling import commitment as seed_hash

TEAM = "Billing"
PER_AGENT = 6
DONE, LEFT_OPEN, POOLED = 20, 3, 6


def make_plan(rng: Random, people: DemoPeople, scorecard: Scorecard, until: date) -> None:
    """An active plan of one team, its last full week drawn and partly scored."""
    monday = period_start("week", until + timedelta(days=1)) - timedelta(weeks=1)
    owner = people.supervisors[TEAM]
    plan = plans.create_plan(content=_content(people, scorecard), by=owner, at=_eve(monday))
    _except(plan, people, monday)
    for start in (monday, monday + timedelta(weeks=1)):
        _commit(plan, start)
    plans.activate_plan(plan=plan, by=owner, at=_eve(monday))
    commitment = plan.commitments.get(period_start_on=monday)
    # So that the draw knows what was scored before it.
    Evaluation.objects.update(created_at=F("handled_at"))
    drawn_at = _local(monday + timedelta(weeks=1), time(2))
    draw = draws.draw_slice(commitment=commitment, number=1, at=drawn_at)
    Draw.objects.filter(pk=draw.pk).update(created_at=drawn_at)
    draw.assignments.update(created_at=drawn_at)
    _work(rng, people, draw, drawn_at)


def _content(people: DemoPeople, scorecard: Scorecard) -> PlanContent:
    return PlanContent(
        name="Billing, weekly voice sample",
        scorecard=scorecard,
        quota_kind="per_agent",
        quota_n=PER_AGENT,
        filters={"channels": ["voice"], "direction": "inbound", "max_seconds": 1800},
        teams=[people.teams[TEAM]],
        shares=dict.fromkeys(people.evaluators, 1),
    )


def _except(plan: SamplingPlan, people: DemoPeople, monday: date) -> None:
    """Somebody new is listened to more often for a month."""
    plans.add_override(
        plan=plan,
        agent=people.agents[TEAM][-1],
        quota_n=PER_AGENT * 2,
        from_on=monday,
        until_on=monday + timedelta(days=27),
        reason="First month on the phone",
        by=people.supervisors[TEAM],
        at=_eve(monday),
    )


def _commit(plan: SamplingPlan, start: date) -> None:
    """As the evening job does it, with a seed that is the same in every demo."""
    seed = sha256(f"{SEED}:{start}".encode()).hexdigest()[:32]
    commitment = SeedCommitment.objects.create(
        plan=plan,
        period_start_on=start,
        slices=plan.slices,
        seed=seed,
        seed_sha256=seed_hash(seed),
        committed_at=_eve(start),
    )
    after = {"plan_id": plan.pk, "seed_sha256": commitment.seed_sha256}
    audit.record(verb="commit_seed", record=commitment, by=None, at=_eve(start), after=after)


def _work(rng: Random, people: DemoPeople, draw: Draw, at: datetime) -> None:
    """Some are done, some begun, one was swapped, a few wait in the pool."""
    rows = list(draw.assignments.exclude(selection="double").order_by("pk"))
    rng.shuffle(rows)
    for number, row in enumerate(rows[:DONE]):
        _score(rng, row, at + timedelta(minutes=20 * number), UUID(int=100_000 + number))
    for row in rows[DONE : DONE + LEFT_OPEN]:
        assignments.begin_assignment(assignment=row, by=row.evaluator, at=at + timedelta(hours=9))
    rest = rows[DONE + LEFT_OPEN :]
    swapped = assignments.swap_assignment(
        assignment=rest[0],
        kind="technical",
        reason="The second half of the recording is silent.",
        by=rest[0].evaluator,
        at=at + timedelta(hours=8),
    )
    Assignment.objects.filter(pk=swapped.pk).update(created_at=at)
    assignments.reassign_assignments(
        assignments=rest[1 : 1 + POOLED],
        to=None,
        reason="Training week of the quality team.",
        by=people.supervisors[TEAM],
        at=at + timedelta(hours=9),
    )


def _score(rng: Random, row: Assignment, at: datetime, key: UUID) -> None:
    by = row.evaluator
    evaluation = assignments.begin_assignment(assignment=row, by=by, at=at)
    answer_everything(rng, evaluation, by, row.leg, None)
    later = at + timedelta(seconds=rng.randrange(240, 900))
    evaluations.submit_evaluation(evaluation=evaluation, by=by, at=later, key=key, confirmed=True)


def _eve(day: date) -> datetime:
    """22:00 of the evening before."""
    return _local(day - timedelta(days=1), time(22))


def _local(day: date, at: time) -> datetime:
    return datetime.combine(day, at, ZoneInfo(settings.TIME_ZONE))
