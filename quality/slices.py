"""Which evaluations a page of figures is about: a period, and what narrows it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format

from quality.models.evaluations import EvaluationQuerySet

DEFAULT_DAYS = 91
MOST_POINTS = 400
CLOCKS = {"handled": "handled_at", "submitted": "first_submitted_at"}
COARSER = {"day": "week", "week": "month"}
DAYS_OF = {"day": 1, "week": 7, "month": 28}
EQUALS = {
    "team": "team",
    "agent": "agent",
    "scorecard": "scorecard",
    "version": "version",
    "evaluator": "evaluator",
    "channel": "leg__interaction__channel",
    "queue": "leg__interaction__queue",
}


@dataclass(frozen=True)
class Slice:
    """`chosen` holds the cleaned values of the form; both days of the period belong to it."""

    from_on: date
    until_on: date
    chosen: dict[str, Any]

    @property
    def column(self) -> str:
        return CLOCKS[self.chosen.get("clock") or "handled"]

    @property
    def includes_chosen(self) -> bool:
        """Whether interactions that somebody picked are among them."""
        return self.chosen.get("selection") not in (None, "", "random")

    @property
    def grain(self) -> str:
        """The wanted step of the trend, or the next coarser one where it would not fit."""
        grain = self.chosen.get("grain") or "week"
        days = (self.until_on - self.from_on).days + 1
        while days / DAYS_OF[grain] > MOST_POINTS and grain in COARSER:
            grain = COARSER[grain]
        return grain

    @property
    def grain_note(self) -> str:
        wanted = self.chosen.get("grain") or "week"
        if wanted == self.grain:
            return ""
        return f"By {self.grain}, because the period is too long to be drawn by {wanted}."

    def narrow(self, rows: EvaluationQuerySet) -> EvaluationQuerySet:
        """The counting ones of `rows` that lie in this slice."""
        selection = self.chosen.get("selection")
        rows = rows.counting(chosen_too=self.includes_chosen)
        if self.includes_chosen and selection != "all":
            rows = rows.filter(selection=selection)
        exact = {EQUALS[name]: self.chosen[name] for name in EQUALS if self.chosen.get(name)}
        return rows.filter(**exact, **self._moments())

    def _moments(self) -> dict[str, datetime]:
        zone = timezone.get_current_timezone()
        after = self.until_on + timedelta(days=1)
        return {
            f"{self.column}__gte": datetime.combine(self.from_on, time.min, zone),
            f"{self.column}__lt": datetime.combine(after, time.min, zone),
        }

    def starts(self) -> list[date]:
        """The first day of every step of the trend, from the period's first to its last."""
        on, found = first_day(self.from_on, self.grain), []
        while on <= self.until_on:
            found.append(on)
            on = next_start(on, self.grain)
        return found


def first_day(on: date, grain: str) -> date:
    if grain == "week":
        return on - timedelta(days=on.weekday())
    return on.replace(day=1) if grain == "month" else on


def next_start(on: date, grain: str) -> date:
    if grain == "month":
        return (on + timedelta(days=32)).replace(day=1)
    return on + timedelta(days=DAYS_OF[grain])


def label_of(on: date, grain: str) -> str:
    """The step in the language in force: "Mar 2026", "9 Mar"."""
    return date_format(on, "M Y" if grain == "month" else "j M")
