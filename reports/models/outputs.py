"""What reports hands out: ordered documents, schedules, unusual days, customers at risk."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.permissions import scope
from crm.models import Customer
from lib.models import Stamped, Versioned
from ops.models import StoredFile
from reports.models.definitions import check_slug
from routing.models import Queue

MOST_RECIPIENTS = 50
MOST_ATTEMPTS = 3
KEPT_DAYS = 400
MOST_ATTACHED_BYTES = 5_000_000


class ReportKind(models.TextChoices):
    AGENT_REVIEW = "agent_review", _("Agent monthly review")
    OPERATIONS = "operations", _("Operations report")
    TEAM_QUALITY = "team_quality", _("Team quality report")
    EXECUTIVE = "executive", _("Executive summary")


class RunState(models.TextChoices):
    QUEUED = "queued", pgettext_lazy("report", "Waiting")
    GATHERING = "gathering", _("Gathering figures")
    RENDERING = "rendering", _("Making documents")
    DONE = "done", pgettext_lazy("report", "Done")
    PARTLY_DONE = "partly_done", _("Partly done")
    FAILED = "failed", pgettext_lazy("report", "Failed")
    CANCELED = "canceled", pgettext_lazy("report", "Canceled")


OPEN_STATES = (RunState.QUEUED, RunState.GATHERING, RunState.RENDERING)


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    def visible_to(self, user: User) -> ReportRunQuerySet:
        """What one ordered, and documents about oneself; all of them with reach `all`."""
        if scope(user, "reports.order_report") == "all":
            return self
        about = ReportItem.objects.filter(subject_kind="agent", subject_id=user.pk)
        return self.filter(Q(requested_by=user) | Q(pk__in=about.values("run")))


class ReportRun(Stamped):
    """An order of documents: figures are gathered once, then printed from what was gathered."""

    kind = models.CharField(max_length=16, choices=ReportKind)
    query = models.CharField(max_length=1000, blank=True, help_text="Filters as in the address.")
    title = models.CharField(max_length=200)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    schedule = models.ForeignKey(
        "ReportSchedule", null=True, blank=True, on_delete=models.SET_NULL, related_name="runs"
    )
    as_of_at = models.DateTimeField(null=True, blank=True)
    state = models.CharField(max_length=12, choices=RunState, default=RunState.QUEUED)
    total = models.PositiveIntegerField(default=0)
    done = models.PositiveIntegerField(default=0)
    failed = models.PositiveIntegerField(default=0)
    sentence = models.CharField(max_length=300, blank=True)
    expires_on = models.DateField()

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["-created_at", "-id"], name="reports_run_newest")]

    def __str__(self) -> str:
        return self.title

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES


class ItemState(models.TextChoices):
    PENDING = "pending", pgettext_lazy("report", "Waiting")
    RENDERED = "rendered", pgettext_lazy("report", "Done")
    FAILED = "failed", pgettext_lazy("report", "Failed")


class ReportItem(Stamped):
    """One document of a run. `snapshot` is all that it says; the file is printed from it alone."""

    run = models.ForeignKey(ReportRun, on_delete=models.PROTECT, related_name="items")
    subject_kind = models.CharField(max_length=12)
    subject_id = models.BigIntegerField(default=0)
    name = models.CharField(max_length=200)
    snapshot = models.JSONField(default=dict)
    snapshot_sha256 = models.CharField(max_length=64, blank=True)
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    attempts = models.PositiveSmallIntegerField(default=0)
    state = models.CharField(max_length=8, choices=ItemState, default=ItemState.PENDING)
    sentence = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["run", "name", "id"]
        indexes = [models.Index(fields=["subject_kind", "subject_id"], name="reports_item_subject")]
        constraints = [
            models.UniqueConstraint(
                fields=["run", "subject_kind", "subject_id"], name="reports_item_once_in_a_run"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_annex(self) -> bool:
        return self.subject_kind == "annex"


class Rhythm(models.TextChoices):
    DAILY = "daily", "Every day"
    WEEKLY = "weekly", "Every week"
    MONTHLY = "monthly", "Every month"


class ScheduleDelivery(models.TextChoices):
    LINK = "link", "A link that asks for sign-in"
    ATTACHMENT = "attachment", "The document itself"


class ScheduleState(models.TextChoices):
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"


class ReportSchedule(Versioned):
    """A report that is made again and again and told to people who may read it."""

    name = models.CharField(max_length=100)
    kind = models.CharField(max_length=16, choices=ReportKind)
    query = models.CharField(max_length=1000, blank=True, help_text="Filters as in the address.")
    rhythm = models.CharField(max_length=8, choices=Rhythm, default=Rhythm.MONTHLY)
    weekday = models.PositiveSmallIntegerField(default=0, help_text="0 is Monday.")
    month_day = models.PositiveSmallIntegerField(
        default=1, help_text="29 to 31 mean the last day of a shorter month."
    )
    at = models.TimeField(default="06:00")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    recipients = models.ManyToManyField(User, blank=True, related_name="+")
    delivery = models.CharField(
        "the mail holds", max_length=10, choices=ScheduleDelivery, default=ScheduleDelivery.LINK
    )
    state = models.CharField(max_length=8, choices=ScheduleState, default=ScheduleState.ACTIVE)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(weekday__lte=6) & Q(month_day__gte=1, month_day__lte=31),
                name="reports_schedule_day_exists",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class FlagState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Seen"
    EXPLAINED = "explained", "Explained"
    FALSE_ALARM = "false_alarm", "False alarm"
    WITHDRAWN = "withdrawn", "Withdrawn"


UNSETTLED = (FlagState.OPEN, FlagState.ACKNOWLEDGED)


class AnomalyFlagQuerySet(models.QuerySet["AnomalyFlag"]):
    def of_queues(self, queues: frozenset[int] | None) -> AnomalyFlagQuerySet:
        """Those of queues that one may see; None is every queue."""
        return self if queues is None else self.filter(queue__in=queues)

    def unsettled(self) -> AnomalyFlagQuerySet:
        return self.filter(state__in=UNSETTLED)


class AnomalyFlag(Stamped):
    """A day of a queue whose KPI lay outside its usual band, and what people found out about it."""

    definition = models.CharField(max_length=80, validators=[check_slug])
    queue = models.ForeignKey(Queue, on_delete=models.CASCADE, related_name="+")
    on_date = models.DateField()
    value = models.FloatField()
    n = models.PositiveIntegerField()
    expected = models.FloatField()
    low = models.FloatField()
    high = models.FloatField()
    z = models.FloatField()
    state = models.CharField(max_length=12, choices=FlagState, default=FlagState.OPEN)
    note = models.CharField(max_length=500, blank=True)
    settled_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    settled_at = models.DateTimeField(null=True, blank=True)

    objects = AnomalyFlagQuerySet.as_manager()

    class Meta:
        ordering = ["-on_date", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["definition", "queue", "on_date"], name="reports_flag_once_a_day"
            ),
            models.CheckConstraint(
                condition=Q(settled_by__isnull=True, settled_at__isnull=True)
                | Q(settled_by__isnull=False, settled_at__isnull=False),
                name="reports_flag_settled_by_someone_at_a_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.definition} of {self.queue} on {self.on_date}"


class RuleSetState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    RETIRED = "retired", "Retired"


class RiskRuleSet(Stamped):
    """Points of each rule, as one numbered edition; one edition is in use."""

    number = models.PositiveIntegerField(unique=True)
    rules = models.JSONField(help_text='Points and cap by rule, such as {"R1": [30, 30]}.')
    state = models.CharField(max_length=8, choices=RuleSetState, default=RuleSetState.DRAFT)
    previewed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["-number"]
        constraints = [
            models.UniqueConstraint(
                fields=["state"],
                condition=Q(state="active"),
                name="reports_risk_one_active_rule_set",
            ),
        ]

    def __str__(self) -> str:
        return f"Risk rules {self.number}"


class RiskBand(models.TextChoices):
    LOW = "low", "Low"
    MEDIUM = "medium", "Medium"
    HIGH = "high", "High"


class RiskScore(models.Model):
    """How likely a customer is dissatisfied, by plain rules, with every point's reason."""

    customer = models.OneToOneField(Customer, on_delete=models.CASCADE, related_name="+")
    score = models.PositiveSmallIntegerField()
    band = models.CharField(max_length=6, choices=RiskBand)
    contributions = models.JSONField(default=list)
    rule_set = models.PositiveIntegerField()
    as_of_at = models.DateTimeField()

    class Meta:
        ordering = ["-score", "pk"]
        indexes = [models.Index(fields=["-score", "-id"], name="reports_risk_highest")]
        constraints = [
            models.CheckConstraint(condition=Q(score__lte=100), name="reports_risk_at_most_100"),
        ]

    def __str__(self) -> str:
        return f"{self.customer}: {self.score}"
