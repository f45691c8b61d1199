"""Sums of facts by time, queue, channel, team, agent: read once, then regrouped."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Max, Model, Q, QuerySet, Sum

from reports.definitions import Definition
from reports.models import (
    DayAgentTime,
    DayDispositionFact,
    DayHandledFact,
    DayLegFact,
    DayQueueFact,
    DayRepeatFact,
    DayWaitCount,
    IntervalQueueFact,
)
from reports.models.facts import WORK_KEYS
from reports.periods import INTRADAY, moment_start, step_start
from reports.rollups.agent_time import TIME_COLUMNS
from reports.rollups.families import HANDLED_MEASURES, LEG_COLUMNS, MEASURES
from reports.rollups.repeats import FACT_COLUMNS
from reports.slices import Slice

Key = tuple[Any, ...]
Sums = dict[str, int]
Groups = dict[Key, Sums]
Read = Callable[[Slice, Sequence[str]], Groups]
DIMENSIONS = {
    "day": "on_date",
    "quarter": "quarter",
    "queue": "queue_key",
    "channel": "channel",
    "team": "team_key",
    "agent": "agent_key",
    "disposition": "disposition_key",
}
USUAL = ("day", "queue")
PEOPLE = {"team", "agent"}
TIME_DIMENSIONS = PEOPLE | {"day", "week", "month"}
ADDED_UP_FROM = {"week": "day", "month": "day", **dict.fromkeys(INTRADAY, "quarter")}
LEG_MEASURES = LEG_COLUMNS[len(WORK_KEYS) :]
REPEAT_MEASURES = FACT_COLUMNS[6:]
TIME_MEASURES = TIME_COLUMNS[3:]
WAIT_MEASURES = (
    *("answered_within", "abandoned_within", "callbacks_within", "short", "short_or_within"),
)
LARGEST = {"max_wait"}


class Reader:
    """The sums of one slice. What was read once is not read again.

    `wider` reads the days of this slice and others; where both ask by day, it asks for both.
    """

    def __init__(self, piece: Slice, wider: Reader | None = None) -> None:
        self.slice = piece
        self._wider = wider
        self._kept: dict[Key, Groups] = {}

    @classmethod
    def beside(cls, piece: Slice, earlier: Slice) -> tuple[Reader, Reader]:
        """Readers of a slice and of the same in another period, for the queries of one."""
        both = cls(replace(piece, also=earlier.period))
        return cls(piece, both), cls(earlier, both)

    def visits(self, by: Sequence[str] = ()) -> Groups:
        """Of queue visits; empty where the slice is about people."""
        model = DayQueueFact if INTRADAY.isdisjoint(by) else IntervalQueueFact
        return self._of(model, MEASURES, by, Slice.of_queues)

    def legs(self, by: Sequence[str] = ()) -> Groups:
        return self._of(DayLegFact, LEG_MEASURES, by, _work_by(by))

    def handled(self, by: Sequence[str] = ()) -> Groups:
        """Of interactions; by disposition, one with two of them stands under both."""
        model = DayDispositionFact if "disposition" in by else DayHandledFact
        return self._of(model, HANDLED_MEASURES, by, _work_by(by))

    def repeats(self, rule: str, by: Sequence[str] = ()) -> Groups:
        """Of contacts under a rule such as w7-customer-any."""
        work = _work_by(by, with_direction=False)

        def chosen(piece: Slice) -> dict[str, Any] | None:
            conditions = work(piece)
            return None if conditions is None else conditions | {"rule": rule}

        return self._of(DayRepeatFact, REPEAT_MEASURES, by, chosen, rule)

    def time(self, by: Sequence[str] = ()) -> Groups:
        """Of agents whose states are known; empty where the slice is about queues."""
        if not set(by) <= TIME_DIMENSIONS:
            return {}
        return self._of(DayAgentTime, TIME_MEASURES, by, Slice.of_time)

    def within(self, definition: Definition, by: Sequence[str] = ()) -> Groups:
        """Visits within the definition's threshold and its length of short abandons."""
        name = f"{definition.threshold}{definition.comparator}{definition.short}"
        sums = {key: Sum("visits", filter=rule, default=0) for key, rule in wait_rules(definition)}
        longest = max(definition.threshold or 0, definition.short or 0)

        def read(piece: Slice, dims: Sequence[str]) -> Groups:
            chosen = piece.of_queues()
            if chosen is not None:
                chosen = {**chosen, "wait_seconds__lte": longest}
            return grouped(DayWaitCount, dims, chosen, sums)

        return self._kept_or_read((DayWaitCount, name), by, read)

    def waits(self, by: Sequence[str] = (), groups: Sequence[str] = ("answered",)) -> Groups:
        """By wait seconds on the grid, the last part of each key."""
        chosen = self.slice.of_queues()
        if chosen is None:
            return {}
        dims = read_by(by)
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
        chosen: Callable[[Slice], Mapping[str, Any] | None],
        name: str = "",
    ) -> Groups:
        sums = {key: Max(key) if key in LARGEST else Sum(key) for key in measures}
        return self._kept_or_read(
            (model, name), by, lambda piece, dims: grouped(model, dims, chosen(piece), sums)
        )

    def _kept_or_read(self, what: Key, by: Sequence[str], read: Read) -> Groups:
        """Read as finely as pages usually ask, so that one query serves all of a page's groups."""
        dims = read_by(by)
        usual = ("day",) if what[0] is DayAgentTime else USUAL
        if set(dims) <= set(usual):
            dims = usual
        if (what, dims) not in self._kept:
            self._kept[what, dims] = self._read(what, dims, read)
        return regrouped(self._kept[what, dims], dims, by)

    def _read(self, what: Key, dims: Sequence[str], read: Read) -> Groups:
        if self._wider is None or dims[:1] != ("day",):
            return read(self.slice, dims)
        cells, period = self._wider._kept_or_read(what, dims, read), self.slice.period
        return {key: sums for key, sums in cells.items() if period.start <= key[0] <= period.end}


def _work_by(
    by: Sequence[str], *, with_direction: bool = True
) -> Callable[[Slice], dict[str, Any] | None]:
    """Conditions on work; figures of single people or teams are those of one's own teams."""
    by_people = not PEOPLE.isdisjoint(by)
    return lambda piece: piece.of_work(with_direction=with_direction, by_people=by_people)


def read_by(by: Sequence[str]) -> tuple[str, ...]:
    """What to group by in the database, so that the groups of `by` can be added up."""
    return tuple(ADDED_UP_FROM.get(dim, dim) for dim in by)


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
    parts = [(tuple(have).index(ADDED_UP_FROM.get(dim, dim)), dim) for dim in want]
    zone = ZoneInfo(settings.TIME_ZONE)
    found: Groups = {}
    for key, sums in cells.items():
        group = tuple(_group_of(key[place], dim, zone) for place, dim in parts)
        found[group] = added(found[group], sums) if group in found else sums
    return found


def _group_of(value: Any, dim: str, zone: ZoneInfo) -> Any:
    """The group of one dimension that a cell belongs to."""
    if dim in INTRADAY:
        return moment_start(value, dim, zone)
    return step_start(value, dim) if dim in ADDED_UP_FROM else value


def added(one: Sums, other: Sums) -> Sums:
    return {
        name: max(value, other[name]) if name in LARGEST else value + other[name]
        for name, value in one.items()
    }
