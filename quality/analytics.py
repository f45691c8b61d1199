"""Questions about many evaluations at once; every sum is made in the database."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db.models import (
    BooleanField,
    Count,
    DateField,
    ExpressionWrapper,
    F,
    FloatField,
    Max,
    Q,
    QuerySet,
    Sum,
)
from django.db.models.functions import Cast, TruncDay, TruncMonth, TruncWeek
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from quality.averages import Sums
from quality.models import Answer, Criterion, ScorecardVersion
from quality.models.answers import AnswerState, FaultOwner
from quality.models.evaluations import SUMS, EvaluationQuerySet, Outcome

APPLICABLE = (AnswerState.SCORED, AnswerState.EXCUSED)
OTHERS = (FaultOwner.PROCESS, FaultOwner.TOOL, FaultOwner.CUSTOMER)
TRUNCATE = {"day": TruncDay, "week": TruncWeek, "month": TruncMonth}
CRITERION_SUMS = ("applicable", "failed", *OTHERS, "measured", "ratio_total")
FAILED = Q(is_failed=True)
BY_AGENT = FAILED & Q(fault_owner=FaultOwner.AGENT)


@dataclass(frozen=True)
class AgentSums:
    """The evaluations of one agent: `passed` of those `judged` by a pass mark."""

    agent_id: int
    sums: Sums
    passed: int
    judged: int


@dataclass(frozen=True)
class PeriodSums:
    """The evaluations of one day, week or month for which the same of the asked marks hold."""

    start: date
    marks: frozenset[str]
    sums: Sums


@dataclass(frozen=True)
class CriterionSums:
    """Answers to one criterion, whatever its version, about one agent.

    `criterion_id` is the newest answered version of it; `ratio_total` adds up points earned of
    points possible over the `measured` answers that count, bonus criteria left out.
    """

    scorecard_id: int
    key: str
    criterion_id: int
    agent_id: int
    applicable: int
    failed: int
    process: int
    tool: int
    customer: int
    measured: int
    ratio_total: float

    @property
    def excused(self) -> int:
        return self.process + self.tool + self.customer

    @property
    def name(self) -> tuple[int, str]:
        return self.scorecard_id, self.key


@dataclass(frozen=True)
class FamilySums:
    """Evaluations that hold a family (or answers without one), and those with an error."""

    n: int = 0
    errors: int = 0
    agent_errors: int = 0


def by_agent(rows: EvaluationQuerySet) -> list[AgentSums]:
    """One row for each agent; one query."""
    found = rows.order_by().values("agent_id")
    found = found.annotate(
        **SUMS,
        passed=Count("pk", filter=Q(current_revision__outcome=Outcome.PASSED)),
        judged=Count(
            "pk", filter=Q(current_revision__outcome__in=[Outcome.PASSED, Outcome.FAILED])
        ),
    )
    return [
        AgentSums(row["agent_id"], _sums(row), row["passed"], row["judged"])
        for row in found.order_by("agent_id")
    ]


def by_period(rows: EvaluationQuerySet, *, grain: str, column: str) -> dict[date, Sums]:
    """By the first local day of each day, week or month that holds something; one query."""
    return {one.start: one.sums for one in by_period_and_marks(rows, grain=grain, column=column)}


def by_period_and_marks(
    rows: EvaluationQuerySet, *, grain: str, column: str, **marks: Q
) -> list[PeriodSums]:
    """By period and by which of the `marks` hold, oldest first; one query."""
    start = TRUNCATE[grain](
        column, tzinfo=timezone.get_current_timezone(), output_field=DateField()
    )
    held = {
        name: ExpressionWrapper(mark, output_field=BooleanField()) for name, mark in marks.items()
    }
    found = rows.order_by().annotate(start=start, **held).values("start", *held).annotate(**SUMS)
    return [
        PeriodSums(row["start"], frozenset(name for name in held if row[name]), _sums(row))
        for row in found.order_by("start")
    ]


def by_criterion(rows: EvaluationQuerySet) -> list[CriterionSums]:
    """One row for each criterion and agent, of the answers that applied; one query."""
    counts = Q(state=AnswerState.SCORED, possible__gt=0, criterion__is_bonus=False)
    found = answers_of(rows).values(
        agent_id=F("revision__evaluation__agent_id"),
        scorecard_id=F("revision__evaluation__scorecard_id"),
        name_of_criterion=F("criterion__key"),
    )
    found = found.annotate(
        newest=Max("criterion_id"),
        applicable=Count("pk"),
        failed=Count("pk", filter=BY_AGENT),
        measured=Count("pk", filter=counts),
        ratio_total=Sum(
            Cast("earned", FloatField()) / Cast("possible", FloatField()),
            filter=counts,
            default=0.0,
        ),
        **{owner: Count("pk", filter=FAILED & Q(fault_owner=owner)) for owner in OTHERS},
    )
    ordered: Iterable[Mapping[str, Any]] = found.order_by(
        "scorecard_id", "name_of_criterion", "agent_id"
    )
    return [
        CriterionSums(
            row["scorecard_id"],
            row["name_of_criterion"],
            row["newest"],
            row["agent_id"],
            **{name: row[name] for name in CRITERION_SUMS},
        )
        for row in ordered
    ]


def by_family(rows: EvaluationQuerySet) -> dict[str, FamilySums]:
    """Evaluations with an applicable criterion of each critical family; one query."""
    held = answers_of(rows).filter(criterion__critical_family__isnull=False)
    found = held.values(family=F("criterion__critical_family")).annotate(
        n=Count("revision", distinct=True),
        errors=Count("revision", distinct=True, filter=FAILED),
        agent_errors=Count("revision", distinct=True, filter=BY_AGENT),
    )
    return {
        row["family"]: FamilySums(row["n"], row["errors"], row["agent_errors"])
        for row in found.order_by("family")
    }


def without_family(rows: EvaluationQuerySet) -> FamilySums:
    """Answers, not evaluations: those to criteria that are not critical; one query."""
    found = answers_of(rows).filter(criterion__critical_family__isnull=True)
    return FamilySums(
        **found.aggregate(
            n=Count("pk"),
            errors=Count("pk", filter=FAILED),
            agent_errors=Count("pk", filter=BY_AGENT),
        )
    )


def answers_of(rows: EvaluationQuerySet) -> QuerySet[Answer]:
    """Answers of the current revisions that applied, excused ones included."""
    current = rows.order_by().values("current_revision")
    return Answer.objects.filter(revision__in=current, state__in=APPLICABLE).order_by()


def criterion_texts(ids: Iterable[int]) -> dict[int, str]:
    return dict(Criterion.objects.filter(pk__in=set(ids)).values_list("pk", "text"))


def criterion_tags(ids: Iterable[int]) -> dict[int, list[str]]:
    return dict(Criterion.objects.filter(pk__in=set(ids)).values_list("pk", "tags"))


def names_of(agent_ids: Iterable[int]) -> dict[int, str]:
    found = User.objects.in_bulk(set(agent_ids))
    return {pk: user.short_name for pk, user in found.items()}


def versions_published(
    rows: EvaluationQuerySet, since: date, until: date
) -> list[tuple[date, str]]:
    """(local day, "version 2") of versions from the second on that took effect in the period."""
    found = ScorecardVersion.objects.filter(
        scorecard__in=rows.order_by().values("scorecard"), number__gt=1, published_at__isnull=False
    )
    marks = [
        (
            timezone.localdate(version.published_at),
            _("version {number}").format(number=version.number),
        )
        for version in found.order_by("published_at")
    ]
    return [mark for mark in marks if since <= mark[0] <= until]


def _sums(row: Mapping[str, Any]) -> Sums:
    return Sums(int(row["n"]), row["total"], row["squares"], row["cap"])
