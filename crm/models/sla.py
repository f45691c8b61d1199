"""Service levels: ordered policies, their versions and targets, and the clocks of cases."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import BusinessCalendar, CalendarVersion, User
from crm import sla
from crm.models.cases import Case, Priority
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned

LONGEST_TARGET_SECONDS = 31_622_400
ANY_PRIORITY = ""


class Metric(models.TextChoices):
    FIRST_RESPONSE = "first_response", _("First response")
    NEXT_RESPONSE = "next_response", _("Next response")
    RESOLUTION = "resolution", _("Resolution")


class ClockKind(models.TextChoices):
    BUSINESS = "business", "Business hours"
    WALL = "wall", "Around the clock"


class SlaPolicyQuerySet(models.QuerySet["SlaPolicy"]):
    def in_order(self) -> SlaPolicyQuerySet:
        """Active policies as they are tried, each with its current version and targets."""
        return (
            self.filter(is_active=True)
            .order_by("position")
            .select_related("current__calendar__current")
            .prefetch_related("current__targets")
        )


class SlaPolicy(Versioned):
    """A promise to customers; the first one whose conditions fit a case is the case's."""

    name = models.CharField(max_length=80, unique=True)
    position = models.PositiveIntegerField(unique=True)
    is_active = models.BooleanField(default=True)
    current = models.OneToOneField(
        "crm.PolicyVersion", null=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = SlaPolicyQuerySet.as_manager()

    class Meta:
        ordering = ["position"]
        verbose_name = "SLA policy"
        verbose_name_plural = "SLA policies"

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("crm:policy_detail", kwargs={"pk": self.pk})


class PolicyVersion(Stamped):
    """One edition of a policy; never changed, because cases have been promised it.

    `conditions` is {"all": [rule], "any": [rule]} with rules {"field", "operator", "value"}; see
    crm.policy_rules. `calendar` None is around the clock.
    """

    policy = models.ForeignKey(SlaPolicy, on_delete=models.PROTECT, related_name="versions")
    number = models.PositiveIntegerField()
    conditions: models.JSONField[dict[str, Any]] = models.JSONField(default=dict, blank=True)
    calendar = models.ForeignKey(
        BusinessCalendar, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["policy", "-number"]
        verbose_name = "SLA policy version"
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "number"], name="crm_policy_version_number_unique"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} {self.number}"

    def target_of(self, metric: str, priority: str) -> SlaTarget | None:
        """The target for a priority, else the one for any; reads the prefetched targets."""
        found = {
            target.priority: target for target in self.targets.all() if target.metric == metric
        }
        return found.get(priority) or found.get(ANY_PRIORITY)


class SlaTarget(models.Model):
    """How long one metric may take, for one priority or ("") for any."""

    version = models.ForeignKey(PolicyVersion, on_delete=models.PROTECT, related_name="targets")
    metric = models.CharField(max_length=16, choices=Metric)
    priority = models.CharField(max_length=6, choices=Priority, blank=True)
    target_seconds = models.PositiveIntegerField()
    clock = models.CharField(max_length=8, choices=ClockKind, default=ClockKind.BUSINESS)
    pauses_while_waiting = models.BooleanField(default=False)
    warn_percents: models.JSONField[list[int]] = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["version", "pk"]
        verbose_name = "SLA target"
        constraints = [
            models.UniqueConstraint(
                fields=["version", "metric", "priority"],
                name="crm_sla_target_once_per_metric_and_priority",
            ),
            models.CheckConstraint(
                condition=Q(target_seconds__gte=1, target_seconds__lte=LONGEST_TARGET_SECONDS),
                name="crm_sla_target_between_a_second_and_366_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_metric_display()} in {self.target_seconds} s"


class ClockState(models.TextChoices):
    ACTIVE = "active", _("Running")
    PAUSED = "paused", _("Paused")
    FULFILLED = "fulfilled", pgettext_lazy("clock", "Stopped")
    CANCELED = "canceled", pgettext_lazy("clock", "Canceled")


UNFINISHED_CLOCKS = (ClockState.ACTIVE, ClockState.PAUSED)


class SlaClockQuerySet(models.QuerySet["SlaClock"]):
    def visible_to(self, user: User) -> SlaClockQuerySet:
        return self.filter(case__in=Case.objects.visible_to(user))

    def unfinished(self) -> SlaClockQuerySet:
        return self.filter(state__in=UNFINISHED_CLOCKS)

    def past_due(self, at: datetime) -> SlaClockQuerySet:
        """Running clocks whose due moment is over and whose breach is not written yet."""
        return self.filter(state=ClockState.ACTIVE, due_at__lt=at, breached_at__isnull=True)

    def to_warn(self, at: datetime) -> SlaClockQuerySet:
        return self.filter(state=ClockState.ACTIVE, warn_at__lte=at)


class SlaClock(Stamped):
    """One measurement of one metric of a case; the row repeats what its events fold to.

    `target_seconds` None only records. `warn_at` is the next warning that is still to be given,
    `warned_percent` the last one that was.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="clocks")
    metric = models.CharField(max_length=16, choices=Metric)
    instance = models.PositiveSmallIntegerField(default=1)
    policy_version = models.ForeignKey(
        PolicyVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    calendar_version = models.ForeignKey(
        CalendarVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    target_seconds = models.PositiveIntegerField(null=True, blank=True)
    pauses_while_waiting = models.BooleanField(default=False)
    warn_percents: models.JSONField[list[int]] = models.JSONField(default=list, blank=True)
    state = models.CharField(max_length=9, choices=ClockState, default=ClockState.PAUSED)
    started_at = models.DateTimeField(null=True, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)
    warn_at = models.DateTimeField(null=True, blank=True)
    warned_percent = models.PositiveSmallIntegerField(default=0)
    breached_at = models.DateTimeField(null=True, blank=True)
    stopped_at = models.DateTimeField(null=True, blank=True)
    elapsed_seconds = models.PositiveIntegerField(default=0)
    excused_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    excused_at = models.DateTimeField(null=True, blank=True)
    excuse_reason = MaskedCharField(max_length=500, blank=True)

    objects = SlaClockQuerySet.as_manager()

    class Meta:
        ordering = ["case", "pk"]
        verbose_name = "SLA clock"
        indexes = [
            models.Index(
                fields=["due_at"], condition=Q(state="active"), name="crm_clock_due_while_active"
            ),
            models.Index(
                fields=["warn_at"], condition=Q(state="active"), name="crm_clock_warn_while_active"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "metric", "instance"], name="crm_clock_instance_unique"
            ),
            models.UniqueConstraint(
                fields=["case", "metric"],
                condition=Q(state__in=UNFINISHED_CLOCKS),
                name="crm_clock_one_unfinished_per_metric",
            ),
            models.CheckConstraint(
                condition=Q(excused_by__isnull=True, excused_at__isnull=True)
                | Q(excused_by__isnull=False, excused_at__isnull=False, breached_at__isnull=False),
                name="crm_clock_excuse_has_a_breach_a_person_and_a_moment",
            ),
        ]

    def __str__(self) -> str:
        name = self.get_metric_display()
        return name if self.instance == 1 else f"{name} {self.instance}"

    @property
    def is_unfinished(self) -> bool:
        return self.state in UNFINISHED_CLOCKS

    @property
    def is_excused(self) -> bool:
        return self.excused_at is not None

    @property
    def is_missed(self) -> bool:
        """Breached and not excused."""
        return self.breached_at is not None and not self.is_excused

    @property
    def miss_seconds(self) -> int | None:
        """By how much a stopped clock went over its target."""
        if self.state != ClockState.FULFILLED or self.target_seconds is None:
            return None
        return max(0, self.elapsed_seconds - self.target_seconds)


class ClockEventKind(models.TextChoices):
    ACTIVATE = "activate", _("Runs")
    PAUSE = "pause", _("Pauses")
    FULFILL = "fulfill", _("Stops")
    BREACH = "breach", _("Breached")
    APPLY = "apply", _("Gets a target")
    CANCEL = "cancel", pgettext_lazy("clock", "Canceled")


class ClockEventQuerySet(models.QuerySet["ClockEvent"]):
    def visible_to(self, user: User) -> ClockEventQuerySet:
        return self.filter(clock__case__in=Case.objects.visible_to(user))


class ClockEvent(models.Model):
    """Something that happened to a clock at `at`, written down at `noted_at` and kept for ever.

    An `apply` and the first event of a clock carry the target and the hours that hold from then
    on; `elapsed_seconds` is what the clock had counted by `at`, as far as was known then.
    """

    clock = models.ForeignKey(SlaClock, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=8, choices=ClockEventKind)
    at = models.DateTimeField()
    noted_at = models.DateTimeField()
    elapsed_seconds = models.PositiveIntegerField(default=0)
    cause = models.CharField(max_length=200, blank=True)
    target_seconds = models.PositiveIntegerField(null=True, blank=True)
    calendar_version = models.ForeignKey(
        CalendarVersion, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = ClockEventQuerySet.as_manager()

    class Meta:
        ordering = ["at", "id"]
        indexes = [models.Index(fields=["clock", "at", "id"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.at:%Y-%m-%d %H:%M}"

    def as_step(self) -> sla.Event:
        """The event as the fold takes it; needs its calendar version at hand."""
        if self.kind != ClockEventKind.APPLY:
            return sla.Event(self.at, self.kind)
        version = self.calendar_version
        return sla.Event(
            self.at, self.kind, self.target_seconds, version.hours if version else None
        )
