"""Compares two sources that tell of the same interactions, such as call records and a queue log."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from statistics import median

from django.db.models import Exists, Max, OuterRef
from django.utils import timezone

from crm.models import Interaction, Recording
from ops.models import StoredFile

SHOWN = 20
LONGEST = timedelta(days=31)


@dataclass(frozen=True)
class Gap:
    """One kind of finding: how many there are, and the first of them."""

    title: str
    count: int
    shown: list[Interaction]


@dataclass(frozen=True)
class Comparison:
    """`clock_seconds` is the median of the second source's start minus the first one's, or None."""

    both: int
    clock_seconds: float | None
    gaps: list[Gap]


def sources() -> list[tuple[str, datetime]]:
    """The sources that have interactions, with the start of each one's latest."""
    found = Interaction.objects.order_by().values_list("source").annotate(last=Max("started_at"))
    return sorted((source, last) for source, last in found)


def compare(one: str, other: str, first: date, last: date) -> Comparison:
    """Both sources over whole days, the same external id being the same interaction.

    Seven queries; the ids of the period are held in memory.
    """
    left, right = _starts(one, first, last), _starts(other, first, last)
    shared = left.keys() & right.keys()
    differences = [(right[name] - left[name]).total_seconds() for name in shared]
    return Comparison(
        both=len(shared),
        clock_seconds=median(differences) if differences else None,
        gaps=[
            _missing(f"In {one}, not in {other}", one, left, right),
            _missing(f"In {other}, not in {one}", other, right, left),
            _without_recording((one, other), first, last),
            _unknown_agents((one, other), first, last),
        ],
    )


def stray_recordings() -> int:
    """Stored recordings that belong to no interaction."""
    held = Recording.objects.filter(file=OuterRef("pk"))
    return StoredFile.objects.filter(~Exists(held), kind="recording").count()


def _moments(first: date, last: date) -> tuple[datetime, datetime]:
    zone = timezone.get_default_timezone()
    begin = datetime.combine(first, datetime.min.time(), zone)
    end = datetime.combine(last + timedelta(days=1), datetime.min.time(), zone)
    return begin, end


def _starts(source: str, first: date, last: date) -> dict[str, datetime]:
    begin, end = _moments(first, last)
    rows = Interaction.objects.filter(source=source, started_at__gte=begin, started_at__lt=end)
    return dict(rows.order_by().values_list("external_id", "started_at"))


def _missing(
    title: str, source: str, here: Mapping[str, datetime], there: Mapping[str, datetime]
) -> Gap:
    names = sorted(here.keys() - there.keys(), key=lambda name: (here[name], name))
    rows = Interaction.objects.filter(source=source, external_id__in=names[:SHOWN])
    return Gap(title, len(names), list(rows.order_by("started_at", "pk")))


def _without_recording(names: tuple[str, str], first: date, last: date) -> Gap:
    """Handled interactions of a source with a sound for none of the same id in either source."""
    begin, end = _moments(first, last)
    sound = Recording.objects.filter(
        interaction__external_id=OuterRef("external_id"), interaction__source__in=names
    )
    rows = Interaction.objects.filter(
        ~Exists(sound),
        source=names[0],
        outcome="handled",
        started_at__gte=begin,
        started_at__lt=end,
    ).order_by("started_at", "pk")
    return Gap("Handled, without a recording", rows.count(), list(rows[:SHOWN]))


def _unknown_agents(names: tuple[str, str], first: date, last: date) -> Gap:
    begin, end = _moments(first, last)
    rows = Interaction.objects.flagged("agent_unknown").filter(
        source__in=names, started_at__gte=begin, started_at__lt=end
    )
    rows = rows.order_by("started_at", "pk")
    return Gap("With an agent whom Attune does not know", rows.count(), list(rows[:SHOWN]))
