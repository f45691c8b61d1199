"""What effects are computed from: who was coached when, and how each evaluation of them went."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import asdict, dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone

from accounts.models import TeamMembership, User
from quality.models import Evaluation
from quality.models.evaluations import Purpose
from training.judgements import judged_answers
from training.models import CoachingSession, CourseTie, Enrollment
from training.models.effects import Treatment
from training.reach import people_for

DAY = timedelta(days=1)
AT_ONCE = 2000


@dataclass(frozen=True)
class Definition:
    """What is asked: whom coaching or a course reached in a span of days, and what it is to change.

    The outcome is the pass percent of each of `criteria`, or the mean score of a scorecard. So many
    as `blind_each` evaluations of each side are scored once more, drawn by `seed`.
    """

    treatment: str
    from_on: date
    to_on: date
    criteria: tuple[str, ...] = ()
    scorecard_id: int | None = None
    course_id: int | None = None
    team_id: int | None = None
    before_days: int = 90
    after_days: int = 90
    blind_each: int = 0
    seed: str = ""

    def as_json(self) -> dict[str, Any]:
        return asdict(self) | {
            "criteria": list(self.criteria),
            "from_on": self.from_on.isoformat(),
            "to_on": self.to_on.isoformat(),
        }

    @classmethod
    def from_json(cls, stored: dict[str, Any]) -> Definition:
        return cls(
            **stored
            | {
                "criteria": tuple(stored["criteria"]),
                "from_on": date.fromisoformat(stored["from_on"]),
                "to_on": date.fromisoformat(stored["to_on"]),
            }
        )


@dataclass(frozen=True)
class Seen:
    """One evaluation: 0 to 100, whatever was asked, on the day of the work."""

    day: date
    value: float
    selection: str
    version_id: int
    evaluation_id: int = 0


Observations = dict[int, list[Seen]]


def scope_of(user: User, team_id: int | None, at: datetime) -> set[int]:
    """Agents that the reader may see, in the team if one is named. One query."""
    people = User.objects.filter(people_for(user, "training.view_effect"), kind="person")
    if team_id is not None:
        members = TeamMembership.objects.in_force(at).agents().filter(team=team_id)
        people = people.filter(pk__in=members.values("user_id"))
    return set(people.in_role("agent").values_list("pk", flat=True))


def local_day(at: datetime) -> date:
    return timezone.localtime(at).date()


def moment(on: date) -> datetime:
    return timezone.make_aware(datetime.combine(on, time()))


# --- Who was reached ----------------------------------------------------------------------------


@dataclass(frozen=True)
class Reached:
    """Somebody was coached, or completed a course, on a day; by whom, if by somebody."""

    agent_id: int
    day: date
    coach_id: int | None = None


def coached(keys: Collection[str], from_on: date, to_on: date) -> list[Reached]:
    """Sessions held in the span, about one of the criteria if any is named, in order."""
    rows = CoachingSession.objects.filter(
        held_at__gte=moment(from_on), held_at__lt=moment(to_on + DAY)
    )
    if keys:
        rows = rows.filter(agenda__criterion_key__in=keys)
    lines = rows.order_by("held_at", "pk").values_list("agent_id", "held_at", "coach_id").distinct()
    return [Reached(agent, local_day(at), coach) for agent, at, coach in lines if at is not None]


def taught(courses: Collection[int], from_on: date, to_on: date) -> list[Reached]:
    """Completions of the courses in the span, in order."""
    rows = Enrollment.objects.filter(
        course__in=courses,
        state="completed",
        completed_at__gte=moment(from_on),
        completed_at__lt=moment(to_on + DAY),
    )
    lines = rows.order_by("completed_at", "pk").values_list("person_id", "completed_at")
    return [Reached(person, local_day(at)) for person, at in lines if at is not None]


def reached_by(definition: Definition) -> list[Reached]:
    if definition.treatment == Treatment.COURSE:
        return taught([definition.course_id or 0], definition.from_on, definition.to_on)
    return coached(definition.criteria, definition.from_on, definition.to_on)


def touched(definition: Definition, from_on: date, to_on: date) -> set[int]:
    """Everybody with coaching or a course on the same thing in the span: no control group."""
    keys = set(definition.criteria)
    tied = CourseTie.objects.filter(criterion_key__in=keys).values_list("course_id", flat=True)
    courses = {*tied, *([definition.course_id] if definition.course_id else [])}
    people = {one.agent_id for one in coached(keys, from_on, to_on)}
    return people | {one.agent_id for one in taught(courses, from_on, to_on)}


# --- How it went --------------------------------------------------------------------------------


def observe(
    agents: Collection[int], key: str, scorecard_id: int | None, from_on: date, to_on: date
) -> Observations:
    """Every evaluation of the agents in the span, in order of the work. One query, streamed."""
    if key:
        return criterion_seen(agents, [key], from_on, to_on)
    rows = Evaluation.objects.released().filter(
        purpose=Purpose.STANDARD,
        scorecard=scorecard_id,
        current_revision__score_percent__isnull=False,
        handled_at__gte=moment(from_on),
        handled_at__lt=moment(to_on + DAY),
    )
    lines = rows.order_by("handled_at", "pk").values_list(
        "agent_id", "handled_at", "current_revision__score_percent", "selection", "version_id", "pk"
    )
    return _grouped(agents, lines.iterator(chunk_size=AT_ONCE))


def criterion_seen(
    agents: Collection[int], keys: Collection[str], from_on: date, to_on: date
) -> Observations:
    """Passed is 100 and failed is 0, for each judged answer to one of the criteria."""
    evaluation = "revision__evaluation__"
    span = Q(**{f"{evaluation}handled_at__gte": moment(from_on)})
    span &= Q(**{f"{evaluation}handled_at__lt": moment(to_on + DAY)})
    rows = judged_answers().filter(span, criterion__key__in=keys)
    lines = rows.order_by(f"{evaluation}handled_at", f"{evaluation}id").values_list(
        f"{evaluation}agent_id",
        f"{evaluation}handled_at",
        "is_failed",
        f"{evaluation}selection",
        f"{evaluation}version_id",
        f"{evaluation}id",
    )
    told = (
        (agent, at, 0 if failed else 100, selection, version, pk)
        for agent, at, failed, selection, version, pk in lines.iterator(chunk_size=AT_ONCE)
    )
    return _grouped(agents, told)


def _grouped(agents: Collection[int], lines: Iterable[tuple[Any, ...]]) -> Observations:
    found: Observations = defaultdict(list)
    for agent, at, value, selection, version, pk in lines:
        if agent in agents:
            found[agent].append(Seen(local_day(at), float(value), selection, version, pk))
    return found
