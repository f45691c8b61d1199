"""The filters of a sampling plan: read strictly, told in words, turned into conditions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, Subquery
from django.db.models.functions import Coalesce, ExtractHour, ExtractIsoWeekDay

from accounts.models import Team
from crm.models import Recording, Transcript, Turn
from crm.models.interactions import Channel, Direction
from lib.templatetags.look import duration
from quality.models import InteractionSignal
from quality.models.base import as_text
from quality.refusals import Invalid
from routing.models import Queue

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
SPOKEN = ("voice", "video")
LONGEST_SECONDS = 7 * 24 * 3600


def read_filters(given: Mapping[str, Any]) -> dict[str, Any]:
    """The filters in one spelling, what filters nothing left out; raises Invalid."""
    unknown = sorted(set(given) - set(READERS))
    if unknown:
        raise Invalid("filters", f"A plan cannot filter by {unknown[0][:40]}.")
    read = {name: READERS[name](given[name]) for name in READERS if not is_empty(given.get(name))}
    return {name: value for name, value in read.items() if not is_empty(value)}


def is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _words(name: str, allowed: list[str]) -> Callable[[Any], list[str]]:
    def read(value: Any) -> list[str]:
        chosen = value if isinstance(value, list) else [value]
        for word in chosen:
            if word not in allowed:
                raise Invalid(name, f"{str(word)[:40]} is not one of {', '.join(allowed)}.")
        return [word for word in allowed if word in chosen]

    return read


def _ids(name: str) -> Callable[[Any], list[int]]:
    def read(value: Any) -> list[int]:
        chosen = value if isinstance(value, list) else [value]
        if not all(isinstance(pk, int) and not isinstance(pk, bool) and pk > 0 for pk in chosen):
            raise Invalid(name, "These must be numbers of existing rows.")
        return sorted(set(chosen))

    return read


def _whole(name: str, low: int, high: int) -> Callable[[Any], int]:
    def read(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
            raise Invalid(name, f"Give a whole number from {low} to {high}.")
        return value

    return read


def _days(value: Any) -> list[int]:
    chosen = value if isinstance(value, list) else [value]
    if not all(isinstance(day, int) and 0 <= day <= 6 for day in chosen):
        raise Invalid("weekdays", "Weekdays run from 0, Monday, to 6, Sunday.")
    return sorted(set(chosen)) if len(set(chosen)) < 7 else []


def _yes(name: str) -> Callable[[Any], bool]:
    def read(value: Any) -> bool:
        if not isinstance(value, bool):
            raise Invalid(name, "Give true or false.")
        return value

    return read


def _signal(value: Any) -> dict[str, str]:
    """{"kind": …, "low": …, "high": …}; either limit may be missing, both included."""
    if not isinstance(value, dict) or set(value) - {"kind", "low", "high"}:
        raise Invalid("signal", "A signal has a kind, a lowest and a highest value.")
    kind = value.get("kind") or ""
    limits = {name: value[name] for name in ("low", "high") if value.get(name) not in (None, "")}
    if not kind:
        if limits:
            raise Invalid("signal", "Say which signal these values are about.")
        return {}
    if not isinstance(kind, str) or len(kind) > 40:
        raise Invalid("signal", "The kind of a signal is a word of at most 40 characters.")
    numbers = {name: _number(limit) for name, limit in limits.items()}
    if numbers.get("low", Decimal("-Infinity")) > numbers.get("high", Decimal("Infinity")):
        raise Invalid("signal", "The lowest value is above the highest.")
    return {"kind": kind} | {name: as_text(number) or "" for name, number in numbers.items()}


def _number(value: Any) -> Decimal:
    try:
        number = Decimal(str(value))
    except InvalidOperation:
        raise Invalid("signal", "Give a number such as 3 or 4.5.") from None
    if not number.is_finite() or abs(number) > 1_000_000:
        raise Invalid("signal", "Give a number up to a million.")
    return number


READERS: dict[str, Callable[[Any], Any]] = {
    "teams": _ids("teams"),
    "channels": _words("channels", [str(channel) for channel in Channel.values]),
    "queues": _ids("queues"),
    "direction": lambda value: _words("direction", [str(one) for one in Direction.values])(value)[
        0
    ],
    "weekdays": _days,
    "hour_from": _whole("hour_from", 0, 23),
    "hour_until": _whole("hour_until", 1, 24),
    "has_recording": _yes("has_recording"),
    "has_transcript": _yes("has_transcript"),
    "signal": _signal,
    "max_seconds": _whole("max_seconds", 1, LONGEST_SECONDS),
    "min_talk_seconds": _whole("min_talk_seconds", 0, 3600),
    "min_customer_turns": _whole("min_customer_turns", 0, 100),
}


# --- Conditions on legs --------------------------------------------------------------------------


def conditions(filters: Mapping[str, Any]) -> dict[str, Q]:
    """What each filter demands of a leg, by the filter's name; needs `annotated` legs."""
    found = {name: MAKERS[name](value) for name, value in filters.items() if name in MAKERS}
    low, high = filters.get("hour_from", 0), filters.get("hour_until", 24)
    if (low, high) != (0, 24):
        within = Q(local_hour__gte=low, local_hour__lt=high)
        # From 20 to 6 is the night.
        found["hours"] = within if low < high else Q(local_hour__gte=low) | Q(local_hour__lt=high)
    return found


def joined_columns(filters: Mapping[str, Any]) -> dict[str, Any]:
    """The computed columns that the conditions of these filters name."""
    zone = ZoneInfo(settings.TIME_ZONE)
    columns: dict[str, Any] = {}
    if "weekdays" in filters:
        columns["local_weekday"] = ExtractIsoWeekDay("interaction__started_at", tzinfo=zone)
    if "hour_from" in filters or "hour_until" in filters:
        columns["local_hour"] = ExtractHour("interaction__started_at", tzinfo=zone)
    if "max_seconds" in filters:
        columns["length_seconds"] = LENGTH
    if filters.get("min_customer_turns"):
        columns["customer_turns"] = CUSTOMER_TURNS
    return columns


_CURRENT = Transcript.objects.filter(interaction=OuterRef("interaction"), is_current=True)
_SIGNALS = InteractionSignal.objects.filter(interaction=OuterRef("interaction"))
LENGTH = Coalesce(F("talk_seconds"), 0) + Coalesce(F("hold_seconds"), 0)
CUSTOMER_TURNS = Subquery(
    Turn.objects.filter(
        transcript__interaction=OuterRef("interaction"),
        transcript__is_current=True,
        speaker="customer",
    )
    .order_by()
    .values("transcript")
    .annotate(count=Count("pk"))
    .values("count")[:1]
)


def _signal_condition(signal: Mapping[str, str]) -> Q:
    limits = {"low": "value__gte", "high": "value__lte"}
    bounds = {limits[name]: Decimal(signal[name]) for name in limits if name in signal}
    return Q(Exists(_SIGNALS.filter(kind=signal["kind"], **bounds)))


def _customer_turns(least: int) -> Q:
    """Written work with a transcript of too few customer's turns is out; without one it stays."""
    is_spoken = Q(interaction__channel__in=SPOKEN)
    has_none = ~Q(Exists(_CURRENT))
    return is_spoken | has_none | Q(customer_turns__gte=least) if least else Q()


def _in_queues(queues: list[int]) -> Q:
    return Q(queue__in=queues) | Q(queue__isnull=True, interaction__queue__in=queues)


MAKERS: dict[str, Callable[[Any], Q]] = {
    "teams": lambda ids: Q(team__in=ids),
    "channels": lambda names: Q(interaction__channel__in=names),
    "queues": _in_queues,
    "direction": lambda name: Q(interaction__direction=name),
    "weekdays": lambda days: Q(local_weekday__in=[day + 1 for day in days]),
    "has_recording": lambda _: Q(
        Exists(Recording.objects.filter(interaction=OuterRef("interaction"), state="available"))
    ),
    "has_transcript": lambda _: Q(Exists(_CURRENT)),
    "signal": _signal_condition,
    "max_seconds": lambda most: Q(length_seconds__lte=most),
    # A call whose talk time nobody measured may be long; it stays in.
    "min_talk_seconds": lambda least: (
        ~Q(interaction__channel__in=SPOKEN)
        | Q(talk_seconds__isnull=True)
        | Q(talk_seconds__gte=least)
    ),
    "min_customer_turns": _customer_turns,
}


# --- In words ------------------------------------------------------------------------------------


def in_words(filters: Mapping[str, Any]) -> dict[str, tuple[str, str]]:
    """Each filter's title and what it asks for, by the name that `conditions` uses."""
    told: dict[str, tuple[str, str]] = {}
    for name, value in filters.items():
        if name in TELLERS:
            title, tell = TELLERS[name]
            told[name] = (title, tell(value))
    if "hour_from" in filters or "hour_until" in filters:
        low, high = filters.get("hour_from", 0), filters.get("hour_until", 24)
        told["hours"] = ("Hours", f"{low:02d}:00 to {high:02d}:00")
    return told


def _named(model: Any) -> Callable[[list[int]], str]:
    def tell(ids: list[int]) -> str:
        return ", ".join(str(row) for row in model.objects.filter(pk__in=ids)) or "none that exist"

    return tell


def _tell_signal(signal: Mapping[str, str]) -> str:
    low, high = signal.get("low"), signal.get("high")
    if low and high:
        return f"{signal['kind']} from {low} to {high}"
    if low or high:
        return f"{signal['kind']} {'at least' if low else 'at most'} {low or high}"
    return f"{signal['kind']} is known"


TELLERS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "teams": ("Teams", _named(Team)),
    "channels": ("Channels", lambda names: ", ".join(str(Channel(name).label) for name in names)),
    "queues": ("Queues", _named(Queue)),
    "direction": ("Direction", lambda name: str(Direction(name).label)),
    "weekdays": ("Weekdays", lambda days: ", ".join(WEEKDAYS[day] for day in days)),
    "has_recording": ("Recording", lambda _: "there is one"),
    "has_transcript": ("Transcript", lambda _: "there is one"),
    "signal": ("Signal", _tell_signal),
    "max_seconds": ("Length", lambda most: f"at most {duration(most)}"),
    "min_talk_seconds": ("Short calls", lambda least: f"under {least} s of talk are out"),
    "min_customer_turns": (
        "Short texts",
        lambda least: f"under {least} turns of the customer are out",
    ),
}
