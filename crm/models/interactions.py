"""What happened: interactions on every channel, and the legs in which agents handled them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Exists, ExpressionWrapper, OuterRef, Q, TextField, Value
from django.db.models.functions import Cast, Coalesce, NullIf
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from accounts.permissions import scope
from accounts.teams import spans_led_by
from crm.models.customers import Customer
from crm.models.repeats import RepeatKey, RepeatRule
from crm.models.tags import Tag
from crm.references import number, reference
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned
from routing.models import Queue

# A search that fits more customers than this is too wide to be one.
MOST_CUSTOMERS = 200


LISTED = (
    "channel",
    "direction",
    "outcome",
    "started_at",
    "wait_seconds",
    "talk_seconds",
    "hold_seconds",
    "wrap_seconds",
    "handle_seconds",
    "quality_flags",
    "customer__display_name",
    "queue__name",
)


class Channel(models.TextChoices):
    VOICE = "voice", _("Voice")
    VIDEO = "video", _("Video")
    CHAT = "chat", _("Chat")
    EMAIL = "email", _("E-mail")
    SMS = "sms", _("SMS")
    MESSAGING = "messaging", _("Messaging")
    SOCIAL = "social", _("Social")
    WEB_FORM = "web_form", _("Web form")
    IN_PERSON = "in_person", _("In person")


class Direction(models.TextChoices):
    INBOUND = "inbound", _("Inbound")
    OUTBOUND = "outbound", _("Outbound")
    INTERNAL = "internal", _("Internal")


class Outcome(models.TextChoices):
    IN_PROGRESS = "in_progress", _("In progress")
    HANDLED = "handled", pgettext_lazy("outcome", "Handled")
    ABANDONED_IN_QUEUE = "abandoned_in_queue", _("Abandoned in queue")
    ABANDONED_BEFORE_QUEUE = "abandoned_before_queue", _("Abandoned before queue")
    FLOWED_OUT = "flowed_out", _("Flowed out")
    VOICEMAIL = "voicemail", _("Voicemail")
    CALLBACK_REQUESTED = "callback_requested", _("Callback requested")
    REJECTED = "rejected", _("Rejected")
    FAILED = "failed", pgettext_lazy("outcome", "Failed")


class EndedBy(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")
    SYSTEM = "system", _("System")
    TRANSFER = "transfer", _("Transfer")
    UNKNOWN = "unknown", _("Unknown")


# A contact that repeats another one, or is repeated: handled and begun by the customer.
CONTACT = {"direction": Direction.INBOUND, "outcome": Outcome.HANDLED}


class InteractionQuerySet(models.QuerySet["Interaction"]):
    def visible_to(self, user: User) -> InteractionQuerySet:
        """Own: a leg of mine. Team: a leg stamped with a team I led, evaluated or trained then."""
        return self.reached_by(user, "crm.view_interaction")

    def reached_by(self, user: User, verb: str) -> InteractionQuerySet:
        """Interactions within the person's reach of a verb."""
        reach = scope(user, verb)
        if reach == "all":
            return self
        if reach == "own":
            return self.filter(id__in=Leg.objects.filter(agent=user).values("interaction_id"))
        if reach == "team":
            led = spans_led_by(user, at="interaction__started_at")
            return self.filter(_has("Leg", led | Q(agent=user)))
        return self.none()

    def with_people(self) -> InteractionQuerySet:
        """With customer, queue, and legs with their agents and teams: two queries."""
        legs = Leg.objects.select_related("agent", "team")
        return self.select_related("customer", "queue").prefetch_related(
            models.Prefetch("legs", queryset=legs)
        )

    def for_list(self, *more: str) -> InteractionQuerySet:
        """What a row of a list shows of the interaction itself, and no column but `more`."""
        return self.select_related("customer", "queue").only(*LISTED, *more)

    def matching(self, words: str, *, with_contact_points: bool) -> InteractionQuerySet:
        """By reference, external id, or the customer's reference, name or contact point."""
        words = words.strip()
        pk = number(words, "I")
        if pk is not None:
            return self.filter(pk=pk)
        people = Customer.objects.matching(words, with_contact_points=with_contact_points)
        customers = list(people.values_list("pk", flat=True)[:MOST_CUSTOMERS])
        return self.filter(Q(external_id=words) | Q(customer__in=customers))

    def with_transcript(self) -> InteractionQuerySet:
        return self.filter(_has("Transcript", is_current=True))

    def without_transcript(self) -> InteractionQuerySet:
        return self.exclude(_has("Transcript", is_current=True))

    def handled_by(self, agent: User) -> InteractionQuerySet:
        """Interactions in which this agent has a leg."""
        return self.filter(_has("Leg", agent=agent))

    def of_team(self, team: Team) -> InteractionQuerySet:
        """Interactions with a leg that is stamped with this team."""
        return self.filter(_has("Leg", team=team))

    def disposed_as(self, disposition: models.Model) -> InteractionQuerySet:
        """Interactions with this disposition in force."""
        in_force = {"disposition": disposition, "superseded_at": None}
        return self.filter(_has("InteractionDisposition", **in_force))

    def tagged(self, tag: Tag) -> InteractionQuerySet:
        tagging = self.model.tags.through.objects
        return self.filter(Exists(tagging.filter(interaction=OuterRef("pk"), tag=tag)))

    def repeats(self, rule: RepeatRule) -> InteractionQuerySet:
        """Contacts whose customer had another one of the rule's key within its window before."""
        return self.filter(_is_contact(rule) & Q(_has_contact_before(rule)))

    def no_repeats(self, rule: RepeatRule) -> InteractionQuerySet:
        return self.exclude(_is_contact(rule) & Q(_has_contact_before(rule)))

    def earlier_contacts(self, row: Interaction, rule: RepeatRule) -> InteractionQuerySet:
        """The contacts of the row's key before it, the latest first; none if it is no contact."""
        itself = Interaction.objects.filter(_is_contact(rule), pk=row.pk)
        before = self.filter(
            _is_contact(rule),
            Exists(itself),
            customer=row.customer_id,
            started_at__lt=row.started_at,
            **_same(rule, row),
        )
        if rule.key == RepeatKey.CUSTOMER_DISPOSITION:
            before = before.filter(_shares_disposition(Value(row.pk)))
        return before.order_by("-started_at", "-pk")

    def flagged(self, flag: str) -> InteractionQuerySet:
        """Interactions that carry this quality flag; both databases read the list as text."""
        as_text = Cast("quality_flags", TextField())
        return self.alias(flags_text=as_text).filter(flags_text__contains=f'"{flag}"')


def _is_contact(rule: RepeatRule) -> Q:
    """What can be a repeat or be repeated: a contact of a known customer on the rule's channels."""
    never = _has("InteractionDisposition", disposition__is_no_repeat=True, superseded_at=None)
    channels = Q(channel__in=rule.channels) if rule.channels else Q()
    return Q(~never, customer__isnull=False, **CONTACT) & channels


def _same(rule: RepeatRule, row: Interaction) -> dict[str, Any]:
    """The columns that an earlier contact shares with the row; an unknown queue is no key."""
    same: dict[str, Any] = {}
    if rule.is_same_channel:
        same["channel"] = row.channel
    if rule.key == RepeatKey.CUSTOMER_QUEUE:
        same["queue"] = row.queue_id or 0
    return same


def _has_contact_before(rule: RepeatRule) -> Exists:
    """Whether the latest of `earlier_contacts` lies within the window, for each row."""
    same: dict[str, Any] = {"customer": OuterRef("customer_id")}
    if rule.is_same_channel:
        same["channel"] = OuterRef("channel")
    if rule.key == RepeatKey.CUSTOMER_QUEUE:
        same["queue"] = OuterRef("queue_id")
    begin = ExpressionWrapper(
        OuterRef("started_at") - Value(rule.window), output_field=models.DateTimeField()
    )
    earlier = Interaction.objects.filter(
        _is_contact(rule), started_at__lt=OuterRef("started_at"), started_at__gt=begin, **same
    )
    if rule.key == RepeatKey.CUSTOMER_DISPOSITION:
        earlier = earlier.filter(_shares_disposition(OuterRef(OuterRef(OuterRef("pk")))))
    return Exists(earlier)


def _shares_disposition(other: Any) -> Exists:
    """Whether a row and the interaction with the id `other` have a disposition in common."""
    given = apps.get_model("crm", "InteractionDisposition").objects.filter(superseded_at=None)
    theirs = given.filter(interaction=other).values("disposition")
    return _has("InteractionDisposition", disposition__in=theirs, superseded_at=None)


def _has(children: str, *rules: Q, **conditions: object) -> Exists:
    """A correlated EXISTS over child rows, so that a page's query stops at its last row."""
    rows = apps.get_model("crm", children).objects
    return Exists(rows.filter(*rules, interaction=OuterRef("pk"), **conditions))


class Interaction(Versioned):
    """One contact with a customer on one channel. People see the reference I-0000123."""

    source = models.CharField(max_length=80)
    external_id = models.CharField(max_length=120)
    channel = models.CharField(max_length=10, choices=Channel)
    direction = models.CharField(max_length=8, choices=Direction, default=Direction.INBOUND)
    customer = models.ForeignKey(
        Customer,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="interactions",
        db_index=False,  # The index with the time, below, serves as well.
    )
    customer_address = models.CharField(max_length=254, blank=True)
    service_address = models.CharField(max_length=254, blank=True)
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    subject = MaskedCharField(max_length=300, blank=True)
    language = models.CharField(max_length=12, blank=True)
    started_at = models.DateTimeField()
    queued_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    outcome = models.CharField(max_length=24, choices=Outcome)
    ended_by = models.CharField(max_length=10, choices=EndedBy, default=EndedBy.UNKNOWN)
    wait_seconds = models.PositiveIntegerField(null=True, blank=True)
    ring_seconds = models.PositiveIntegerField(null=True, blank=True)
    talk_seconds = models.PositiveIntegerField(null=True, blank=True)
    hold_seconds = models.PositiveIntegerField(null=True, blank=True)
    wrap_seconds = models.PositiveIntegerField(null=True, blank=True)
    handle_seconds = models.PositiveIntegerField(null=True, blank=True)
    hold_count = models.PositiveIntegerField(null=True, blank=True)
    transfer_count = models.PositiveIntegerField(default=0)
    leg_count = models.PositiveIntegerField(default=0)
    first_agent = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    last_agent = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    quality_flags = models.JSONField(default=list, blank=True)
    tags = models.ManyToManyField(Tag, blank=True, related_name="interactions")
    custom = models.JSONField(default=dict, blank=True)
    source_updated_at = models.DateTimeField(null=True, blank=True, editable=False)
    content_digest = models.CharField(max_length=32, blank=True, editable=False)
    import_run = models.ForeignKey(
        "crm.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = InteractionQuerySet.as_manager()

    class Meta:
        ordering = ["-started_at", "-id"]
        indexes = [
            models.Index(fields=["-started_at", "-id"]),
            models.Index(fields=["queue", "-started_at", "-id"]),
            models.Index(fields=["customer", "-started_at", "-id"]),
            models.Index(fields=["updated_at"], name="crm_interaction_changed"),
            # Draws and surveys ask for what ended lately.
            models.Index(fields=["ended_at"], name="crm_interaction_ended"),
        ]
        constraints = [
            models.UniqueConstraint(
                # The external id comes first, so that a search by it alone finds an index.
                fields=["external_id", "source"],
                name="crm_interaction_external_id_unique_in_its_source",
            ),
        ]

    def __str__(self) -> str:
        return self.reference

    @property
    def reference(self) -> str:
        return reference("I", self.pk)

    def get_absolute_url(self) -> str:
        return reverse("crm:interaction_detail", kwargs={"pk": self.pk})


class LegKind(models.TextChoices):
    HANDLING = "handling", _("Handling")
    CONSULT = "consult", _("Consult")
    CONFERENCE = "conference", _("Conference")


class LegEnd(models.TextChoices):
    CUSTOMER = "customer", _("Customer")
    AGENT = "agent", _("Agent")
    BLIND_TRANSFER = "blind_transfer", _("Blind transfer")
    ATTENDED_TRANSFER = "attended_transfer", _("Attended transfer")
    TRANSFER = "transfer", _("Transfer")
    NOT_ANSWERED = "not_answered", _("Not answered")
    SYSTEM = "system", _("System")
    UNKNOWN = "unknown", _("Unknown")


class LegQuerySet(models.QuerySet["Leg"]):
    def people_of(self, interactions: Iterable[Interaction]) -> dict[int, tuple[str, str]]:
        """For each interaction its agents in order, and the team of the last one; one query."""
        rows = (
            self.filter(interaction__in=[row.pk for row in interactions], agent__isnull=False)
            .order_by("interaction", "position")
            .values_list(
                "interaction_id",
                Coalesce(NullIf("agent__display_name", Value("")), "agent__full_name"),
                "team__name",
            )
        )
        agents: dict[int, dict[str, None]] = {}
        teams: dict[int, str] = {}
        for pk, agent, team in rows:
            agents.setdefault(pk, {})[agent] = None
            teams[pk] = team or ""
        return {pk: (", ".join(names), teams[pk]) for pk, names in agents.items()}

    def visible_to(self, user: User) -> LegQuerySet:
        """Legs of the interactions this person may see."""
        seen = Interaction.objects.visible_to(user)
        return self.filter(Exists(seen.filter(pk=OuterRef("interaction_id"))))


class Leg(Stamped):
    """One agent's part of an interaction, stamped with the agent's team of that moment."""

    interaction = models.ForeignKey(
        Interaction,
        on_delete=models.PROTECT,
        related_name="legs",
        db_index=False,  # The unique pair with the position serves as well.
    )
    position = models.PositiveSmallIntegerField()
    agent = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="legs",
        db_index=False,
    )
    team = models.ForeignKey(
        Team,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="legs",
        db_index=False,
    )
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, db_index=False
    )
    kind = models.CharField(max_length=10, choices=LegKind, default=LegKind.HANDLING)
    offered_at = models.DateTimeField(null=True, blank=True)
    answered_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    wait_seconds = models.PositiveIntegerField(null=True, blank=True)
    ring_seconds = models.PositiveIntegerField(null=True, blank=True)
    talk_seconds = models.PositiveIntegerField(null=True, blank=True)
    hold_seconds = models.PositiveIntegerField(null=True, blank=True)
    hold_count = models.PositiveIntegerField(null=True, blank=True)
    longest_hold_seconds = models.PositiveIntegerField(null=True, blank=True)
    wrap_seconds = models.PositiveIntegerField(null=True, blank=True)
    wrap_source = models.CharField(max_length=8, default="none")
    active_seconds = models.PositiveIntegerField(
        null=True, blank=True, help_text="What the agent did for this contact alone."
    )
    slots = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="How many contacts the agent had room for at that time."
    )
    end = models.CharField(max_length=20, choices=LegEnd, default=LegEnd.UNKNOWN)
    transferred_to = models.CharField(max_length=120, blank=True)

    objects = LegQuerySet.as_manager()

    class Meta:
        ordering = ["interaction", "position"]
        indexes = [
            models.Index(fields=["agent", "-answered_at"]),
            models.Index(fields=["team", "-answered_at"]),
            models.Index(fields=["-answered_at", "-id"], name="crm_leg_newest_first"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["interaction", "position"], name="crm_leg_position_unique_in_interaction"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interaction_id}/{self.position}"
