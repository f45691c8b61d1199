"""The clocks of a case: what happens to them is written down, their rows follow from it.

Everything here runs inside a verb's transaction, with the case's row locked.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from crm import clock_causes, policies, sla
from crm.events import ClockBreached
from crm.models import Case, ClockEvent, SlaClock
from crm.models.cases import StatusCategory
from crm.models.sla import ClockEventKind, ClockState, Metric
from crm.moments import moments_of
from crm.response_spans import responses
from lib import events

NOT_STORED = 2**62
FOLDED = (
    "state",
    "started_at",
    "due_at",
    "warn_at",
    "breached_at",
    "stopped_at",
    "elapsed_seconds",
    "excused_by",
    "excused_at",
    "excuse_reason",
)


def start(
    case: Case, metric: str, *, instance: int, at: datetime, now: datetime, cause: str
) -> None:
    """Begin a clock at `at`, under the terms of the case's policy."""
    terms = policies.terms_of(case.policy_version, metric, case.priority)
    clock = SlaClock.objects.create(
        case=case,
        metric=metric,
        instance=instance,
        policy_version=case.policy_version,
        calendar_version_id=terms.calendar_version_id,
        target_seconds=terms.target_seconds,
        pauses_while_waiting=terms.pauses_while_waiting,
        warn_percents=terms.warn_percents,
    )
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEventKind.ACTIVATE,
        at=at,
        noted_at=now,
        cause=cause,
        target_seconds=clock.target_seconds,
        calendar_version_id=clock.calendar_version_id,
    )
    refold(clock, now=now)


def note(clock: SlaClock, kind: str, *, at: datetime, now: datetime, cause: str) -> None:
    """Write an event and let the clock follow; one that changes nothing is not written."""
    told = ClockEvent(clock=clock, kind=kind, at=at, noted_at=now, cause=cause)
    if kind == ClockEventKind.APPLY:
        told.target_seconds = clock.target_seconds
        told.calendar_version_id = clock.calendar_version_id
    written = list(clock.events.select_related("calendar_version"))
    last = max(now, at)
    result = folded([*written, told], now=last)
    if result == folded(written, now=last):
        return
    told.elapsed_seconds = next(
        step.elapsed_seconds for step in result.steps if (step.at, step.kind) == (at, kind)
    )
    told.save()
    refold(clock, now=now)


def refold(clock: SlaClock, *, now: datetime) -> sla.Clock:
    """Bring the row to what its events say at `now`; a breach that is due is written down."""
    told = list(clock.events.select_related("calendar_version"))
    result = folded(told, now=now)
    for name in ("state", "started_at", "stopped_at", "due_at", "breached_at", "elapsed_seconds"):
        setattr(clock, name, getattr(result, name))
    clock.warn_at = next_warning(clock, result)
    if clock.breached_at is None:
        clock.excused_by, clock.excused_at, clock.excuse_reason = None, None, ""
    elif not any(event.kind == ClockEventKind.BREACH for event in told):
        _write_breach(clock, now)
    clock.save(update_fields=[*FOLDED, "updated_at"])
    return result


def next_warning(clock: SlaClock, state: sla.Clock) -> datetime | None:
    """When the next percentage that was not warned about will be used up."""
    left = [percent for percent in clock.warn_percents if percent > clock.warned_percent]
    return state.warn_at(min(left)) if left else None


def apply_terms(case: Case, clock: SlaClock, *, at: datetime, now: datetime, cause: str) -> bool:
    """Give an unfinished clock the terms that hold for its case now; whether any changed."""
    terms = policies.terms_of(case.policy_version, clock.metric, case.priority)
    old = (clock.target_seconds, clock.calendar_version_id)
    has_changed = old != (terms.target_seconds, terms.calendar_version_id)
    new = {
        "policy_version_id": case.policy_version_id,
        "target_seconds": terms.target_seconds,
        "calendar_version_id": terms.calendar_version_id,
        "pauses_while_waiting": terms.pauses_while_waiting,
        "warn_percents": terms.warn_percents,
        "warned_percent": 0 if has_changed else clock.warned_percent,
    }
    if any(getattr(clock, name) != value for name, value in new.items()):
        for name, value in new.items():
            setattr(clock, name, value)
        clock.save()
    if has_changed:
        note(clock, ClockEventKind.APPLY, at=at, now=now, cause=cause)
    if case.category == StatusCategory.WAITING:
        kind = ClockEventKind.PAUSE if clock.pauses_while_waiting else ClockEventKind.ACTIVATE
        note(clock, kind, at=at, now=now, cause=cause)
    return has_changed


def pause_or_go_on(case: Case, *, is_waiting: bool, at: datetime, cause: str) -> None:
    """Case goes into waiting, or comes back from it."""
    kind = ClockEventKind.PAUSE if is_waiting else ClockEventKind.ACTIVATE
    for clock in case.clocks.unfinished().order_by("pk"):
        if clock.pauses_while_waiting or not is_waiting:
            note(clock, kind, at=at, now=at, cause=cause)


def finish(case: Case, metrics: Iterable[str], *, at: datetime, cause: str) -> None:
    for clock in case.clocks.unfinished().filter(metric__in=list(metrics)).order_by("pk"):
        note(clock, ClockEventKind.FULFILL, at=at, now=at, cause=cause)


def cancel(case: Case, *, at: datetime, cause: str) -> None:
    for clock in case.clocks.unfinished().order_by("pk"):
        note(clock, ClockEventKind.CANCEL, at=at, now=at, cause=cause)


def follow_messages(case: Case, *, now: datetime) -> None:
    """Let the response clocks say what the case's messages and answers say, also told late."""
    moments = moments_of(case)
    resolved = ClockEvent.objects.filter(
        clock__case=case, clock__metric=Metric.RESOLUTION, kind=ClockEventKind.FULFILL
    )
    told = responses(moments.contacts, moments.replies, resolved.values_list("at", flat=True))
    by_key = {(clock.metric, clock.instance): clock for clock in case.clocks.all()}
    first = by_key.get((Metric.FIRST_RESPONSE, 1))
    if first and told.first_at:
        _answer(first, told.first_at, now=now)
    for number, span in enumerate(told.later, start=1):
        clock = by_key.get((Metric.NEXT_RESPONSE, number))
        if clock is None:
            start(
                case,
                Metric.NEXT_RESPONSE,
                instance=number,
                at=span.started_at,
                now=now,
                cause=clock_causes.WROTE,
            )
            clock = case.clocks.get(metric=Metric.NEXT_RESPONSE, instance=number)
        elif clock.started_at and span.started_at < clock.started_at:
            note(
                clock,
                ClockEventKind.ACTIVATE,
                at=span.started_at,
                now=now,
                cause=clock_causes.WROTE,
            )
        if span.answered_at:
            _answer(clock, span.answered_at, now=now)
    case.first_response_at = min(moments.replies, default=None)


def sum_up(case: Case) -> None:
    """Repeat on the case what its clocks say; the case is saved by the verb."""
    rows = list(case.clocks.all())
    due = [
        (clock.due_at, clock.metric)
        for clock in rows
        if clock.state == ClockState.ACTIVE and clock.due_at is not None
    ]
    case.next_due_at, case.next_due_metric = min(due, default=(None, ""))
    case.is_breached = any(clock.is_missed for clock in rows)


def folded(told: Iterable[ClockEvent], *, now: datetime) -> sla.Clock:
    """What events come to; the first one written carries the terms the clock began with."""
    ordered = sorted(told, key=lambda event: (event.at, event.pk or NOT_STORED))
    first = min(ordered, key=lambda event: event.pk or NOT_STORED)
    version = first.calendar_version
    hours = version.hours if version else None
    return sla.fold([event.as_step() for event in ordered], hours, first.target_seconds, now)


def _answer(clock: SlaClock, at: datetime, *, now: datetime) -> None:
    if clock.stopped_at is None or at < clock.stopped_at:
        note(clock, ClockEventKind.FULFILL, at=at, now=now, cause=clock_causes.ANSWERED)


def _write_breach(clock: SlaClock, now: datetime) -> None:
    """The moment of a breach is the due moment, whenever it is noticed."""
    assert clock.breached_at is not None
    ClockEvent.objects.create(
        clock=clock,
        kind=ClockEventKind.BREACH,
        at=clock.breached_at,
        noted_at=now,
        elapsed_seconds=clock.target_seconds or 0,
        cause=clock_causes.USED_UP,
    )
    events.publish(
        ClockBreached(
            at=clock.breached_at,
            by_id=None,
            clock_id=clock.pk,
            case_id=clock.case_id,
            metric=clock.metric,
            due_at=clock.breached_at,
        )
    )
