"""The catalog of rewards, and what people ordered from it."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, TeamMembership, User
from accounts.permissions import scope
from feedback.ledger import price
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class LimitPeriod(models.TextChoices):
    MONTH = "month", _("A month")
    YEAR = "year", _("A year")
    EVER = "ever", _("Ever")


class RewardQuerySet(models.QuerySet["Reward"]):
    def offered(self, day: date) -> RewardQuerySet:
        return self.filter(
            Q(valid_from__isnull=True) | Q(valid_from__lte=day),
            Q(valid_until__isnull=True) | Q(valid_until__gt=day),
            is_active=True,
        )


class Reward(Versioned):
    """One thing that points buy, within [valid_from, valid_until)."""

    name = models.CharField(max_length=100)
    category = models.CharField(max_length=40)
    description = models.CharField(max_length=500, blank=True)
    cost_points = models.PositiveIntegerField()
    discount_percent = models.PositiveSmallIntegerField(default=0)
    stock = models.IntegerField(null=True, blank=True, help_text="Empty: there is no end of it.")
    per_person_limit = models.PositiveSmallIntegerField(null=True, blank=True)
    limit_period = models.CharField(max_length=5, choices=LimitPeriod, default=LimitPeriod.EVER)
    regions = models.ManyToManyField(
        Team, blank=True, related_name="+", help_text="Only for these teams; empty: for everyone."
    )
    valid_from = models.DateField(null=True, blank=True)
    valid_until = models.DateField(null=True, blank=True)
    image_id = models.UUIDField(null=True, blank=True, editable=False)
    needs_approval = models.BooleanField(default=True)
    low_stock_at = models.PositiveIntegerField(default=3)
    is_active = models.BooleanField("offered", default=True)

    objects = RewardQuerySet.as_manager()

    class Meta:
        ordering = ["category", "cost_points", "name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(cost_points__gte=1, cost_points__lte=100_000, discount_percent__lte=90),
                name="feedback_reward_price_is_sound",
            ),
            models.CheckConstraint(
                condition=Q(stock__isnull=True) | Q(stock__gte=0),
                name="feedback_reward_stock_is_not_below_zero",
            ),
            models.CheckConstraint(
                condition=texts_fit(name=100, category=40, description=500),
                name="feedback_reward_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def price(self) -> int:
        return price(self.cost_points, self.discount_percent, 1)


class RedemptionState(models.TextChoices):
    PENDING = "pending", _("Waits for approval")
    APPROVED = "approved", _("Approved")
    FULFILLED = "fulfilled", _("Handed over")
    DECLINED = "declined", _("Declined")
    CANCELED = "canceled", pgettext_lazy("order", "Canceled")


REDEMPTION_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"approved", "declined", "canceled"}),
    "approved": frozenset({"fulfilled", "declined"}),
    "fulfilled": frozenset(),
    "declined": frozenset(),
    "canceled": frozenset(),
}
HOLDING_STATES = ("pending", "approved")


class RedemptionQuerySet(models.QuerySet["Redemption"]):
    def visible_to(self, user: User) -> RedemptionQuerySet:
        """One's own, and those of people in teams that one supervises now."""
        reach = scope(user, "feedback.approve_redemption")
        if reach == "all":
            return self
        mine = Q(user=user)
        if reach == "team":
            in_force = TeamMembership.objects.in_force(timezone.now())
            led = in_force.filter(user=user, kind="supervisor").values("team_id")
            mine |= Q(user__in=in_force.agents().filter(team__in=led).values("user_id"))
        return self.filter(mine)

    def holding(self) -> RedemptionQuerySet:
        return self.filter(state__in=HOLDING_STATES)


class Redemption(Stamped):
    """One order; its price is frozen and its points are held until it ends."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="redemptions")
    reward = models.ForeignKey(Reward, on_delete=models.PROTECT, related_name="redemptions")
    price_points = models.PositiveIntegerField(help_text="For all of it.")
    quantity = models.PositiveSmallIntegerField(default=1)
    state = models.CharField(max_length=9, choices=RedemptionState, default=RedemptionState.PENDING)
    ordered_at = models.DateTimeField()
    idempotency_key = models.CharField(max_length=64)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    reason = MaskedCharField(max_length=500, blank=True)
    fulfilled_at = models.DateTimeField(null=True, blank=True)

    objects = RedemptionQuerySet.as_manager()

    class Meta:
        ordering = ["-ordered_at", "-id"]
        indexes = [models.Index(fields=["state", "ordered_at"], name="feedback_redemption_state")]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "idempotency_key"], name="feedback_redemption_once_per_key"
            ),
            models.CheckConstraint(
                condition=Q(quantity__gte=1, quantity__lte=5, price_points__gte=1),
                name="feedback_redemption_numbers_are_sound",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="feedback_redemption_decided_has_its_moment",
            ),
            models.CheckConstraint(
                condition=texts_fit(reason=500), name="feedback_redemption_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} × {self.reward}"
