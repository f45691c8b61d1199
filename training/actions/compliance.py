"""Verbs of cycles: open them in time, satisfy them by evidence, end and waive them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import IntegrityError, transaction
from django.db.models import Q, QuerySet

from accounts import audit
from accounts.models import TeamMembership, User
from quality.refusals import Invalid, Refused, need_reason
from training.actions import paths
from training.actions.assigning import assign_course, check_people, local_today, shift_cycle
from training.actions.certificates import issue_cycle_certificate
from training.models import Cycle, Proof, Requirement, RequirementAssignment
from training.models.learning import AssignmentSource
from training.proofs import Shown, shown_for
from training.validity import next_expiry

DAY = timedelta(days=1)


class NothingToWaive(Refused):
    def __init__(self) -> None:
        super().__init__("This round is over: it was met.")


class WaivedTooLong(Invalid):
    def __init__(self) -> None:
        super().__init__("until_on", "Choose a day from today on, at most a year away.")


def people_under(requirement: Requirement, at: datetime) -> QuerySet[User]:
    """Active people that the requirement asks."""
    fits = Q()
    if requirement.role:
        fits &= Q(pk__in=User.objects.in_role(requirement.role).values("pk"))
    if requirement.team_id:
        members = TeamMembership.objects.in_force(at).filter(team=requirement.team_id)
        fits &= Q(pk__in=members.values("user_id"))
    if fits:
        by_hand = requirement.assignments.in_force()
        fits |= Q(pk__in=by_hand.values("person_id"))
    return User.objects.active().filter(fits, kind="person")


@dataclass(frozen=True)
class Opened:
    cycles: int
    satisfied: int


def open_all_cycles(*, at: datetime) -> Opened:
    """The daily round: a cycle for everybody who has none, or whose proof ends soon."""
    opened = satisfied = 0
    for requirement in Requirement.objects.active().prefetch_related("proofs__course"):
        for person, number, due_on in _to_open(requirement, at):
            cycle = open_cycle(
                requirement=requirement, person=person, number=number, due_on=due_on, at=at
            )
            if cycle is None:
                continue
            opened += 1
            satisfied += not cycle.is_open
    return Opened(opened, satisfied)


def _to_open(requirement: Requirement, at: datetime) -> list[tuple[User, int, date]]:
    """(person, number, due date) of the rounds that are to begin today. Two queries."""
    today = local_today(at)
    latest: dict[int, Cycle] = {}
    for cycle in Cycle.objects.filter(requirement=requirement).order_by("number"):
        latest[cycle.person_id] = cycle
    found = []
    for person in people_under(requirement, at):
        following = _following(requirement, latest.get(person.pk), today)
        if following is not None:
            found.append((person, *following))
    return found


def _following(
    requirement: Requirement, last: Cycle | None, today: date
) -> tuple[int, date] | None:
    """Number and due date of the round that is to begin after `last`; None if none is."""
    usual = today + DAY * requirement.due_days
    if last is None:
        return 1, usual
    if last.is_open:
        return None
    if last.ended_on is not None:
        return last.number + 1, usual
    if last.expires_on and last.expires_on - DAY * requirement.window_days <= today:
        return last.number + 1, max(last.expires_on, today)
    return None


def open_cycle(
    *, requirement: Requirement, person: User, number: int, due_on: date, at: datetime
) -> Cycle | None:
    """Begin a round and give what meets it, unless it is met already.

    None if a twin of this call was first; the constraint decides.
    """
    try:
        with transaction.atomic():
            cycle = Cycle.objects.create(
                person=person,
                requirement=requirement,
                number=number,
                opened_on=local_today(at),
                due_on=due_on,
                plan_due_on=due_on,
            )
            shift_cycle(cycle, list(person.learning_pauses.all()))
            after = {"due_on": cycle.due_on.isoformat(), "person_id": person.pk}
            audit.record(verb="open_cycle", record=cycle, by=None, at=at, after=after)
            if _satisfy(cycle, at=at) is None:
                _give(cycle, at=at)
    except IntegrityError:
        return None
    return cycle


def _give(cycle: Cycle, *, at: datetime) -> None:
    """Assign the first way to meet it that can be learned: its courses and paths."""
    proofs = list(cycle.requirement.proofs.select_related("course", "path__recertification_path"))
    first = min((proof.alternative for proof in proofs), default=0)
    reason = f"{cycle.requirement} asks for it"
    for proof in (one for one in proofs if one.alternative == first):
        given: dict[str, Any] = {
            "people": [cycle.person],
            "by": None,
            "at": at,
            "due_on": cycle.due_on,
            "reason": reason,
            "source": AssignmentSource.REQUIREMENT,
        }
        if proof.course is not None and _is_offered(proof):
            assign_course(course=proof.course, **given)
        elif proof.path is not None and proof.path.steps.exists():
            again = proof.path.recertification_path if cycle.number > 1 else None
            paths.assign_path(path=again or proof.path, **given)


def _is_offered(proof: Proof) -> bool:
    course = proof.course
    return course is not None and not course.is_retired and course.current_revision_id is not None


# --- By hand ------------------------------------------------------------------------------------


def assign_requirement(
    *,
    requirement: Requirement,
    people: Iterable[User],
    by: User,
    at: datetime,
    due_on: date | None = None,
    reason: str = "",
) -> list[RequirementAssignment]:
    """Ask people for it whom neither its role and team nor somebody by hand asks already.

    Their round begins at once unless what they have shown still holds. Returns the new orders.
    Raises TooManyPeople, InactivePerson, DueInThePast.
    """
    chosen = list(people)
    check_people(chosen, due_on, at)
    with transaction.atomic():
        asked = set(people_under(requirement, at).values_list("pk", flat=True))
        made = [
            _ask(requirement, person, due_on, reason, by, at)
            for person in chosen
            if person.pk not in asked
        ]
    return [row for row in made if row is not None]


def _ask(
    requirement: Requirement,
    person: User,
    due_on: date | None,
    reason: str,
    by: User,
    at: datetime,
) -> RequirementAssignment | None:
    """None if a twin of this request was first; the constraint decides."""
    try:
        with transaction.atomic():
            row = RequirementAssignment.objects.create(
                person=person,
                requirement=requirement,
                reason=reason.strip()[:500],
                assigned_on=local_today(at),
                assigned_by=by,
            )
    except IntegrityError:
        return None
    after = {"person_id": person.pk, "requirement_id": requirement.pk}
    audit.record(
        verb="assign_requirement", record=row, by=by, at=at, after=after, reason=row.reason
    )
    rounds = Cycle.objects.filter(requirement=requirement, person=person)
    following = _following(requirement, rounds.order_by("-number").first(), local_today(at))
    if following is not None:
        number, usual = following
        open_cycle(
            requirement=requirement, person=person, number=number, due_on=due_on or usual, at=at
        )
    return row


def withdraw_requirement(*, assignment: RequirementAssignment, by: User, at: datetime) -> None:
    """Ask no more by hand; what was shown and what was given stays."""
    with transaction.atomic():
        rows = RequirementAssignment.objects.in_force().filter(pk=assignment.pk)
        if rows.update(withdrawn_at=at):
            audit.record(verb="withdraw_requirement", record=assignment, by=by, at=at)


# --- Evidence -----------------------------------------------------------------------------------


def settle(*, person: User, requirement: Requirement, at: datetime) -> Cycle | None:
    """Let new evidence meet the open round; without one it begins and ends a round of its own.

    None if nothing new meets the requirement. Run twice it changes nothing.
    """
    with transaction.atomic():
        rows = Cycle.objects.select_for_update().filter(person=person, requirement=requirement)
        last = rows.order_by("-number").first()
        if last is not None and last.is_open:
            return _satisfy(last, at=at)
        if not people_under(requirement, at).filter(pk=person.pk).exists():
            return None
        number = last.number + 1 if last else 1
        cycle = Cycle(
            person=person,
            requirement=requirement,
            number=number,
            opened_on=local_today(at),
            due_on=local_today(at),
            plan_due_on=local_today(at),
        )
        return _satisfy(cycle, at=at)


def settle_course(*, person: User, course_id: int, at: datetime) -> None:
    """Something of a course was shown: every requirement that it can meet looks again."""
    named = (
        Q(proofs__course=course_id)
        | Q(proofs__path__steps__course=course_id)
        | Q(proofs__path__steps__electives__course=course_id)
    )
    for requirement in Requirement.objects.active().filter(named).distinct():
        settle(person=person, requirement=requirement, at=at)


def _satisfy(cycle: Cycle, *, at: datetime) -> Cycle | None:
    """Close the round if what was shown since the one before meets it."""
    requirement = cycle.requirement
    before = Cycle.objects.filter(person=cycle.person, requirement=requirement).satisfied()
    previous = before.exclude(pk=cycle.pk).order_by("-number").first()
    shown = shown_for(cycle.person, requirement, since=previous.satisfied_on if previous else None)
    if shown is None:
        return None
    cycle.satisfied_on = shown.on
    cycle.opened_on = min(cycle.opened_on, shown.on) if cycle.pk is None else cycle.opened_on
    cycle.expires_on = _expiry(requirement, shown, previous)
    cycle.anchor_day = _anchor_day(cycle.expires_on, previous)
    cycle.evidence, cycle.recorded_at = shown.evidence, at
    cycle.save()
    after = {
        "satisfied_on": shown.on.isoformat(),
        "expires_on": cycle.expires_on.isoformat() if cycle.expires_on else None,
    }
    audit.record(verb="satisfy_cycle", record=cycle, by=None, at=at, after=after)
    issue_cycle_certificate(cycle=cycle, at=at)
    return cycle


def _expiry(requirement: Requirement, shown: Shown, previous: Cycle | None) -> date | None:
    """A document's own day, else by the requirement's anchor; None where it holds for ever."""
    if shown.valid_until_on is not None:
        return shown.valid_until_on
    if requirement.validity_months is None:
        return None
    ended = previous is None or previous.ended_on is not None
    before = None if ended or previous is None else previous.expires_on
    day = None if previous is None else previous.anchor_day
    return next_expiry(requirement.rule, shown.on, before, day)


def _anchor_day(expires_on: date | None, previous: Cycle | None) -> int | None:
    """The day of the month that a chain of renewals keeps, whatever February does to it."""
    if expires_on is None:
        return None
    kept = previous.anchor_day if previous else None
    clamped = kept is not None and expires_on.day < kept and (expires_on + DAY).day == 1
    return kept if clamped else expires_on.day


def end_evidence(*, source: str, pk: int, person_id: int, on: date, at: datetime) -> int:
    """Rounds that rest on a row, such as the "enrollment_id" 7, count no more from that day."""
    held = Cycle.objects.satisfied().filter(ended_on__isnull=True, person=person_id)
    rows = [cycle for cycle in held if any(one.get(source) == pk for one in cycle.evidence)]
    with transaction.atomic():
        for cycle in rows:
            end_cycle(cycle=cycle, on=on, at=at)
    return len(rows)


def end_cycle(*, cycle: Cycle, on: date, at: datetime) -> None:
    """A met round counts no more from that day; what ended before stays as it is."""
    with transaction.atomic():
        if Cycle.objects.filter(pk=cycle.pk, ended_on__isnull=True).update(ended_on=on):
            after = {"ended_on": on.isoformat()}
            audit.record(verb="end_cycle", record=cycle, by=None, at=at, after=after)


def waive_cycle(*, cycle: Cycle, until_on: date, reason: str, by: User, at: datetime) -> Cycle:
    """Not asked for until a day. Raises NothingToWaive, WaivedTooLong, ReasonTooShort."""
    today = local_today(at)
    if not today <= until_on <= today + DAY * 366:
        raise WaivedTooLong
    reason = need_reason(reason, 5)
    with transaction.atomic():
        locked = Cycle.objects.select_for_update().get(pk=cycle.pk)
        if not locked.is_open:
            raise NothingToWaive
        locked.waived_on, locked.waived_until_on = today, until_on
        locked.waiver_reason = reason[:500]
        locked.save(update_fields=["waived_on", "waived_until_on", "waiver_reason", "updated_at"])
        after = {"waived_until_on": until_on.isoformat()}
        audit.record(verb="waive_cycle", record=locked, by=by, at=at, after=after, reason=reason)
    return locked
