"""Schedules: which job is due at which moments. All of them stand in config/schedules.py."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import Any, Literal
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from lib.slots import interval_slot, wall_slot
from ops.jobs import registry
from ops.jobs.queue import scalars

CatchUp = Literal["none", "last", "all"]
WINDOW = timedelta(hours=26)
ON_TIME = timedelta(seconds=60)


@dataclass(frozen=True, kw_only=True)
class Schedule:
    """One job and its moments: each `every_seconds`, or at a wall-clock `at` of `zone`.

    `weekday` (Monday = 0) and `month_day` narrow the days of a wall-clock schedule; `zone` "" is
    the site's. After a pause of up to 26 hours `catch_up` fires no missed slot, the last, or all.
    In a copy of a place only schedules that are `kept_in_copies` fire.
    """

    name: str
    job: str
    every_seconds: int | None = None
    at: time | None = None
    zone: str = ""
    weekday: int | None = None
    month_day: int | None = None
    catch_up: CatchUp = "last"
    skip_while_waiting: bool = False
    kept_in_copies: bool = False
    args: Mapping[str, Any] = field(default_factory=dict)

    def slots(self, now: datetime) -> list[datetime]:
        """The moments of the last 26 hours up to `now`, oldest first, in UTC."""
        found = self.interval_slots(now) if self.every_seconds else self.wall_slots(now)
        return [slot for slot in found if now - WINDOW < slot <= now]

    def interval_slots(self, now: datetime) -> list[datetime]:
        seconds = self.every_seconds or 0
        latest = interval_slot(now, seconds)
        count = int(WINDOW.total_seconds()) // seconds + 1
        return [latest - timedelta(seconds=seconds * back) for back in reversed(range(count))]

    def wall_slots(self, now: datetime) -> list[datetime]:
        zone = self.zone or settings.TIME_ZONE
        today = now.astimezone(ZoneInfo(zone)).date()
        days = [today + timedelta(days=shift) for shift in range(-2, 1)]
        slots = [wall_slot(day, self.at, zone) for day in days if self.at and self.is_on(day)]
        return [slot for slot in slots if slot is not None]

    def is_on(self, day: Any) -> bool:
        return self.weekday in (None, day.weekday()) and self.month_day in (None, day.day)

    def due_slots(self, now: datetime) -> list[datetime]:
        """The slots that should have fired by `now`, as far as they are caught up with."""
        slots = self.slots(now)
        if self.catch_up == "all":
            return slots
        latest = slots[-1:]
        if self.catch_up == "none":
            return [slot for slot in latest if now - slot <= ON_TIME]
        return latest


_schedules: list[Schedule] = []


def use(schedules: Iterable[Schedule]) -> None:
    """Name the house's schedules; raises ImproperlyConfigured with every fault at once."""
    new = list(schedules)
    if faults := [fault for one in new for fault in schedule_faults(one)] + doubled_names(new):
        raise ImproperlyConfigured("config/schedules.py: " + " ".join(faults))
    _schedules[:] = new


def all_schedules() -> list[Schedule]:
    return list(_schedules)


def doubled_names(schedules: list[Schedule]) -> list[str]:
    names = [schedule.name for schedule in schedules]
    return [
        f"Two schedules are named {name!r}." for name in sorted(set(names)) if names.count(name) > 1
    ]


def schedule_faults(schedule: Schedule) -> list[str]:
    """Sentences about what is wrong with one schedule."""
    by_wall = schedule.at is not None
    rules = {
        "The name has 1 to 80 characters.": 0 < len(schedule.name) <= 80,
        "Give either every_seconds or at.": by_wall != (schedule.every_seconds is not None),
        "every_seconds is a whole number from 10 to 86,400.": (
            schedule.every_seconds is None
            or (isinstance(schedule.every_seconds, int) and 10 <= schedule.every_seconds <= 86400)
        ),
        "at is a time of day without a zone.": (
            not by_wall or (isinstance(schedule.at, time) and schedule.at.tzinfo is None)
        ),
        "weekday and month_day need at; Monday is 0, days are 1 to 31.": (
            (schedule.weekday is None or (by_wall and schedule.weekday in range(7)))
            and (schedule.month_day is None or (by_wall and schedule.month_day in range(1, 32)))
        ),
        "catch_up is none, last or all.": schedule.catch_up in ("none", "last", "all"),
        "zone is not an IANA zone.": is_zone(schedule.zone),
        f"No job is named {schedule.job!r}.": is_job(schedule.job),
        "args are JSON scalars.": are_scalars(schedule.args),
    }
    return [f"{schedule.name}: {sentence}" for sentence, holds in rules.items() if not holds]


def is_zone(name: str) -> bool:
    try:
        return name == "" or bool(ZoneInfo(name))
    except (ValueError, OSError, LookupError):
        return False


def is_job(name: str) -> bool:
    try:
        return bool(registry.find(name))
    except registry.UnknownJob:
        return False


def are_scalars(args: Mapping[str, Any]) -> bool:
    try:
        return scalars(dict(args)) == dict(args)
    except (TypeError, ValueError):
        return False
