"""Coaching: sessions with their agenda, evidence and notes, action items, programs."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import or_

from django.core.validators import MaxValueValidator, MinLengthValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import TeamMembership, User
from crm.models import Interaction
from feedback.models import Kudos, Response
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped
from quality.models import Evaluation, Scorecard
from training.models.base import RowVersioned, at_most, within
from training.models.courses import Course
from training.models.quizzes import Attempt


class SessionKind(models.TextChoices):
    QUALITY = "quality", _("Quality")
    PERFORMANCE = "performance", _("Performance")
    ONBOARDING = "onboarding", _("Onboarding")
    PRAISE = "praise", _("Praise")
    BEHAVIOR = "behavior", _("Behavior")


class SessionState(models.TextChoices):
    PLANNED = "planned", _("Planned")
    HELD = "held", _("To share")
    SHARED = "shared", _("Waits for the agent")
    ACKNOWLEDGED = "acknowledged", _("Acknowledged")
    CONTESTED = "contested", _("Contested")
    CLOSED = "closed", _("Closed")
    CANCELED = "canceled", _("Canceled")
    MISSED = "missed", _("Missed")


SESSION_TRANSITIONS: dict[str, frozenset[str]] = {
    "planned": frozenset({"held", "canceled", "missed"}),
    "held": frozenset({"shared"}),
    "shared": frozenset({"acknowledged", "contested", "closed"}),
    "acknowledged": frozenset({"closed"}),
    "contested": frozenset({"shared", "closed"}),
    "closed": frozenset(),
    "canceled": frozenset(),
    "missed": frozenset({"planned"}),
}
SHOWN_STATES = ("shared", "acknowledged", "contested", "closed")
OPEN_STATES = ("planned", "held", "shared", "contested", "missed")


class CoachingSessionQuerySet(models.QuerySet["CoachingSession"]):
    def visible_to(self, user: User) -> CoachingSessionQuerySet:
        """The agent, who leads it, who was named, the agent's present supervisor; nobody else."""
        leads = TeamMembership.objects.in_force(timezone.now())
        teams = leads.filter(user=user, kind="supervisor").values("team_id")
        led = leads.agents().filter(team__in=teams).values("user_id")
        named = self.model.co_coaches.through.objects.filter(user=user).values("coachingsession_id")
        seen = self.model.viewers.through.objects.filter(user=user).values("coachingsession_id")
        return self.filter(
            Q(agent=user) | Q(coach=user) | Q(agent__in=led) | Q(pk__in=named) | Q(pk__in=seen)
        )

    def waiting_for(self, user: User) -> CoachingSessionQuerySet:
        """Shared with the person and not answered yet."""
        return self.filter(agent=user, state=SessionState.SHARED)


class CoachingSession(Stamped):
    """One talk between a coach and an agent, from its plan to the agent's answer."""

    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="coaching_received")
    coach = models.ForeignKey(User, on_delete=models.PROTECT, related_name="coaching_led")
    co_coaches = models.ManyToManyField(User, blank=True, related_name="coaching_helped")
    viewers = models.ManyToManyField(User, blank=True, related_name="coaching_seen")
    kind = models.CharField(max_length=11, choices=SessionKind, default=SessionKind.QUALITY)
    state = models.CharField(max_length=12, choices=SessionState, default=SessionState.PLANNED)
    starts_at = models.DateTimeField()
    minutes = models.PositiveSmallIntegerField(
        default=30, validators=[MinValueValidator(5), MaxValueValidator(240)]
    )
    previous_session = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="following"
    )
    program = models.ForeignKey(
        "CoachingProgram", null=True, blank=True, on_delete=models.SET_NULL, related_name="sessions"
    )
    group_key = models.UUIDField(null=True, blank=True, editable=False)
    metrics_snapshot = models.JSONField(default=dict, blank=True)
    held_at = models.DateTimeField(null=True, blank=True)
    shared_at = models.DateTimeField(null=True, blank=True)
    acknowledgement_due_at = models.DateTimeField(null=True, blank=True)
    acknowledged_at = models.DateTimeField(null=True, blank=True)
    agent_comment = MaskedTextField(max_length=4000, blank=True)
    agent_rating = models.PositiveSmallIntegerField(null=True, blank=True)
    decision = MaskedTextField(max_length=4000, blank=True)
    cancel_reason = MaskedCharField(max_length=500, blank=True)

    objects = CoachingSessionQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_at", "-id"]
        indexes = [
            models.Index(fields=["agent", "state"]),
            models.Index(fields=["coach", "starts_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=~Q(agent=F("coach")), name="training_session_nobody_coaches_oneself"
            ),
            models.CheckConstraint(
                condition=Q(minutes__gte=5, minutes__lte=240) & within("agent_rating", 1, 5),
                name="training_session_takes_5_to_240_minutes",
            ),
            models.CheckConstraint(
                condition=~Q(state="contested") | ~Q(agent_comment=""),
                name="training_session_contested_with_words",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged") | Q(acknowledged_at__isnull=False),
                name="training_session_acknowledged_has_its_moment",
            ),
            models.UniqueConstraint(
                fields=["program", "agent", "starts_at"],
                condition=Q(program__isnull=False),
                name="training_session_once_per_turn_of_a_program",
            ),
        ]

    def __str__(self) -> str:
        return f"Coaching of {self.agent} on {self.starts_at:%Y-%m-%d}"

    @property
    def is_shown_to_agent(self) -> bool:
        return self.state in SHOWN_STATES

    @property
    def is_open_to_write(self) -> bool:
        """Agenda and notes change until the agent has answered."""
        return self.state in ("planned", "held", "contested")


class AgendaItem(Stamped):
    session = models.ForeignKey(CoachingSession, on_delete=models.PROTECT, related_name="agenda")
    position = models.PositiveIntegerField()
    text = MaskedCharField(max_length=500)
    criterion_key = models.CharField(max_length=40, blank=True)
    carried_from = models.ForeignKey(
        "ActionItem", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    outcome = MaskedTextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["session", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["session", "position"], name="training_agenda_position_unique"
            ),
            models.CheckConstraint(
                condition=at_most("text", 500) & at_most("outcome", 2000),
                name="training_agenda_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.text


EVIDENCE = ("evaluation", "interaction", "attempt", "response", "kudos")


def _exactly_one(names: Sequence[str]) -> Q:
    """One of the columns is filled and the others are empty."""
    return reduce(
        or_, (Q(**{f"{name}__isnull": name != filled for name in names}) for filled in names)
    )


class EvidenceLink(Stamped):
    """What an item of the agenda rests on; a talk also at a turn or at a recording's second."""

    agenda_item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="evidence")
    evaluation = models.ForeignKey(
        Evaluation, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    turn_position = models.PositiveIntegerField(null=True, blank=True)
    second = models.PositiveIntegerField(null=True, blank=True)
    attempt = models.ForeignKey(
        Attempt, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    response = models.ForeignKey(
        Response, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    kudos = models.ForeignKey(
        Kudos, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["agenda_item", "id"]
        constraints = [
            models.CheckConstraint(
                condition=_exactly_one(EVIDENCE), name="training_evidence_is_exactly_one_thing"
            ),
            models.CheckConstraint(
                condition=Q(turn_position__isnull=True, second__isnull=True)
                | Q(interaction__isnull=False, turn_position__isnull=True)
                | Q(interaction__isnull=False, second__isnull=True),
                name="training_evidence_is_at_one_place_of_an_interaction",
            ),
        ]

    def __str__(self) -> str:
        return f"Evidence {self.pk}"


class CoachingNote(Stamped):
    """The shared note of a session, or the private one of its author, whom alone it belongs to."""

    session = models.ForeignKey(CoachingSession, on_delete=models.PROTECT, related_name="notes")
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    is_private = models.BooleanField(default=False)
    body = MaskedTextField(max_length=10_000, blank=True)
    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        ordering = ["session", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["session"],
                condition=Q(is_private=False),
                name="training_note_one_shared_per_session",
            ),
            models.UniqueConstraint(
                fields=["session", "author"],
                condition=Q(is_private=True),
                name="training_note_one_private_per_author",
            ),
            models.CheckConstraint(
                condition=at_most("body", 10_000), name="training_note_is_not_too_long"
            ),
        ]

    def __str__(self) -> str:
        return f"Note of session {self.session_id}"


class Metric(models.TextChoices):
    SCORE = "score", _("Mean score of a scorecard")
    CRITERION = "criterion", _("Failures of a criterion")
    COURSE = "course", _("Course completed")


class Direction(models.TextChoices):
    UP = "up", "Up to"
    DOWN = "down", "Down to"


class ActionItemQuerySet(models.QuerySet["ActionItem"]):
    def running(self) -> ActionItemQuerySet:
        """Not canceled; whether it is met is computed."""
        return self.filter(canceled_at__isnull=True)

    def shown_to_agent(self) -> ActionItemQuerySet:
        return self.filter(session__state__in=SHOWN_STATES)


class ActionItem(Stamped):
    """Something agreed that can be measured. It has no status column: status is computed.

    `closed_at` is when its end was told, whatever it was.
    """

    session = models.ForeignKey(CoachingSession, on_delete=models.PROTECT, related_name="actions")
    agenda_item = models.ForeignKey(AgendaItem, on_delete=models.PROTECT, related_name="actions")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="action_items")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    text = MaskedCharField(max_length=500, validators=[MinLengthValidator(10)])
    metric = models.CharField(max_length=9, choices=Metric)
    scorecard = models.ForeignKey(
        Scorecard, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    criterion_key = models.CharField(max_length=40, blank=True)
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    direction = models.CharField(max_length=4, choices=Direction)
    baseline = models.DecimalField(max_digits=5, decimal_places=2)
    baseline_n = models.PositiveIntegerField()
    baseline_from_on = models.DateField()
    baseline_to_on = models.DateField()
    target = models.DecimalField(max_digits=5, decimal_places=2)
    minimum_n = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(3), MaxValueValidator(50)]
    )
    agreed_on = models.DateField()
    due_on = models.DateField()
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    canceled_at = models.DateTimeField(null=True, blank=True)
    cancel_reason = MaskedCharField(max_length=500, blank=True)

    objects = ActionItemQuerySet.as_manager()

    class Meta:
        ordering = ["due_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(direction="up", target__gt=F("baseline"))
                | Q(direction="down", target__lt=F("baseline")),
                name="training_action_target_is_better_than_its_baseline",
            ),
            models.CheckConstraint(
                condition=Q(due_on__gt=F("agreed_on")), name="training_action_is_due_later"
            ),
            models.CheckConstraint(
                condition=Q(text__length__gte=10) & at_most("text", 500),
                name="training_action_says_what_to_do",
            ),
            models.CheckConstraint(
                condition=Q(metric="score", scorecard__isnull=False)
                | (Q(metric="criterion") & ~Q(criterion_key=""))
                | Q(metric="course", course__isnull=False),
                name="training_action_names_what_it_measures",
            ),
            models.CheckConstraint(
                condition=Q(canceled_at__isnull=True, cancel_reason="")
                | (Q(canceled_at__isnull=False) & ~Q(cancel_reason="")),
                name="training_action_canceled_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return self.text


class AgendaTemplateQuerySet(models.QuerySet["AgendaTemplate"]):
    def active(self) -> AgendaTemplateQuerySet:
        return self.filter(retired_at__isnull=True)


class AgendaTemplate(RowVersioned):
    """Lines that a kind of talk always has, one below the other."""

    name = MaskedCharField(max_length=80)
    lines = MaskedTextField(max_length=12_000)
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AgendaTemplateQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                Lower("name"),
                condition=Q(retired_at__isnull=True),
                name="training_agenda_template_name_unique_in_use",
            ),
            models.CheckConstraint(
                condition=at_most("name", 80) & at_most("lines", 12_000),
                name="training_agenda_template_is_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def texts(self) -> list[str]:
        return self.lines.splitlines()


class CoachingProgram(Stamped):
    """Sessions that repeat: every few weeks, or monthly on a day; local time is kept."""

    coach = models.ForeignKey(User, on_delete=models.PROTECT, related_name="coaching_programs")
    agents = models.ManyToManyField(User, related_name="+")
    kind = models.CharField(max_length=11, choices=SessionKind, default=SessionKind.QUALITY)
    every_weeks = models.PositiveSmallIntegerField(null=True, blank=True)
    monthly_day = models.PositiveSmallIntegerField(null=True, blank=True)
    starts_on = models.DateField()
    local_time = models.TimeField()
    zone = models.CharField(max_length=64)
    minutes = models.PositiveSmallIntegerField(default=30)
    until_on = models.DateField(null=True, blank=True)

    class Meta:
        ordering = ["coach", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(every_weeks__gte=1, every_weeks__lte=26, monthly_day__isnull=True)
                | Q(every_weeks__isnull=True, monthly_day__gte=1, monthly_day__lte=31),
                name="training_program_repeats_by_weeks_or_by_month",
            ),
        ]

    def __str__(self) -> str:
        return f"Program of {self.coach}"

    @property
    def cadence(self) -> str:
        if self.every_weeks:
            return "every week" if self.every_weeks == 1 else f"every {self.every_weeks} weeks"
        return f"monthly on day {self.monthly_day}"
