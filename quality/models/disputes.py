"""An agent's objections to a released evaluation, criterion by criterion, in rounds."""

from __future__ import annotations

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from accounts.permissions import has, scope
from lib.masking import MaskedTextField
from lib.models import Stamped
from quality.models.base import RowVersioned, at_most
from quality.models.evaluations import Evaluation, EvaluationRevision
from quality.models.tree import Criterion


class DisputeKind(models.TextChoices):
    CRITERIA = "criteria", _("Answers to criteria")
    WRONG_AGENT = "wrong_agent", _("This was not my work")


class DisputeState(models.TextChoices):
    OPEN = "open", pgettext_lazy("state", "Open")
    IN_REVIEW = "in_review", _("In review")
    DECIDED = "decided", _("Decided")
    CLOSED = "closed", _("Closed")
    WITHDRAWN = "withdrawn", _("Withdrawn")


DISPUTE_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"in_review", "withdrawn"}),
    "in_review": frozenset({"decided"}),
    "decided": frozenset({"closed", "open"}),
    "closed": frozenset(),
    "withdrawn": frozenset(),
}
UNDECIDED_STATES = ("open", "in_review")


class DisputeOutcome(models.TextChoices):
    KEPT = "kept", _("Kept")
    ACCEPTED = "accepted", _("Accepted")
    PARTIAL = "partial", _("Partly accepted")
    OTHER = "other", _("Another answer")


class DisputeQuerySet(models.QuerySet["Dispute"]):
    def visible_to(self, user: User) -> DisputeQuerySet:
        """Those about evaluations one may see, and those one is to decide."""
        if scope(user, "quality.view_evaluation") == "all":
            return self
        seen = Q(evaluation__in=Evaluation.objects.visible_to(user).values("pk"))
        mine = Q(decider=user)
        if has(user, "quality.decide_disputes"):
            mine |= Q(decider__isnull=True, decided_by_pool=True)
        return self.filter(seen | mine)

    def undecided(self) -> DisputeQuerySet:
        return self.filter(state__in=UNDECIDED_STATES)


class Dispute(RowVersioned):
    """One round of an objection; a further round is a further row."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="disputes")
    revision = models.ForeignKey(
        EvaluationRevision, on_delete=models.PROTECT, related_name="+", help_text="As disputed."
    )
    round = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=11, choices=DisputeKind, default=DisputeKind.CRITERIA)
    reason = MaskedTextField(max_length=4000)
    filed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    decider = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="disputes_to_decide"
    )
    decided_by_pool = models.BooleanField(default=False)
    state = models.CharField(max_length=9, choices=DisputeState, default=DisputeState.OPEN)
    due_at = models.DateTimeField()
    taken_at = models.DateTimeField(null=True, blank=True)
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = MaskedTextField(max_length=4000, blank=True)
    private_note = MaskedTextField(max_length=4000, blank=True)
    moved_to_leg = models.ForeignKey(
        "crm.Leg", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_revision = models.ForeignKey(
        EvaluationRevision, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = DisputeQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [models.Index(fields=["state", "due_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation"],
                condition=Q(state__in=UNDECIDED_STATES),
                name="quality_dispute_one_open_per_evaluation",
            ),
            models.UniqueConstraint(
                fields=["evaluation", "revision", "round"],
                condition=~Q(state="withdrawn"),
                name="quality_dispute_round_once_per_revision",
            ),
            models.CheckConstraint(
                condition=Q(round__gte=1, round__lte=5), name="quality_dispute_round_is_1_to_5"
            ),
            models.CheckConstraint(
                condition=Q(reason__length__gte=20) & at_most("reason", 4000),
                name="quality_dispute_reason_is_20_to_4000_characters",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["decided", "closed"], decided_at__isnull=False)
                | (~Q(state__in=["decided", "closed"]) & Q(decided_at__isnull=True)),
                name="quality_dispute_decided_has_its_moment",
            ),
        ]

    def __str__(self) -> str:
        return f"Round {self.round} about {self.evaluation_id}"


class DisputeItem(Stamped):
    """One disputed answer: what the agent proposes and what was decided."""

    dispute = models.ForeignKey(Dispute, on_delete=models.PROTECT, related_name="items")
    criterion = models.ForeignKey(Criterion, on_delete=models.PROTECT, related_name="+")
    proposed_option = models.CharField(max_length=40)
    reason = MaskedTextField(max_length=2000)
    outcome = models.CharField(max_length=8, choices=DisputeOutcome, blank=True)
    decided_option = models.CharField(max_length=40, blank=True)
    note = MaskedTextField(max_length=2000, blank=True)

    class Meta:
        ordering = ["dispute", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["dispute", "criterion"], name="quality_dispute_item_once_per_criterion"
            ),
            models.CheckConstraint(
                condition=Q(reason__length__gte=10) & at_most("reason", 2000),
                name="quality_dispute_item_reason_is_10_to_2000_characters",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.criterion_id}: {self.proposed_option}"
