"""The rule that says which contact repeats another; told in docs/algorithms/repeat-contacts.md."""

from __future__ import annotations

from datetime import timedelta

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext as _

from lib.models import Stamped

DAY = 24 * 60 * 60
SHORTEST, USUAL, LONGEST = DAY, 7 * DAY, 90 * DAY


class RepeatKey(models.TextChoices):
    CUSTOMER = "customer", "Customer"
    CUSTOMER_DISPOSITION = "customer_disposition", "Customer and disposition"
    CUSTOMER_QUEUE = "customer_queue", "Customer and queue"


class RepeatRuleQuerySet(models.QuerySet["RepeatRule"]):
    def in_force(self) -> RepeatRule:
        """The default rule; without one, any contact of a customer within seven days."""
        return self.filter(is_default=True).first() or RepeatRule()


class RepeatRule(Stamped):
    """What two contacts must share, and within which time, for the later to repeat the earlier.

    `channels` lists the channels whose contacts count, all of them if empty.
    """

    name = models.CharField(max_length=80, unique=True)
    window_seconds = models.PositiveIntegerField(
        "window in seconds",
        default=USUAL,
        validators=[MinValueValidator(SHORTEST), MaxValueValidator(LONGEST)],
        help_text="From 86,400 (a day) to 7,776,000 (90 days)",
    )
    key = models.CharField(
        "what both share", max_length=20, choices=RepeatKey, default=RepeatKey.CUSTOMER
    )
    is_same_channel = models.BooleanField("on the same channel only", default=False)
    channels = models.JSONField(default=list, blank=True)
    is_default = models.BooleanField("the rule of lists and pages", default=False)

    objects = RepeatRuleQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(
                fields=["is_default"],
                condition=Q(is_default=True),
                name="crm_repeat_rule_one_default",
                violation_error_message="Another rule is the default. Take the mark off there.",
            ),
            models.CheckConstraint(
                condition=Q(window_seconds__gte=SHORTEST, window_seconds__lte=LONGEST),
                name="crm_repeat_rule_window_of_1_to_90_days",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def window(self) -> timedelta:
        return timedelta(seconds=self.window_seconds)

    @property
    def words(self) -> str:
        """The window as the page says it."""
        days = self.window_seconds / DAY
        return _("one day") if days == 1 else _("%(days)s days") % {"days": f"{days:g}"}
