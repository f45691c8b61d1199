"""What cases and promises say on the timelines of customers."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from crm.models import Case, ClockEvent, Promise
from crm.models.sla import ClockEventKind, Metric
from crm.timeline import EntryKind, Fact
from lib.sentences import said
from lib.speaking import said_again

OPENED, RESOLVED, REOPENED = said("Case opened"), said("Case resolved"), said("Case reopened")
# Summaries of cases and of promises, as they are stored.
OF_CASES = (
    said("{reference}, question"),
    said("{reference}, request"),
    said("{reference}, problem"),
    said("{reference}, complaint"),
    said("{reference}, service recovery"),
    said("{reference}, other"),
)
OF_PROMISES = (
    said("Call back"),
    said("Send something"),
    said("Fix something"),
    said("Refund"),
    said("Other"),
)


def case_facts(**narrowed: int) -> Iterator[Fact]:
    """Openings, resolutions and reopenings of cases with a customer, or of those narrowed to."""
    rows = Case.objects.filter(customer__isnull=False, **narrowed)
    for case in rows.iterator(chunk_size=500):
        yield _of(case, case.opened_at, OPENED)
    turns = ClockEvent.objects.filter(
        clock__case__customer__isnull=False,
        clock__metric=Metric.RESOLUTION,
        kind__in=[ClockEventKind.FULFILL, ClockEventKind.ACTIVATE],
        **{f"clock__case__{name}": value for name, value in narrowed.items()},
    )
    for event in turns.select_related("clock__case").iterator(chunk_size=500):
        if event.kind == ClockEventKind.FULFILL:
            yield _of(event.clock.case, event.at, RESOLVED)
        elif event.clock.instance > 1 and event.at == event.clock.started_at:
            yield _of(event.clock.case, event.at, REOPENED)


def promise_facts(**narrowed: int) -> Iterator[Fact]:
    """What customers were promised, and what became of it."""
    for promise in Promise.objects.filter(**narrowed).iterator(chunk_size=500):
        label = promise.get_kind_display()
        target = (Promise._meta.label_lower, str(promise.pk))
        yield Fact(
            customer_id=promise.customer_id,
            at=promise.made_at,
            title="Promise made",
            summary=label,
            target=target,
        )
        if promise.settled_at is not None:
            yield Fact(
                customer_id=promise.customer_id,
                at=promise.settled_at,
                title=f"Promise {promise.get_state_display().lower()}",
                summary=label,
                target=target,
            )


def _of(case: Case, at: datetime, title: str) -> Fact:
    """Kind and priority say enough; the subject is for those who may open the case."""
    return Fact(
        customer_id=case.customer_id or 0,
        at=at,
        title=title,
        summary=f"{case.reference}, {case.get_kind_display().lower()}",
        target=(Case._meta.label_lower, str(case.pk)),
    )


CASE = EntryKind(
    name="case",
    title=said("Cases"),
    icon="ticket",
    url_name="crm:case_detail",
    rebuild=case_facts,
    says=(OPENED, RESOLVED, REOPENED),
    retold=lambda summary: said_again(summary, OF_CASES),
)
PROMISE = EntryKind(
    name="promise",
    title=said("Promises"),
    icon="hand",
    url_name="crm:promise_detail",
    rebuild=promise_facts,
    says=(
        said("Promise made"),
        said("Promise kept"),
        said("Promise broken"),
        said("Promise withdrawn"),
    ),
    retold=lambda summary: said_again(summary, OF_PROMISES),
)
