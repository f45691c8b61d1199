"""Coaches and courses beside each other, pulled to their mean so that luck does not rank them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import date, datetime, timedelta
from statistics import fmean
from typing import Any

from accounts.models import User
from lib import charts
from lib.statistics import Z95
from training import effect
from training import effect_data as data
from training.course_voice import Voice, voice_of
from training.effect import LEAST_COACHED, LEAST_FOR_CONTROL
from training.effect_data import DAY, Definition, Observations, Reached
from training.effect_study import Member, first_days, members, middle_day
from training.models import Attempt, Course, CourseTie, EffectRanking

LOOKS_BACK_DAYS = 365
LEAST_LEARNERS = 10


@dataclass(frozen=True)
class Learned:
    """First and best percent in the quizzes of a course, over its learners."""

    n: int
    first: float
    best: float


@dataclass
class Ranked:
    """One coach or course: n people with enough evaluations, and what followed for them.

    Of a course also what its learners said and learned.
    """

    name: str
    pk: int
    n: int
    effect: float | None = None
    se: float | None = None
    estimate: float | None = None
    note: str = ""
    learned: Learned | None = None
    voice: Voice | None = None

    @property
    def low(self) -> float | None:
        return self._end(-1)

    @property
    def high(self) -> float | None:
        return self._end(1)

    def _end(self, sign: int) -> float | None:
        if self.effect is None or self.se is None:
            return None
        return self.effect + sign * Z95 * self.se


@dataclass
class Ranking:
    rows: list[Ranked] = field(default_factory=list)
    n_control: int = 0

    def as_json(self) -> dict[str, Any]:
        """Plain data without names, which may change or go."""
        rows = [asdict(row) for row in self.rows]
        for row in rows:
            del row["name"]
        return {"rows": rows, "n_control": self.n_control}

    @classmethod
    def from_json(cls, stored: dict[str, Any], names: Mapping[int, str]) -> Ranking:
        return cls([_stored(row, names) for row in stored["rows"]], stored["n_control"])

    def shrink(self) -> None:
        """Give each its shrunken estimate and put the best first; those without come last."""
        told = [row for row in self.rows if row.effect is not None and row.se]
        found = effect.shrunken([row.effect or 0 for row in told], [row.se or 0 for row in told])
        for row, estimate in zip(told, found[2] if found else [], strict=True):
            row.estimate = estimate
        self.rows.sort(key=lambda row: (row.estimate is None, -(row.estimate or 0), row.name))

    @property
    def chart(self) -> charts.Chart | None:
        told = [row for row in self.rows if row.estimate is not None]
        if not told:
            return None
        return charts.interval_dots(
            [row.name for row in told],
            [row.effect for row in told],
            [row.low for row in told],
            [row.high for row in told],
            [row.n for row in told],
            title="Effect against the control group",
            value_header="Difference in points",
            show=charts.signed,
            target=charts.Target(0, "No effect"),
        )


def _stored(row: dict[str, Any], names: Mapping[int, str]) -> Ranked:
    learned, voice = row["learned"], row["voice"]
    return Ranked(
        **row
        | {
            "name": names.get(row["pk"], "no longer here"),
            "learned": learned and Learned(**learned),
            "voice": voice and Voice(**voice),
        }
    )


def shown(ranking: EffectRanking) -> Ranking:
    """A kept ranking with the names of today. One query."""
    stored = ranking.result or {"rows": [], "n_control": 0}
    ids = [row["pk"] for row in stored["rows"]]
    if ranking.scorecard_id is None:
        names = Course.objects.filter(pk__in=ids).values_list("pk", "title")
    else:
        names = User.objects.filter(pk__in=ids).values_list("pk", "full_name")
    return Ranking.from_json(stored, dict(names))


def coach_ranking(user: User, at: datetime, scorecard_id: int | None) -> Ranking:
    """Every coach of a year whose agents the person may see. Six queries."""
    today = data.local_day(at)
    definition = Definition(
        treatment="coaching",
        from_on=today - timedelta(days=LOOKS_BACK_DAYS),
        to_on=today,
        scorecard_id=scorecard_id,
    )
    reached = data.coached((), definition.from_on, definition.to_on)
    by_coach: dict[int, list[Reached]] = defaultdict(list)
    for one in reached:
        if one.coach_id is not None:
            by_coach[one.coach_id].append(one)
    scope = data.scope_of(user, None, at)
    names = dict(User.objects.filter(pk__in=by_coach).values_list("pk", "full_name"))
    seen = data.observe(scope, "", scorecard_id, definition.from_on - 90 * DAY, today)
    touched = {one.agent_id for one in reached}
    groups = {pk: first_days(rows, scope) for pk, rows in by_coach.items()}
    ranking = _ranked(groups, names, scope - touched, seen, definition, LEAST_COACHED)
    ranking.shrink()
    return ranking


def course_ranking(user: User, at: datetime) -> Ranking:
    """Every course with tied criteria and its takers of a year. Four queries a course."""
    today = data.local_day(at)
    from_on = today - timedelta(days=LOOKS_BACK_DAYS)
    scope, ranking = data.scope_of(user, None, at), Ranking()
    courses = tied_courses()
    learned = learned_in([course.pk for course, _keys in courses], scope)
    for course, keys in courses:
        definition = Definition(
            treatment="course",
            from_on=from_on,
            to_on=today,
            criteria=tuple(keys),
            course_id=course.pk,
        )
        days = first_days(data.reached_by(definition), scope)
        seen = data.criterion_seen(scope, keys, from_on - 90 * DAY, today)
        others = scope - data.touched(definition, from_on, today)
        one = _ranked(
            {course.pk: days}, {course.pk: course.title}, others, seen, definition, LEAST_LEARNERS
        )
        for row in one.rows:
            row.learned, row.voice = learned.get(course.pk), voice_of(course)
        ranking.rows += one.rows
        ranking.n_control = max(ranking.n_control, one.n_control)
    ranking.shrink()
    return ranking


def tied_courses() -> list[tuple[Course, list[str]]]:
    found: dict[Course, list[str]] = defaultdict(list)
    for tie in CourseTie.objects.select_related("course__feedback_link"):
        found[tie.course].append(tie.criterion_key)
    return list(found.items())


def _ranked(
    groups: Mapping[int, Mapping[int, date]],
    names: Mapping[int, str],
    others: set[int],
    seen: Observations,
    definition: Definition,
    least: int,
) -> Ranking:
    days = [day for group in groups.values() for day in group.values()]
    if not days:
        rows = [Ranked(names.get(pk, ""), pk, 0, note="nobody yet") for pk in groups]
        return Ranking(rows)
    control_days = dict.fromkeys(others, middle_day(days))
    control = _enough(members(control_days, seen, definition))
    rows = []
    for pk, group in groups.items():
        treated = _enough(members(group, seen, definition))
        rows.append(_row(names.get(pk, ""), pk, treated, control, least))
    return Ranking(rows, len(control))


def _enough(group: Sequence[Member]) -> list[Member]:
    return [one for one in group if not one.missing]


def _row(
    name: str, pk: int, treated: Sequence[Member], control: Sequence[Member], least: int
) -> Ranked:
    n = len(treated)
    if n < least:
        return Ranked(name, pk, n, note=f"{least} people with 5 evaluations a side are needed")
    if len(control) < LEAST_FOR_CONTROL:
        return Ranked(name, pk, n, note=f"only {len(control)} people to compare with")
    pairs, others = [one.pair for one in treated], [one.pair for one in control]
    found = effect.difference_in_differences(
        [pair[0] for pair in pairs],
        [pair[1] for pair in pairs],
        [pair[0] for pair in others],
        [pair[1] for pair in others],
    )
    if found is None or found.se == 0:
        return Ranked(name, pk, n, note="no spread to compare")
    return Ranked(name, pk, n, found.effect, found.se)


# --- What learners learned ----------------------------------------------------------------------


def learned_in(courses: Sequence[int], people: Collection[int]) -> dict[int, Learned]:
    """Of each course with graded attempts of the people. One query."""
    rows = Attempt.objects.filter(
        enrollment__course__in=courses, state="graded", percent__isnull=False
    )
    lines = rows.order_by("number").values_list(
        "enrollment__course_id", "enrollment_id", "enrollment__person_id", "percent"
    )
    percents: dict[int, dict[int, list[float]]] = defaultdict(lambda: defaultdict(list))
    for course, enrollment, person, percent in lines:
        if person in people:
            percents[course][enrollment].append(float(percent or 0))
    return {
        course: Learned(
            n=len(by_learner),
            first=fmean(values[0] for values in by_learner.values()),
            best=fmean(max(values) for values in by_learner.values()),
        )
        for course, by_learner in percents.items()
    }
