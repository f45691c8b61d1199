"""Verbs about unusual days: judge them, and what people find out about a flag."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from lib import events
from lib.refusals import Refused, need_reason
from reports import anomalies, figures
from reports.anomalies import WEEKDAYS, Day, Judgement
from reports.definitions import Definition
from reports.events import AnomalyFlagged
from reports.kinds import PERCENT
from reports.kpis import Measured
from reports.models import AnomalyFlag, SpecialDay
from reports.models.definitions import DayKind
from reports.models.outputs import UNSETTLED, FlagState
from reports.periods import Period
from reports.registry import Registry
from reports.slices import Slice
from reports.sums import Reader
from routing.models import Queue

JUDGED = ("vol", "asa", "aht", "sl", "ab", "tr")
WEEKS = 8
MOST_SERIES = 2000
LEAST_REASON = 5


class FlagIsSettled(Refused):
    def __init__(self) -> None:
        super().__init__("Somebody has settled this flag already.")


@dataclass(frozen=True)
class Series:
    """One KPI of one queue, with its value of the judged day."""

    definition: Definition
    queue: int
    measured: Measured
    judgement: Judgement


def judge_day(*, on: date, at: datetime) -> tuple[int, int]:
    """Flag what was unusual on a site day; returns (series judged, flags open).

    Again for the same day, flags follow the data: values are renewed, and flags that no longer hold
    are withdrawn.
    """
    registry = Registry(on)
    found = [series for series in series_of(on, registry) if series.judgement.is_judged]
    kept: list[int] = []
    with transaction.atomic():
        for series in found:
            definition = series.definition
            practical = registry.practical_change(definition)
            value = series.measured.value or 0.0
            if anomalies.is_flagged(series.judgement, value, kind_of(definition), practical):
                kept.append(_flag(series, on, at).pk)
        gone = AnomalyFlag.objects.filter(on_date=on, state__in=UNSETTLED).exclude(pk__in=kept)
        gone.update(state=FlagState.WITHDRAWN)
    return len(found), len(kept)


def series_of(on: date, registry: Registry) -> Iterator[Series]:
    """Every series with a value on the day, judged against the eight weeks before; few queries."""
    queues = set(Queue.objects.values_list("pk", flat=True)[: MOST_SERIES // len(JUDGED)])
    special = special_days(on)
    if (on, None) in special:
        return
    reader = Reader(Slice(Period(on - timedelta(weeks=WEEKS), on)))
    for key in JUDGED:
        definition = registry.default(key)
        values = figures.measure(definition, reader, ("day", "queue"))
        for queue in sorted(queues):
            today = values.get((on, queue))
            if today is not None and today.value is not None and (on, queue) not in special:
                weeks = weeks_before(on, queue, values, special)
                kind = kind_of(definition)
                judgement = anomalies.judge(kind, weeks, today.value, today.n)
                yield Series(definition, queue, today, judgement)


def kind_of(definition: Definition) -> str:
    if definition.key == "vol":
        return "count"
    return "percent" if definition.unit == PERCENT else "seconds"


def weeks_before(
    on: date,
    queue: int,
    values: dict[tuple[object, ...], Measured],
    special: set[tuple[date, int | None]],
) -> list[list[Day | None]]:
    """Eight weeks of usable days, the weekday of `on` first in each."""
    weeks = []
    for back in range(1, WEEKS + 1):
        first = on - timedelta(weeks=back)
        days = [first + timedelta(days=index) for index in range(WEEKDAYS)]
        weeks.append([usable(day, queue, values, special) for day in days])
    return weeks


def usable(
    day: date,
    queue: int,
    values: dict[tuple[object, ...], Measured],
    special: set[tuple[date, int | None]],
) -> Day | None:
    found = values.get((day, queue))
    if found is None or found.value is None or special & {(day, None), (day, queue)}:
        return None
    return Day(found.value, found.n)


def special_days(on: date) -> set[tuple[date, int | None]]:
    """Days that are neither judged nor used: special ones, and those with a fault in their data."""
    since = on - timedelta(weeks=WEEKS)
    rows = SpecialDay.objects.filter(on_date__gte=since, on_date__lte=on)
    return set(rows.values_list("on_date", "queue_id"))


def _flag(series: Series, on: date, at: datetime) -> AnomalyFlag:
    """Make the flag, or renew its numbers; a settled one keeps what people found out."""
    judgement = series.judgement
    numbers = {
        "value": series.measured.value,
        "n": series.measured.n,
        "expected": judgement.expected,
        "low": judgement.low,
        "high": judgement.high,
        "z": judgement.z,
    }
    flag, is_new = AnomalyFlag.objects.get_or_create(
        definition=series.definition.slug,
        queue_id=series.queue,
        on_date=on,
        defaults=numbers,
    )
    if is_new:
        events.publish(
            AnomalyFlagged(
                at=at,
                by_id=None,
                flag_id=flag.pk,
                definition=flag.definition,
                queue_id=series.queue,
            )
        )
        return flag
    back = Q(pk=flag.pk, state=FlagState.WITHDRAWN)
    AnomalyFlag.objects.filter(pk=flag.pk).update(**numbers)
    AnomalyFlag.objects.filter(back).update(state=FlagState.OPEN)
    return flag


def acknowledge_flag(*, flag: AnomalyFlag, by: User, at: datetime) -> AnomalyFlag:
    """Say that one has seen it; raises FlagIsSettled."""
    return _settle(flag, FlagState.ACKNOWLEDGED, "", by=by, at=at)


def explain_flag(
    *, flag: AnomalyFlag, note: str, is_data_fault: bool, by: User, at: datetime
) -> AnomalyFlag:
    """Write down why; a fault in the data takes the day out of later profiles of the queue."""
    note = need_reason(note, LEAST_REASON)
    with transaction.atomic():
        settled = _settle(flag, FlagState.EXPLAINED, note, by=by, at=at)
        if is_data_fault:
            SpecialDay.objects.get_or_create(
                on_date=flag.on_date,
                queue=flag.queue,
                defaults={"kind": DayKind.DATA_FAULT, "note": note[:200]},
            )
    return settled


def call_false_alarm(*, flag: AnomalyFlag, note: str, by: User, at: datetime) -> AnomalyFlag:
    """Say that nothing was unusual; the share of false alarms stands above the list."""
    return _settle(flag, FlagState.FALSE_ALARM, note, by=by, at=at)


def _settle(
    flag: AnomalyFlag, state: FlagState, note: str, *, by: User, at: datetime
) -> AnomalyFlag:
    with transaction.atomic():
        stored = AnomalyFlag.objects.select_for_update(of=("self",)).get(pk=flag.pk)
        if stored.state not in UNSETTLED:
            raise FlagIsSettled
        before, stored.state, stored.note = stored.state, state, note[:500]
        stored.settled_by, stored.settled_at = by, at
        stored.save(update_fields=["state", "note", "settled_by", "settled_at", "updated_at"])
        audit.record(
            verb="settle_flag",
            record=stored,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state.value},
        )
    return stored
