"""Thanks from people and customers: values, kudos, reactions, reports, praise to release."""

from __future__ import annotations

from django.db import models
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, TeamMembership, User
from accounts.permissions import scope
from accounts.teams import spans_holding
from crm.models import Interaction
from lib.constraints import texts_fit
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped, Versioned

LEAST_MESSAGE, MOST_MESSAGE = 20, 500
MOST_RECIPIENTS, MOST_VALUES = 10, 3


class Visibility(models.TextChoices):
    PUBLIC = "public", _("Everyone")
    TEAM = "team", _("The team")
    PRIVATE = "private", _("Only us")


class KudosSource(models.TextChoices):
    PERSON = "person", "A colleague"
    CUSTOMER = "customer", "A customer"
    RECOVERY = "recovery", "A recovery"


class KudosState(models.TextChoices):
    POSTED = "posted", "Posted"
    WITHDRAWN = "withdrawn", "Withdrawn"
    REMOVED = "removed", "Removed"


KUDOS_TRANSITIONS: dict[str, frozenset[str]] = {
    "posted": frozenset({"withdrawn", "removed"}),
    "withdrawn": frozenset(),
    "removed": frozenset(),
}


class CompanyValue(Versioned):
    """What a center values; thanks name one to three. Never deleted once used, only retired."""

    code = models.SlugField(max_length=40, unique=True)
    name = models.CharField(max_length=60)
    description = models.CharField(max_length=250, blank=True)
    is_active = models.BooleanField("offered", default=True)
    position = models.PositiveSmallIntegerField(default=0)

    class Meta:
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(name=60, description=250), name="feedback_value_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class KudosQuerySet(models.QuerySet["Kudos"]):
    def visible_to(self, user: User) -> KudosQuerySet:
        """Posted ones: public, of one's own teams, private ones that one is part of or leads."""
        posted = self.filter(state=KudosState.POSTED)
        if scope(user, "feedback.remove_kudos") == "all":
            return posted
        recipients = KudosRecipient.objects.filter(kudos=OuterRef("pk"))
        mine = Q(giver=user) | Exists(recipients.filter(agent=user))
        in_force = TeamMembership.objects.filter(spans_holding(timezone.now()), user=user)
        in_my_team = Exists(recipients.filter(team__in=in_force.values("team_id")))
        led = in_force.filter(kind="supervisor").values("team_id")
        return posted.filter(
            Q(visibility=Visibility.PUBLIC)
            | Q(in_my_team, visibility=Visibility.TEAM)
            | Q(Exists(recipients.filter(team__in=led)))
            | mine
        )

    def for_wall(self) -> KudosQuerySet:
        """With everything a card shows; three queries more, whatever the number of rows."""
        return self.select_related("giver").prefetch_related("values", "recipients__agent")

    def posted(self) -> KudosQuerySet:
        return self.filter(state=KudosState.POSTED)


class Kudos(Stamped):
    """One thank-you to one to ten people; a customer's has no giver."""

    giver = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="kudos_given"
    )
    message = MaskedCharField(max_length=MOST_MESSAGE)
    values = models.ManyToManyField(CompanyValue, related_name="kudos", blank=True)
    points_each = models.PositiveIntegerField(default=0)
    visibility = models.CharField(max_length=7, choices=Visibility, default=Visibility.PUBLIC)
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    source = models.CharField(max_length=8, choices=KudosSource, default=KudosSource.PERSON)
    state = models.CharField(max_length=9, choices=KudosState, default=KudosState.POSTED)
    posted_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=64)
    ended_at = models.DateTimeField(null=True, blank=True)
    ended_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    end_reason = MaskedCharField(max_length=500, blank=True)

    objects = KudosQuerySet.as_manager()

    class Meta:
        ordering = ["-posted_at", "-id"]
        verbose_name_plural = "kudos"
        indexes = [
            models.Index(fields=["-posted_at", "-id"], name="feedback_kudos_latest"),
            models.Index(fields=["giver", "posted_at"], name="feedback_kudos_of_giver"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["giver", "idempotency_key"], name="feedback_kudos_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(giver__isnull=True, source="customer")
                | (Q(giver__isnull=False) & ~Q(source="customer")),
                name="feedback_kudos_without_giver_are_customers",
            ),
            models.CheckConstraint(
                condition=Q(state="posted", ended_at__isnull=True)
                | (~Q(state="posted") & Q(ended_at__isnull=False)),
                name="feedback_kudos_ended_has_its_moment",
            ),
            models.CheckConstraint(
                condition=texts_fit(message=MOST_MESSAGE, end_reason=500),
                name="feedback_kudos_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"Kudos {self.pk}"

    @property
    def giver_name(self) -> str:
        return self.giver.short_name if self.giver else "A customer"


class KudosRecipient(models.Model):
    """Whom a thank-you is for, and the team they were in."""

    kudos = models.ForeignKey(Kudos, on_delete=models.PROTECT, related_name="recipients")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="kudos_received")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["kudos", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kudos", "agent"], name="feedback_kudos_recipient_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent} in kudos {self.kudos_id}"


class Reaction(models.TextChoices):
    THANKS = "thanks", _("Thanks")
    GREAT = "great", _("Great work")
    AGREE = "agree", _("Me too")
    SMILE = "smile", _("Made me smile")


class KudosReaction(models.Model):
    kudos = models.ForeignKey(Kudos, on_delete=models.PROTECT, related_name="reactions")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=6, choices=Reaction)

    class Meta:
        ordering = ["kudos", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kudos", "user", "kind"], name="feedback_reaction_once_of_a_kind"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.get_kind_display()}"


class ReportState(models.TextChoices):
    OPEN = "open", "Open"
    REMOVED = "removed", "Kudos removed"
    KEPT = "kept", "Kudos kept"


class AbuseReport(Stamped):
    """Somebody finds a thank-you out of place; a supervisor looks at it."""

    kudos = models.ForeignKey(Kudos, on_delete=models.PROTECT, related_name="reports")
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = MaskedCharField(max_length=500)
    state = models.CharField(max_length=7, choices=ReportState, default=ReportState.OPEN)

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.UniqueConstraint(fields=["kudos", "by"], name="feedback_report_once_per_person"),
            models.CheckConstraint(
                condition=texts_fit(reason=500), name="feedback_report_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"Report about kudos {self.kudos_id}"


class PraiseState(models.TextChoices):
    DRAFT = "draft", "To release"
    RELEASED = "released", "Released"
    DISCARDED = "discarded", "Discarded"


class PraiseQuerySet(models.QuerySet["PraiseDraft"]):
    def visible_to(self, user: User) -> PraiseQuerySet:
        """Those about people of teams that one supervises now."""
        reach = scope(user, "feedback.release_praise")
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        led = TeamMembership.objects.in_force(timezone.now()).filter(user=user, kind="supervisor")
        return self.filter(team__in=led.values("team_id"))

    def waiting(self) -> PraiseQuerySet:
        return self.filter(state=PraiseState.DRAFT)


class PraiseDraft(Stamped):
    """What a customer wrote about people, redacted, until a supervisor releases it as kudos."""

    response_id = models.CharField(max_length=40, unique=True)
    redacted_text = MaskedTextField(max_length=4000)
    agents = models.ManyToManyField(User, related_name="+")
    team = models.ForeignKey(Team, null=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=9, choices=PraiseState, default=PraiseState.DRAFT)
    kudos = models.OneToOneField(
        Kudos, null=True, blank=True, on_delete=models.PROTECT, related_name="praise"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = MaskedCharField(max_length=500, blank=True)

    objects = PraiseQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state="draft", decided_at__isnull=True)
                | (~Q(state="draft") & Q(decided_at__isnull=False)),
                name="feedback_praise_decided_has_its_moment",
            ),
            models.CheckConstraint(
                condition=texts_fit(redacted_text=4000, reason=500),
                name="feedback_praise_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"Praise of response {self.response_id}"


class NoticePreference(models.Model):
    """Whether a person gets mail about thanks, badges and rewards."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="recognition_notices")
    by_mail = models.BooleanField(default=True)
    seen_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return f"Notices of {self.user}"
