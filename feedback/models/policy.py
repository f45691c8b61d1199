"""How a site runs its recognition: limits, money, leavers, and the tiers of lifetime points."""

from __future__ import annotations

from decimal import Decimal

from django.db import models
from django.db.models import Q

from lib.constraints import texts_fit
from lib.models import Versioned


class LeaverPolicy(models.TextChoices):
    EXPIRE = "expire", "Points expire"
    PAY_OUT = "pay_out", "Points are paid out"


class RecognitionPolicy(Versioned):
    """The one row of settings; `current` makes it on first use."""

    monthly_allowance = models.PositiveIntegerField(default=100)
    kudos_per_day = models.PositiveSmallIntegerField(default=20)
    pair_kudos_per_month = models.PositiveSmallIntegerField(default=3)
    pair_points_per_month = models.PositiveIntegerField(default=50)
    praise_points = models.PositiveSmallIntegerField(
        default=0, help_text="For each person a customer praises, from the team's budget; 0-20."
    )
    point_rate = models.DecimalField(
        max_digits=9, decimal_places=4, default=Decimal("0.05"), help_text="Money for one point."
    )
    currency = models.CharField(max_length=3, default="EUR")
    life_months = models.PositiveSmallIntegerField(
        null=True, blank=True, help_text="Earned points expire after so many months; empty: never."
    )
    leaver_policy = models.CharField(
        max_length=7, choices=LeaverPolicy, default=LeaverPolicy.EXPIRE
    )
    leaver_days = models.PositiveSmallIntegerField(default=30)

    class Meta:
        verbose_name = "recognition policy"
        verbose_name_plural = "recognition policy"
        constraints = [
            models.CheckConstraint(
                condition=Q(point_rate__gt=0, praise_points__lte=20) & texts_fit(currency=3),
                name="feedback_policy_numbers_are_sound",
            ),
            models.CheckConstraint(condition=Q(pk=1), name="feedback_policy_is_one_row"),
        ]

    def __str__(self) -> str:
        return "Recognition policy"

    @classmethod
    def current(cls) -> RecognitionPolicy:
        return cls.objects.get_or_create(pk=1)[0]


class Tier(Versioned):
    """A name for having earned so many points over time."""

    name = models.CharField(max_length=40, unique=True)
    threshold = models.PositiveIntegerField(unique=True)

    class Meta:
        ordering = ["threshold"]

    def __str__(self) -> str:
        return f"{self.name} from {self.threshold}"


def tier_of(points: int) -> Tier | None:
    """The highest tier that lifetime points reach. One query."""
    return Tier.objects.filter(threshold__lte=points).order_by("-threshold").first()
