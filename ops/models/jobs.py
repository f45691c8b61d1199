"""Jobs, schedule slots, effects that leave the house, and stored files."""

from __future__ import annotations

import uuid
from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q

from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from ops import access, clock

QUEUES = ("default", "slow")
MAX_ATTEMPTS = 3
MAX_INTERRUPTIONS = 10


class JobState(models.TextChoices):
    WAITING = "waiting", "Waiting"
    RUNNING = "running", "Running"
    DONE = "done", "Done"
    DEAD = "dead", "Dead"
    CANCELLED = "cancelled", "Cancelled"


OPEN_STATES = (JobState.WAITING, JobState.RUNNING)
FINISHED_STATES = (JobState.DONE, JobState.DEAD, JobState.CANCELLED)
JOB_TRANSITIONS: dict[str, tuple[str, ...]] = {
    JobState.WAITING: (JobState.RUNNING, JobState.CANCELLED),
    JobState.RUNNING: (JobState.DONE, JobState.WAITING, JobState.DEAD),
    JobState.DEAD: (JobState.WAITING,),
    JobState.DONE: (),
    JobState.CANCELLED: (),
}


class JobRunQuerySet(models.QuerySet["JobRun"]):
    def visible_to(self, user: Any) -> JobRunQuerySet:
        """All runs for those who look after jobs; for everyone else the runs they ordered."""
        reach = access.reach(user, "ops.view_job")
        if reach is None:
            return self.none()
        return self if reach == "all" else self.filter(requested_by_id=user.pk)

    def due(self, seconds_ago: float = 0) -> JobRunQuerySet:
        """Waiting runs that could have started `seconds_ago` seconds ago."""
        return self.filter(state=JobState.WAITING, available_at__lte=clock.ahead(-seconds_ago))

    def lapsed(self) -> JobRunQuerySet:
        """Running runs whose worker has not renewed its lease in time."""
        return self.filter(state=JobState.RUNNING, leased_until__lt=clock.now())


class JobRun(models.Model):
    """The truth about one job; the queue library's row is only the bell that wakes a worker."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    job = models.CharField(max_length=80)
    key = models.CharField(max_length=200)
    args = models.JSONField(default=dict)
    queue = models.CharField(max_length=8, default="default")
    state = models.CharField(max_length=10, choices=JobState, default=JobState.WAITING)
    attempts = models.PositiveSmallIntegerField(default=0)
    interruptions = models.PositiveSmallIntegerField(default=0)
    claim_no = models.PositiveIntegerField(default=0)
    available_at = models.DateTimeField()
    leased_until = models.DateTimeField(null=True, blank=True)
    rung_at = models.DateTimeField(null=True, blank=True)
    runner = models.CharField(max_length=120, blank=True)
    cursor = models.JSONField(default=dict, blank=True)
    progress_percent = models.PositiveSmallIntegerField(default=0)
    progress_text = models.CharField(max_length=200, blank=True)
    requested_by_id = models.BigIntegerField(null=True, blank=True)
    request_id = models.CharField(max_length=64, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    error_class = models.CharField(max_length=120, blank=True)
    error_text = MaskedCharField(max_length=2000, blank=True)
    result = models.JSONField(default=dict, blank=True)
    last_sign_at = models.DateTimeField(null=True, blank=True)

    objects = JobRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["queue", "last_sign_at"], name="ops_job_sign_of_life"),
            models.Index(fields=["state", "finished_at"], name="ops_job_finished"),
            models.Index(fields=["-created_at"], name="ops_job_newest"),
            models.Index(
                fields=["queue", "available_at"],
                condition=Q(state="waiting"),
                name="ops_job_waiting",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["job", "key"], name="ops_job_once_per_key"),
            models.CheckConstraint(
                condition=Q(state="running", leased_until__isnull=False)
                | (~Q(state="running") & Q(leased_until__isnull=True)),
                name="ops_job_running_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(state__in=FINISHED_STATES, finished_at__isnull=False)
                | (~Q(state__in=FINISHED_STATES) & Q(finished_at__isnull=True)),
                name="ops_job_finished_has_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(attempts__lte=MAX_ATTEMPTS, interruptions__lte=MAX_INTERRUPTIONS),
                name="ops_job_attempts_are_bounded",
            ),
            models.CheckConstraint(condition=Q(queue__in=QUEUES), name="ops_job_queue_is_known"),
            models.CheckConstraint(
                condition=Q(progress_percent__lte=100), name="ops_job_progress_is_a_percentage"
            ),
            models.CheckConstraint(
                condition=texts_fit(
                    job=80,
                    key=200,
                    runner=120,
                    progress_text=200,
                    request_id=64,
                    error_class=120,
                    error_text=2000,
                ),
                name="ops_job_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.job} {self.key}"

    @property
    def is_finished(self) -> bool:
        return self.state in FINISHED_STATES

    @property
    def result_url(self) -> str:
        """Where the result is shown: a path of this site that the job returned as `url`, or ""."""
        url = str(self.result.get("url", ""))
        return url if url.startswith("/") and not url.startswith(("//", "/\\")) else ""

    def seconds_taken(self, now: datetime) -> int | None:
        """From the first start until the end, or until `now`; None before the start."""
        if self.started_at is None:
            return None
        return int(((self.finished_at or now) - self.started_at).total_seconds())


class ScheduleSlot(models.Model):
    """One due moment of one schedule; inserting it decides which supervisor fires it."""

    schedule = models.CharField(max_length=80)
    slot_at = models.DateTimeField()
    run = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-slot_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule", "slot_at"], name="ops_schedule_slot_fires_once"
            ),
            models.CheckConstraint(
                condition=texts_fit(schedule=80), name="ops_schedule_slot_name_fits"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule} at {self.slot_at}"


class DeliveryState(models.TextChoices):
    CLAIMED = "claimed", "Claimed"
    SENT = "sent", "Sent"
    FAILED = "failed", "Failed"
    UNCLEAR = "unclear", "Unclear"


class Delivery(models.Model):
    """One effect that leaves the house, such as a mail; never repeated by itself."""

    kind = models.CharField(max_length=20)
    key = models.CharField(max_length=200)
    state = models.CharField(max_length=8, choices=DeliveryState, default=DeliveryState.CLAIMED)
    claimed_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    reference = models.CharField(max_length=200, blank=True)
    run = models.ForeignKey(JobRun, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-claimed_at"]
        verbose_name_plural = "deliveries"
        indexes = [models.Index(fields=["state", "claimed_at"], name="ops_delivery_open")]
        constraints = [
            models.UniqueConstraint(fields=["kind", "key"], name="ops_delivery_once_per_key"),
            models.CheckConstraint(
                condition=Q(state="sent", sent_at__isnull=False)
                | (~Q(state="sent") & Q(sent_at__isnull=True)),
                name="ops_delivery_sent_has_a_moment",
            ),
            models.CheckConstraint(
                condition=texts_fit(kind=20, key=200, reference=200), name="ops_delivery_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.key}"


class EventRecord(models.Model):
    """One fact, kept as long as a durable handler may still need it."""

    event_id = models.CharField(max_length=64, primary_key=True)
    name = models.CharField(max_length=160)
    fields = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True, db_index=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(event_id=64, name=160), name="ops_event_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.event_id}"


class Bucket(models.Model):
    """How much is left of an allowance that refills with time, such as requests of an address.

    The level is told in microseconds of refill, which keeps it exact at any rate.
    """

    name = models.CharField(max_length=200, unique=True)
    level_us = models.BigIntegerField()
    updated_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(level_us__gte=0), name="ops_bucket_level_is_not_below_zero"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class IdempotencyKey(models.Model):
    """One wish that a program may repeat; committed together with its effect and its answer."""

    scope = models.CharField(max_length=80)
    key = models.CharField(max_length=128)
    fingerprint = models.CharField(max_length=64)
    status = models.PositiveSmallIntegerField(null=True, blank=True)
    headers = models.JSONField(default=dict, blank=True)
    body = models.TextField(blank=True)
    created_at = models.DateTimeField(db_index=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["scope", "key"], name="ops_idempotency_key_once"),
            models.CheckConstraint(
                condition=texts_fit(scope=80, key=128, fingerprint=64),
                name="ops_idempotency_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scope} {self.key}"


class StoredFile(models.Model):
    """A durable file; the row exists only after the bytes are on disk."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    path = models.CharField(max_length=200, unique=True)
    name = MaskedCharField(max_length=255)
    media_type = models.CharField(max_length=80)
    bytes = models.PositiveBigIntegerField()
    sha256 = models.CharField(max_length=64)
    created_by_id = models.BigIntegerField(null=True, blank=True)
    kind = models.CharField(max_length=40)
    legal_hold = models.BooleanField(default=False)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(path=200, name=255, media_type=80, sha256=64, kind=40),
                name="ops_file_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return self.name
