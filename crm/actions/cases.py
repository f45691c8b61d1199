"""Verbs of a case's life: open, change, move between its states, link what belongs to it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Team, User
from crm import case_timeline, clock_causes, clocks, closing, counters, policies, timeline
from crm.custom_fields import read_values
from crm.events import CaseClosed, CaseOpened, CaseReopened, CaseResolved
from crm.models import (
    Case,
    CaseInteraction,
    CaseStatus,
    CaseWatcher,
    Customer,
    CustomFieldDefinition,
    Interaction,
)
from crm.models.cases import CASE_TRANSITIONS, FINISHED, CaseKind, Priority, StatusCategory
from crm.models.custom_fields import Target
from crm.models.customers import CustomerState
from crm.models.sla import Metric
from crm.moments import was_answered_live
from crm.names import name_key
from crm.redaction import redact
from lib import events
from lib.refusals import Invalid, Refused, Stale, need_reason
from lib.sentences import one_of
from lib.speaking import spoken
from routing.models import Queue

LEAST_REASON = 10
CHANGEABLE = (
    "subject",
    "description",
    "priority",
    "kind",
    "customer",
    "assignee",
    "team",
    "queue",
    "channel",
)


class NotPossibleFrom(Refused):
    """Names the states that the case may go to."""

    def __init__(self, case: Case) -> None:
        allowed = [StatusCategory(name).label.lower() for name in CASE_TRANSITIONS[case.category]]
        sentence = _("A case that is {status} can only become {states}.")
        super().__init__(sentence.format(status=case.status.words.lower(), states=one_of(allowed)))


class ClosingForbidden(Refused):
    """Every sentence of every guard, in one."""

    def __init__(self, sentences: Sequence[str]) -> None:
        super().__init__(" ".join(map(spoken, sentences)))
        self.sentences = list(sentences)


class NoSubject(Invalid):
    def __init__(self) -> None:
        super().__init__("subject", _("Say in a few words what the case is about."))


class InactiveAssignee(Invalid):
    def __init__(self, user: User) -> None:
        sentence = _("{name} does not work here any more.").format(name=user.short_name)
        super().__init__("assignee", sentence)


class UnusableCustomer(Invalid):
    def __init__(self) -> None:
        super().__init__("customer", _("This customer was merged, deleted or erased."))


class ChangedMeanwhile(Stale):
    def __str__(self) -> str:
        return _("Somebody changed this case in the meantime. Look at it again, then change it.")


class NotReopened(Refused):
    def __init__(self) -> None:
        super().__init__(_("Only a case that is resolved or closed can be reopened."))


class MergedCase(Refused):
    def __init__(self, case: Case) -> None:
        sentence = _("This case was merged into {case}. Work on that one.")
        super().__init__(sentence.format(case=case.merged_into))


class OpenedInTheFuture(Invalid):
    def __init__(self) -> None:
        super().__init__("opened_at", _("A case cannot be opened in the future."))


def reopen_window() -> timedelta:
    """How long after it was resolved a customer's message reopens a case."""
    return timedelta(days=settings.CASE_REOPEN_DAYS)


def open_case(
    *,
    subject: str,
    by: User | None,
    at: datetime,
    customer: Customer | None = None,
    description: str = "",
    kind: str = CaseKind.QUESTION,
    priority: str = Priority.NORMAL,
    assignee: User | None = None,
    team: Team | None = None,
    queue: Queue | None = None,
    channel: str = "",
    interactions: Sequence[Interaction] = (),
    is_from_customer: bool = False,
    follow_up_of: Case | None = None,
    opened_at: datetime | None = None,
    custom: Mapping[str, Any] | None = None,
) -> Case:
    """Open a case; its clocks run from `opened_at`, which is `at` unless it is told late.

    `is_from_customer` says that a customer's contact opened it, so that an answer is due; a case
    opened from an inbound interaction is always that. Without a team it goes to its queue's.
    Raises NoSubject, InactiveAssignee, UnusableCustomer, OpenedInTheFuture.
    """
    opened_at = opened_at or at
    if opened_at > at:
        raise OpenedInTheFuture
    case = Case(
        subject=_subject(subject),
        description=redact(description.strip()),
        kind=kind,
        priority=priority,
        customer=customer or next((one.customer for one in interactions if one.customer), None),
        assignee=assignee,
        queue=queue or next((one.queue for one in interactions if one.queue), None),
        channel=channel or next((one.channel for one in interactions), ""),
        is_from_customer=is_from_customer
        or any(one.direction == "inbound" for one in interactions),
        follow_up_of=follow_up_of,
        opened_by=by,
        opened_at=opened_at,
        status_at=opened_at,
        custom=_custom({}, custom),
    )
    _check_people(case)
    case.team = team or (case.queue.team if case.queue else None)
    case.subject_key = name_key(case.subject)[:220]
    with transaction.atomic():
        case.status = CaseStatus.objects.first_of(StatusCategory.OPEN)
        case.policy_version = policies.chosen(case)
        case.save()
        counters.move("cases", before=None, after=_counts_for(case))
        for interaction in interactions:
            link = CaseInteraction.objects.create(
                case=case, interaction=interaction, linked_by=by, is_opening=True
            )
            case.is_from_customer = case.is_from_customer or was_answered_live(link)
        _start_clocks(case, at)
        _tell_timeline(case)
        audit.record(verb="open_case", record=case, by=by, at=at, after=facts_of(case))
        events.publish(_event(CaseOpened, case, by, at))
    return case


def change_case(
    *,
    case: Case,
    changes: Mapping[str, Any],
    by: User | None,
    at: datetime,
    version: int | None = None,
    reason: str = "",
) -> Case:
    """Change named fields of CHANGEABLE, and own values under "custom".

    What decides about the policy brings new targets.
    Raises ChangedMeanwhile if `version` is given and old; NoSubject, InactiveAssignee.
    """
    with transaction.atomic():
        locked = locked_case(case)
        if version is not None and locked.version != version:
            raise ChangedMeanwhile
        before = facts_of(locked)
        for name in CHANGEABLE:
            if name in changes:
                setattr(locked, name, changes[name])
        locked.custom = _custom(locked.custom, changes.get("custom"))
        locked.subject = _subject(locked.subject)
        locked.subject_key = name_key(locked.subject)[:220]
        locked.description = redact(locked.description.strip())
        _check_people(locked)
        after = facts_of(locked)
        changed = [name for name in after if after[name] != before[name]]
        if not changed:
            return locked
        follow_policy(locked, at=at, now=at, cause=f"{clock_causes.CHANGED}{', '.join(changed)}")
        save(locked)
        audit.record(
            verb="change_case",
            record=locked,
            by=by,
            at=at,
            before={name: before[name] for name in changed},
            after={name: after[name] for name in changed},
            reason=reason,
        )
    return locked


def assign_case(
    *, case: Case, assignee: User | None, by: User | None, at: datetime, team: Team | None = None
) -> Case:
    """Give the case to a person, or back to its team; raises InactiveAssignee."""
    changes: dict[str, Any] = {"assignee": assignee}
    if team is not None:
        changes["team"] = team
    return change_case(case=case, changes=changes, by=by, at=at)


def move_case(
    *, case: Case, status: CaseStatus, by: User | None, at: datetime, reason: str = ""
) -> Case:
    """Give the case another status; every way between states goes through here.

    Raises NotPossibleFrom, ClosingForbidden, and ReasonTooShort where a closed case is reopened.
    """
    with transaction.atomic():
        locked = locked_case(case)
        if locked.status_id == status.pk:
            return locked
        old = locked.status
        if status.category not in CASE_TRANSITIONS[old.category]:
            raise NotPossibleFrom(locked)
        if old.category == StatusCategory.CLOSED:
            reason = need_reason(reason, LEAST_REASON)
        if status.category in FINISHED and (sentences := closing.sentences(locked)):
            raise ClosingForbidden(sentences)
        locked.status, locked.status_at = status, at
        told = _CATEGORY_CHANGES.get((old.category, status.category))
        if told:
            told(locked, by, at)
        clocks.sum_up(locked)
        save(locked)
        _tell_timeline(locked)
        audit.record(
            verb="move_case",
            record=locked,
            by=by,
            at=at,
            before={"status": old.name},
            after={"status": status.name},
            reason=reason,
        )
    return locked


def hold_case(*, case: Case, by: User | None, at: datetime, reason: str = "") -> Case:
    """Wait for somebody else; clocks that pause while waiting pause."""
    status = CaseStatus.objects.first_of(StatusCategory.WAITING)
    return move_case(case=case, status=status, by=by, at=at, reason=reason)


def go_on_with(case: Case, *, by: User | None, at: datetime) -> Case:
    """Work on a waiting case again; its clocks go on."""
    status = CaseStatus.objects.first_of(StatusCategory.OPEN)
    return move_case(case=case, status=status, by=by, at=at)


def resolve_case(*, case: Case, by: User | None, at: datetime, reason: str = "") -> Case:
    """Say that the customer has what they needed. Raises ClosingForbidden, NotPossibleFrom."""
    status = CaseStatus.objects.first_of(StatusCategory.RESOLVED)
    return move_case(case=case, status=status, by=by, at=at, reason=reason)


def reopen_case(*, case: Case, by: User | None, at: datetime, reason: str = "") -> Case:
    """Open a resolved or closed case again: a further resolution clock with its full target.

    A closed one needs a reason. Raises NotReopened, ReasonTooShort.
    """
    if not Case.objects.select_related("status").get(pk=case.pk).is_finished:
        raise NotReopened
    status = CaseStatus.objects.first_of(StatusCategory.OPEN)
    return move_case(case=case, status=status, by=by, at=at, reason=reason)


def close_case(*, case: Case, by: User | None, at: datetime, reason: str = "") -> Case:
    """End a resolved case for good. Raises ClosingForbidden, NotPossibleFrom."""
    status = CaseStatus.objects.first_of(StatusCategory.CLOSED)
    return move_case(case=case, status=status, by=by, at=at, reason=reason)


def close_resolved(*, at: datetime) -> int:
    """Close the cases that were resolved long enough ago; returns how many.

    What a guard forbids stays resolved and is tried again.
    """
    closed = 0
    due = Case.objects.in_category(StatusCategory.RESOLVED).filter(
        resolved_at__lte=at - reopen_window()
    )
    for case in due.order_by("pk").iterator(chunk_size=200):
        try:
            close_case(case=case, by=None, at=at)
            closed += 1
        except Refused:
            continue
    return closed


def watch_case(*, case: Case, user: User, reason: str, by: User | None, at: datetime) -> None:
    """Let a person follow a case; again changes nothing."""
    with transaction.atomic():
        _watcher, is_new = CaseWatcher.objects.get_or_create(
            case=case, user=user, defaults={"reason": reason}
        )
        if is_new:
            after = {"user_id": user.pk}
            audit.record(verb="watch_case", record=case, by=by, at=at, after=after)


def unwatch_case(*, case: Case, user: User, by: User | None, at: datetime) -> None:
    with transaction.atomic():
        gone, _by_model = CaseWatcher.objects.filter(case=case, user=user).delete()
        if gone:
            before = {"user_id": user.pk}
            audit.record(verb="unwatch_case", record=case, by=by, at=at, before=before)


# --- Below the verbs ------------------------------------------------------------------------------


def locked_case(case: Case) -> Case:
    """The case as it is now, its row locked; raises MergedCase."""
    rows = Case.objects.select_related(
        "status", "customer", "merged_into", "policy_version", "queue", "assignee", "team"
    )
    locked = rows.select_for_update(of=("self",)).get(pk=case.pk)
    if locked.merged_into_id:
        raise MergedCase(locked)
    return locked


def save(case: Case) -> None:
    """Store a locked case; the counter of whoever has it follows."""
    before = counters.owner_of("cases", case.pk)
    case.version += 1
    case.save()
    counters.move("cases", before=before, after=_counts_for(case))


def _counts_for(case: Case) -> int | None:
    return None if case.is_finished else case.assignee_id


def follow_policy(case: Case, *, at: datetime, now: datetime, cause: str) -> bool:
    """Choose the policy anew and give unfinished clocks its terms; whether any changed."""
    if case.is_finished:
        return False
    case.policy_version = policies.chosen(case)
    changed = [
        clocks.apply_terms(case, clock, at=at, now=now, cause=cause)
        for clock in case.clocks.unfinished().order_by("pk")
    ]
    clocks.sum_up(case)
    return any(changed)


def facts_of(case: Case) -> dict[str, Any]:
    """What the audit trail keeps of a case: ids and choices, and that its texts changed."""
    return {
        "subject": case.subject,
        "description": case.description,
        "priority": case.priority,
        "kind": case.kind,
        "customer_id": case.customer_id,
        "assignee_id": case.assignee_id,
        "team_id": case.team_id,
        "queue_id": case.queue_id,
        "channel": case.channel,
        "custom": case.custom,
    }


def _custom(before: Mapping[str, Any], given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The own values of a case after some were entered; raises UnknownField, WrongValue."""
    if not given:
        return dict(before)
    definitions = list(CustomFieldDefinition.objects.of(Target.CASE))
    return read_values(definitions, given, settings.PHONE_REGION, before=before)


def _subject(text: str) -> str:
    subject = redact(" ".join(text.split()))
    if not subject:
        raise NoSubject
    return subject


def _check_people(case: Case) -> None:
    if case.assignee is not None and not case.assignee.is_active:
        raise InactiveAssignee(case.assignee)
    if case.customer is not None and case.customer.state != CustomerState.ACTIVE:
        raise UnusableCustomer


def _start_clocks(case: Case, at: datetime) -> None:
    """The clocks of a new case, and what its interactions have already answered."""
    opened_at = case.opened_at
    if case.is_from_customer:
        clocks.start(
            case,
            Metric.FIRST_RESPONSE,
            instance=1,
            at=opened_at,
            now=at,
            cause=clock_causes.CONTACT,
        )
    clocks.start(
        case, Metric.RESOLUTION, instance=1, at=opened_at, now=at, cause=clock_causes.OPENED
    )
    clocks.follow_messages(case, now=at)
    clocks.sum_up(case)
    case.save()


def _resolved(case: Case, by: User | None, at: datetime) -> None:
    clocks.finish(case, Metric.values, at=at, cause=clock_causes.RESOLVED)
    case.resolved_at = at
    case.first_resolved_at = case.first_resolved_at or at
    events.publish(_event(CaseResolved, case, by, at))


def _reopened(case: Case, by: User | None, at: datetime) -> None:
    case.resolved_at = case.closed_at = None
    case.reopened_count += 1
    case.policy_version = policies.chosen(case)
    instance = case.clocks.filter(metric=Metric.RESOLUTION).count() + 1
    clocks.start(
        case, Metric.RESOLUTION, instance=instance, at=at, now=at, cause=clock_causes.REOPENED
    )
    events.publish(_event(CaseReopened, case, by, at))


def _closed(case: Case, by: User | None, at: datetime) -> None:
    case.closed_at = at
    events.publish(_event(CaseClosed, case, by, at))


def _paused(case: Case, by: User | None, at: datetime) -> None:
    clocks.pause_or_go_on(case, is_waiting=True, at=at, cause=case.status.name)


def _went_on(case: Case, by: User | None, at: datetime) -> None:
    clocks.pause_or_go_on(case, is_waiting=False, at=at, cause=case.status.name)


_CATEGORY_CHANGES: dict[tuple[str, str], Callable[[Case, User | None, datetime], None]] = {
    (StatusCategory.OPEN, StatusCategory.WAITING): _paused,
    (StatusCategory.WAITING, StatusCategory.OPEN): _went_on,
    (StatusCategory.OPEN, StatusCategory.RESOLVED): _resolved,
    (StatusCategory.WAITING, StatusCategory.RESOLVED): _resolved,
    (StatusCategory.RESOLVED, StatusCategory.OPEN): _reopened,
    (StatusCategory.CLOSED, StatusCategory.OPEN): _reopened,
    (StatusCategory.RESOLVED, StatusCategory.CLOSED): _closed,
}


def _tell_timeline(case: Case) -> None:
    """What the customer's page says of the case; a known fact is not told again."""
    timeline.write("case", case_timeline.case_facts(pk=case.pk))


def _event(fact: type[Any], case: Case, by: User | None, at: datetime) -> Any:
    return fact(
        at=at,
        by_id=by.pk if by else None,
        case_id=case.pk,
        customer_id=case.customer_id,
        kind=case.kind,
    )
