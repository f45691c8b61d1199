"""Order the mails of a day: one digest a person, one a week for each supervisor."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef

from accounts.models import TeamMembership, User
from accounts.teams import spans_holding
from ops import mail
from training.actions.assigning import local_today
from training.models import Assignment
from training.reminding import reminder_days

MONDAY = 0


def remind_learners(*, at: datetime) -> int:
    """One mail to everybody with something due; twice a day is once. Returns how many."""
    today = local_today(at)
    rows = Assignment.objects.unfinished().filter(due_on__in=reminder_days(today))
    rows = rows.exclude(waived_until_on__gte=today).filter(person__is_active=True)
    people = sorted(set(rows.values_list("person_id", flat=True)))
    with transaction.atomic():
        for person_id in people:
            mail.send(
                "training.courses_due",
                key=f"{person_id}:{today}",
                person_id=person_id,
            )
    return len(people)


def remind_supervisors(*, at: datetime) -> int:
    """On Mondays one digest to each supervisor with somebody late in their teams."""
    today = local_today(at)
    if today.weekday() != MONDAY:
        return 0
    late = Assignment.objects.overdue(today).filter(person=OuterRef("user_id"))
    agents = TeamMembership.objects.in_force(at).agents().filter(Exists(late))
    leaders = TeamMembership.objects.filter(
        spans_holding(at), kind="supervisor", team__in=agents.values("team_id")
    )
    people = User.objects.active().filter(pk__in=leaders.values("user_id"))
    ids = sorted(people.values_list("pk", flat=True))
    with transaction.atomic():
        for supervisor_id in ids:
            mail.send(
                "training.team_overdue",
                key=f"{supervisor_id}:{today}",
                supervisor_id=supervisor_id,
            )
    return len(ids)


def remind_now(*, assignment: Assignment, by: User, at: datetime) -> None:
    """One extra reminder by hand, at most once a day."""
    with transaction.atomic():
        mail.send(
            "training.courses_due",
            key=f"{assignment.person_id}:{local_today(at)}",
            person_id=assignment.person_id,
        )
