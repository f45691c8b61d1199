"""Invitations, their links, who is credited, and what opened the links."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.models import Team, User
from accounts.permissions import has, scope
from crm.models import ContactPoint, Customer, Interaction, Leg
from feedback.models.survey_programs import Program
from feedback.models.surveys import Survey, SurveyVersion
from lib.models import Stamped
from routing.models import Queue

MOST_TOKENS = 6


class InvitationState(models.TextChoices):
    PLANNED = "planned", "Planned"
    QUEUED = "queued", "On its way"
    SENT = "sent", "Sent"
    ANSWERED = "answered", "Answered"
    EXPIRED = "expired", "Expired"
    OPTED_OUT = "opted_out", "Opted out"
    BOUNCED = "bounced", "Came back"
    REVOKED = "revoked", "Revoked"
    CANCELED = "canceled", "Canceled"


INVITATION_TRANSITIONS: dict[str, frozenset[str]] = {
    "planned": frozenset({"queued", "canceled"}),
    "queued": frozenset({"sent", "bounced", "canceled"}),
    "sent": frozenset({"answered", "expired", "opted_out", "bounced", "revoked"}),
    "answered": frozenset({"sent"}),
    "bounced": frozenset({"queued"}),
    "expired": frozenset(),
    "opted_out": frozenset(),
    "revoked": frozenset(),
    "canceled": frozenset(),
}


class Disposition(models.TextChoices):
    """How a sent invitation ended, as the standard of response rates counts."""

    COMPLETE = "I", "Answered"
    PARTIAL = "P", "Begun, not sent"
    REFUSED = "R", "Opted out"
    NO_CONTACT = "NC", "Delivered, no answer"
    OTHER = "O", "Revoked"
    UNKNOWN = "U", "Came back"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, user: User) -> InvitationQuerySet:
        """All for designers; those of the teams one leads for whoever reads comments."""
        if has(user, "feedback.design_survey"):
            return self
        reach = scope(user, "feedback.view_comment")
        if reach == "all":
            return self
        if reach == "team":
            led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
            return self.filter(team__in=led.values("team_id"))
        return self.none()

    def due(self, at: datetime) -> InvitationQuerySet:
        return self.filter(state=InvitationState.PLANNED, due_at__lte=at)

    def open_at(self, at: datetime) -> InvitationQuerySet:
        return self.filter(state=InvitationState.SENT, expires_at__gt=at)

    def counted(self) -> InvitationQuerySet:
        """Those that used up a customer's budget: sent and not come back, or about to be sent."""
        return self.exclude(state__in=("bounced", "canceled"))


class Invitation(Stamped):
    """One person asked once. People see the reference; the link exists in the message alone."""

    reference = models.CharField(max_length=8, unique=True, editable=False)
    survey = models.ForeignKey(Survey, on_delete=models.PROTECT, related_name="invitations")
    version = models.ForeignKey(SurveyVersion, on_delete=models.PROTECT, related_name="+")
    program = models.ForeignKey(
        Program, null=True, blank=True, on_delete=models.PROTECT, related_name="invitations"
    )
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="survey_invitations",
    )
    recipient = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="survey_invitations"
    )
    contact_point = models.ForeignKey(
        ContactPoint, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    interaction = models.ForeignKey(
        Interaction,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="survey_invitations",
    )
    case_id = models.BigIntegerField(null=True, blank=True, db_index=True)
    channel = models.CharField(max_length=8, choices=[("email", "E-mail"), ("sms", "SMS")])
    language = models.CharField(max_length=12, default="en")
    state = models.CharField(max_length=9, choices=InvitationState, default=InvitationState.PLANNED)
    due_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True, blank=True)
    message_id = models.CharField(max_length=200, blank=True)
    expires_at = models.DateTimeField(null=True, blank=True)
    reminders_sent = models.PositiveSmallIntegerField(default=0)
    last_reminder_at = models.DateTimeField(null=True, blank=True)
    disposition = models.CharField(max_length=2, choices=Disposition, blank=True)
    answered_on = models.DateField(null=True, blank=True)
    hidden = models.JSONField(default=dict, blank=True)
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    interaction_channel = models.CharField(max_length=10, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    attribution = models.CharField(max_length=22, blank=True)
    is_recovery = models.BooleanField(default=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["state", "due_at"]),
            models.Index(fields=["survey", "-sent_at"]),
            models.Index(fields=["customer", "-sent_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=True) | Q(recipient__isnull=True),
                name="feedback_invitation_is_for_a_customer_or_a_colleague",
            ),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True, message_id="")
                | (Q(sent_at__isnull=False) & ~Q(message_id="")),
                name="feedback_invitation_sent_has_a_message",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("sent_at")),
                name="feedback_invitation_expires_after_it_was_sent",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def origin(self) -> str:
        """Where its answers are counted: chosen people are shown apart."""
        return "asked" if self.program and self.program.is_asked else "program"


class InvitationToken(models.Model):
    """A link of an invitation as its digest; any of them leads to the one answer."""

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="tokens")
    token_hash = models.CharField(max_length=64, unique=True)
    purpose = models.CharField(
        max_length=8,
        choices=[("first", "First"), ("reminder", "Reminder"), ("resend", "Sent again")],
    )
    minted_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["invitation", "id"]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} link of {self.invitation_id}"


class InvitationCreditQuerySet(models.QuerySet["InvitationCredit"]):
    def visible_to(self, user: User) -> InvitationCreditQuerySet:
        return self.filter(invitation__in=Invitation.objects.visible_to(user).values("pk"))


class InvitationCredit(models.Model):
    """Whose work an answer speaks of; written once when the invitation is sent."""

    invitation = models.ForeignKey(Invitation, on_delete=models.PROTECT, related_name="credits")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="survey_credits")
    leg = models.ForeignKey(Leg, null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    weight = models.DecimalField(max_digits=5, decimal_places=4)

    objects = InvitationCreditQuerySet.as_manager()

    class Meta:
        ordering = ["invitation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["invitation", "agent"], name="feedback_credit_once_per_agent"
            ),
            models.CheckConstraint(
                condition=Q(weight__gt=0, weight__lte=1), name="feedback_credit_weight_is_a_share"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.weight}"


class Visit(models.Model):
    """Something opened a link: no network address, deleted after 30 days."""

    invitation = models.ForeignKey(
        Invitation, null=True, blank=True, on_delete=models.PROTECT, related_name="visits"
    )
    at = models.DateTimeField()
    method = models.CharField(max_length=8)
    page = models.CharField(max_length=12)
    rating = models.CharField(max_length=3, blank=True)
    client_class = models.CharField(max_length=12)
    network_class = models.CharField(max_length=12, blank=True)
    verdict = models.CharField(
        max_length=9,
        choices=[("human", "Person"), ("automated", "Machine"), ("unknown", "Not known")],
    )

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [models.Index(fields=["invitation", "at"]), models.Index(fields=["at"])]

    def __str__(self) -> str:
        return f"{self.method} {self.page}, {self.get_verdict_display().lower()}"


class VisitCount(models.Model):
    """How many visits of each verdict a day had; stays when the visits are gone."""

    on_date = models.DateField()
    verdict = models.CharField(max_length=9)
    count = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-on_date", "verdict"]
        constraints = [
            models.UniqueConstraint(
                fields=["on_date", "verdict"], name="feedback_visit_count_once_per_day"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.on_date} {self.verdict}: {self.count}"
