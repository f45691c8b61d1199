"""One learner's desk: what to go on with, what is due and why, what is done."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext as _

from accounts.models import User
from training.actions.assigning import local_today
from training.models import Enrollment
from training.models.learning import OPEN_STATES, EnrollmentState

SHOWN_DONE = 20


@dataclass(frozen=True)
class Row:
    """One open course with its due date."""

    enrollment: Enrollment
    today: date

    @property
    def due_on(self) -> date | None:
        assignment = self.enrollment.assignment
        return assignment.due_on if assignment else None

    @property
    def is_late(self) -> bool:
        assignment = self.enrollment.assignment
        return assignment is not None and assignment.is_overdue(self.today)

    @property
    def reason(self) -> str:
        """Why the course is there, in words."""
        assignment = self.enrollment.assignment
        if assignment is None:
            return _("your own choice")
        if assignment.reason:
            reason = f"{assignment.reason[0].lower()}{assignment.reason[1:]}"
            return _("because {reason}").format(reason=reason)
        by = assignment.assigned_by
        return _("given by {name}").format(name=by.short_name) if by else _("given by a rule")

    @property
    def order(self) -> tuple[date, int]:
        return self.due_on or date.max, self.enrollment.pk


@dataclass(frozen=True)
class Desk:
    continued: Row | None
    rows: list[Row]
    failed: list[Enrollment]
    completed: list[Enrollment]

    @property
    def is_empty(self) -> bool:
        return not (self.rows or self.completed or self.failed)


def desk_of(user: User, at: datetime) -> Desk:
    """Two queries, however much there is."""
    mine = Enrollment.objects.filter(person=user).select_related(
        "course", "revision", "assignment__assigned_by", "last_lesson"
    )
    today = local_today(at)
    rows = [Row(one, today) for one in mine.filter(state__in=[*OPEN_STATES, "failed"])]
    open_rows = sorted((row for row in rows if row.enrollment.is_open), key=lambda row: row.order)
    completed = mine.filter(state=EnrollmentState.COMPLETED).order_by("-completed_at")
    begun = [row for row in open_rows if row.enrollment.last_active_at]
    latest = max(begun, key=lambda row: row.enrollment.last_active_at or at, default=None)
    return Desk(
        continued=latest or (open_rows[0] if open_rows else None),
        rows=open_rows,
        failed=[row.enrollment for row in rows if not row.enrollment.is_open],
        completed=list(completed[:SHOWN_DONE]),
    )
