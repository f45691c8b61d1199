"""Unhappy answers that somebody must finish: rules, alerts, recoveries and their causes."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import Team, User
from accounts.permissions import has, scope
from crm.models import Customer
from feedback.models.survey_invitations import Invitation
from feedback.models.survey_responses import Response
from feedback.models.survey_topics import Group
from feedback.models.surveys import Survey, is_a_code
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped, Versioned


class AlertRuleQuerySet(models.QuerySet["AlertRule"]):
    def visible_to(self, user: User) -> AlertRuleQuerySet:
        return self if scope(user, "feedback.work_alert") else self.none()

    def applying_to(self, survey: Survey) -> AlertRuleQuerySet:
        return self.filter(Q(survey=survey) | Q(survey=None), is_active=True)


class AlertRule(Versioned):
    """Which accepted answers alert somebody.

    Any of the conditions is enough: the detractor band, VIP customers below full marks, a second
    detractor answer within 90 days, risk words, topics, a wish to be contacted.
    """

    name = models.CharField(max_length=80)
    survey = models.ForeignKey(
        Survey,
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        related_name="alert_rules",
        help_text="Empty: all surveys.",
    )
    on_detractor = models.BooleanField("on a rating in the detractor band", default=True)
    on_vip = models.BooleanField("on a VIP who is not satisfied", default=False)
    on_repeat = models.BooleanField("on a second detractor answer in 90 days", default=False)
    on_contact_wish = models.BooleanField("on a wish to be contacted", default=False)
    risk_words = models.TextField(blank=True, max_length=2000, help_text="One phrase a line.")
    topics = models.ManyToManyField("feedback.Topic", blank=True, related_name="+")
    opens_case = models.BooleanField(default=True)
    tells_supervisor = models.BooleanField("tell the supervisor of the team", default=True)
    is_active = models.BooleanField(default=True)

    objects = AlertRuleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(opens_case=True) | Q(tells_supervisor=True),
                name="feedback_alert_rule_has_a_target",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class AlertState(models.TextChoices):
    OPEN = "open", "Open"
    ACKNOWLEDGED = "acknowledged", "Acknowledged"
    CLOSED = "closed", "Closed"


ALERT_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"acknowledged", "closed"}),
    "acknowledged": frozenset({"closed"}),
    "closed": frozenset(),
}


class AlertQuerySet(models.QuerySet["Alert"]):
    def visible_to(self, user: User) -> AlertQuerySet:
        """All, or those about teams one leads and those without a team."""
        reach = scope(user, "feedback.work_alert")
        if reach == "all":
            return self
        if reach == "team":
            led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
            return self.filter(Q(team__in=led.values("team_id")) | Q(team=None))
        return self.none()

    def waiting(self) -> AlertQuerySet:
        return self.exclude(state=AlertState.CLOSED)


class Alert(Stamped):
    """An answer that somebody must look at; later ones of that day join it as notes."""

    rule = models.ForeignKey(AlertRule, on_delete=models.PROTECT, related_name="alerts")
    response = models.OneToOneField(Response, on_delete=models.PROTECT, related_name="alert")
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="alerts")
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    on_date = models.DateField()
    reasons = models.JSONField(default=list)
    notes = models.JSONField(default=list, help_text="Ids of later answers of that day.")
    state = models.CharField(max_length=12, choices=AlertState, default=AlertState.OPEN)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_reason = MaskedCharField(max_length=300, blank=True)

    objects = AlertQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "on_date", "survey"],
                condition=~Q(state="closed"),
                name="feedback_alert_one_open_per_customer_and_day",
            ),
        ]

    def __str__(self) -> str:
        return f"Alert {self.pk}"


class RootCauseQuerySet(models.QuerySet["RootCause"]):
    def visible_to(self, user: User) -> RootCauseQuerySet:
        return self if scope(user, "feedback.work_alert") else self.none()


class RootCause(Versioned):
    code = models.CharField(max_length=40, unique=True, validators=[is_a_code])
    name = models.CharField(max_length=80)
    group = models.CharField(max_length=8, choices=Group, default=Group.OTHER)
    is_active = models.BooleanField(default=True)

    objects = RootCauseQuerySet.as_manager()

    class Meta:
        ordering = ["group", "name"]

    def __str__(self) -> str:
        return self.name


class RecoveryOutcome(models.TextChoices):
    RECOVERED = "recovered", "Recovered"
    IMPROVED = "improved", "Improved"
    UNCHANGED = "unchanged", "Unchanged"
    WORSE = "worse", "Worse"
    NO_ANSWER = "no_answer", "No answer"


class RecoveryQuerySet(models.QuerySet["Recovery"]):
    def visible_to(self, user: User) -> RecoveryQuerySet:
        if has(user, "feedback.work_alert"):
            return self.filter(alert__in=Alert.objects.visible_to(user).values("pk"))
        return self.none()

    def unmeasured(self) -> RecoveryQuerySet:
        return self.filter(resolved_at__isnull=False, outcome=None)


class Recovery(Versioned):
    """What is done about an alert: a case, its cause and the action, and whether it helped."""

    alert = models.OneToOneField(Alert, on_delete=models.PROTECT, related_name="recovery")
    case_id = models.BigIntegerField(null=True, blank=True, unique=True)
    opened_at = models.DateTimeField()
    due_at = models.DateTimeField()
    contacted_at = models.DateTimeField(null=True, blank=True)
    resolved_at = models.DateTimeField(null=True, blank=True)
    root_cause = models.ForeignKey(
        RootCause, null=True, blank=True, on_delete=models.PROTECT, related_name="recoveries"
    )
    action_taken = MaskedTextField(blank=True, max_length=4000)
    metric = models.CharField(max_length=6)
    series = models.PositiveSmallIntegerField(default=1)
    before_value = models.SmallIntegerField()
    after_value = models.SmallIntegerField(null=True, blank=True)
    outcome = models.CharField(max_length=10, choices=RecoveryOutcome, null=True, blank=True)  # noqa: DJ001
    invitation = models.OneToOneField(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="recovery"
    )
    reopened_at = models.DateTimeField(null=True, blank=True)

    objects = RecoveryQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        verbose_name_plural = "recoveries"
        constraints = [
            models.CheckConstraint(
                condition=Q(resolved_at__isnull=True)
                | (Q(root_cause__isnull=False) & ~Q(action_taken="")),
                name="feedback_recovery_resolved_has_cause_and_action",
            ),
        ]

    def __str__(self) -> str:
        return f"Recovery {self.pk}"
