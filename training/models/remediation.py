"""Rules that answer repeated failures, and the proposals they make."""

from __future__ import annotations

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q

from accounts.models import Team, User
from accounts.permissions import scope
from feedback.models import Topic
from lib.masking import MaskedCharField
from lib.models import Stamped
from routing.models import Queue
from training.models.base import at_most
from training.models.coaching import CoachingSession
from training.models.courses import Course
from training.models.learning import Assignment
from training.reach import rows_about


class RuleKind(models.TextChoices):
    K_OF_N = "k_of_n", "A criterion fails repeatedly"
    CRITICAL_FAIL = "critical_fail", "A critical criterion fails once"
    CSAT_DRIVER = "csat_driver", "Customers are not satisfied, because of the person"


class ProposalState(models.TextChoices):
    PROPOSED = "proposed", "Proposed"
    CONFIRMED = "confirmed", "Confirmed"
    DONE = "done", "Done"
    DISMISSED = "dismissed", "Dismissed"
    WITHDRAWN = "withdrawn", "Withdrawn"
    EXPIRED = "expired", "Expired"


PROPOSAL_TRANSITIONS: dict[str, frozenset[str]] = {
    "proposed": frozenset({"confirmed", "dismissed", "withdrawn", "expired"}),
    "confirmed": frozenset({"done", "withdrawn"}),
    "done": frozenset(),
    "dismissed": frozenset(),
    "withdrawn": frozenset(),
    "expired": frozenset(),
}
DECIDED_STATES = ("confirmed", "done", "dismissed", "expired")


class RemediationRule(Stamped):
    """k failures of a criterion among the last n call for a course, for coaching, or for both."""

    name = models.CharField(max_length=120)
    kind = models.CharField(max_length=13, choices=RuleKind, default=RuleKind.K_OF_N)
    criterion_key = models.CharField("criterion", max_length=40, blank=True)
    k = models.PositiveSmallIntegerField(
        default=2, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    n = models.PositiveSmallIntegerField(
        default=5, validators=[MinValueValidator(1), MaxValueValidator(20)]
    )
    window_days = models.PositiveIntegerField(default=90)
    cool_off_days = models.PositiveIntegerField(default=30)
    topic = models.ForeignKey(
        Topic,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Only for what customers say: answers whose comment is about it.",
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    coaching_text = models.CharField(
        "coaching about",
        max_length=500,
        blank=True,
        help_text="The first line of the agenda; left empty, no coaching is planned.",
    )
    due_days = models.PositiveIntegerField(default=14)
    needs_confirmation = models.BooleanField("a supervisor confirms", default=True)
    is_active = models.BooleanField("active", default=True)
    active_since = models.DateTimeField(editable=False)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(k__gte=1, k__lte=F("n"), n__lte=20),
                name="training_remediation_asks_for_k_of_n",
            ),
            models.CheckConstraint(
                condition=Q(course__isnull=False) | ~Q(coaching_text=""),
                name="training_remediation_gives_a_course_or_coaching",
            ),
            models.CheckConstraint(
                condition=Q(needs_confirmation=True) | Q(coaching_text=""),
                name="training_remediation_plans_no_coaching_by_itself",
            ),
            models.CheckConstraint(
                condition=Q(kind="critical_fail")
                | Q(kind="csat_driver", criterion_key="")
                | (Q(kind="k_of_n") & ~Q(criterion_key="")),
                name="training_remediation_names_its_criterion",
            ),
            models.CheckConstraint(
                condition=Q(kind="csat_driver") | Q(topic__isnull=True),
                name="training_remediation_asks_customers_about_a_topic",
            ),
            models.CheckConstraint(
                condition=at_most("name", 120) & at_most("coaching_text", 500),
                name="training_remediation_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def in_words(self) -> str:
        """The rule as one reads it to somebody."""
        if self.kind == RuleKind.CRITICAL_FAIL:
            return f"one failed critical criterion within {self.window_days} days"
        if self.kind == RuleKind.CSAT_DRIVER:
            about = f" about {self.topic}" if self.topic else ""
            return (
                f"{self.k} customers not satisfied because of the person{about}, "
                f"in the last {self.n} answers that name the person, within {self.window_days} days"
            )
        return f"{self.k} failures in the last {self.n} within {self.window_days} days"

    def snapshot(self) -> dict[str, object]:
        """What the rule asked for when it fired."""
        names = ("name", "kind", "criterion_key", "k", "n", "window_days", "cool_off_days")
        return {name: getattr(self, name) for name in (*names, "topic_id")}


class ProposalQuerySet(models.QuerySet["Proposal"]):
    def visible_to(self, user: User) -> ProposalQuerySet:
        """Those about people whom one may help; one's own are for others to decide."""
        reach = scope(user, "training.confirm_proposal")
        if reach not in ("team", "all"):
            return self.none()
        return self.filter(rows_about(user, "training.confirm_proposal", person="agent"))

    def undecided(self) -> ProposalQuerySet:
        return self.filter(state=ProposalState.PROPOSED)


class Proposal(Stamped):
    """A rule fired for an agent; nothing happens before somebody confirms it."""

    rule = models.ForeignKey(RemediationRule, on_delete=models.PROTECT, related_name="proposals")
    rule_snapshot = models.JSONField(default=dict)
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="remediation_proposals")
    criterion_key = models.CharField(max_length=40)
    fired_at = models.DateTimeField()
    evidence = models.JSONField(
        default=list, help_text="Ids of evaluations, or of customers' answers; oldest first."
    )
    last_evidence = models.CharField(max_length=36)
    state = models.CharField(max_length=9, choices=ProposalState, default=ProposalState.PROPOSED)
    has_changed_evidence = models.BooleanField(default=False)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = MaskedCharField(max_length=500, blank=True)
    assignment = models.ForeignKey(
        Assignment, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )
    session = models.ForeignKey(
        CoachingSession, null=True, blank=True, on_delete=models.PROTECT, related_name="proposals"
    )

    objects = ProposalQuerySet.as_manager()

    class Meta:
        ordering = ["-fired_at", "-id"]
        indexes = [models.Index(fields=["state", "fired_at"])]
        constraints = [
            models.UniqueConstraint(
                fields=["rule", "agent", "criterion_key"],
                condition=Q(state="proposed"),
                name="training_proposal_one_open_per_criterion",
            ),
            models.UniqueConstraint(
                fields=["rule", "agent", "criterion_key", "last_evidence"],
                condition=~Q(state="withdrawn"),
                name="training_proposal_once_per_evidence",
            ),
            models.CheckConstraint(
                condition=~Q(state="dismissed") | ~Q(reason=""),
                name="training_proposal_dismissed_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} for {self.agent}"

    @property
    def is_open(self) -> bool:
        return self.state == ProposalState.PROPOSED
