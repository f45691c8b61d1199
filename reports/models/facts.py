"""Facts: sums of raw rows by site day, so that no dashboard reads raw rows; all can be rebuilt.

Unknown keys are 0, never NULL. Sums are integers: seconds, and squares of seconds.
"""

from __future__ import annotations

from datetime import UTC, datetime

from django.db import models
from django.db.models import F, Q

QUARTER_SECONDS = 900


class FactDayQuerySet(models.QuerySet["FactDay"]):
    def dirty(self) -> FactDayQuerySet:
        """Days whose raw rows changed since their facts were made."""
        return self.filter(marked__gt=F("built"))

    def clean(self) -> FactDayQuerySet:
        return self.filter(marked=F("built"))


class FactDay(models.Model):
    """One family of facts of one site day: how often it was marked stale, and what was built."""

    family = models.CharField(max_length=20)
    on_date = models.DateField()
    marked = models.PositiveIntegerField(default=1)
    built = models.PositiveIntegerField(default=0)
    marked_at = models.DateTimeField()
    built_at = models.DateTimeField(null=True, blank=True)

    objects = FactDayQuerySet.as_manager()

    class Meta:
        ordering = ["-on_date", "family"]
        indexes = [
            models.Index(
                fields=["-on_date"], condition=Q(marked__gt=F("built")), name="reports_day_dirty"
            )
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["family", "on_date"], name="reports_fact_day_once_per_family"
            ),
            models.CheckConstraint(
                condition=Q(built__lte=F("marked")), name="reports_fact_day_built_not_beyond_marked"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.family} of {self.on_date}"

    @property
    def is_dirty(self) -> bool:
        return self.marked > self.built


class Fact(models.Model):
    """What every fact has: the site day it belongs to."""

    on_date = models.DateField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self._meta.verbose_name} of {self.on_date}"


class QueueMeasures(Fact):
    """Visits of queues. `…_timed` had a known wait, the others are quarantined from waits.

    `…_within` waited at most the queue's own threshold of that day. `segment_key` 0 is everybody;
    the customers of a tracked segment are counted there and once more under its id.
    """

    queue_key = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    segment_key = models.BigIntegerField(default=0)
    answered = models.PositiveIntegerField()
    abandoned = models.PositiveIntegerField()
    flowed_out = models.PositiveIntegerField()
    callbacks = models.PositiveIntegerField()
    answered_timed = models.PositiveIntegerField()
    abandoned_timed = models.PositiveIntegerField()
    flowed_out_timed = models.PositiveIntegerField()
    answered_within = models.PositiveIntegerField()
    abandoned_within = models.PositiveIntegerField()
    callbacks_within = models.PositiveIntegerField()
    delayed = models.PositiveIntegerField()
    wait_answered = models.PositiveBigIntegerField()
    wait_answered_squares = models.PositiveBigIntegerField()
    wait_abandoned = models.PositiveBigIntegerField()
    wait_flowed_out = models.PositiveBigIntegerField()
    max_wait = models.PositiveIntegerField()

    class Meta:
        abstract = True


class IntervalQueueFact(QueueMeasures):
    """Visits that entered a queue in one quarter hour, counted from 1970 in UTC."""

    quarter = models.PositiveIntegerField()

    class Meta:
        ordering = ["-quarter"]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "quarter", "queue_key", "channel", "segment_key"],
                name="reports_interval_queue_fact_once",
            ),
        ]

    @property
    def starts_at(self) -> datetime:
        return datetime.fromtimestamp(self.quarter * QUARTER_SECONDS, UTC)


class DayQueueFact(QueueMeasures):
    """Visits that entered a queue on one site day."""

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "queue_key", "channel", "segment_key"],
                name="reports_day_queue_fact_once",
            ),
        ]


class WaitGroup(models.TextChoices):
    ANSWERED = "answered", "Answered"
    ABANDONED = "abandoned", "Abandoned"
    CALLBACK = "callback", "Callback requested"
    OTHER = "other", "Flowed out otherwise"


class DayWaitCount(Fact):
    """How many visits waited so long, on the grid of `kpis.grid`: exact for every threshold."""

    queue_key = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    segment_key = models.BigIntegerField(default=0)
    group = models.CharField(max_length=9, choices=WaitGroup)
    wait_seconds = models.PositiveIntegerField()
    visits = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=[
                    *("on_date", "queue_key", "channel", "segment_key", "group", "wait_seconds")
                ],
                name="reports_day_wait_count_once",
            ),
        ]


class WorkKeys(Fact):
    """Whose work it was, where and in which direction."""

    queue_key = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    direction = models.CharField(max_length=8)
    agent_key = models.BigIntegerField()
    team_key = models.BigIntegerField()

    class Meta:
        abstract = True


class HandleBases(models.Model):
    """Handle time by what the agent did for the contact alone, and by the share of a slot.

    `…_timed` reported it. Shares of slots are hundredths of a second.
    """

    active_timed = models.PositiveIntegerField(default=0)
    active = models.PositiveBigIntegerField(default=0)
    active_squares = models.PositiveBigIntegerField(default=0)
    slot_timed = models.PositiveIntegerField(default=0)
    slot_hundredths = models.PositiveBigIntegerField(default=0)
    slot_squares = models.PositiveBigIntegerField(default=0)

    class Meta:
        abstract = True


WORK_KEYS = ("on_date", "queue_key", "channel", "direction", "agent_key", "team_key")


class DayLegFact(HandleBases, WorkKeys):
    """Answered legs of interactions that started on the day. `timed` ones enter handle time."""

    legs = models.PositiveIntegerField()
    timed = models.PositiveIntegerField()
    talk = models.PositiveBigIntegerField()
    hold = models.PositiveBigIntegerField()
    wrap = models.PositiveBigIntegerField()
    handle_squares = models.PositiveBigIntegerField()
    without_hold = models.PositiveIntegerField()
    without_wrap = models.PositiveIntegerField()
    blind = models.PositiveIntegerField()
    attended = models.PositiveIntegerField()
    to_queue = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        indexes = [models.Index(fields=["agent_key", "on_date"], name="reports_leg_fact_agent")]
        constraints = [
            models.UniqueConstraint(fields=WORK_KEYS, name="reports_day_leg_fact_once"),
        ]


class DayHandledFact(HandleBases, WorkKeys):
    """Handled interactions that started on the day, credited to the agent of the last leg."""

    handled = models.PositiveIntegerField()
    timed = models.PositiveIntegerField()
    handle = models.PositiveBigIntegerField()
    handle_squares = models.PositiveBigIntegerField()
    transfers = models.PositiveIntegerField()
    with_transfer = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        indexes = [models.Index(fields=["agent_key", "on_date"], name="reports_handled_fact_agent")]
        constraints = [
            models.UniqueConstraint(fields=WORK_KEYS, name="reports_day_handled_fact_once"),
        ]


class DayDispositionFact(HandleBases, WorkKeys):
    """As DayHandledFact by disposition in force; 0 where none was given.

    An interaction with two dispositions stands under both.
    """

    disposition_key = models.BigIntegerField()
    handled = models.PositiveIntegerField()
    timed = models.PositiveIntegerField()
    handle = models.PositiveBigIntegerField()
    handle_squares = models.PositiveBigIntegerField()
    transfers = models.PositiveIntegerField()
    with_transfer = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=[*WORK_KEYS, "disposition_key"], name="reports_day_disposition_fact_once"
            ),
        ]


class DayRepeatFact(Fact):
    """Handled inbound contacts of a known customer under one rule, such as w7-customer-any."""

    rule = models.CharField(max_length=24)
    queue_key = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    agent_key = models.BigIntegerField()
    team_key = models.BigIntegerField()
    contacts = models.PositiveIntegerField()
    eligible = models.PositiveIntegerField()
    repeated = models.PositiveIntegerField()
    net_eligible = models.PositiveIntegerField()
    net_repeated = models.PositiveIntegerField()
    repeats = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        indexes = [models.Index(fields=["agent_key", "on_date"], name="reports_repeat_fact_agent")]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "rule", "queue_key", "channel", "agent_key", "team_key"],
                name="reports_day_repeat_fact_once",
            ),
        ]


class DayGapCount(Fact):
    """Handled inbound contacts by how long after the customer's contact before they came."""

    queue_key = models.BigIntegerField()
    channel = models.CharField(max_length=10)
    gap = models.CharField(max_length=4)
    contacts = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "queue_key", "channel", "gap"], name="reports_day_gap_count_once"
            ),
        ]


class DayAgentTime(Fact):
    """Seconds of an agent whose states are known; `days` is 1. See `reports.agent_time`."""

    agent_key = models.BigIntegerField()
    team_key = models.BigIntegerField()
    days = models.PositiveSmallIntegerField(default=1)
    handling = models.PositiveIntegerField()
    load = models.PositiveIntegerField()
    available = models.PositiveIntegerField()
    logged_in = models.PositiveIntegerField()
    slot_seconds = models.PositiveIntegerField()

    class Meta:
        ordering = ["-on_date"]
        indexes = [models.Index(fields=["agent_key", "on_date"], name="reports_time_fact_agent")]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "agent_key"], name="reports_day_agent_time_once"
            ),
        ]
