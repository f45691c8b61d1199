"""What people decide about KPIs: which are used, thresholds, targets, special days, notes."""

from __future__ import annotations

from datetime import date

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Coalesce

from accounts.models import Team, User
from crm.models import Segment
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned
from reports import definitions
from routing.models import Queue

DEFAULT_THRESHOLD, DEFAULT_SHORT = 20, 5
MOST_TRACKED = 20


def check_slug(slug: str) -> None:
    try:
        definitions.parse(slug)
    except (definitions.UnknownDefinition, definitions.BadParameter) as error:
        raise ValidationError(str(error)) from None


class DefinitionState(models.TextChoices):
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class KpiDefinition(Versioned):
    """A definition that the center uses; what it counts is its slug, which never changes."""

    slug = models.CharField(max_length=80, unique=True, validators=[check_slug])
    state = models.CharField(max_length=8, choices=DefinitionState, default=DefinitionState.ACTIVE)
    is_default = models.BooleanField(
        default=False, help_text="Shown for its KPI wherever nobody asks for another."
    )
    min_n = models.PositiveIntegerField(
        null=True, blank=True, help_text="Below so many, no color and no verdict."
    )
    practical_change = models.DecimalField(
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        help_text="How far a day must lie from its band to be told: points, else percent.",
    )
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["slug"]

    def __str__(self) -> str:
        return self.slug


class QueueThresholdQuerySet(models.QuerySet["QueueThreshold"]):
    def in_force(self, on: date) -> dict[int, tuple[int, int]]:
        """(threshold, short) by queue on a day; one query. Queues without one have the default."""
        rows = self.filter(effective_on__lte=on).order_by("effective_on")
        return {row.queue_id: (row.threshold_seconds, row.short_seconds) for row in rows}

    def of_queue(self, name: str, on: date) -> Coalesce:
        """The seconds in force on a day for the queue that a row names, for few rows."""
        rows = self.filter(queue=models.OuterRef(name), effective_on__lte=on)
        newest = rows.order_by("-effective_on").values("threshold_seconds")[:1]
        return Coalesce(models.Subquery(newest), DEFAULT_THRESHOLD)


class QueueThreshold(Stamped):
    """From a day on, how soon a queue's visits should be answered."""

    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="thresholds")
    threshold_seconds = models.PositiveIntegerField(default=DEFAULT_THRESHOLD)
    short_seconds = models.PositiveSmallIntegerField(default=DEFAULT_SHORT)
    effective_on = models.DateField()

    objects = QueueThresholdQuerySet.as_manager()

    class Meta:
        ordering = ["queue", "-effective_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["queue", "effective_on"], name="reports_threshold_one_a_day_and_queue"
            ),
            models.CheckConstraint(
                condition=Q(short_seconds__lte=F("threshold_seconds")),
                name="reports_threshold_short_is_not_longer",
            ),
            models.CheckConstraint(
                condition=Q(threshold_seconds__lte=definitions.LONGEST_THRESHOLD),
                name="reports_threshold_at_most_seven_days",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.queue}: {self.threshold_seconds} s from {self.effective_on}"


class TargetQuerySet(models.QuerySet["Target"]):
    def in_force(self, on: date) -> TargetQuerySet:
        return self.filter(Q(until_on__isnull=True) | Q(until_on__gte=on), effective_on__lte=on)


class Target(Versioned):
    """What a KPI should be: for the site, a team or a queue, from a day on."""

    definition = models.CharField(max_length=80, validators=[check_slug])
    team = models.ForeignKey(Team, null=True, blank=True, on_delete=models.CASCADE)
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE)
    target_value = models.DecimalField(max_digits=10, decimal_places=2)
    limit_value = models.DecimalField(max_digits=10, decimal_places=2, null=True, blank=True)
    effective_on = models.DateField()
    until_on = models.DateField(null=True, blank=True)

    objects = TargetQuerySet.as_manager()

    class Meta:
        ordering = ["definition", "-effective_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(team__isnull=True) | Q(queue__isnull=True),
                name="reports_target_for_a_team_or_a_queue",
            ),
            models.CheckConstraint(
                condition=Q(until_on__isnull=True) | Q(until_on__gte=F("effective_on")),
                name="reports_target_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} {self.target_value}"

    def clean(self) -> None:
        """Refuse a limit on the good side of the target, and an overlap with another target."""
        try:
            direction = definitions.parse(self.definition).kind.direction
        except (definitions.UnknownDefinition, definitions.BadParameter):
            return
        if self.limit_value is not None and self.target_value is not None:
            is_below = self.limit_value < self.target_value
            if is_below != (direction != "lower"):
                side = "above" if direction == "lower" else "below"
                raise ValidationError({"limit_value": f"The limit lies {side} the target."})
        if self.effective_on and self.overlapping().exists():
            raise ValidationError("Another target of this KPI and scope is in force on these days.")

    def overlapping(self) -> TargetQuerySet:
        rows = Target.objects.filter(
            definition=self.definition, team=self.team, queue=self.queue
        ).exclude(pk=self.pk)
        rows = rows.filter(Q(until_on__isnull=True) | Q(until_on__gte=self.effective_on))
        return rows.filter(effective_on__lte=self.until_on) if self.until_on else rows


class TrackedSegment(Stamped):
    """A segment of customers whose visits are also counted by themselves."""

    segment = models.OneToOneField(Segment, on_delete=models.CASCADE, related_name="+")

    class Meta:
        ordering = ["segment__name"]

    def __str__(self) -> str:
        return str(self.segment)

    def clean(self) -> None:
        """Refuse one too many: each of them costs facts of its own on every day."""
        if TrackedSegment.objects.exclude(pk=self.pk).count() >= MOST_TRACKED:
            raise ValidationError(
                f"At most {MOST_TRACKED} segments are tracked. Take one out before you add another."
            )


class DayKind(models.TextChoices):
    CLOSED = "closed", "Closed"
    HOLIDAY = "holiday", "Holiday"
    CAMPAIGN = "campaign", "Campaign"
    DATA_FAULT = "data_fault", "Data fault"


class SpecialDay(Stamped):
    """A day that is like no other: neither judged as unusual nor used to judge others."""

    on_date = models.DateField()
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE)
    kind = models.CharField(max_length=10, choices=DayKind)
    note = models.CharField(max_length=200, blank=True)

    class Meta:
        ordering = ["-on_date"]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "queue"], name="reports_special_day_once_per_queue"
            ),
            models.UniqueConstraint(
                fields=["on_date"],
                condition=Q(queue__isnull=True),
                name="reports_special_day_once_for_all_queues",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_date}: {self.get_kind_display()}"


class Annotation(Stamped):
    """A word about a day, shown on trends."""

    on_date = models.DateField()
    queue = models.ForeignKey(Queue, null=True, blank=True, on_delete=models.CASCADE)
    text = models.CharField(max_length=200)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-on_date"]

    def __str__(self) -> str:
        return f"{self.on_date}: {self.text}"


class MonthComment(Stamped):
    """What a manager has to say about a month, signed, on the executive page."""

    month = models.DateField(unique=True, help_text="The first day of the month.")
    text = MaskedCharField(max_length=600)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-month"]

    def __str__(self) -> str:
        return f"{self.month:%B %Y}"
