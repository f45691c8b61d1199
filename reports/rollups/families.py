"""Which facts there are, and how a site day of each is summed from raw rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    BigIntegerField,
    Case,
    Count,
    DateField,
    Exists,
    ExpressionWrapper,
    F,
    FilteredRelation,
    IntegerField,
    Max,
    Model,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.db.models.lookups import Exact

from crm.models import Interaction, Leg, QueueVisit, Segment
from lib.slots import local_day
from reports.definitions import REPEAT_WINDOWS
from reports.kpis import GRID_MINUTES, GRID_SECONDS
from reports.models import (
    DayAgentTime,
    DayDispositionFact,
    DayGapCount,
    DayHandledFact,
    DayLegFact,
    DayQueueFact,
    DayRepeatFact,
    DayWaitCount,
    IntervalQueueFact,
    QueueThreshold,
)
from reports.models.definitions import DEFAULT_THRESHOLD
from reports.models.facts import WORK_KEYS
from reports.rollups import agent_time, repeats
from reports.rollups.sql import QuarterHour, insert_rows, insert_values, rounded_up, square
from reports.tracked import customers_of

Rows = Iterable[tuple[Any, ...]]
QUEUE_KEYS = ("queue_key", "channel", "segment_key")
EVERYBODY = 0
ANSWERED, ABANDONED = Q(outcome="answered"), Q(outcome="abandoned")
CALLBACK = Q(outcome="callback")
FLOWED_OUT = ~ANSWERED & ~ABANDONED
TIMED = Q(wait_seconds__isnull=False)
WITHIN = Q(wait_seconds__lte=F("threshold"))
VISIT_COUNTS = {
    "answered": ANSWERED,
    "abandoned": ABANDONED,
    "flowed_out": FLOWED_OUT,
    "callbacks": CALLBACK,
    "answered_timed": ANSWERED & TIMED,
    "abandoned_timed": ABANDONED & TIMED,
    "flowed_out_timed": FLOWED_OUT & TIMED,
    "answered_within": ANSWERED & WITHIN,
    "abandoned_within": ABANDONED & WITHIN,
    "callbacks_within": CALLBACK & WITHIN,
    "delayed": ANSWERED & Q(wait_seconds__gt=0),
}
WAIT_SUMS = ("wait_answered", "wait_answered_squares", "wait_abandoned", "wait_flowed_out")
MEASURES = (*VISIT_COUNTS, *WAIT_SUMS, "max_wait")
TRANSFERS = {
    "blind": Q(end="blind_transfer"),
    "attended": Q(end="attended_transfer"),
    "to_queue": Q(end="transfer"),
}
BASES = (
    *("active_timed", "active", "active_squares"),
    *("slot_timed", "slot_hundredths", "slot_squares"),
)
LEG_COLUMNS = (
    *WORK_KEYS,
    *("legs", "timed", "talk", "hold", "wrap", "handle_squares"),
    *("without_hold", "without_wrap", *TRANSFERS, *BASES),
)
HANDLED_MEASURES = (
    *("handled", "timed", "handle", "handle_squares", "transfers", "with_transfer"),
    *BASES,
)
HANDLED = F("talk_seconds") + Coalesce("hold_seconds", 0) + Coalesce("wrap_seconds", 0)
SHARE_OF_SLOT = ExpressionWrapper(
    HANDLED * Value(100) / NullIf(F("slots"), 0), output_field=BigIntegerField()
)
"""Hundredths of a second of a leg, as if as many others as there were slots shared the agent."""
DISPOSITION_KEYS = (*WORK_KEYS, "disposition_key")


@dataclass(frozen=True)
class Span:
    """A site day and its moments [start, end); what is open counts up to `as_of`.

    `segments` are those that are counted by themselves, beside everybody.
    """

    on_date: date
    start: datetime
    end: datetime
    as_of: datetime
    segments: tuple[Segment, ...] = ()

    @classmethod
    def of(
        cls, on: date, as_of: datetime | None = None, *, segments: Iterable[Segment] = ()
    ) -> Span:
        start, end = local_day(on, settings.TIME_ZONE)
        return cls(on, start, end, as_of or end, tuple(segments))


@dataclass(frozen=True)
class Table:
    """One table of facts: its columns, and what a day of it holds, in that order."""

    model: type[Model]
    columns: tuple[str, ...]
    rows: Callable[[Span], QuerySet[Any, Any] | Rows]

    def write(self, span: Span) -> int:
        """Put the facts of a day in the place of those that stand there."""
        self.model._default_manager.filter(on_date=span.on_date).delete()
        rows = self.rows(span)
        if isinstance(rows, QuerySet):
            return insert_rows(self.model, self.columns, rows)
        return insert_values(self.model, self.columns, rows)

    def stored(self, on: date) -> QuerySet[Any, Any]:
        """What stands there of everybody; who belonged to a segment then, no raw row tells."""
        rows = self.model._default_manager.filter(on_date=on)
        if "segment_key" in self.columns:
            rows = rows.filter(segment_key=EVERYBODY)
        return rows.values_list(*self.columns)


def on_date(span: Span) -> Value:
    return Value(span.on_date, output_field=DateField())


# --- Queues --------------------------------------------------------------------------------------


def ended_visits(span: Span) -> QuerySet[QueueVisit]:
    """Inbound visits that entered a queue on the day and are over, with their threshold."""
    visits = QueueVisit.objects.filter(
        entered_at__gte=span.start,
        entered_at__lt=span.end,
        left_at__isnull=False,
        interaction__direction="inbound",
    )
    return visits.annotate(
        queue_key=Coalesce("queue_id", Value(0), output_field=BigIntegerField()),
        channel=F("interaction__channel"),
        threshold=own_threshold(span.on_date),
    ).order_by()


def by_segment(
    span: Span, summed: Callable[[QuerySet[QueueVisit]], QuerySet[Any, Any]]
) -> QuerySet[Any, Any]:
    """The sums of everybody's visits, and those of each segment's members once more."""
    visits = ended_visits(span)
    parts = [summed(visits.annotate(segment_key=key_of(EVERYBODY)))]
    for segment in span.segments:
        members = visits.filter(interaction__customer__in=customers_of(segment).values("pk"))
        parts.append(summed(members.annotate(segment_key=key_of(segment.pk))))
    return parts[0].union(*parts[1:], all=True) if span.segments else parts[0]


def key_of(segment: int) -> Value:
    return Value(segment, output_field=BigIntegerField())


def own_threshold(on: date) -> Case:
    """Each queue's own threshold in force on the day."""
    queues: dict[int, list[int]] = {}
    for queue, (threshold, _short) in QueueThreshold.objects.in_force(on).items():
        queues.setdefault(threshold, []).append(queue)
    whens = [
        When(queue_id__in=members, then=Value(threshold)) for threshold, members in queues.items()
    ]
    return Case(*whens, default=Value(DEFAULT_THRESHOLD), output_field=IntegerField())


def interval_queue_rows(span: Span) -> QuerySet[Any, Any]:
    return by_segment(span, lambda visits: summed_by_quarter(visits, span))


def summed_by_quarter(visits: QuerySet[QueueVisit], span: Span) -> QuerySet[Any, Any]:
    wait = F("wait_seconds")
    found = visits.annotate(on_date=on_date(span), quarter=QuarterHour("entered_at"))
    summed = found.values("on_date", "quarter", *QUEUE_KEYS).annotate(
        **{name: Count("pk", filter=rule) for name, rule in VISIT_COUNTS.items()},
        wait_answered=Sum(wait, filter=ANSWERED, default=0),
        wait_answered_squares=Sum(square("wait_seconds"), filter=ANSWERED, default=0),
        wait_abandoned=Sum(wait, filter=ABANDONED, default=0),
        wait_flowed_out=Sum(wait, filter=FLOWED_OUT, default=0),
        max_wait=Coalesce(Max(wait), 0),
    )
    return summed.values_list("on_date", "quarter", *QUEUE_KEYS, *MEASURES)


def day_queue_rows(span: Span) -> QuerySet[Any, Any]:
    """From the intervals of the day, which stand already."""
    keys = ("on_date", *QUEUE_KEYS)
    counted = (EVERYBODY, *(segment.pk for segment in span.segments))
    parts = IntervalQueueFact.objects.filter(on_date=span.on_date, segment_key__in=counted)
    parts = parts.order_by().values(*keys)
    summed = parts.annotate(
        **{f"sum_{name}": Sum(name) for name in (*VISIT_COUNTS, *WAIT_SUMS)},
        sum_max_wait=Max("max_wait"),
    )
    return summed.values_list(*keys, *(f"sum_{name}" for name in MEASURES))


def wait_rows(span: Span) -> QuerySet[Any, Any]:
    return by_segment(span, lambda visits: counted_by_wait(visits, span))


def counted_by_wait(visits: QuerySet[QueueVisit], span: Span) -> QuerySet[Any, Any]:
    on_grid = Case(
        When(wait_seconds__lte=GRID_SECONDS, then=F("wait_seconds")),
        When(wait_seconds__lte=GRID_MINUTES, then=rounded_up("wait_seconds", 60)),
        default=rounded_up("wait_seconds", 3600),
        output_field=IntegerField(),
    )
    group = Case(
        When(ANSWERED, then=Value("answered")),
        When(ABANDONED, then=Value("abandoned")),
        When(CALLBACK, then=Value("callback")),
        default=Value("other"),
    )
    found = visits.filter(TIMED).annotate(on_date=on_date(span), group=group, on_grid=on_grid)
    keys = ("on_date", *QUEUE_KEYS, "group", "on_grid")
    return found.values(*keys).annotate(visits=Count("pk")).values_list(*keys, "visits")


# --- People --------------------------------------------------------------------------------------


def leg_rows(span: Span) -> QuerySet[Any, Any]:
    """Answered legs of interactions that started on the day."""
    legs = Leg.objects.filter(
        interaction__started_at__gte=span.start, interaction__started_at__lt=span.end
    ).exclude(end="not_answered")
    legs = legs.annotate(
        on_date=on_date(span),
        queue_key=Coalesce(
            "queue_id", "interaction__queue_id", Value(0), output_field=BigIntegerField()
        ),
        channel=F("interaction__channel"),
        direction=F("interaction__direction"),
        agent_key=Coalesce("agent_id", Value(0), output_field=BigIntegerField()),
        team_key=Coalesce("team_id", Value(0), output_field=BigIntegerField()),
        flags=Cast("interaction__quality_flags", TextField()),
        share_of_slot=SHARE_OF_SLOT,
    ).order_by()
    hold, wrap = Coalesce("hold_seconds", 0), Coalesce("wrap_seconds", 0)
    timed = Q(talk_seconds__isnull=False) & ~Q(flags__contains='"negative_duration"')
    summed = legs.values(*WORK_KEYS).annotate(
        n_legs=Count("pk"),
        n_timed=Count("pk", filter=timed),
        talk=Sum("talk_seconds", filter=timed, default=0),
        hold=Sum(hold, filter=timed, default=0),
        wrap=Sum(wrap, filter=timed, default=0),
        handle_squares=Sum(square(HANDLED), filter=timed, default=0),
        without_hold=Count("pk", filter=Q(hold_seconds__isnull=True)),
        without_wrap=Count("pk", filter=Q(wrap_seconds__isnull=True)),
        **{name: Count("pk", filter=rule) for name, rule in TRANSFERS.items()},
        **in_bases(timed, "active_seconds", "share_of_slot"),
    )
    columns = LEG_COLUMNS[len(WORK_KEYS) + 2 :]
    return summed.values_list(*WORK_KEYS, "n_legs", "n_timed", *columns)


def in_bases(timed: Q, active: str, share: str) -> dict[str, Count | Sum]:
    """The sums of BASES, of what is timed and reports them."""
    has_active = timed & Q(**{f"{active}__isnull": False})
    has_share = timed & Q(**{f"{share}__isnull": False})
    return {
        "active_timed": Count("pk", filter=has_active),
        "active": Sum(active, filter=has_active, default=0),
        "active_squares": Sum(square(active), filter=has_active, default=0),
        "slot_timed": Count("pk", filter=has_share),
        "slot_hundredths": Sum(share, filter=has_share, default=0),
        "slot_squares": Sum(square(share), filter=has_share, default=0),
    }


def of_all_legs(legs: QuerySet[Leg], value: Any) -> Subquery:
    """The sum of a value of the legs; NULL if one of them has none."""
    summed = (
        legs.order_by()
        .values("interaction")
        .annotate(
            of_all=Case(
                When(Exact(Count("pk"), Count(value)), then=Sum(value)),
                output_field=BigIntegerField(),
            )
        )
    )
    return Subquery(summed.values("of_all"))


def handled_rows(span: Span) -> QuerySet[Any, Any]:
    return handled_by(WORK_KEYS, handled_interactions(span))


def disposition_rows(span: Span) -> QuerySet[Any, Any]:
    """As handled_rows, once for each disposition in force."""
    in_force = FilteredRelation(
        "dispositions", condition=Q(dispositions__superseded_at__isnull=True)
    )
    rows = handled_interactions(span).annotate(given=in_force)
    key = Coalesce("given__disposition_id", Value(0), output_field=BigIntegerField())
    return handled_by(DISPOSITION_KEYS, rows.annotate(disposition_key=key))


def handled_interactions(span: Span) -> QuerySet[Interaction]:
    """Interactions that started on the day and had an answered leg, credited to the last one."""
    legs = Leg.objects.filter(interaction=OuterRef("pk")).exclude(end="not_answered")
    rows = Interaction.objects.filter(
        Exists(legs), started_at__gte=span.start, started_at__lt=span.end
    )
    return rows.annotate(
        on_date=on_date(span),
        queue_key=Coalesce("queue_id", Value(0), output_field=BigIntegerField()),
        agent_key=last_of(legs, "agent_id"),
        team_key=last_of(legs, "team_id"),
        active_of_legs=of_all_legs(legs, F("active_seconds")),
        share_of_slots=of_all_legs(legs, SHARE_OF_SLOT),
        is_timed=Q(handle_seconds__isnull=False) & ~Exists(legs.filter(talk_seconds__isnull=True)),
        flags=Cast("quality_flags", TextField()),
    )


def handled_by(keys: Sequence[str], rows: QuerySet[Interaction]) -> QuerySet[Any, Any]:
    timed = Q(is_timed=True) & ~Q(flags__contains='"negative_duration"')
    summed = (
        rows.order_by()
        .values(*keys)
        .annotate(
            handled=Count("pk"),
            timed=Count("pk", filter=timed),
            handle=Sum("handle_seconds", filter=timed, default=0),
            handle_squares=Sum(square("handle_seconds"), filter=timed, default=0),
            transfers=Sum("transfer_count", default=0),
            with_transfer=Count("pk", filter=Q(transfer_count__gt=0)),
            **in_bases(timed, "active_of_legs", "share_of_slots"),
        )
    )
    return summed.values_list(*keys, *HANDLED_MEASURES)


def last_of(legs: QuerySet[Leg], column: str) -> Coalesce:
    last = Subquery(legs.order_by("-position").values(column)[:1])
    return Coalesce(last, Value(0), output_field=BigIntegerField())


def repeat_rows(span: Span) -> Rows:
    longest = timedelta(days=max(REPEAT_WINDOWS))
    contacts = repeats.contacts(span.start, span.end, reach=longest)
    return repeats.fact_rows(contacts, span.on_date)


def gap_rows(span: Span) -> Rows:
    contacts = repeats.contacts(span.start, span.end, [repeats.ANY])
    return repeats.gap_rows(contacts, span.on_date)


def agent_time_rows(span: Span) -> Rows:
    return agent_time.time_rows(span.on_date, span.start, span.end, span.as_of)


FAMILIES: dict[str, tuple[Table, ...]] = {
    "queues": (
        Table(
            IntervalQueueFact, ("on_date", "quarter", *QUEUE_KEYS, *MEASURES), interval_queue_rows
        ),
        Table(DayQueueFact, ("on_date", *QUEUE_KEYS, *MEASURES), day_queue_rows),
        Table(DayWaitCount, ("on_date", *QUEUE_KEYS, "group", "wait_seconds", "visits"), wait_rows),
    ),
    "people": (
        Table(DayLegFact, LEG_COLUMNS, leg_rows),
        Table(DayHandledFact, (*WORK_KEYS, *HANDLED_MEASURES), handled_rows),
        Table(DayDispositionFact, (*DISPOSITION_KEYS, *HANDLED_MEASURES), disposition_rows),
    ),
    "repeats": (
        Table(DayRepeatFact, repeats.FACT_COLUMNS, repeat_rows),
        Table(DayGapCount, ("on_date", "queue_key", "channel", "gap", "contacts"), gap_rows),
    ),
    "time": (Table(DayAgentTime, agent_time.TIME_COLUMNS, agent_time_rows),),
}
