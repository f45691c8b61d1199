"""The assignment board: people × courses, each cell with a letter and a color."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import TeamMembership, User
from lib import charts
from training.actions.assigning import local_today
from training.models import Assignment, Course, Enrollment
from training.reach import people_for

MOST_PEOPLE, MOST_COURSES = 200, 40
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


@dataclass(frozen=True)
class Board:
    courses: list[Course]
    rows: list[tuple[User, list[Cell]]]
    is_cut: bool

    @property
    def counts(self) -> dict[str, int]:
        """Cells by state; what the drill-down of each state lists."""
        found = dict.fromkeys(STATES, 0)
        for _person, cells in self.rows:
            for cell in cells:
                if cell.state:
                    found[cell.state] += 1
        return found

    @property
    def chart(self) -> charts.Chart | None:
        """One bar for each course, by state."""
        if not self.courses or not self.rows:
            return None
        return charts.stacked_bars(
            [course.title for course in self.courses],
            [(LETTERS[state][1], self._column(state)) for state in STATES],
            title="People by state",
            label_header="Course",
            tones=[LETTERS[state][2] or "quiet" for state in STATES],
        )

    def _column(self, state: str) -> list[int]:
        """How many people are in a state, by course."""
        return [
            sum(cells[at].state == state for _, cells in self.rows)
            for at in range(len(self.courses))
        ]


def board_of(
    user: User,
    at: datetime,
    *,
    team_id: int | None = None,
    course_id: int | None = None,
    state: str = "",
) -> Board:
    """What the person may see. Five queries, whatever the size."""
    people = User.objects.active().filter(people_for(user, "training.view_board"), kind="person")
    if team_id is not None:
        members = TeamMembership.objects.in_force(at).filter(team=team_id)
        people = people.filter(pk__in=members.values("user_id"))
    else:
        people = people.exclude(groups__name="admin")
    found = list(people.distinct().order_by("full_name", "pk")[: MOST_PEOPLE + 1])
    courses = list(_courses(course_id))
    cells = _cells(found[:MOST_PEOPLE], courses, local_today(at))
    rows = [
        (person, [cells.get((person.pk, course.pk), Cell()) for course in courses])
        for person in found[:MOST_PEOPLE]
    ]
    if state:
        rows = [row for row in rows if any(_fits(cell, state) for cell in row[1])]
    return Board(courses, rows, len(found) > MOST_PEOPLE)


def _courses(course_id: int | None) -> list[Course]:
    """Offered courses, and others that somebody still takes."""
    rows = Course.objects.filter(current_revision__isnull=False)
    if course_id is not None:
        return list(rows.filter(pk=course_id))
    return list(rows.filter(retired_at__isnull=True)[:MOST_COURSES])


def _fits(cell: Cell, state: str) -> bool:
    if state == "open":
        return cell.state in ("overdue", "in_progress", "not_begun", "failed")
    return cell.state == state


def _cells(people: list[User], courses: list[Course], today: date) -> dict[tuple[int, int], Cell]:
    """The newest enrollment of each person and course, with its assignment."""
    wanted = {"person__in": people, "course__in": courses}
    enrollments = Enrollment.objects.filter(**wanted).exclude(state="withdrawn")
    found: dict[tuple[int, int], Cell] = {}
    for row in enrollments.select_related("assignment").order_by("attempt_no", "pk"):
        found[row.person_id, row.course_id] = _cell(row, today)
    return found


def _cell(row: Enrollment, today: date) -> Cell:
    assignment = row.assignment
    percent = int(row.progress_percent)
    due_on = assignment.due_on if assignment else None
    if row.is_completed:
        state = "completed"
    elif assignment is not None and assignment.is_waived(today):
        state = "waived"
    elif row.state == "failed":
        state = "failed"
    elif assignment is not None and assignment.is_overdue(today):
        state = "overdue"
    else:
        state = "in_progress" if row.state == "in_progress" else "not_begun"
    return Cell(state, percent, due_on, assignment, row)
