"""Sums of facts by day, week, month, queue, channel, team, agent: read once, then regrouped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from django.db.models import Max, Model, Q, QuerySet, Sum

from reports.definitions import Definition
from reports.models import (
    DayHandledFact,
    DayLegFact,
    DayQueueFact,
    DayRepeatFact,
    DayWaitCount,
)
from reports.models.facts import WORK_KEYS
from reports.periods import step_start
from reports.rollups.families import HANDLED_COLUMNS, LEG_COLUMNS, MEASURES
from reports.rollups.repeats import FACT_COLUMNS
from reports.slices import Slice

Key = tuple[Any, ...]
Sums = dict[str, int]
Groups = dict[Key, Sums]
DIMENSIONS = {
    "day": "on_date",
    "queue": "queue_key",
    "channel": "channel",
    "team": "team_key",
    "agent": "agent_key",
}
USUAL = ("day", "queue")
STEPS = ("week", "month")  # Added up from days.
LEG_MEASURES = LEG_COLUMNS[len(WORK_KEYS) :]
HANDLED_MEASURES = HANDLED_COLUMNS[len(WORK_KEYS) :]
REPEAT_MEASURES = FACT_COLUMNS[6:]
WAIT_MEASURES = (
    *("answered_within", "abandoned_within", "callbacks_within", "short", "short_or_within"),
)
LARGEST = {"max_wait"}


class Reader:
    """The sums of one slice. What was read once is not read again."""

    def __init__(self, piece: Slice) -> None:
        self.slice = piece
        self._kept: dict[Key, Groups] = {}

    def visits(self, by: Sequence[str] = ()) -> Groups:
        """Of queue visits; empty where the slice is about people."""
        return self._of(DayQueueFact, MEASURES, by, self.slice.of_queues())

    def legs(self, by: Sequence[str] = ()) -> Groups:
        return self._of(DayLegFact, LEG_MEASURES, by, self.slice.of_work())

    def handled(self, by: Sequence[str] = ()) -> Groups:
        return self._of(DayHandledFact, HANDLED_MEASURES, by, self.slice.of_work())

    def repeats(self, rule: str, by: Sequence[str] = ()) -> Groups:
        """Of contacts under a rule such as w7-customer-any."""
        chosen = self.slice.of_work(with_direction=False) | {"rule": rule}
        return self._of(DayRepeatFact, REPEAT_MEASURES, by, chosen, rule)

    def within(self, definition: Definition, by: Sequence[str] = ()) -> Groups:
        """Visits within the definition's threshold and its length of short abandons."""
        chosen = self.slice.of_queues()
        name = f"{definition.threshold}{definition.comparator}{definition.short}"
        sums = {key: Sum("visits", filter=rule, default=0) for key, rule in wait_rules(definition)}
        return self._kept_or_read(
            (DayWaitCount, name), by, lambda dims: grouped(DayWaitCount, dims, chosen, sums)
        )

    def waits(self, by: Sequence[str] = (), groups: Sequence[str] = ("answered",)) -> Groups:
        """By wait seconds on the grid, the last part of each key."""
        chosen = self.slice.of_queues()
        if chosen is None:
            return {}
        dims = ["day" if dim in STEPS else dim for dim in by]
        rows = DayWaitCount.objects.filter(**chosen, group__in=groups).order_by()
        columns = [*(DIMENSIONS[dim] for dim in dims), "wait_seconds"]
        found = rows.values_list(*columns).annotate(sum_visits=Sum("visits"))
        cells = {row[:-1]: {"visits": row[-1]} for row in found}
        return regrouped(cells, (*dims, "wait"), (*by, "wait"))

    def _of(
        self,
        model: type[Model],
        measures: Sequence[str],
        by: Sequence[str],
        chosen: Mapping[str, Any] | None,
        name: str = "",
    ) -> Groups:
        sums = {key: Max(key) if key in LARGEST else Sum(key) for key in measures}
        return self._kept_or_read(
            (model, name), by, lambda dims: grouped(model, dims, chosen, sums)
        )

    def _kept_or_read(
        self, what: Key, by: Sequence[str], read: Callable[[Sequence[str]], Groups]
    ) -> Groups:
        """Read as finely as pages usually ask, so that one query serves all of a page's groups."""
        read_by = tuple("day" if dim in STEPS else dim for dim in by)
        dims = USUAL if set(read_by) <= set(USUAL) else read_by
        if (what, dims) not in self._kept:
            self._kept[what, dims] = read(dims)
        return regrouped(self._kept[what, dims], dims, by)


def wait_rules(definition: Definition) -> list[tuple[str, Q]]:
    t, s = definition.threshold, definition.short or 0
    if t is None:
        within = Q(pk__isnull=True)  # Each queue's own is in the facts of the day.
    else:
        within = Q(wait_seconds__lte=t if definition.comparator == "lte" else t - 1)
    abandoned = Q(group="abandoned")
    short = abandoned & Q(wait_seconds__lte=s)
    return [
        ("answered_within", Q(group="answered") & within),
        ("abandoned_within", abandoned & within),
        ("callbacks_within", Q(group="callback") & within),
        ("short", short),
        ("short_or_within", short | (abandoned & within)),
    ]


def grouped(
    model: type[Model],
    by: Sequence[str],
    chosen: Mapping[str, Any] | None,
    sums: Mapping[str, Any],
) -> Groups:
    """One query; the keys stand in the order of `by`."""
    if chosen is None:
        return {}
    rows: QuerySet[Any, Any] = model._default_manager.filter(**chosen).order_by()
    columns = [DIMENSIONS[dim] for dim in by]
    # A sum must not be taken for the column of the same name.
    named = {f"of_{name}": sum_ for name, sum_ in sums.items()}
    if not columns:
        row = rows.aggregate(**named)
        return {(): {name: row[f"of_{name}"] or 0 for name in sums}}
    found = rows.values_list(*columns).annotate(**named)
    width, names = len(columns), tuple(sums)
    return {row[:width]: dict(zip(names, row[width:], strict=True)) for row in found}


def regrouped(cells: Groups, have: Sequence[str], want: Sequence[str]) -> Groups:
    """Add up cells over the dimensions that nobody asked for."""
    if tuple(have) == tuple(want):
        return cells
    parts = [(tuple(have).index("day" if dim in STEPS else dim), dim) for dim in want]
    found: Groups = {}
    for key, sums in cells.items():
        group = tuple(
            step_start(key[place], dim) if dim in STEPS else key[place] for place, dim in parts
        )
        found[group] = added(found[group], sums) if group in found else sums
    return found


def added(one: Sums, other: Sums) -> Sums:
    return {
        name: max(value, other[name]) if name in LARGEST else value + other[name]
        for name, value in one.items()
    }
