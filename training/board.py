"""The assignment board: people × courses, each cell with a letter and a color."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, NamedTuple

from django.db.models import QuerySet

from accounts.models import TeamMembership, User
from accounts.models.people import UserQuerySet
from lib import charts
from training.actions.assigning import local_today
from training.models import Assignment, Course, Enrollment
from training.reach import people_for

PEOPLE_A_PAGE, COURSES_A_PAGE = 100, 25
STATES = ("overdue", "failed", "in_progress", "not_begun", "waived", "completed")
LETTERS = {
    "overdue": ("O", "Late", "bad"),
    "failed": ("F", "Failed", "bad"),
    "in_progress": ("P", "In progress", "accent"),
    "not_begun": ("N", "Not begun", ""),
    "waived": ("W", "Waived", "warn"),
    "completed": ("D", "Done", "good"),
}


@dataclass(frozen=True)
class Cell:
    """One person in one course; empty where neither assignment nor enrollment is."""

    state: str = ""
    percent: int | None = None
    due_on: date | None = None
    assignment: Assignment | None = None
    enrollment: Enrollment | None = None

    @property
    def letter(self) -> str:
        if self.state == "in_progress":
            return f"P {self.percent} %"
        return LETTERS[self.state][0] if self.state else ""

    @property
    def told(self) -> str:
        return LETTERS[self.state][1] if self.state else "Not assigned"

    @property
    def tone(self) -> str:
        return LETTERS[self.state][2] if self.state else ""


class Facts(NamedTuple):
    """What the state of a cell is read from."""

    state: str
    due_on: date | None
    waived_until_on: date | None
    is_open: bool


@dataclass(frozen=True)
class Board:
    """Everybody that fits, in all courses; a page shows a part, figures are of the whole."""

    people: list[User]
    courses: list[Course]
    states: dict[tuple[int, int], str]
    today: date

    @property
    def counts(self) -> dict[str, int]:
        """Cells by state over every person and course; what the file lists."""
        found = Counter(self.states.values())
        return {state: found[state] for state in STATES}

    def chart(self, courses: Sequence[Course]) -> charts.Chart | None:
        """One bar for each of these courses, by state, over everybody."""
        if not courses or not self.people:
            return None
        found = Counter((course, state) for (_, course), state in self.states.items())
        return charts.stacked_bars(
            [course.title for course in courses],
            [
                (LETTERS[state][1], [found[course.pk, state] for course in courses])
                for state in STATES
            ],
            title="People by state",
            label_header="Course",
            tones=[LETTERS[state][2] or "quiet" for state in STATES],
        )

    def rows(
        self, people: Sequence[User], courses: Sequence[Course]
    ) -> list[tuple[User, list[Cell]]]:
        """The cells of some people in some courses. One query."""
        cells = _cells(people, courses, self.today)
        return [
            (person, [cells.get((person.pk, course.pk), Cell()) for course in courses])
            for person in people
        ]


def board_of(
    user: User,
    at: datetime,
    *,
    team_id: int | None = None,
    course_id: int | None = None,
    state: str = "",
) -> Board:
    """What the person may see. Three queries, whatever the size."""
    people = User.objects.active().filter(people_for(user, "training.view_board"), kind="person")
    if team_id is not None:
        members = TeamMembership.objects.in_force(at).filter(team=team_id)
        people = people.filter(pk__in=members.values("user_id"))
    else:
        people = people.exclude(groups__name="admin")
    people = people.distinct()
    courses, today = list(_courses(course_id)), local_today(at)
    states = _states(people, courses, today)
    found = list(people.order_by("full_name", "pk"))
    if state:
        fits = {person for (person, _course), one in states.items() if _fits(one, state)}
        found = [person for person in found if person.pk in fits]
        states = {key: one for key, one in states.items() if key[0] in fits}
    return Board(found, courses, states, today)


def _courses(course_id: int | None) -> list[Course]:
    """Offered courses."""
    rows = Course.objects.filter(current_revision__isnull=False)
    if course_id is not None:
        return list(rows.filter(pk=course_id))
    return list(rows.filter(retired_at__isnull=True))


def _fits(found: str, state: str) -> bool:
    if state == "open":
        return found in ("overdue", "in_progress", "not_begun", "failed")
    return found == state


def _newest(people: Any, courses: Sequence[Course]) -> QuerySet[Enrollment]:
    """Enrollments of people in courses; the newest of each pair comes last."""
    rows = Enrollment.objects.filter(person__in=people, course__in=[one.pk for one in courses])
    return rows.exclude(state="withdrawn").order_by("attempt_no", "pk")


def _states(
    people: UserQuerySet, courses: Sequence[Course], today: date
) -> dict[tuple[int, int], str]:
    """The state of every cell that has one, without loading its rows. One query."""
    rows = _newest(people.order_by().values("pk"), courses).values_list(
        "person_id",
        "course_id",
        "state",
        "assignment__due_on",
        "assignment__waived_until_on",
        "assignment__completed_at",
        "assignment__withdrawn_at",
    )
    found = {}
    for person, course, state, due_on, waived, completed_at, withdrawn_at in rows.iterator():
        is_open = completed_at is None and withdrawn_at is None
        found[person, course] = _state(Facts(state, due_on, waived, is_open), today)
    return found


def _cells(
    people: Sequence[User], courses: Sequence[Course], today: date
) -> dict[tuple[int, int], Cell]:
    """The newest enrollment of each person and course, with its assignment. One query."""
    rows = _newest([one.pk for one in people], courses).select_related("assignment")
    return {(row.person_id, row.course_id): _cell(row, today) for row in rows}


def _cell(row: Enrollment, today: date) -> Cell:
    assignment = row.assignment
    due_on = assignment.due_on if assignment else None
    waived = assignment.waived_until_on if assignment else None
    is_open = assignment is not None and assignment.is_open
    state = _state(Facts(row.state, due_on, waived, is_open), today)
    return Cell(state, int(row.progress_percent), due_on, assignment, row)


def _state(facts: Facts, today: date) -> str:
    if facts.state == "completed":
        return "completed"
    if facts.waived_until_on is not None and today <= facts.waived_until_on:
        return "waived"
    if facts.state == "failed":
        return "failed"
    if facts.is_open and facts.due_on is not None and facts.due_on < today:
        return "overdue"
    return "in_progress" if facts.state == "in_progress" else "not_begun"
