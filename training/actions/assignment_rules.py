"""Rules that give courses by themselves: who they fit and why, dry run, run, save."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction

from accounts import audit
from accounts.models import TeamMembership, User
from accounts.models.people import UserQuerySet
from quality.refusals import Invalid
from training.actions.assigning import (
    MOST_PEOPLE,
    assign_course,
    local_today,
    withdraw_assignment,
)
from training.models import Assignment, AssignmentRule, Course
from training.models.learning import AssignmentSource


class QueueWithoutTeam(Invalid):
    def __init__(self) -> None:
        super().__init__("queue", "No team takes this queue, so nobody would fit. Choose a team.")


@dataclass(frozen=True)
class Filter:
    """One condition of a rule: the people it fits, and the words for those it does not fit."""

    fails: str
    people: UserQuerySet


@dataclass(frozen=True)
class Leaver:
    """Whose course would be taken back, and which conditions do not hold any more."""

    assignment: Assignment
    why: str


@dataclass(frozen=True)
class DryRun:
    """Who a rule would give its course to, and from whom it would take it."""

    gains: list[User]
    loses: list[Leaver]


def filters_of(rule: AssignmentRule, at: datetime) -> list[Filter]:
    """Every condition of the rule; all of them have to hold."""
    people = User.objects.active().filter(kind="person")
    found = [Filter("not active any more", people)]
    if rule.role:
        found.append(Filter(f"no {rule.role} any more", User.objects.in_role(rule.role)))
    if rule.team is not None:
        found.append(Filter(f"not in {rule.team} any more", _members(rule.team_id, at)))
    if rule.queue is not None:
        takers = _members(rule.queue.team_id, at, kind="agent")
        found.append(Filter(f"does not take {rule.queue} any more", takers))
    if rule.hired_within_days is not None:
        since = local_today(at) - timedelta(days=rule.hired_within_days)
        words = f"hired more than {rule.hired_within_days} days ago"
        found.append(Filter(words, User.objects.filter(hired_on__gte=since)))
    return found


def _members(team_id: int | None, at: datetime, **kind: str) -> UserQuerySet:
    rows = TeamMembership.objects.in_force(at).filter(team=team_id, **kind)
    return User.objects.filter(pk__in=rows.values("user_id"))


def people_of(rule: AssignmentRule, at: datetime) -> UserQuerySet:
    """Active people that every filter of the rule fits now."""
    people = User.objects.all()
    for one in filters_of(rule, at):
        people = people.filter(pk__in=one.people.values("pk"))
    return people


def preview_rule(rule: AssignmentRule, at: datetime, person: User | None = None) -> DryRun:
    """What `run_rule` would do now, to one person or to everybody; changes nothing.

    Three queries, and one for each filter where somebody would lose the course.
    """
    fitting, given = people_of(rule, at), Assignment.objects.filter(course=rule.course_id)
    if person is not None:
        fitting, given = fitting.filter(pk=person.pk), given.filter(person=person)
    people = list(fitting)
    ids = {one.pk for one in people}
    known = set(given.filter(withdrawn_at__isnull=True).values_list("person_id", flat=True))
    owned = given.unfinished().filter(rule_id=rule.pk or 0).select_related("person", "course")
    unbegun = owned.exclude(enrollments__state="in_progress").distinct()
    return DryRun(
        gains=[one for one in people if one.pk not in known],
        loses=_told(rule, at, [row for row in unbegun if row.person_id not in ids]),
    )


def _told(rule: AssignmentRule, at: datetime, rows: Sequence[Assignment]) -> list[Leaver]:
    if not rows:
        return []
    ids = [row.person_id for row in rows]
    holds = [
        (one.fails, set(one.people.filter(pk__in=ids).values_list("pk", flat=True)))
        for one in filters_of(rule, at)
    ]
    return [
        Leaver(row, ", ".join(words for words, fit in holds if row.person_id not in fit))
        for row in rows
    ]


def run_rule(*, rule: AssignmentRule, at: datetime, person: User | None = None) -> DryRun:
    """Give and take as the dry run says. What somebody began stays; again it adds nothing."""
    plan = preview_rule(rule, at, person)
    due_on = local_today(at) + timedelta(days=rule.due_days)
    for start in range(0, len(plan.gains), MOST_PEOPLE):
        assign_course(
            course=rule.course,
            people=plan.gains[start : start + MOST_PEOPLE],
            due_on=due_on,
            reason=f"by the rule “{rule.name}”",
            source=AssignmentSource.RULE,
            rule=rule,
            by=None,
            at=at,
        )
    for one in plan.loses:
        reason = f"The rule “{rule.name}” fits no more: {one.why}."
        withdraw_assignment(assignment=one.assignment, reason=reason, by=None, at=at)
    return plan


def run_rules(*, at: datetime, person: User | None = None) -> int:
    """Every active rule of an offered course, for one person or for everybody.

    Returns how many assignments were made.
    """
    rules = AssignmentRule.objects.filter(is_active=True, course__in=Course.objects.published())
    rules = rules.select_related("course", "team", "queue")
    return sum(len(run_rule(rule=rule, at=at, person=person).gains) for rule in rules)


def save_rule(
    *, rule: AssignmentRule | None, by: User, at: datetime, **fields: object
) -> AssignmentRule:
    """Write a rule. Raises QueueWithoutTeam."""
    with transaction.atomic():
        row = rule or AssignmentRule(created_by=by)
        for name, value in fields.items():
            setattr(row, name, value)
        check_queue(row)
        row.save()
        after = {name: str(value) for name, value in fields.items()}
        audit.record(verb="save_rule", record=row, by=by, at=at, after=after)
    return row


def check_queue(rule: AssignmentRule) -> None:
    """Raises QueueWithoutTeam."""
    if rule.queue is not None and rule.queue.team_id is None:
        raise QueueWithoutTeam
