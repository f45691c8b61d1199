"""Axes: round numbers for ticks, and where a value stands."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from lib.charts.formats import Show, count, percent, seconds

Values = Sequence[float | None]

_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_STEPS_OF_TIME = (
    1,
    2,
    5,
    10,
    15,
    30,
    60,
    120,
    300,
    600,
    900,
    1800,
    3600,
    7200,
    14_400,
    28_800,
    86_400,
)
_CUT_FROM = 50
_SMALL_SHARE = 40
_LEAST_SPAN = 1e-6


def finite(values: Iterable[float | None]) -> list[float]:
    """The values that are there; raises ValueError for NaN and infinity."""
    present = [value for value in values if value is not None]
    if not all(math.isfinite(value) for value in present):
        raise ValueError("A chart draws finite numbers; use None where there is no value.")
    return present


@dataclass(frozen=True)
class Scale:
    """Maps values from `low` to `high` onto pixels from `start` to `end`."""

    low: float
    high: float
    ticks: tuple[float, ...]
    start: float = 0.0
    end: float = 1.0

    def over(self, start: float, end: float) -> "Scale":
        """The same axis laid over other pixels."""
        return Scale(self.low, self.high, self.ticks, start, end)

    def at(self, value: float) -> float:
        """The pixel of a value; a value beyond the axis stands at its end."""
        share = (min(max(value, self.low), self.high) - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


def axis(values: Sequence[float], show: Show, *, from_zero: bool, most_ticks: int = 5) -> Scale:
    """An axis around the values with about `most_ticks` round ticks.

    Percentages keep 0-100, but end earlier if none is above 40; without `from_zero` they may begin
    at a round number above 0 when all lie above 50. Other values begin at 0 unless some are
    negative or `from_zero` is off and they lie close together.
    """
    lowest, highest = (min(values), max(values)) if values else (0.0, 0.0)
    if show is percent and lowest >= 0 and _SMALL_SHARE < highest <= 100:
        start = 0.0
        if not from_zero and lowest >= _CUT_FROM:
            start = min(math.floor(lowest / 10) * 10.0, 90.0)
        return _ticked(start, 100.0, show, most_ticks)
    low = min(lowest, 0.0)
    if not from_zero and 0 < highest - lowest < lowest / 2:
        low = lowest
    high = max(highest, 0.0)
    if high - low < _LEAST_SPAN * max(1.0, abs(low), abs(high)):
        low, high = min(lowest, 0.0), max(highest, 0.0, low + 1)
    return _ticked(low, high, show, most_ticks)


def _ticked(low: float, high: float, show: Show, most_ticks: int) -> Scale:
    step = _round_step((high - low) / most_ticks, show)
    first, last = math.floor(low / step + 1e-9), math.ceil(high / step - 1e-9)
    if show is percent and high == 100:
        last = int(100 // step)
    ticks = tuple(round(number * step, 10) for number in range(first, last + 1))
    return Scale(min(low, ticks[0]), max(high, ticks[-1]), ticks)


def _round_step(least: float, show: Show) -> float:
    if show is seconds and least <= _STEPS_OF_TIME[-1]:
        return next((float(step) for step in _STEPS_OF_TIME if step >= least), least)
    if show is count:
        least = max(least, 1.0)  # Nothing is counted in halves.
    power = 10.0 ** math.floor(math.log10(least))
    steps = (step * power for step in _STEPS if show is not count or (step * power).is_integer())
    return next(step for step in steps if step >= least * (1 - 1e-9))
