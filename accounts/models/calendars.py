"""Business calendars: when a part of the center is open, as numbered versions."""

from __future__ import annotations

from functools import cached_property
from typing import Any

from django.db import models
from django.urls import reverse

from accounts.hours import calendar_of
from accounts.models.people import User
from lib.intervals import Calendar
from lib.models import Stamped, Versioned


class BusinessCalendar(Versioned):
    """Opening hours under one name. What they were at a time is told by the versions."""

    name = models.CharField(max_length=80, unique=True)
    is_active = models.BooleanField(default=True)
    current = models.OneToOneField(
        "accounts.CalendarVersion",
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
    )

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("accounts:calendar_detail", kwargs={"pk": self.pk})

    @property
    def hours(self) -> Calendar:
        """The hours of the current version."""
        assert self.current is not None
        return self.current.hours


class CalendarVersion(Stamped):
    """One edition of the hours; never changed, because clocks have counted by it.

    `week` maps "0" (Monday) to "6" onto spans ["09:00", "12:00"] of local time. `exceptions` are
    {"date", "label", "spans", "yearly"}; no spans = closed.
    """

    calendar = models.ForeignKey(
        BusinessCalendar, on_delete=models.PROTECT, related_name="versions"
    )
    number = models.PositiveIntegerField()
    time_zone = models.CharField(max_length=64)
    week: models.JSONField[dict[str, Any]] = models.JSONField(default=dict)
    exceptions: models.JSONField[list[dict[str, Any]]] = models.JSONField(default=list)
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["calendar", "-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["calendar", "number"], name="accounts_calendar_version_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.calendar} {self.number}"

    @cached_property
    def hours(self) -> Calendar:
        return calendar_of(self.time_zone, self.week, self.exceptions)
