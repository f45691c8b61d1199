"""The operations dashboard: tiles, a trend, a table, a heat map and waits; all from facts."""

from __future__ import annotations

import itertools
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

from django.conf import settings
from django.db.models import Count, Exists, OuterRef, Q, Sum, Value
from django.urls import reverse
from django.utils import timezone

from accounts.models import Team, User
from crm.models import Disposition, Interaction, QueueVisit
from crm.models.interactions import Channel
from lib import charts
from reports import figures, kpis, periods, rows
from reports.definitions import Definition, parse
from reports.forms import BY, FilterForm
from reports.kpis import NOTHING, Measured
from reports.models import Annotation, IntervalQueueFact, SpecialDay
from reports.models.definitions import DEFAULT_THRESHOLD, DayKind
from reports.models.facts import QUARTER_SECONDS
from reports.numbers import Number, number, with_definition
from reports.registry import Registry
from reports.rows import TRENDS
from reports.slices import Slice
from reports.sums import Reader
from reports.tracked import customers_in
from routing.models import Queue

TILES = ("sl", "asa", "ab", "aht", "fcr", "tr", "oc", "vol")
COLUMNS = ("vol", "sl", "asa", "ab", "aht", "fcr")
COLUMNS_BY = {
    **dict.fromkeys(("team", "agent"), ("aht", "fcr", "tr")),
    "disposition": ("hand", "aht", "tr"),
    **dict.fromkeys(periods.INTRADAY, ("vol", "sl", "asa", "ab")),
}
MOST_HEAT_ROWS = 40
WAIT_EDGES = (0, 5, 10, 15, 20, 30, 45, 60, 90, 120, 180, 240, 300)
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
PER_INTERACTION = parse("aht2")
UNKNOWN = {
    "disposition": "None given",
    "queue": "No queue",
    "agent": "Agent unknown",
    "team": "No team",
}


@dataclass(frozen=True)
class Line:
    """A row of the table: what it is about, and its value in each column."""

    key: Any
    name: str
    values: list[Measured]
    shown: list[str]
    query: str


@dataclass(frozen=True)
class Backlog:
    """So that serving late customers last cannot look like success."""

    longest_wait: int
    waiting: int
    waiting_late: int

    def __str__(self) -> str:
        late = f"late backlog {self.waiting_late:,} of {self.waiting:,} waiting"
        return f"{late}, longest wait {charts.seconds(self.longest_wait)}"


@dataclass
class Operations:
    """Everything of one page; `registry` and both readers were read once for all of it."""

    form: FilterForm
    slice: Slice
    registry: Registry
    now: Reader
    before: Reader | None

    @classmethod
    def of(cls, form: FilterForm) -> Operations:
        piece, before = form.slice(), None
        if earlier := form.before(piece):
            now, before = Reader.beside(piece, earlier)
        else:
            now = Reader(piece)
        return cls(form, piece, Registry(piece.period.end), now, before)

    def definition(self, key: str) -> Definition:
        return self.form.definition(key, self.registry)

    def number(self, key: str) -> Number:
        definition = self.definition(key)
        query = with_definition(self.form.query, definition)
        return number(definition, self.now, self.registry, before=self.before, query=query)

    def tiles(self) -> list[Number]:
        return [self.number(key) for key in TILES]

    @property
    def is_empty(self) -> bool:
        return not self.now.visits() and not self.now.handled()

    # --- The table ------------------------------------------------------------------------------

    @property
    def by(self) -> str:
        return str(self.form.cleaned_data.get("by") or "queue")

    @property
    def columns(self) -> list[Definition]:
        found = [self.definition(key) for key in COLUMNS_BY.get(self.by, COLUMNS)]
        if self.by == "disposition" and "aht" not in self.form.definitions:
            return [PER_INTERACTION if one.key == "aht" else one for one in found]
        return found

    @property
    def notes(self) -> list[str]:
        """Why columns of the table are empty, and why its lines may not add up."""
        told = [figures.why_not_by(definition, self.by) for definition in self.columns]
        if self.by == "disposition":
            told.append("An interaction with two dispositions stands in both lines.")
        return [sentence for sentence in dict.fromkeys(told) if sentence]

    @property
    def by_words(self) -> str:
        return BY[self.by].lower()

    def table(self) -> list[Line]:
        """One line for each group that has facts, in the order of its names."""
        found = [rows.grouped(definition, self.now, self.by) for definition in self.columns]
        keys: list[Any] = sorted({key for column in found for key in column})
        names = self._names(self.by, keys)
        made = []
        for key in keys:
            values = [column.get(key, NOTHING) for column in found]
            if any(value.n for value in values):
                made.append(self._line(key, names[key], values))
        return made if self.by in TRENDS else sorted(made, key=lambda line: line.name)

    def _names(self, by: str, keys: Sequence[Any]) -> dict[Any, str]:
        """As `names_of`; the names of queues are known to the form."""
        if by == "queue":
            return {key: self.form.queue_names.get(key) or UNKNOWN[by] for key in keys}
        return names_of(by, keys)

    def _line(self, key: Any, name: str, values: list[Measured]) -> Line:
        pairs = zip(values, self.columns, strict=True)
        shown = [kpis.show(value.value, column.unit) for value, column in pairs]
        return Line(key, name, values, shown, self._narrower(key))

    def _narrower(self, key: Any) -> str:
        """The filters of the page, narrowed to a line of the table."""
        if self.by in periods.INTRADAY:
            return ""  # No filter asks for less than a day.
        if self.by in TRENDS:
            return self._within(key, self.by)
        is_filter = self.by in self.form.fields
        return self.form.with_filters(**{self.by: key}) if key and is_filter else ""

    def _within(self, start: date, by: str) -> str:
        """The filters of the page, narrowed to the days of a step that lie in its period."""
        last = min(periods.next_start(start, by) - periods.DAY, self.slice.period.end)
        first = max(start, self.slice.period.start)
        return self.form.with_filters(period="days", begin=first, end=last)

    # --- Pictures -------------------------------------------------------------------------------

    def trend(self) -> charts.Chart:
        """Service level, or handle time where the filters are about people."""
        key = "aht" if self.slice.is_about_people and not self.slice.owned else "sl"
        definition = self.definition(key)
        by = self.trend_by(definition)
        link = None if by in periods.INTRADAY else partial(self._number_of_step, definition, by)
        return trend_of(definition, self.now, self.registry, by, link)

    def _number_of_step(self, definition: Definition, by: str, start: date) -> str:
        """Where the value of one day, week or month opens."""
        query = with_definition(self._within(start, by), definition)
        return f"{reverse('reports:number')}?{query}"

    def trend_by(self, definition: Definition) -> str:
        """As the table, or the next coarser step that this figure has and a picture holds."""
        by = self.by if self.by in TRENDS else "day"
        if figures.why_not_by(definition, by):
            by = "day"
        return periods.fitting(self.slice.period, by)

    def queue_days(self) -> charts.Chart | None:
        """Service level of each queue on each day; None where there is nothing to compare."""
        period = self.slice.period
        if self.slice.of_queues() is None or not 1 < period.days <= 31:
            return None
        definition = self.definition("sl")
        found = figures.measure(definition, self.now, ("queue", "day"))
        queues = list({key[0] for key in found})
        if not 1 < len(queues) <= MOST_HEAT_ROWS:
            return None
        names = self._names("queue", queues)
        queues.sort(key=lambda queue: names[queue])
        days = list(period)
        return charts.heat_map(
            [names[queue] for queue in queues],
            [periods.step_label(on, "day") for on in days],
            [[found.get((queue, on), NOTHING).value for on in days] for queue in queues],
            title=f"{definition.kind.title} by queue and day",
            label_header="Queue",
            note=definition.label,
            show=charts.percent,
        )

    def hours(self) -> charts.Chart | None:
        """Visits by hour and weekday, on average."""
        chosen = self.slice.of_queues()
        if chosen is None:
            return None
        counts, seen = hour_counts(chosen)
        open_hours = [hour for hour in range(24) if any(counts[day, hour] for day in range(7))]
        if not open_hours:
            return None
        shown = range(min(open_hours), max(open_hours) + 1)
        days = [day for day in range(7) if seen[day]]
        return charts.heat_map(
            [WEEKDAYS[day] for day in days],
            [f"{hour}:00" for hour in shown],
            [[counts[day, hour] / seen[day] for hour in shown] for day in days],
            title="Visits by weekday and hour",
            label_header="Weekday",
            note="Mean of the days with visits.",
            show=charts.number,
        )

    def waits(self) -> charts.Chart | None:
        """How long answered visits waited."""
        cells = self.now.waits()
        if not cells:
            return None
        waits = {key[-1]: sums["visits"] for key, sums in cells.items()}
        later = sum(visits for wait, visits in waits.items() if wait >= WAIT_EDGES[-1])
        counts = [
            sum(visits for wait, visits in waits.items() if a <= wait < b)
            for a, b in itertools.pairwise(WAIT_EDGES)
        ]
        threshold = self.definition("sl").threshold or DEFAULT_THRESHOLD
        shown = charts.Target(threshold, f"{threshold} s") if threshold <= WAIT_EDGES[-1] else None
        note = f"{later:,} waited {WAIT_EDGES[-1] // 60} minutes or longer." if later else ""
        return charts.histogram(
            WAIT_EDGES,
            counts,
            title="Waits of answered visits",
            label_header="Wait",
            value_header="Visits",
            note=note,
            show=charts.seconds,
            threshold=shown,
        )

    # --- Waiting now ----------------------------------------------------------------------------

    def backlog(self, at: datetime) -> Backlog | None:
        """The longest wait of the period, and who waits beyond the threshold at `at`."""
        chosen = self.slice.of_queues()
        sums = self.now.visits().get(())
        if chosen is None or not sums:
            return None
        waiting = waiting_visits(self.slice)
        threshold = timedelta(seconds=self.definition("sl").threshold or DEFAULT_THRESHOLD)
        is_late = Q(entered_at__lt=at - threshold)
        counts = waiting.aggregate(n=Count("pk"), late=Count("pk", filter=is_late))
        return Backlog(sums["max_wait"], counts["n"], counts["late"])


def trend_of(
    definition: Definition,
    reader: Reader,
    registry: Registry,
    by: str,
    link: Callable[[date], str] | None = None,
) -> charts.Chart:
    """The value of every step with its interval, the target, and notes on days."""
    found = rows.trend(definition, reader, by)
    starts, values = list(found), list(found.values())
    goal = registry.goal(definition, reader.slice)
    series = charts.Series(
        definition.kind.title,
        [one.value for one in values],
        low=[one.low for one in values],
        high=[one.high for one in values],
        counts=[one.n for one in values],
    )
    show = Number(definition, NOTHING, 0).show
    target = charts.Target(goal.value, f"Target {show(goal.value)}") if goal else None
    return charts.line(
        [label_of(start, by) for start in starts],
        [series],
        title=f"{definition.kind.title} by {BY[by].lower()}",
        message=trend_message(definition, values, goal.value if goal else None, by),
        note=f"{definition.label}. Band: 95 % interval.",
        show=show,
        target=target,
        annotations=notes_on(starts, by, reader.slice),
        links=[link(start) for start in starts] if link else (),
        min_n=registry.min_n(definition),
    )


def trend_message(
    definition: Definition, values: Sequence[Measured], target: float | None, by: str
) -> str:
    known = [one.value for one in values if one.value is not None]
    if not known or target is None:
        return ""
    is_lower = definition.kind.direction == "lower"
    missed = sum(value > target if is_lower else value < target for value in known)
    side = "above" if is_lower else "below"
    return f"{definition.kind.title}: {missed} of {len(known)} {BY[by].lower()}s {side} target"


def notes_on(starts: Sequence[date], by: str, piece: Slice) -> list[tuple[int, str]]:
    """(place, text) of special days and annotations of the slice's queues."""
    days = Q(on_date__gte=piece.period.start, on_date__lte=piece.period.end)
    about = Q(queue__isnull=True)
    if piece.queues is not None:
        about |= Q(queue__in=piece.queues)
    special = SpecialDay.objects.filter(days, about).order_by()
    noted = Annotation.objects.filter(days, about).order_by().annotate(no_kind=Value(""))
    both = special.values_list("on_date", "note", "kind").union(
        noted.values_list("on_date", "text", "no_kind"), all=True
    )
    kinds = dict(DayKind.choices)
    told = [(on, note or str(kinds[kind])) for on, note, kind in both]
    place: dict[date, int] = {}
    for index, start in enumerate(starts):
        place.setdefault(day_of(start), index)
    found: dict[int, list[str]] = defaultdict(list)
    for on, text in sorted(told):
        start = on if by in periods.INTRADAY else periods.step_start(on, by)
        if start in place:
            found[place[start]].append(text)
    return [(index, "; ".join(texts)) for index, texts in found.items()]


def day_of(start: date) -> date:
    """The site day of a step of a trend."""
    return timezone.localtime(start).date() if isinstance(start, datetime) else start


def label_of(start: date, by: str) -> str:
    local = timezone.localtime(start) if isinstance(start, datetime) else start
    return periods.step_label(local, by)


def hour_counts(chosen: Mapping[str, Any]) -> tuple[dict[tuple[int, int], int], dict[int, int]]:
    """Visits by (weekday, local hour), and how many days of each weekday had any; one query."""
    found = IntervalQueueFact.objects.filter(**chosen).order_by().values_list("on_date", "quarter")
    found = found.annotate(n=Sum("answered") + Sum("abandoned") + Sum("flowed_out"))
    zone = ZoneInfo(settings.TIME_ZONE)
    counts: dict[tuple[int, int], int] = defaultdict(int)
    days: dict[int, set[date]] = defaultdict(set)
    rows_found: Iterable[tuple[Any, ...]] = found
    for on, quarter, visits in rows_found:
        at = datetime.fromtimestamp(quarter * QUARTER_SECONDS, UTC).astimezone(zone)
        counts[on.weekday(), at.hour] += visits
        days[on.weekday()].add(on)
    return counts, {day: len(days[day]) for day in range(7)}


def waiting_visits(piece: Slice) -> Any:
    """Visits that have not left their queue; an index holds nothing else."""
    calls = Interaction.objects.filter(pk=OuterRef("interaction_id"), direction="inbound")
    if piece.channel:
        calls = calls.filter(channel=piece.channel)
    if piece.segment:
        calls = calls.filter(customer__in=customers_in(piece.segment).values("pk"))
    found = QueueVisit.objects.filter(Exists(calls), left_at__isnull=True).order_by()
    conditions = piece.of_queues() or {"queue_key__in": ()}
    if "queue_key__in" in conditions:
        found = found.filter(queue__in=conditions["queue_key__in"])
    return found


def names_of(by: str, keys: Sequence[Any]) -> dict[Any, str]:
    """What a group of the table is called; one query at most."""
    if by in TRENDS:
        return {key: label_of(key, by) for key in keys}
    if by == "channel":
        return {key: str(Channel(key).label) for key in keys}
    names: dict[Any, str] = {}
    if by == "queue":
        names = dict(Queue.objects.filter(pk__in=keys).values_list("pk", "name"))
    elif by == "team":
        names = dict(Team.objects.filter(pk__in=keys).values_list("pk", "name"))
    elif by == "disposition":
        names = {row.pk: row.label for row in Disposition.objects.filter(pk__in=keys)}
    elif by == "agent":
        names = {user.pk: user.short_name for user in User.objects.filter(pk__in=keys)}
    return {key: names.get(key) or UNKNOWN[by] for key in keys}
