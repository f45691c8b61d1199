"""Doubtful raw rows of a period: flags of the import, and times that nobody reported."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse

from crm.models import Interaction
from crm.quality_flags import label, sentence
from reports.evidence import moments
from reports.slices import Slice
from reports.sums import Reader


@dataclass(frozen=True)
class FlagCount:
    """A flag, how many interactions of the period carry it, and where they are listed."""

    flag: str
    count: int
    url: str

    @property
    def label(self) -> str:
        return label(self.flag)

    @property
    def sentence(self) -> str:
        return sentence(self.flag)


def flag_counts(piece: Slice) -> list[FlagCount]:
    """The most frequent first; one query over flagged interactions of the period."""
    start, end = moments(piece)
    rows = Interaction.objects.filter(started_at__gte=start, started_at__lt=end)
    if piece.queues is not None:
        rows = rows.filter(queue__in=piece.queues)
    if piece.channel:
        rows = rows.filter(channel=piece.channel)
    counts: Counter[str] = Counter()
    flagged = rows.exclude(quality_flags=[]).order_by()
    for flags in flagged.values_list("quality_flags", flat=True).iterator(chunk_size=2000):
        counts.update(flags)
    chosen = {"begin": piece.period.start.isoformat(), "end": piece.period.end.isoformat()}
    base = reverse("crm:interaction_list")
    return [
        FlagCount(flag, count, f"{base}?{urlencode(chosen | {'flag': flag})}")
        for flag, count in counts.most_common()
    ]


def missing_times(piece: Slice) -> dict[str, Any]:
    """Of how many visits and legs a time is unknown, which takes them out of those figures."""
    reader = Reader(piece)
    visits, legs = reader.visits().get((), {}), reader.legs().get((), {})
    ended = sum(visits.get(name, 0) for name in ("answered", "abandoned", "flowed_out"))
    timed = sum(
        visits.get(name, 0) for name in ("answered_timed", "abandoned_timed", "flowed_out_timed")
    )
    return {
        "ended": ended,
        "without_wait": ended - timed,
        "legs": legs.get("legs", 0),
        "without_talk": legs.get("legs", 0) - legs.get("timed", 0),
        "without_hold": legs.get("without_hold", 0),
        "without_wrap": legs.get("without_wrap", 0),
    }
