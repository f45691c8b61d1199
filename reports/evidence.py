"""Which raw rows are behind a number: those that count, and those that do not with the reason."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import (
    BooleanField,
    Case,
    CharField,
    Count,
    DateTimeField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)
from django.db.models.functions import Cast
from django.db.models.lookups import Exact

from crm.models import Interaction, Leg, QueueVisit
from lib.sentences import said
from lib.slots import local_day
from reports.definitions import Definition
from reports.models import QueueThreshold
from reports.rollups import repeats
from reports.rollups.families import own_threshold
from reports.slices import Slice
from reports.tracked import customers_in

REASONS = {
    "left_in_voice_menu": said("Left before a queue, in the voice menu"),
    "rejected": said("Rejected before a queue"),
    "still_waiting": said("Still waiting"),
    "duration_missing": said("The time was not reported"),
    "active_missing": said("The active time was not reported"),
    "slots_missing": said("The slots were not reported"),
    "duration_negative": said("The source gave a negative time"),
    "flowed_out": said("Flowed out of the queue"),
    "abandoned": said("Abandoned visits"),
    "short_abandon": said("Abandoned at once"),
    "abandoned_within": said("Abandoned in time"),
    "not_waited": said("Answered without a wait"),
    "not_answered": said("Not answered"),
    "outbound": said("Not inbound"),
    "not_a_repeat": said("Said to be no repeat"),
    "no_disposition": said("No disposition"),
    "no_customer": said("No known customer"),
    "window_open": said("The window is still open"),
    "look_back_open": said("The time before the data began is unknown"),
    "repeat": said("Repeats an earlier contact"),
}
NEGATIVE = '"negative_duration"'


@dataclass(frozen=True)
class Evidence:
    """Candidates with a `reason` ("" = counted) and `hit` (counts in the numerator).

    `moment` names the column that orders them; `before_queue` are interactions that never came to
    a queue, which no definition counts.
    """

    rows: QuerySet[Any]
    kind: str
    moment: str
    before_queue: QuerySet[Any] | None = None

    def included(self) -> QuerySet[Any]:
        return self.rows.filter(reason="")

    def excluded(self, reason: str) -> QuerySet[Any]:
        if reason in ("left_in_voice_menu", "rejected"):
            assert self.before_queue is not None
            return self.before_queue.filter(reason=reason)
        return self.rows.filter(reason=reason)

    def counts(self) -> dict[str, int]:
        """How many for each reason, the counted ones under ""; two queries at most."""
        found: dict[str, int] = {}
        for rows in (self.rows, self.before_queue):
            if rows is not None:
                grouped = rows.order_by().values("reason").annotate(n=Count("pk"))
                found |= {row["reason"]: row["n"] for row in grouped}
        return found

    def hits(self) -> int:
        return self.included().filter(hit=True).count()


def moments(piece: Slice) -> tuple[datetime, datetime]:
    """[start, end) of the slice's site days."""
    zone = settings.TIME_ZONE
    return local_day(piece.period.start, zone)[0], local_day(piece.period.end, zone)[1]


def evidence(definition: Definition, piece: Slice) -> Evidence | None:
    """None where a number has no single raw rows of its own here."""
    found = _MAKERS.get(definition.key)
    return found(definition, piece) if found else None


# --- Queue visits --------------------------------------------------------------------------------


def visits(piece: Slice) -> QuerySet[QueueVisit]:
    start, end = moments(piece)
    rows = QueueVisit.objects.filter(entered_at__gte=start, entered_at__lt=end)
    conditions = piece.of_queues()
    if conditions is None:
        return rows.none()
    queues = conditions.get("queue_key__in")
    if queues is not None:
        rows = rows.filter(queue__in=queues)
    if piece.segment:
        rows = rows.filter(interaction__customer__in=customers_in(piece.segment).values("pk"))
    return rows.filter(interaction__channel=piece.channel) if piece.channel else rows


def never_queued(piece: Slice) -> QuerySet[Any]:
    """Inbound interactions that ended before any queue."""
    start, end = moments(piece)
    reason = Case(
        When(outcome="rejected", then=Value("rejected")), default=Value("left_in_voice_menu")
    )
    rows = Interaction.objects.annotate(reason=reason).filter(
        started_at__gte=start,
        started_at__lt=end,
        direction="inbound",
        outcome__in=["abandoned_before_queue", "rejected"],
    )
    conditions = piece.of_queues()
    if conditions is None:
        return rows.none()
    queues = conditions.get("queue_key__in")
    if queues is not None:
        rows = rows.filter(queue__in=queues)
    if piece.segment:
        rows = rows.filter(customer__in=customers_in(piece.segment).values("pk"))
    return rows.filter(channel=piece.channel) if piece.channel else rows


def in_time(definition: Definition, piece: Slice) -> Q:
    """Waits within the definition's threshold."""
    if definition.has_own_threshold:
        return Q(wait_seconds__lte=F("threshold"))
    t = definition.threshold or 0
    return Q(wait_seconds__lte=t if definition.comparator == "lte" else t - 1)


def of_visits(definition: Definition, piece: Slice) -> Evidence:
    rows = visits(piece)
    if definition.has_own_threshold:
        rows = rows.annotate(threshold=thresholds(piece))
    answered, abandoned = Q(outcome="answered"), Q(outcome="abandoned")
    whens = [
        When(~Q(interaction__direction="inbound"), then=Value("outbound")),
        When(left_at__isnull=True, then=Value("still_waiting")),
        *_left_out(definition, piece, answered, abandoned),
    ]
    rows = rows.annotate(
        reason=Case(*whens, default=Value(""), output_field=CharField()),
        hit=as_boolean(_numerator(definition, piece, answered, abandoned)),
    )
    return Evidence(rows, "visit", "entered_at", never_queued(piece))


def thresholds(piece: Slice) -> Case:
    """Each queue's own threshold in force on the visit's day."""
    zone, changes = settings.TIME_ZONE, _change_days(piece)
    whens = []
    for on in sorted(changes, reverse=True):
        start = local_day(on, zone)[0]
        whens.append(When(entered_at__gte=start, then=own_threshold(on)))
    return Case(*whens, default=own_threshold(piece.period.start))


def _change_days(piece: Slice) -> set[Any]:
    period = piece.period
    rows = QueueThreshold.objects.filter(
        effective_on__gt=period.start, effective_on__lte=period.end
    )
    return set(rows.values_list("effective_on", flat=True))


def _left_out(definition: Definition, piece: Slice, answered: Q, abandoned: Q) -> Iterator[When]:
    """What of the ended inbound visits the denominator does not hold."""
    if definition.key not in ("ab", "vol"):
        yield When(wait_seconds__isnull=True, then=Value("duration_missing"))
    only_answered = definition.name in ("asa1", "asa2") or definition.key == "wp"
    flow_counts = definition.name in ("asa3", "pat1", "vol1", "ab1", "ab2") or (
        definition.switches is not None and definition.switches.flow
    )
    if not flow_counts:
        yield When(~answered & ~abandoned, then=Value("flowed_out"))
    if only_answered:
        yield When(abandoned, then=Value("abandoned"))
    if definition.name == "asa2":
        yield When(wait_seconds=0, then=Value("not_waited"))
    if definition.name == "ata1":
        yield When(answered, then=Value("not_answered"))
    yield from _left_out_abandons(definition, piece, abandoned)


def _left_out_abandons(definition: Definition, piece: Slice, abandoned: Q) -> Iterator[When]:
    left_out = definition.switches.left_out if definition.switches else ""
    short = abandoned & Q(wait_seconds__lte=definition.short or 0)
    if left_out in ("short", "both") or definition.name == "ab2":
        yield When(short, then=Value("short_abandon"))
    if left_out in ("within", "both"):
        yield When(abandoned & in_time(definition, piece), then=Value("abandoned_within"))
    if left_out == "all":
        yield When(abandoned, then=Value("abandoned"))


def _numerator(definition: Definition, piece: Slice, answered: Q, abandoned: Q) -> Q:
    switches = definition.switches
    if definition.key == "ab":
        return abandoned
    if switches is None:
        return Q(pk__isnull=False)
    timely = in_time(definition, piece)
    found = answered & timely
    if switches.numerator == "within":
        found |= abandoned & timely
    if switches.numerator == "short":
        found |= abandoned & Q(wait_seconds__lte=definition.short or 0)
    if switches.callbacks:
        found |= Q(outcome="callback") & timely
    return found


def as_boolean(rule: Q) -> Any:
    """Whether the rule holds; unknown is no."""
    return Case(When(rule, then=Value(True)), default=Value(False), output_field=BooleanField())


# --- What people did -----------------------------------------------------------------------------


def interactions(piece: Slice) -> QuerySet[Interaction]:
    """Handled interactions of the slice, credited to the agent of the last answered leg."""
    start, end = moments(piece)
    legs = answered_legs()
    rows = Interaction.objects.filter(Exists(legs), started_at__gte=start, started_at__lt=end)
    work = piece.of_work() or {}
    if "queue_key__in" in work:
        rows = rows.filter(queue__in=work["queue_key__in"])
    if piece.channel:
        rows = rows.filter(channel=piece.channel)
    last = legs.order_by("-position")
    if piece.agent is not None:
        rows = rows.filter(_last(last, "agent_id", piece.agent))
    if piece.team is not None:
        rows = rows.filter(_last(last, "team_id", piece.team))
    if piece.is_about_people and piece.teams is not None:
        rows = rows.filter(Exists(legs.filter(team__in=piece.teams)))
    return rows


def answered_legs() -> QuerySet[Leg]:
    return Leg.objects.filter(interaction=OuterRef("pk")).exclude(end="not_answered")


def _last(last: QuerySet[Leg], column: str, value: int) -> Any:
    return Exact(Subquery(last.values(column)[:1]), value)


def legs(piece: Slice) -> QuerySet[Leg]:
    start, end = moments(piece)
    rows = Leg.objects.filter(
        interaction__started_at__gte=start, interaction__started_at__lt=end
    ).exclude(end="not_answered")
    work = piece.of_work() or {}
    if "queue_key__in" in work:
        queues = work["queue_key__in"]
        own = Q(queue__in=queues) | Q(queue__isnull=True, interaction__queue__in=queues)
        rows = rows.filter(own)
    if piece.channel:
        rows = rows.filter(interaction__channel=piece.channel)
    if piece.agent is not None:
        rows = rows.filter(agent=piece.agent)
    if piece.team is not None:
        rows = rows.filter(team=piece.team)
    if piece.is_about_people and piece.teams is not None:
        rows = rows.filter(team__in=piece.teams)
    return rows


def _of_legs(definition: Definition, piece: Slice) -> Evidence:
    rows = legs(piece).annotate(
        flags=Cast("interaction__quality_flags", TextField()),
        moment=F("interaction__started_at"),
    )
    whens = [
        *_direction(piece, "interaction__direction"),
        When(talk_seconds__isnull=True, then=Value("duration_missing")),
        When(flags__contains=NEGATIVE, then=Value("duration_negative")),
        *_not_reported(definition, Q(active_seconds=None), Q(slots=None) | Q(slots=0)),
    ]
    rows = rows.annotate(
        reason=Case(*whens, default=Value(""), output_field=CharField()),
        hit=Value(True, output_field=BooleanField()),
    )
    return Evidence(rows, "leg", "moment")


def _not_reported(definition: Definition, no_active: Q, no_slots: Q) -> list[When]:
    if definition.basis == "active":
        return [When(no_active, then=Value("active_missing"))]
    return [When(no_slots, then=Value("slots_missing"))] if definition.basis else []


def _direction(piece: Slice, column: str) -> list[When]:
    if not piece.direction:
        return []
    return [When(~Q(**{column: piece.direction}), then=Value("outbound"))]


def _handle_time(definition: Definition, piece: Slice) -> Evidence:
    if definition.variant == "1":
        return _of_legs(definition, piece)
    own = answered_legs()
    rows = interactions(piece).annotate(
        flags=Cast("quality_flags", TextField()),
        untimed=Exists(own.filter(talk_seconds__isnull=True)),
        inactive=Exists(own.filter(active_seconds__isnull=True)),
        slotless=Exists(own.filter(Q(slots=None) | Q(slots=0))),
    )
    whens = [
        *_direction(piece, "direction"),
        When(Q(handle_seconds__isnull=True) | Q(untimed=True), then=Value("duration_missing")),
        When(flags__contains=NEGATIVE, then=Value("duration_negative")),
        *_not_reported(definition, Q(inactive=True), Q(slotless=True)),
    ]
    return _with_reasons(rows, whens, Q(pk__isnull=False))


def _handled(definition: Definition, piece: Slice) -> Evidence:
    return _with_reasons(interactions(piece), _direction(piece, "direction"), Q(pk__isnull=False))


def _transfers(definition: Definition, piece: Slice) -> Evidence:
    if definition.transfer or piece.is_about_people:
        ends = {"blind": "blind_transfer", "attended": "attended_transfer", "queue": "transfer"}
        wanted = [ends[definition.transfer]] if definition.transfer else list(ends.values())
        rows = legs(piece).annotate(moment=F("interaction__started_at"))
        whens = _direction(piece, "interaction__direction")
        rows = rows.annotate(
            reason=Case(*whens, default=Value(""), output_field=CharField()),
            hit=as_boolean(Q(end__in=wanted)),
        )
        return Evidence(rows, "leg", "moment")
    return _with_reasons(
        interactions(piece), _direction(piece, "direction"), Q(transfer_count__gt=0)
    )


def _with_reasons(rows: QuerySet[Interaction], whens: list[When], hit: Q) -> Evidence:
    annotated = rows.annotate(
        reason=Case(*whens, default=Value(""), output_field=CharField()), hit=as_boolean(hit)
    )
    return Evidence(annotated, "interaction", "started_at")


# --- Repeats -------------------------------------------------------------------------------------


def _repeats(definition: Definition, piece: Slice) -> Evidence | None:
    known = repeats.horizon()
    if known is None:
        return None
    same = repeats.KEYS.get(f"{definition.repeat_key}-{definition.scope}")
    if same is None:
        return None
    window, own = timedelta(days=definition.window_days or 0), repeats.in_force()
    rows = repeats.with_neighbors(interactions(piece), same)
    rows = rows.annotate(
        is_repeated=as_boolean(Q(next_at__lt=later_by(window))),
        is_repeat=as_boolean(Q(previous_at__gt=later_by(-window))),
    )
    whens = [
        When(~Q(direction="inbound") | ~Q(outcome="handled"), then=Value("outbound")),
        When(customer__isnull=True, then=Value("no_customer")),
        When(Exists(own.filter(disposition__is_no_repeat=True)), then=Value("not_a_repeat")),
    ]
    if same == repeats.DISPOSITION:
        whens.append(When(~Exists(own), then=Value("no_disposition")))
    if definition.key == "rep":
        return _with_reasons(rows, whens, Q(is_repeat=True))
    whens.append(When(started_at__gt=known.data_until - window, then=Value("window_open")))
    if definition.variant == "2":
        whens += [
            When(is_repeat=True, then=Value("repeat")),
            When(started_at__lt=known.data_from + window, then=Value("look_back_open")),
        ]
    return _with_reasons(rows, whens, Q(is_repeated=False))


def later_by(window: timedelta) -> ExpressionWrapper:
    return ExpressionWrapper(F("started_at") + Value(window), output_field=DateTimeField())


_MAKERS: dict[str, Callable[[Definition, Slice], Evidence | None]] = {
    **dict.fromkeys(("sl", "asa", "ata", "pat", "ab", "vol", "wp"), of_visits),
    "aht": _handle_time,
    "hand": _handled,
    "tr": _transfers,
    "fcr": _repeats,
    "rep": _repeats,
}
