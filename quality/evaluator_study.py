"""What evaluators give: scores, time, N/A, excuses, swaps, disputes and agreement, by person."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import combinations
from typing import Any

from django.db.models import Count, Q, QuerySet

from accounts.models import User
from lib import statistics
from quality.averages import Sums
from quality.models import Answer, Assignment, DisputeItem, Evaluation
from quality.models.evaluations import SUMS, EvaluationQuerySet, Purpose

LEAST_N = 5
NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Figure:
    """A value with its interval and what it is made of; None below five."""

    n: int
    value: float | None = None
    low: float | None = None
    high: float | None = None


@dataclass(frozen=True)
class Line:
    """One figure of an evaluator beside that of all others together."""

    name: str
    unit: str
    of: str
    own: Figure
    others: Figure

    @property
    def is_apart(self) -> bool:
        """Whether both intervals are known and do not meet."""
        ends = (self.own.low, self.own.high, self.others.low, self.others.high)
        if None in ends:
            return False
        own_low, own_high, low, high = ends
        return bool(own_high < low or own_low > high)  # type: ignore[operator]


@dataclass
class Work:
    """What is counted of one evaluator; two of them add up."""

    scores: Sums = field(default_factory=Sums)
    minutes: Sums = field(default_factory=Sums)
    counts: Counter[str] = field(default_factory=Counter)

    def __add__(self, other: Work) -> Work:
        return Work(
            self.scores + other.scores, self.minutes + other.minutes, self.counts + other.counts
        )


def works_of(user: User, since: datetime) -> dict[int, Work]:
    """By evaluator, of standard results of interactions that the person may see; six queries."""
    rows = Evaluation.objects.visible_to(user).scored()
    rows = rows.filter(leg__isnull=False, first_submitted_at__gte=since)
    found: dict[int, Work] = defaultdict(Work)
    standard = rows.filter(purpose=Purpose.STANDARD)
    _add_scores(found, standard)
    _add_minutes(found, standard)
    _add_answers(found, standard)
    _add_swaps(found, since)
    _add_disputes(found, standard)
    _add_agreement(found, rows)
    return dict(found)


def lines_of(works: dict[int, Work], evaluator: int) -> list[Line]:
    """The figures of one beside those of all others."""
    own = works.get(evaluator, Work())
    others = sum((work for who, work in works.items() if who != evaluator), Work())
    both = (own, others)
    return [
        Line("Mean score given", "%", "results", *(_mean(one.scores) for one in both)),
        Line("Spread of scores", "points", "results", *(_spread(one.scores) for one in both)),
        Line("Time for an evaluation", "min", "evaluations", *(_mean(one.minutes) for one in both)),
        _share("Not applicable", "answers", "na", "answers", both),
        _share("Excused failures", "failed answers", "excused", "failed", both),
        _share("Swapped assignments", "assignments", "swapped", "assigned", both),
        _share("Overturned in disputes", "decided answers", "overturned", "decided", both),
        _share("Agreement with second scorings", "pairs of answers", "agreeing", "pairs", both),
    ]


# --- Figures -------------------------------------------------------------------------------------


def _mean(sums: Sums) -> Figure:
    if sums.n < LEAST_N:
        return Figure(sums.n)
    mean = sums.total / sums.n
    low, high = statistics.t_interval(mean, sums.deviation, sums.n) or (mean, mean)
    return Figure(sums.n, mean, max(low, 0.0), high)


def _spread(sums: Sums) -> Figure:
    """The sample deviation; its interval by the usual approximation sd / sqrt(2(n - 1))."""
    if sums.n < LEAST_N:
        return Figure(sums.n)
    spread = sums.deviation
    error = statistics.Z95 * spread / (2 * (sums.n - 1)) ** 0.5
    return Figure(sums.n, spread, max(spread - error, 0.0), spread + error)


def _share(name: str, of: str, part: str, whole: str, both: Iterable[Work]) -> Line:
    own, others = (_rate(work.counts[part], work.counts[whole]) for work in both)
    return Line(name, "%", of, own, others)


def _rate(k: int, n: int) -> Figure:
    bounds = statistics.wilson(k, n) if n >= LEAST_N else None
    if bounds is None:
        return Figure(n)
    return Figure(n, 100 * k / n, 100 * bounds[0], 100 * bounds[1])


# --- Counting ------------------------------------------------------------------------------------


def _by(column: str, rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, dict[str, Any]]]:
    """Each row of a grouped query by the person it is about."""
    for row in rows:
        counted = dict(row)
        yield counted.pop(column), counted


def _add_scores(found: dict[int, Work], rows: EvaluationQuerySet) -> None:
    grouped = rows.counting().order_by().values("evaluator").annotate(**SUMS)
    for evaluator, sums in _by("evaluator", grouped):
        found[evaluator].scores = Sums(**sums)


def _add_minutes(found: dict[int, Work], rows: EvaluationQuerySet) -> None:
    """Of first scorings: what a correction takes is another matter."""
    spent = rows.filter(current_revision__number=1).order_by()
    for evaluator, seconds in spent.values_list("evaluator", "current_revision__seconds_spent"):
        minutes = seconds / 60
        found[evaluator].minutes += Sums(1, minutes, minutes * minutes)


def _add_answers(found: dict[int, Work], rows: EvaluationQuerySet) -> None:
    answers = Answer.objects.filter(revision__in=rows.values("current_revision")).order_by()
    grouped = answers.values("revision__evaluation__evaluator").annotate(
        answers=Count("pk", filter=~Q(state__in=["hidden", "unanswered"])),
        na=Count("pk", filter=Q(state__in=["not_applicable", "imputed"])),
        failed=Count("pk", filter=Q(is_failed=True)),
        excused=Count("pk", filter=Q(is_failed=True) & ~Q(fault_owner="agent")),
    )
    for evaluator, counts in _by("revision__evaluation__evaluator", grouped):
        found[evaluator].counts.update(counts)


def _add_swaps(found: dict[int, Work], since: datetime) -> None:
    """Of those whose work is looked at already."""
    rows = Assignment.objects.filter(created_at__gte=since, evaluator__in=list(found)).order_by()
    grouped = rows.values("evaluator").annotate(
        assigned=Count("pk"), swapped=Count("pk", filter=Q(state="swapped"))
    )
    for evaluator, counts in _by("evaluator", grouped):
        found[evaluator].counts.update(counts)


def _add_disputes(found: dict[int, Work], rows: EvaluationQuerySet) -> None:
    items = DisputeItem.objects.filter(dispute__evaluation__in=rows.values("pk")).exclude(
        outcome=""
    )
    grouped = (
        items.order_by()
        .values("dispute__evaluation__evaluator")
        .annotate(decided=Count("pk"), overturned=Count("pk", filter=~Q(outcome="kept")))
    )
    for evaluator, counts in _by("dispute__evaluation__evaluator", grouped):
        found[evaluator].counts.update(counts)


def _add_agreement(found: dict[int, Work], rows: EvaluationQuerySet) -> None:
    """Pairs of answers to the same criterion of legs that were scored twice."""
    twice = rows.filter(purpose=Purpose.DOUBLE)
    pairs = rows.filter(leg__in=twice.values("leg"), purpose__in=[Purpose.STANDARD, Purpose.DOUBLE])
    given: dict[tuple[int, int], list[tuple[int, str]]] = defaultdict(list)
    for leg, criterion, evaluator, keys, is_na in _picked(pairs):
        answer = NOT_APPLICABLE if is_na else ",".join(keys)
        if answer:
            given[leg, criterion].append((evaluator, answer))
    for answers in given.values():
        for (first, one), (second, other) in combinations(answers, 2):
            for who in (first, second):
                found[who].counts.update(pairs=1, agreeing=int(one == other))


def _picked(rows: EvaluationQuerySet) -> QuerySet[Answer, tuple[int, int, int, list[str], bool]]:
    answers = Answer.objects.filter(revision__in=rows.values("current_revision"))
    answers = answers.filter(criterion__kind="single").order_by("pk")
    return answers.values_list(
        "revision__evaluation__leg",
        "criterion",
        "revision__evaluation__evaluator",
        "option_keys",
        "is_na",
    )
