"""Whom to ask: programs, how often, every decision, and who asked not to be asked."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import has
from crm.models import ContactPoint, Customer, Interaction
from feedback.models.surveys import Survey
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class Trigger(models.TextChoices):
    INTERACTION_ENDED = "interaction_ended", "An interaction ended"
    CASE_RESOLVED = "case_resolved", "A case was resolved"
    COURSE_COMPLETED = "course_completed", "A course was completed"
    IMPORT = "import", "A list is imported"
    API = "api", "Another system asks"
    RECOVERY = "recovery", "A recovery was resolved"


# Whoever asks through these chose the people; their answers are shown apart.
ASKED_TRIGGERS = frozenset({Trigger.IMPORT, Trigger.API})


class Attribution(models.TextChoices):
    LAST_REPLIER = "last_replier", "Who answered last"
    OWNER = "owner", "Who handled most of it"
    CLOSER = "closer", "Who ended it"
    ALL_EQUAL = "all_equal", "Everybody alike"
    ALL_BY_HANDLED_SECONDS = "all_by_handled_seconds", "Everybody by handled time"


class ProgramState(models.TextChoices):
    DRAFT = "draft", "Draft"
    LIVE = "live", "Live"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


PROGRAM_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"live", "ended"}),
    "live": frozenset({"paused", "ended"}),
    "paused": frozenset({"live", "ended"}),
    "ended": frozenset(),
}


class ProgramQuerySet(models.QuerySet["Program"]):
    def visible_to(self, user: User) -> ProgramQuerySet:
        return self.filter(survey__in=Survey.objects.visible_to(user).values("pk"))

    def live(self) -> ProgramQuerySet:
        return self.filter(state=ProgramState.LIVE, survey__state="live")


class Program(Versioned):
    """Sends one survey: after what, to which share of whom, when, on which channels.

    `conditions` narrows (queues, channels, directions, languages, min_handled_seconds); `strata` is
    a list of {name, queue, channel, p}, of which the first that fits gives the share; `quiet` holds
    opens, closes, weekdays and holidays.
    """

    name = models.CharField(max_length=120)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="programs")
    trigger = models.CharField(max_length=17, choices=Trigger, default=Trigger.INTERACTION_ENDED)
    conditions = models.JSONField(default=dict, blank=True)
    strata = models.JSONField(default=list, blank=True)
    salt = models.CharField(max_length=32, editable=False)
    delay_seconds = models.PositiveIntegerField(default=3600)
    max_age_seconds = models.PositiveIntegerField(default=3 * 24 * 3600)
    quiet = models.JSONField(default=dict, blank=True)
    valid_days = models.PositiveSmallIntegerField(default=14)
    reminder_max = models.PositiveSmallIntegerField(default=1)
    reminder_gap_days = models.PositiveSmallIntegerField(default=3)
    attribution = models.CharField(
        max_length=22, choices=Attribution, default=Attribution.LAST_REPLIER
    )
    channels = models.JSONField(default=list, help_text="In order: email, sms.")
    state = models.CharField(max_length=6, choices=ProgramState, default=ProgramState.DRAFT)
    live_at = models.DateTimeField(null=True, blank=True, editable=False)
    ask_without_consent = models.BooleanField(
        "ask where nobody has decided about consent", default=True
    )

    objects = ProgramQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(condition=~Q(salt=""), name="feedback_program_has_a_salt"),
            models.CheckConstraint(
                condition=Q(reminder_max__lte=3, reminder_gap_days__gte=2),
                name="feedback_program_reminds_at_most_3_times_2_days_apart",
            ),
            models.CheckConstraint(
                condition=Q(valid_days__gte=1, valid_days__lte=90),
                name="feedback_program_links_hold_1_to_90_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def is_asked(self) -> bool:
        """Whether somebody else chose the people, so that the answers are shown apart."""
        return self.trigger in ASKED_TRIGGERS


class RuleScope(models.TextChoices):
    GLOBAL = "global", "All surveys"
    PROGRAM = "program", "One program"
    SURVEY = "survey", "One survey"


class RuleMode(models.TextChoices):
    BLOCK = "block", "Do not ask"
    DELAY = "delay", "Ask later"


class FrequencyRuleQuerySet(models.QuerySet["FrequencyRule"]):
    def visible_to(self, user: User) -> FrequencyRuleQuerySet:
        return self if has(user, "feedback.design_survey") else self.none()

    def applying_to(self, program: Program) -> FrequencyRuleQuerySet:
        return self.filter(
            Q(scope="global") | Q(program=program) | Q(survey_id=program.survey_id)
        ).order_by("scope", "pk")


class FrequencyRule(Stamped):
    """At most so many invitations of a customer in a rolling window."""

    scope = models.CharField(max_length=7, choices=RuleScope, default=RuleScope.GLOBAL)
    program = models.ForeignKey(
        Program, null=True, blank=True, on_delete=models.CASCADE, related_name="rules"
    )
    survey = models.ForeignKey(
        Survey, null=True, blank=True, on_delete=models.CASCADE, related_name="rules"
    )
    max_sends = models.PositiveSmallIntegerField(default=1)
    window_seconds = models.PositiveIntegerField(default=30 * 24 * 3600)
    mode = models.CharField(max_length=5, choices=RuleMode, default=RuleMode.BLOCK)
    counts_reminders = models.BooleanField(default=False)

    objects = FrequencyRuleQuerySet.as_manager()

    class Meta:
        ordering = ["scope", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(scope="global", program__isnull=True, survey__isnull=True)
                | Q(scope="program", program__isnull=False, survey__isnull=True)
                | Q(scope="survey", program__isnull=True, survey__isnull=False),
                name="feedback_rule_names_what_its_scope_says",
            ),
            models.CheckConstraint(
                condition=Q(max_sends__gte=1, window_seconds__gte=1),
                name="feedback_rule_allows_at_least_one",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.max_sends} in {self.window_days:g} days, {self.get_scope_display().lower()}"

    @property
    def window_days(self) -> float:
        return self.window_seconds / 86_400


class Outcome(models.TextChoices):
    INVITED = "invited", "Invited"
    NOT_SAMPLED = "not_sampled", "Not drawn"
    BLOCKED = "blocked", "Asked too often"
    DELAYED = "delayed", "Asked later"
    SUPPRESSED = "suppressed", "Opted out"
    NO_CONSENT = "no_consent", "No consent"
    NO_CONTACT_POINT = "no_contact_point", "No way to reach"
    TOO_OLD = "too_old", "Too old"
    REOPENED = "reopened", "Something newer happened"
    CAP_REACHED = "cap_reached", "Enough answers"


class SendDecisionQuerySet(models.QuerySet["SendDecision"]):
    def visible_to(self, user: User) -> SendDecisionQuerySet:
        return self.filter(program__in=Program.objects.visible_to(user).values("pk"))

    def delayed_until(self, at: datetime) -> SendDecisionQuerySet:
        return self.filter(outcome=Outcome.DELAYED, due_at__lte=at)


class SendDecision(models.Model):
    """What a program decided about one interaction or address, once, with all that led to it."""

    program = models.ForeignKey(Program, on_delete=models.PROTECT, related_name="decisions")
    subject = models.CharField(
        max_length=120, help_text="What it was about, such as interaction:17."
    )
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    contact_point = models.ForeignKey(
        ContactPoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    decided_at = models.DateTimeField()
    outcome = models.CharField(max_length=16, choices=Outcome)
    rule = models.ForeignKey(
        FrequencyRule, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    reason = models.CharField(max_length=200)
    stratum = models.CharField(max_length=80, blank=True)
    p = models.DecimalField(max_digits=5, decimal_places=4, null=True, blank=True)
    u_hex = models.CharField(max_length=16, blank=True)
    due_at = models.DateTimeField(null=True, blank=True)

    objects = SendDecisionQuerySet.as_manager()

    class Meta:
        ordering = ["-decided_at", "-id"]
        indexes = [
            models.Index(fields=["-decided_at", "-id"]),
            models.Index(fields=["outcome", "due_at"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "subject"], name="feedback_decision_once_per_subject"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.subject}: {self.get_outcome_display()}"


class SuppressionReason(models.TextChoices):
    OPT_OUT = "opt_out", "Opted out"
    BOUNCE = "bounce", "Mail came back"
    COMPLAINT = "complaint", "Complained"
    MANUAL = "manual", "Set by a colleague"


class SuppressionQuerySet(models.QuerySet["Suppression"]):
    def visible_to(self, user: User) -> SuppressionQuerySet:
        return self if has(user, "feedback.design_survey") else self.none()

    def covering(self, topic: str) -> SuppressionQuerySet:
        return self.filter(topic__in=(topic, "*"))


class Suppression(Stamped):
    """An address that is not written to; kept as a keyed hash, so it outlives the person's data."""

    address_hmac = models.CharField(max_length=64)
    topic = models.CharField(max_length=40, default="*")
    reason = models.CharField(max_length=9, choices=SuppressionReason)
    at = models.DateTimeField()
    note = MaskedCharField(max_length=200, blank=True)

    objects = SuppressionQuerySet.as_manager()

    class Meta:
        ordering = ["-at"]
        constraints = [
            models.UniqueConstraint(
                fields=["address_hmac", "topic"], name="feedback_suppression_once_per_topic"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.topic} ({self.get_reason_display()})"
