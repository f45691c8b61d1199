"""Evaluations and their revisions: who judged which leg, and what it scored."""

from __future__ import annotations

import secrets
from datetime import datetime, timedelta

from django.db import models
from django.db.models import Count, Exists, F, FloatField, Max, OuterRef, Q, Sum
from django.db.models.functions import Cast
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from accounts.permissions import scope
from accounts.teams import spans_led_by
from crm.models import Leg
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped
from quality.averages import Sums
from quality.models.base import (
    RowVersioned,
    at_most,
    percent_field,
    points_field,
    together,
)
from quality.models.scorecards import Scorecard, ScorecardVersion, SelfAssessment

PUBLIC_LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"
SCORE = Cast("current_revision__score_percent", FloatField())
SUMS = {
    "n": Count("pk"),
    "total": Sum(SCORE, default=0.0),
    "squares": Sum(SCORE * SCORE, default=0.0),
    "cap": Cast(Max("version__cap_percent", default=100), FloatField()),
}


class Purpose(models.TextChoices):
    STANDARD = "standard", "Standard"
    DOUBLE = "double", "Second scoring"
    CALIBRATION = "calibration", "Calibration"
    SELF = "self", "Self-assessment"


class Selection(models.TextChoices):
    RANDOM = "random", _("Random")
    TARGETED = "targeted", _("Targeted")
    MANUAL = "manual", _("Picked by hand")
    DOUBLE = "double", _("Second scoring")
    CALIBRATION = "calibration", _("Calibration")
    RULE = "rule", _("By a rule")


class EvaluationState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    IN_APPROVAL = "in_approval", _("Waiting for approval")
    SUBMITTED = "submitted", _("Submitted")
    RELEASED = "released", _("Released")
    DISPUTED = "disputed", _("Disputed")
    VOID = "void", _("Void")


EVALUATION_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"submitted", "in_approval"}),
    "in_approval": frozenset({"submitted", "draft"}),
    "submitted": frozenset({"released", "void"}),
    "released": frozenset({"disputed", "void"}),
    "disputed": frozenset({"released", "void"}),
    "void": frozenset(),
}
OPEN_STATES = ("draft", "in_approval")
SCORED_STATES = ("submitted", "released", "disputed")
SHOWN_TO_STAFF_STATES: tuple[str, ...] = (*SCORED_STATES, "in_approval", "void")
SHOWN_TO_AGENT_STATES: tuple[str, ...] = ("released", "disputed")


class RevisionReason(models.TextChoices):
    FIRST = "first", _("First scoring")
    RESUBMIT = "resubmit", _("Scored again")
    DISPUTE = "dispute", _("Decision of a dispute")
    MOVED = "moved", _("Moved to another agent")


class Outcome(models.TextChoices):
    PASSED = "passed", _("Passed")
    FAILED = "failed", _("Failed")
    NO_PASS_MARK = "no_pass_mark", _("No pass mark")
    NOT_SCORED = "not_scored", _("Not scored")


DISCLOSED_STATES = ("closed", "finished")  # Of a calibration session.


# What enters averages, of those that are scored: see `counting`.
COUNTED = Q(
    purpose=Purpose.STANDARD,
    leg__isnull=False,
    current_revision__score_percent__isnull=False,
)
DRAWN = Q(selection=Selection.RANDOM)
TO_ACKNOWLEDGE = Q(
    state__in=SHOWN_TO_AGENT_STATES, purpose=Purpose.STANDARD, acknowledged_at__isnull=True
)


def new_public_ref() -> str:
    return "E-" + "".join(secrets.choice(PUBLIC_LETTERS) for _ in range(10))


def offers_own_look(user: User) -> Q:
    """Not acknowledged yet, and the agent's own scoring of the same work is not submitted."""
    own = Evaluation.objects.filter(
        leg=OuterRef("leg"),
        version=OuterRef("version"),
        agent=user,
        purpose=Purpose.SELF,
        state__in=SCORED_STATES,
    )
    return Q(acknowledged_at__isnull=True) & ~Q(Exists(own))


def overdue_to_acknowledge(at: datetime) -> Q:
    """What is to be acknowledged longer than its version allows; one query for these times."""
    known = ScorecardVersion.objects.filter(acknowledge_hours__isnull=False).order_by()
    late = Q(pk__in=[])
    for hours in known.values_list("acknowledge_hours", flat=True).distinct():
        since = at - timedelta(hours=hours or 0)
        late |= Q(version__acknowledge_hours=hours, released_at__lte=since)
    return TO_ACKNOWLEDGE & late


class EvaluationQuerySet(models.QuerySet["Evaluation"]):
    def visible_to(self, user: User) -> EvaluationQuerySet:
        """One's own work; released results about oneself; what one's teams' roles let one see.

        Trainers see released results only. A self-assessment stays with its author, a calibration
        with its rater until the session closes; then its raters and its planner see all of it.
        A result that asks for a self-assessment first is not there for its agent before that.
        """
        reach = scope(user, "quality.view_evaluation")
        if reach is None:
            return self.none()
        if reach == "all":
            return self.exclude(self._blind_for(user))
        about_me = Q(agent=user, purpose=Purpose.STANDARD, released_at__isnull=False)
        about_me &= ~Q(version__self_assessment=SelfAssessment.REQUIRED) | ~offers_own_look(user)
        seen = about_me | Q(evaluator=user) | Q(id__in=self._calibrated_with(user).values("id"))
        if reach == "team":
            reads_all = user.roles & {"evaluator", "supervisor"}
            shown = SHOWN_TO_STAFF_STATES if reads_all else SHOWN_TO_AGENT_STATES
            led = self.model.objects.filter(
                spans_led_by(user, at="handled_at"),
                state__in=shown,
                purpose__in=[Purpose.STANDARD, Purpose.DOUBLE],
            )
            seen |= Q(id__in=led.values("id"))
        return self.filter(seen).exclude(self._blind_for(user))

    def _blind_for(self, user: User) -> Q:
        """Others' results of a leg that this person scores blind, and of open calibrations."""
        scoring = Evaluation.objects.filter(
            evaluator=user, purpose=Purpose.DOUBLE, state=EvaluationState.DRAFT
        )
        undisclosed = Q(purpose=Purpose.CALIBRATION) & ~Q(seat__session__state__in=DISCLOSED_STATES)
        return (Q(leg__in=scoring.values("leg_id")) | undisclosed) & ~Q(evaluator=user)

    def _calibrated_with(self, user: User) -> models.QuerySet[Evaluation]:
        """Every rating of the closed sessions that this person rated in or planned."""
        mine = Q(seat__session__seats__rater=user) | Q(seat__session__planned_by=user)
        return Evaluation.objects.filter(
            mine, purpose=Purpose.CALIBRATION, seat__session__state__in=DISCLOSED_STATES
        )

    def to_assess_by(self, user: User) -> EvaluationQuerySet:
        """Released results about this person that offer, or ask for, a look of the own first."""
        rows = self.filter(agent=user, purpose=Purpose.STANDARD, state__in=SHOWN_TO_AGENT_STATES)
        return rows.exclude(version__self_assessment=SelfAssessment.OFF).filter(
            offers_own_look(user)
        )

    def scored(self) -> EvaluationQuerySet:
        """Submitted or later, not void."""
        return self.filter(state__in=SCORED_STATES)

    def released(self) -> EvaluationQuerySet:
        return self.filter(state__in=SHOWN_TO_AGENT_STATES)

    def counting(self, *, chosen_too: bool = False) -> EvaluationQuerySet:
        """What enters averages: standard, scored, drawn at random unless said otherwise.

        An evaluation that was itself evaluated is no handling of a customer and stays out.
        """
        rows = self.scored().filter(COUNTED)
        return rows if chosen_too else rows.filter(DRAWN)

    def to_acknowledge(self) -> EvaluationQuerySet:
        """Released, and the agent has not said yet that it was read."""
        return self.filter(TO_ACKNOWLEDGE)

    def overdue_to_acknowledge(self, at: datetime) -> EvaluationQuerySet:
        """Those whose version gave the agent less time than has passed; one query beforehand."""
        return self.filter(overdue_to_acknowledge(at))

    def with_failed(self, key: str) -> EvaluationQuerySet:
        """Those whose criterion of this key failed, whoever's fault it was."""
        failed = EvaluationRevision.objects.filter(
            answers__criterion__key=key, answers__is_failed=True
        )
        return self.filter(current_revision__in=failed)

    def sums(self) -> Sums:
        """Of the current scores, added up in the database; one query."""
        return Sums(**self.order_by().aggregate(**SUMS))

    def drafts_of(self, user: User) -> EvaluationQuerySet:
        return self.filter(evaluator=user, state=EvaluationState.DRAFT)

    def open_for(self, interaction_id: int) -> EvaluationQuerySet:
        """Those of an interaction that are still being written."""
        return self.filter(leg__interaction=interaction_id, state__in=OPEN_STATES)

    def for_reading(self) -> EvaluationQuerySet:
        """With everything that a row or a heading names."""
        return self.select_related(
            "agent",
            "team",
            "evaluator",
            "scorecard",
            "version",
            "current_revision",
            "leg__interaction",
            "seat__session",
        )


class Evaluation(RowVersioned):
    """One leg judged on one version by one evaluator. People see the public reference."""

    public_ref = models.CharField(
        max_length=12, unique=True, default=new_public_ref, editable=False
    )
    leg = models.ForeignKey(
        Leg, null=True, blank=True, on_delete=models.PROTECT, related_name="evaluations"
    )
    subject_evaluation = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="evaluations_of_it"
    )
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="evaluations")
    version = models.ForeignKey(
        ScorecardVersion, on_delete=models.PROTECT, related_name="evaluations"
    )
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="evaluations_received")
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    evaluator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="evaluations_made")
    handled_at = models.DateTimeField(help_text="When the evaluated work took place.")
    purpose = models.CharField(max_length=11, choices=Purpose, default=Purpose.STANDARD)
    selection = models.CharField(max_length=11, choices=Selection, default=Selection.RANDOM)
    selection_reason = MaskedCharField(max_length=500, blank=True)
    state = models.CharField(max_length=11, choices=EvaluationState, default=EvaluationState.DRAFT)
    current_revision = models.ForeignKey(
        "EvaluationRevision", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    release_at = models.DateTimeField(null=True, blank=True)
    released_at = models.DateTimeField(null=True, blank=True, editable=False)
    released_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    acknowledged_at = models.DateTimeField(null=True, blank=True, editable=False)
    acknowledge_comment = MaskedCharField(max_length=2000, blank=True)
    voided_at = models.DateTimeField(null=True, blank=True, editable=False)
    voided_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    void_reason = MaskedCharField(max_length=1000, blank=True)

    objects = EvaluationQuerySet.as_manager()

    class Meta:
        ordering = ["-handled_at", "-id"]
        indexes = [
            models.Index(fields=["-handled_at", "-id"]),
            models.Index(fields=["agent", "-handled_at"]),
            models.Index(fields=["team", "-handled_at"]),
            models.Index(fields=["evaluator", "state"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["leg", "scorecard", "evaluator", "purpose"],
                condition=~Q(state="void"),
                name="quality_evaluation_once_per_evaluator_and_purpose",
            ),
            models.UniqueConstraint(
                fields=["leg", "scorecard"],
                condition=Q(purpose="standard") & ~Q(state="void"),
                name="quality_evaluation_one_standard_per_leg_and_scorecard",
            ),
            models.UniqueConstraint(
                fields=["subject_evaluation", "scorecard"],
                condition=Q(purpose="standard") & ~Q(state="void"),
                name="quality_evaluation_graded_once_per_scorecard",
            ),
            models.CheckConstraint(
                condition=Q(leg__isnull=False, subject_evaluation__isnull=True)
                | Q(leg__isnull=True, subject_evaluation__isnull=False),
                name="quality_evaluation_has_exactly_one_subject",
            ),
            models.CheckConstraint(
                condition=Q(purpose="self", evaluator=F("agent"))
                | (~Q(purpose="self") & ~Q(evaluator=F("agent"))),
                name="quality_evaluation_nobody_scores_own_work",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["released", "disputed"], released_at__isnull=False)
                | Q(state__in=["draft", "in_approval", "submitted"], released_at__isnull=True)
                | Q(state="void"),
                name="quality_evaluation_released_state_has_its_moment",
            ),
            models.CheckConstraint(
                condition=together("voided_at", "voided_by")
                & (
                    (Q(state="void", voided_at__isnull=False) & ~Q(void_reason=""))
                    | (~Q(state="void") & Q(voided_at__isnull=True, void_reason=""))
                ),
                name="quality_evaluation_voided_by_someone_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_at__isnull=True) | Q(released_at__isnull=False),
                name="quality_evaluation_acknowledged_after_its_release",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | Q(current_revision__isnull=False),
                name="quality_evaluation_submitted_has_a_current_revision",
            ),
            models.CheckConstraint(
                condition=at_most("acknowledge_comment", 2000) & at_most("void_reason", 1000),
                name="quality_evaluation_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.public_ref

    @property
    def is_blind(self) -> bool:
        """A second scoring that is still written: its evaluator is not told the day of the work."""
        return self.purpose == Purpose.DOUBLE and self.state in OPEN_STATES

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_STATES

    @property
    def hides_agent(self) -> bool:
        """Whether raters of a calibration are not to know whose work it is."""
        if self.purpose != Purpose.CALIBRATION:
            return False
        seat = getattr(self, "seat", None)
        return seat is None or seat.session.hide_agent

    @property
    def agent_name(self) -> str:
        return "masked agent" if self.hides_agent else self.agent.short_name

    @property
    def team_name(self) -> str:
        return "" if self.hides_agent or self.team is None else self.team.name

    @property
    def is_void(self) -> bool:
        return self.state == EvaluationState.VOID

    @property
    def acknowledge_by(self) -> datetime | None:
        """Until when the agent is to have read it; None where the version asks for no time."""
        hours = self.version.acknowledge_hours
        if hours is None or self.released_at is None:
            return None
        return self.released_at + timedelta(hours=hours)

    @property
    def open_revision(self) -> EvaluationRevision | None:
        return self.revisions.filter(submitted_at__isnull=True).first()


class EvaluationRevision(Stamped):
    """One scoring of an evaluation; locked for ever once submitted."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="revisions")
    number = models.PositiveIntegerField(default=1)
    author = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=8, choices=RevisionReason, default=RevisionReason.FIRST)
    reason_text = MaskedCharField(max_length=1000, blank=True)
    submitted_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_active_at = models.DateTimeField(null=True, blank=True, editable=False)
    seconds_spent = models.PositiveIntegerField(default=0, editable=False)
    submit_key = models.UUIDField(null=True, blank=True, editable=False)
    row_version = models.PositiveIntegerField(default=1, editable=False)
    comment_public = MaskedTextField(max_length=4000, blank=True)
    comment_private = MaskedTextField(max_length=4000, blank=True)
    facts = models.JSONField(default=dict, blank=True, editable=False)

    score_percent = percent_field()
    raw_percent = percent_field()
    interaction_percent = percent_field()
    critical_percent = percent_field()
    noncritical_percent = percent_field()
    earned_points = points_field(null=True, blank=True)
    possible_points = points_field(null=True, blank=True)
    outcome = models.CharField(max_length=12, choices=Outcome, blank=True)
    band = models.CharField(max_length=250, blank=True)
    critical_fired = models.JSONField(default=list, blank=True)
    receipt = models.JSONField(null=True, blank=True)
    input_sha256 = models.CharField(max_length=64, blank=True)
    receipt_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        ordering = ["evaluation", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "number"], name="quality_revision_number_unique_in_evaluation"
            ),
            models.UniqueConstraint(
                fields=["evaluation"],
                condition=Q(submitted_at__isnull=True),
                name="quality_revision_one_open_per_evaluation",
            ),
            models.CheckConstraint(
                condition=Q(submitted_at__isnull=True, score_percent__isnull=True, outcome="")
                | (Q(submitted_at__isnull=False) & ~Q(outcome="") & ~Q(receipt_sha256="")),
                name="quality_revision_has_figures_once_submitted",
            ),
            models.CheckConstraint(
                condition=at_most("comment_public", 4000) & at_most("comment_private", 4000),
                name="quality_revision_comments_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluation} · revision {self.number}"

    @property
    def is_submitted(self) -> bool:
        return self.submitted_at is not None
