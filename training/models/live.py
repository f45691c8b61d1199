"""Live sessions: a trainer, a time, a number of seats, and who has one or waits for one."""

from __future__ import annotations

import uuid
from datetime import datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lib.models import Stamped
from training.models.base import RowVersioned, at_most
from training.models.courses import Lesson
from training.reach import rows_about


class LiveSessionQuerySet(models.QuerySet["LiveSession"]):
    def coming(self, at: datetime) -> LiveSessionQuerySet:
        """Not over and not canceled, the next first."""
        return self.filter(ends_at__gt=at, canceled_at__isnull=True).order_by("starts_at", "pk")


class LiveSession(RowVersioned):
    """A meeting; with a lesson, whoever attends four fifths of it has done that lesson."""

    title = models.CharField(max_length=200)
    lesson = models.ForeignKey(
        Lesson, null=True, blank=True, on_delete=models.PROTECT, related_name="live_sessions"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    place = models.CharField(max_length=200, blank=True)
    url = models.URLField("address", max_length=500, blank=True)
    seats = models.PositiveSmallIntegerField(
        default=12, validators=[MinValueValidator(1), MaxValueValidator(1000)]
    )
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    ical_sequence = models.PositiveIntegerField(default=0, editable=False)
    trainer = models.ForeignKey(User, on_delete=models.PROTECT, related_name="live_sessions")
    canceled_at = models.DateTimeField(null=True, blank=True, editable=False)
    cancel_reason = models.CharField(max_length=500, blank=True)

    objects = LiveSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="training_live_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(seats__gte=1, seats__lte=1000), name="training_live_has_1_to_1000_seats"
            ),
            models.CheckConstraint(
                condition=Q(canceled_at__isnull=True, cancel_reason="")
                | (Q(canceled_at__isnull=False) & ~Q(cancel_reason="")),
                name="training_live_canceled_for_a_reason",
            ),
            models.CheckConstraint(
                condition=at_most("title", 200)
                & at_most("place", 200)
                & at_most("url", 500)
                & at_most("cancel_reason", 500),
                name="training_live_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def minutes(self) -> int:
        return int((self.ends_at - self.starts_at).total_seconds() // 60)


class SeatState(models.TextChoices):
    CONFIRMED = "confirmed", _("Confirmed")
    WAITLISTED = "waitlisted", _("On the waitlist")
    ATTENDED = "attended", _("Attended")
    NO_SHOW = "no_show", _("Did not come")
    CANCELED = "canceled", _("Given up")


SEAT_TRANSITIONS: dict[str, frozenset[str]] = {
    "waitlisted": frozenset({"confirmed", "canceled"}),
    "confirmed": frozenset({"attended", "no_show", "canceled"}),
    "attended": frozenset({"attended", "no_show"}),
    "no_show": frozenset({"attended", "no_show"}),
    "canceled": frozenset({"confirmed", "waitlisted"}),
}
HELD_STATES = ("confirmed", "attended", "no_show")


class SeatQuerySet(models.QuerySet["Seat"]):
    def visible_to(self, user: User) -> SeatQuerySet:
        return self.filter(rows_about(user, "training.view_board"))

    def held(self) -> SeatQuerySet:
        return self.filter(state__in=HELD_STATES)

    def waiting(self) -> SeatQuerySet:
        """In the order in which people asked."""
        return self.filter(state=SeatState.WAITLISTED).order_by("position")


class Seat(Stamped):
    """One person at a live session. `number` is the seat that is held, `position` the turn."""

    session = models.ForeignKey(LiveSession, on_delete=models.PROTECT, related_name="seat_rows")
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="live_seats")
    state = models.CharField(max_length=10, choices=SeatState)
    number = models.PositiveSmallIntegerField(null=True, blank=True)
    position = models.PositiveIntegerField()
    minutes_present = models.PositiveSmallIntegerField(null=True, blank=True)

    objects = SeatQuerySet.as_manager()

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "person"], name="training_seat_once_per_person"
            ),
            models.UniqueConstraint(
                fields=["session", "position"], name="training_seat_one_turn_each"
            ),
            models.UniqueConstraint(
                fields=["session", "number"],
                condition=Q(number__isnull=False),
                name="training_seat_is_held_by_one_person",
            ),
            models.CheckConstraint(
                condition=Q(state__in=HELD_STATES, number__isnull=False)
                | (~Q(state__in=HELD_STATES) & Q(number__isnull=True)),
                name="training_seat_held_has_its_number",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} at {self.session}"

    @property
    def is_held(self) -> bool:
        return self.state in HELD_STATES
