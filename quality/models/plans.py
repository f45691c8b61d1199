"""Sampling: plans, seeds committed before their period, draws that can be replayed, assignments."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q

from accounts.models import Team, User
from accounts.permissions import scope
from accounts.teams import spans_led_by
from crm.models import Leg
from lib.masking import MaskedCharField
from lib.models import Stamped
from quality.models.base import RowVersioned, percent_field, within
from quality.models.evaluations import Selection
from quality.models.scorecards import Scorecard


class QuotaKind(models.TextChoices):
    PER_AGENT = "per_agent", "A number per agent"
    PER_AGENT_PERCENT = "per_agent_percent", "A percentage per agent"
    PER_EVALUATOR = "per_evaluator", "A number per evaluator"
    EVERY_MATCH = "every_match", "Everything that matches"


class PlanPeriod(models.TextChoices):
    WEEK = "week", "Week"
    MONTH = "month", "Month"


class PlanOrder(models.TextChoices):
    RANDOM = "random", "At random"
    PRIORITY = "priority", "By a priority"


class PriorityField(models.TextChoices):
    LONGEST = "longest", "Longest first"
    MOST_HOLD = "most_hold", "Most hold first"
    MOST_TRANSFERS = "most_transfers", "Most transfers first"
    LOWEST_SIGNAL = "lowest_signal", "Lowest survey answer first"


class PlanState(models.TextChoices):
    DRAFT = "draft", "Draft"
    ACTIVE = "active", "Active"
    PAUSED = "paused", "Paused"
    ENDED = "ended", "Ended"


PLAN_TRANSITIONS: dict[str, frozenset[str]] = {
    "draft": frozenset({"active"}),
    "active": frozenset({"paused", "ended"}),
    "paused": frozenset({"active", "ended"}),
    "ended": frozenset(),
}

_QUOTA_FIELDS = {
    QuotaKind.PER_AGENT: ("quota_n",),
    QuotaKind.PER_AGENT_PERCENT: ("quota_percent", "quota_min"),
    QuotaKind.PER_EVALUATOR: ("quota_n",),
    QuotaKind.EVERY_MATCH: (),
}


def _fields_of_the_quota() -> Q:
    """The fields of the chosen quota are set, the others are null."""
    every = {name for names in _QUOTA_FIELDS.values() for name in names}
    rule = Q()
    for kind, names in _QUOTA_FIELDS.items():
        nulls = {f"{name}__isnull": name not in names for name in every}
        rule |= Q(quota_kind=kind, **nulls)
    return rule


class PlanQuerySet(models.QuerySet["SamplingPlan"]):
    def visible_to(self, user: User) -> PlanQuerySet:
        """All; or the plans one made or takes part in, and those over the teams one leads."""
        reach = scope(user, "quality.manage_plans")
        if reach == "all":
            return self
        mine = Q(shares__evaluator=user) | Q(owner=user)
        if reach == "team":
            led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
            mine |= Q(teams__in=led.values("team_id"))
        return self.filter(pk__in=self.model.objects.filter(mine).values("pk"))

    def in_use(self) -> PlanQuerySet:
        return self.filter(state=PlanState.ACTIVE)


class SamplingPlan(RowVersioned):
    """Which work is evaluated with one scorecard, how much of it, and by whom."""

    name = models.CharField(max_length=120)
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="plans")
    owner = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    teams = models.ManyToManyField(Team, blank=True, related_name="+", help_text="None: all teams.")
    filters = models.JSONField(default=dict, blank=True)
    quota_kind = models.CharField(max_length=17, choices=QuotaKind, default=QuotaKind.PER_AGENT)
    quota_n = models.PositiveIntegerField(null=True, blank=True)
    quota_percent = percent_field()
    quota_min = models.PositiveIntegerField(null=True, blank=True)
    period = models.CharField(max_length=5, choices=PlanPeriod, default=PlanPeriod.WEEK)
    slices = models.PositiveSmallIntegerField(default=1)
    order = models.CharField(max_length=8, choices=PlanOrder, default=PlanOrder.RANDOM)
    priority_field = models.CharField(max_length=14, choices=PriorityField, blank=True)
    double_percent = models.DecimalField(max_digits=6, decimal_places=4, default=5)
    due_days = models.PositiveSmallIntegerField(default=7)
    state = models.CharField(max_length=6, choices=PlanState, default=PlanState.DRAFT)
    activated_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = PlanQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=_fields_of_the_quota(), name="quality_plan_has_the_fields_of_its_quota"
            ),
            models.CheckConstraint(
                condition=within("quota_percent", 0, 100) & within("double_percent", 0, 20),
                name="quality_plan_percentages_are_in_range",
            ),
            models.CheckConstraint(
                condition=Q(slices__gte=1, slices__lte=31), name="quality_plan_has_1_to_31_slices"
            ),
            models.CheckConstraint(
                condition=Q(order="random", priority_field="")
                | (Q(order="priority") & ~Q(priority_field="")),
                name="quality_plan_priority_names_its_field",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class PlanShare(models.Model):
    """An evaluator's part of a plan."""

    plan = models.ForeignKey(SamplingPlan, on_delete=models.CASCADE, related_name="shares")
    evaluator = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    weight = models.DecimalField(max_digits=8, decimal_places=4, default=1)

    class Meta:
        ordering = ["plan", "evaluator"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "evaluator"], name="quality_plan_share_once_per_evaluator"
            ),
            models.CheckConstraint(
                condition=within("weight", 0, 1000), name="quality_plan_share_is_not_negative"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.evaluator}: {self.weight}"


class PlanOverride(models.Model):
    """Another number for one agent over some days, such as a leave or a first month."""

    plan = models.ForeignKey(SamplingPlan, on_delete=models.CASCADE, related_name="overrides")
    agent = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    quota_n = models.PositiveIntegerField()
    from_on = models.DateField()
    until_on = models.DateField()
    reason = MaskedCharField(max_length=300)

    class Meta:
        ordering = ["plan", "from_on"]
        constraints = [
            models.CheckConstraint(
                condition=Q(until_on__gte=F("from_on")),
                name="quality_plan_override_ends_after_it_starts",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.agent}: {self.quota_n}"


class SeedCommitment(models.Model):
    """The seed of one period, its hash published before the period began."""

    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="commitments")
    period_start_on = models.DateField()
    slices = models.PositiveSmallIntegerField(
        default=1, editable=False, help_text="As the plan had them when the seed was fixed."
    )
    seed = models.CharField(max_length=32, editable=False)
    seed_sha256 = models.CharField(max_length=64, editable=False)
    committed_at = models.DateTimeField(editable=False)
    revealed_at = models.DateTimeField(null=True, blank=True, editable=False)

    class Meta:
        ordering = ["plan", "-period_start_on"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "period_start_on"], name="quality_seed_once_per_plan_and_period"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan} from {self.period_start_on}"

    @property
    def is_revealed(self) -> bool:
        return self.revealed_at is not None


class DrawQuerySet(models.QuerySet["Draw"]):
    def visible_to(self, user: User) -> DrawQuerySet:
        return self.filter(plan__in=SamplingPlan.objects.visible_to(user).values("pk"))


class Draw(Stamped):
    """One drawing of legs for one slice of a period, with all that a replay needs."""

    plan = models.ForeignKey(SamplingPlan, on_delete=models.PROTECT, related_name="draws")
    commitment = models.ForeignKey(SeedCommitment, on_delete=models.PROTECT, related_name="draws")
    slice_number = models.PositiveSmallIntegerField()
    slice_start_at = models.DateTimeField()
    slice_end_at = models.DateTimeField()
    filters = models.JSONField(default=dict)
    rule = models.JSONField(default=dict, help_text="Quota, order and shares as they stood.")
    plan_sha256 = models.CharField(max_length=64)
    frame = models.BinaryField(editable=False)
    frame_n = models.PositiveIntegerField()
    frame_sha256 = models.CharField(max_length=64)
    picked = models.PositiveIntegerField(default=0)
    inputs = models.JSONField(default=dict, help_text="Numbers per stratum that the picks rest on.")
    picks = models.JSONField(default=list)
    comparison = models.JSONField(
        default=dict, help_text="Frame and sample counted by what can be told apart."
    )

    objects = DrawQuerySet.as_manager()

    class Meta:
        ordering = ["-slice_start_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["plan", "slice_start_at"], name="quality_draw_once_per_plan_and_slice"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.plan}: draw of {self.slice_start_at:%Y-%m-%d}"


class AssignmentState(models.TextChoices):
    OPEN = "open", "Open"
    CLAIMED = "claimed", "Claimed"
    IN_PROGRESS = "in_progress", "In progress"
    DONE = "done", "Done"
    SWAPPED = "swapped", "Swapped"
    CANCELED = "canceled", "Canceled"


ASSIGNMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "open": frozenset({"claimed", "swapped", "canceled"}),
    "claimed": frozenset({"in_progress", "open", "swapped", "canceled"}),
    "in_progress": frozenset({"done", "open", "swapped", "canceled"}),
    "done": frozenset(),
    "swapped": frozenset(),
    "canceled": frozenset(),
}
WAITING_STATES = ("open", "claimed", "in_progress")
HELD_STATES = ("claimed", "in_progress")


class SwapReason(models.TextChoices):
    NO_CONTENT = "no_content", "Nothing to evaluate in it"
    WRONG_LANGUAGE = "wrong_language", "A language I do not speak"
    TECHNICAL = "technical", "Recording or transcript is broken"
    CONFLICT = "conflict", "I know the people involved"
    OTHER = "other", "Another reason"


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> AssignmentQuerySet:
        """One's own and the pool of one's teams; all of one's teams for who manages plans.

        Never those about oneself: nobody knows beforehand which own work will be looked at.
        """
        reach = scope(user, "quality.manage_plans")
        if reach == "all":
            return self
        others = self.exclude(leg__agent=user)
        if reach == "team":
            return others.filter(Q(evaluator=user) | _led_by(user))
        if "evaluator" not in user.roles:
            return self.none()
        return others.filter(Q(evaluator=user) | Q(is_pooled=True) & _led_by(user))

    def waiting(self) -> AssignmentQuerySet:
        return self.filter(state__in=WAITING_STATES)

    def held(self) -> AssignmentQuerySet:
        return self.filter(state__in=HELD_STATES)

    def lapsed(self, at: datetime) -> AssignmentQuerySet:
        """Held on a lease that has run out."""
        return self.held().filter(lease_until__lte=at)

    def claimable_by(self, user: User, at: datetime) -> AssignmentQuerySet:
        """Those that this person could hold now: dealt to them, or in the pool and free."""
        is_free = Q(state="open") | Q(state__in=HELD_STATES, lease_until__lte=at)
        is_mine = Q(evaluator=user, state__in=("open", *HELD_STATES))
        return self.filter(is_mine | (is_free & Q(is_pooled=True)))

    def for_list(self) -> AssignmentQuerySet:
        """With everything that a row of a list names."""
        return self.select_related(
            "leg__interaction__queue",
            "leg__queue",
            "leg__agent",
            "leg__team",
            "scorecard",
            "evaluator",
            "evaluation",
            "draw__plan",
        )


def _led_by(user: User) -> Q:
    """Of teams that this person led, evaluated or trained when the interaction began."""
    return spans_led_by(user, team="leg__team_id", at="leg__interaction__started_at")


class Assignment(RowVersioned):
    """A leg that waits to be evaluated, by one evaluator or by whoever claims it."""

    leg = models.ForeignKey(Leg, on_delete=models.PROTECT, related_name="assignments")
    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="assignments")
    draw = models.ForeignKey(
        Draw, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    evaluator = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="assignments"
    )
    is_pooled = models.BooleanField("in the pool", default=False)
    taken_from = models.ForeignKey(
        User,
        null=True,
        blank=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="+",
        help_text="Who held it before and may still have it open on a screen.",
    )
    evaluation = models.OneToOneField(
        "quality.Evaluation",
        null=True,
        blank=True,
        on_delete=models.SET_NULL,
        related_name="assignment",
    )
    selection = models.CharField(max_length=11, choices=Selection, default=Selection.RANDOM)
    stratum = models.CharField(max_length=40, blank=True)
    position = models.PositiveIntegerField(default=0)
    state = models.CharField(max_length=11, choices=AssignmentState, default=AssignmentState.OPEN)
    due_at = models.DateTimeField(null=True, blank=True)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    claimed_at = models.DateTimeField(null=True, blank=True, editable=False)
    done_at = models.DateTimeField(null=True, blank=True, editable=False)
    swap_kind = models.CharField(max_length=14, choices=SwapReason, blank=True)
    swap_reason = MaskedCharField(max_length=500, blank=True)
    replaced_by = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="replaces"
    )

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["evaluator", "state", "due_at"]),
            models.Index(fields=["state", "lease_until"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["draw", "leg", "selection"], name="quality_assignment_once_per_draw_and_leg"
            ),
            models.CheckConstraint(
                condition=Q(state__in=["claimed", "in_progress"], lease_until__isnull=False)
                | (~Q(state__in=["claimed", "in_progress"]) & Q(lease_until__isnull=True)),
                name="quality_assignment_held_has_a_lease",
            ),
            models.CheckConstraint(
                condition=Q(is_pooled=True) | Q(evaluator__isnull=False),
                name="quality_assignment_outside_the_pool_is_somebodys",
            ),
            models.CheckConstraint(
                condition=Q(state="swapped") & ~Q(swap_kind="")
                | (~Q(state="swapped") & Q(swap_kind="", replaced_by__isnull=True)),
                name="quality_assignment_swapped_has_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.scorecard} for leg {self.leg_id}"

    @property
    def is_held(self) -> bool:
        return self.state in HELD_STATES

    @property
    def is_waiting(self) -> bool:
        return self.state in WAITING_STATES

    @property
    def is_blind(self) -> bool:
        """A second scoring is told neither the first nor when the work took place."""
        return self.selection == Selection.DOUBLE

    @property
    def work_name(self) -> str:
        """The interaction, which would lead to its day; a number of its own where that is blind."""
        return f"Work {self.pk}" if self.is_blind else self.leg.interaction.reference
