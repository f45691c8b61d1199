"""A figure as it stands on a page: value, evidence, verdict, change, and the way to open it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _

from lib import charts
from lib.charts.formats import Show
from lib.sentences import said
from lib.speaking import spoken
from reports import figures, kpis
from reports.definitions import Definition
from reports.kinds import COUNT, PERCENT, POINTS, SCORE, SECONDS
from reports.kpis import Change, Measured
from reports.registry import Goal, Registry
from reports.sums import Reader

VERDICTS = {
    "met": (said("Target met"), "good"),
    "not_clear": (said("Not clear yet"), ""),
    "missed": (said("Target missed"), "warn"),
    "critical": (said("Beyond the limit"), "bad"),
    "too_few": (said("Too few to judge"), ""),
    "none": ("", ""),
}
SHOWS: dict[str, Show] = {
    PERCENT: charts.percent,
    SECONDS: charts.seconds,
    COUNT: charts.count,
    POINTS: charts.signed,
    SCORE: charts.number,
}


@dataclass(frozen=True)
class Number:
    """`reason` says why there is no value; `change` is against another period."""

    definition: Definition
    measured: Measured
    min_n: int
    goal: Goal | None = None
    change: Change | None = None
    reason: str = ""
    query: str = ""

    @property
    def slug(self) -> str:
        return self.definition.slug

    @property
    def label(self) -> str:
        return spoken(self.definition.kind.title)

    @property
    def shown(self) -> str:
        target = self.goal.value if self.goal else None
        return kpis.show(self.measured.value, self.definition.unit, target)

    @property
    def interval(self) -> str:
        if not self.measured.has_interval:
            return ""
        unit = self.definition.unit
        low, high = (kpis.show(end, unit) for end in (self.measured.low, self.measured.high))
        return _("{low} to {high}").format(low=low.removesuffix(" %"), high=high)

    @property
    def verdict(self) -> str:
        if self.goal is None:
            return "too_few" if 0 < self.measured.n < self.min_n else "none"
        found = self.measured
        return kpis.verdict(
            found.value,
            found.low,
            found.high,
            found.n,
            self.goal.value,
            self.goal.limit,
            self.definition.kind.direction,
            self.min_n,
        )

    @property
    def verdict_words(self) -> str:
        return spoken(VERDICTS[self.verdict][0])

    @property
    def tone(self) -> str:
        return VERDICTS[self.verdict][1]

    @property
    def target_words(self) -> str:
        if self.goal is None:
            return ""
        sign = "≤" if self.definition.kind.direction == "lower" else "≥"
        return f"{sign} {kpis.show(self.goal.value, self.definition.unit)}"

    @property
    def change_words(self) -> str:
        """Such as +1.2 points, clear."""
        if self.change is None:
            return ""
        unit = self.definition.unit
        difference = self.change.difference
        told = kpis.show(abs(difference), COUNT if unit == COUNT else unit)
        told = told.removesuffix(" %") + (" points" if unit == PERCENT else "")
        sign = "±" if kpis.rounded(difference, 1) == 0 else "+" if difference > 0 else "−"
        is_known = self.change.low is not None
        evidence = ("clear" if self.change.is_clear else "not clear") if is_known else ""
        return ", ".join(part for part in (f"{sign}{told.lstrip('+')}", evidence) if part)

    @property
    def change_tone(self) -> str:
        """Good or bad, only where the change is clear and one direction is better."""
        direction = self.definition.kind.direction
        if self.change is None or not self.change.is_clear or direction == "neutral":
            return ""
        return "good" if (self.change.difference > 0) == (direction == "higher") else "bad"

    @property
    def url(self) -> str:
        """The page that opens this number."""
        return f"{reverse('reports:number')}?{self.query}"

    @property
    def is_percent(self) -> bool:
        return self.definition.unit == PERCENT

    @property
    def show(self) -> Show:
        return SHOWS.get(self.definition.unit, charts.number)


def number(
    definition: Definition,
    reader: Reader,
    registry: Registry,
    *,
    before: Reader | None = None,
    query: str = "",
) -> Number:
    """One figure of a slice, with its change against `before`."""
    reason = figures.why_not(definition, reader.slice)
    measured = kpis.NOTHING if reason else figures.value(definition, reader)
    reason = reason or figures.why_nothing(definition, measured)
    change = None if reason or before is None else figures.change(definition, reader, before)
    return Number(
        definition,
        measured,
        registry.min_n(definition),
        registry.goal(definition, reader.slice),
        change,
        reason,
        query,
    )


def side_by_side(
    definitions: Sequence[Definition], reader: Reader, registry: Registry, query: str
) -> list[Number]:
    """The same facts under several definitions."""
    return [number(one, reader, registry, query=with_definition(query, one)) for one in definitions]


def with_definition(query: str, definition: Definition) -> str:
    """The filters of an address, with the definition whose number is opened."""
    extra = urlencode({"definition": definition.slug})
    return f"{extra}&{query}" if query else extra
