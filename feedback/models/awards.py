"""Award programs: who may be nominated, by whom, and how a committee decides."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from accounts.permissions import scope
from crm.models import Interaction
from feedback.models.points import Budget
from lib.constraints import texts_fit
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped, Versioned


class ProgramState(models.TextChoices):
    DRAFT = "draft", _("Draft")
    OPEN = "open", _("Open for nominations")
    SCORING = "scoring", _("Committee scores")
    DECIDED = "decided", pgettext_lazy("award", "Decided")
    ANNOUNCED = "announced", _("Announced")
    CANCELED = "canceled", pgettext_lazy("award", "Canceled")


PROGRAM_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"open", "canceled"}),
    "open": frozenset({"scoring", "canceled"}),
    "scoring": frozenset({"decided"}),
    "decided": frozenset({"announced"}),
    "announced": frozenset(),
    "canceled": frozenset(),
}


class AwardProgram(Versioned):
    """One round of an award, open for nominations within [opens_at, closes_at)."""

    name = models.CharField(max_length=100)
    description = models.CharField(max_length=1000, blank=True)
    opens_at = models.DateTimeField()
    closes_at = models.DateTimeField()
    points = models.PositiveIntegerField(default=0, help_text="For each winner.")
    winners = models.PositiveSmallIntegerField(default=1)
    max_per_nominator = models.PositiveSmallIntegerField(default=3)
    teams = models.ManyToManyField(Team, blank=True, related_name="+")
    min_tenure_days = models.PositiveIntegerField(default=90)
    no_winner_within_months = models.PositiveSmallIntegerField(default=0)
    criteria = models.JSONField(
        default=list, help_text="A list of {code, name, weight_percent}; the weights total 100."
    )
    committee = models.ManyToManyField(User, blank=True, related_name="committees")
    chair = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    min_votes = models.PositiveSmallIntegerField(default=2)
    budget = models.ForeignKey(
        Budget, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    tells_not_won = models.BooleanField("tell those who did not win", default=True)
    state = models.CharField(max_length=9, choices=ProgramState, default=ProgramState.DRAFT)
    decided_at = models.DateTimeField(null=True, blank=True, editable=False)
    decision_reason = models.CharField(max_length=500, blank=True, editable=False)

    class Meta:
        ordering = ["-opens_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(closes_at__gt=F("opens_at")),
                name="feedback_program_closes_after_it_opens",
            ),
            models.CheckConstraint(
                condition=Q(winners__gte=1, max_per_nominator__gte=1, min_votes__gte=1),
                name="feedback_program_numbers_are_sound",
            ),
            models.CheckConstraint(
                condition=texts_fit(name=100, description=1000, decision_reason=500),
                name="feedback_program_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open_at(self, at: datetime) -> bool:
        return self.state == ProgramState.OPEN and self.opens_at <= at < self.closes_at

    @property
    def weights(self) -> dict[str, int]:
        return {one["code"]: one["weight_percent"] for one in self.criteria}


class NominationState(models.TextChoices):
    SUBMITTED = "submitted", pgettext_lazy("nomination", "Submitted")
    WITHDRAWN = "withdrawn", pgettext_lazy("nomination", "Withdrawn")
    WON = "won", _("Won")
    NOT_WON = "not_won", _("Not won")


class NominationQuerySet(models.QuerySet["Nomination"]):
    def visible_to(self, user: User) -> NominationQuerySet:
        """One's own, those one scores, and winners once they are announced."""
        if scope(user, "feedback.nominate_person") is None:
            return self.none()
        if "admin" in user.roles:
            return self
        announced = Q(program__state=ProgramState.ANNOUNCED, state=NominationState.WON)
        return self.distinct().filter(Q(nominator=user) | Q(program__committee=user) | announced)

    def standing(self) -> NominationQuerySet:
        return self.exclude(state=NominationState.WITHDRAWN)


class Nomination(Stamped):
    """Why one person deserves the award, in the words of another."""

    program = models.ForeignKey(AwardProgram, on_delete=models.PROTECT, related_name="nominations")
    nominator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="nominations_made")
    nominee = models.ForeignKey(User, on_delete=models.PROTECT, related_name="nominations")
    statement = MaskedTextField(max_length=2000)
    interactions = models.ManyToManyField(Interaction, blank=True, related_name="+")
    state = models.CharField(
        max_length=9, choices=NominationState, default=NominationState.SUBMITTED
    )
    result_mean = models.DecimalField(max_digits=6, decimal_places=4, null=True, blank=True)

    objects = NominationQuerySet.as_manager()

    class Meta:
        ordering = ["program", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["program", "nominator", "nominee"],
                name="feedback_nomination_once_per_nominator",
            ),
            models.CheckConstraint(
                condition=~Q(nominator=F("nominee")), name="feedback_nomination_not_of_oneself"
            ),
            models.CheckConstraint(
                condition=texts_fit(statement=2000), name="feedback_nomination_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.nominee} for {self.program}"


class CommitteeVote(Stamped):
    """One member's scores of one nomination, or that they stand aside."""

    nomination = models.ForeignKey(Nomination, on_delete=models.PROTECT, related_name="votes")
    member = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    scores = models.JSONField(default=dict, help_text="Criterion to 1-5.")
    is_recused = models.BooleanField(default=False)
    comment = MaskedCharField(max_length=1000, blank=True)

    class Meta:
        ordering = ["nomination", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["nomination", "member"], name="feedback_vote_once_per_member"
            ),
            models.CheckConstraint(
                condition=texts_fit(comment=1000), name="feedback_vote_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"Vote of {self.member} on {self.nomination_id}"
