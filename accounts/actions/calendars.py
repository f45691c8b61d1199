"""Verbs of business calendars: make one, give it other hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit, hours
from accounts.events import CalendarChanged
from accounts.models import BusinessCalendar, CalendarVersion, User
from lib import events
from lib.refusals import Invalid, Stale


@dataclass(frozen=True)
class Hours:
    """Hours as a version stores them; see CalendarVersion."""

    time_zone: str
    week: Mapping[str, hours.Spans]
    exceptions: Sequence[Mapping[str, Any]] = ()


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"There is a calendar named “{name}” already.")


class UnusableHours(Invalid):
    """Names the span, date or zone that cannot be."""

    def __init__(self, place: str, sentence: str) -> None:
        super().__init__(place, sentence)


class ChangedMeanwhile(Stale):
    def __str__(self) -> str:
        return "Somebody changed this calendar in the meantime. Compare, then save again."


def create_calendar(*, name: str, told: Hours, by: User | None, at: datetime) -> BusinessCalendar:
    """Raises NameTaken and UnusableHours."""
    name = name.strip()
    _check(told, at)
    with transaction.atomic():
        if BusinessCalendar.objects.filter(name=name).exists():
            raise NameTaken(name)
        calendar = BusinessCalendar.objects.create(name=name)
        _add_version(calendar, told, by)
        audit.record(
            verb="create_calendar",
            record=calendar,
            by=by,
            at=at,
            after={"name": name, "version": 1, **_facts(told)},
        )
    return calendar


def change_calendar(
    *, calendar: BusinessCalendar, told: Hours, version: int, by: User, at: datetime
) -> BusinessCalendar:
    """Give a calendar a new version of its hours; the same hours again make none.

    Unfinished clocks that count by it are counted anew by whoever hears CalendarChanged; finished
    ones keep the version they were counted by. Raises UnusableHours and ChangedMeanwhile.
    """
    _check(told, at)
    with transaction.atomic():
        rows = BusinessCalendar.objects.select_related("current")
        locked = rows.select_for_update(of=("self",)).get(pk=calendar.pk)
        if locked.version != version:
            raise ChangedMeanwhile
        assert locked.current is not None
        before = _facts_of(locked.current)
        if before == _facts(told):
            return locked
        made = _add_version(locked, told, by)
        audit.record(
            verb="change_calendar",
            record=locked,
            by=by,
            at=at,
            before=before,
            after={**_facts(told), "version": made.number},
        )
        events.publish(
            CalendarChanged(at=at, by_id=by.pk, calendar_id=locked.pk, version_id=made.pk)
        )
    return locked


def _check(told: Hours, at: datetime) -> None:
    try:
        hours.checked(told.time_zone, told.week, told.exceptions, at=at)
    except hours.BadHours as error:
        raise UnusableHours(error.place, str(error)) from None
    except hours.NeverOpen:
        raise UnusableHours("week", "This calendar is never open within a year.") from None


def _add_version(calendar: BusinessCalendar, told: Hours, by: User | None) -> CalendarVersion:
    number = calendar.current.number + 1 if calendar.current else 1
    made = CalendarVersion.objects.create(
        calendar=calendar, number=number, made_by=by, **_facts(told)
    )
    calendar.current = made
    calendar.version = number
    calendar.save(update_fields=["current", "version", "updated_at"])
    return made


def _facts(told: Hours) -> dict[str, Any]:
    return {
        "time_zone": told.time_zone,
        "week": {str(day): spans for day, spans in told.week.items() if spans},
        "exceptions": sorted((dict(one) for one in told.exceptions), key=lambda one: one["date"]),
    }


def _facts_of(version: CalendarVersion) -> dict[str, Any]:
    return {
        "time_zone": version.time_zone,
        "week": version.week,
        "exceptions": version.exceptions,
    }
