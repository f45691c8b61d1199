"""Points as money: accounts, transactions, postings, budgets, and grants."""

from __future__ import annotations

from datetime import date, datetime

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, TeamMembership, User
from accounts.permissions import scope
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned

MOST_POINTS = 100_000


class AccountKind(models.TextChoices):
    ALLOWANCE = "allowance", "Allowance"
    BOOST = "boost", "One-time boost"
    WALLET = "wallet", "Wallet"
    BUDGET = "budget", "Budget"
    ISSUANCE = "issuance", "Issuance"
    HELD = "held", "Held for redemptions"
    REDEEMED = "redeemed", "Redeemed"
    EXPIRED = "expired", "Expired"
    PAID_OUT = "paid_out", "Paid out"
    WRITE_OFF = "write_off", "Written off"


PERSONAL_KINDS = (AccountKind.ALLOWANCE, AccountKind.BOOST, AccountKind.WALLET)
NEVER_BELOW_ZERO = (*PERSONAL_KINDS, AccountKind.BUDGET)


class TransactionKind(models.TextChoices):
    ALLOWANCE = "allowance", _("Monthly allowance")
    LAPSE = "lapse", _("Allowance lapsed")
    BOOST = "boost", _("Boost")
    KUDOS = "kudos", _("Kudos")
    FUND = "fund", _("Budget funded")
    UNFUND = "unfund", _("Budget returned")
    GRANT = "grant", _("Grant")
    PRAISE = "praise", _("Praise from a customer")
    AWARD = "award", _("Award")
    BADGE = "badge", _("Badge")
    MILESTONE = "milestone", _("Milestone")
    REDEEM = "redeem", _("Reward ordered")
    REFUND = "refund", _("Reward refunded")
    FULFILL = "fulfill", _("Reward handed over")
    EXPIRE = "expire", _("Points expired")
    PAY_OUT = "pay_out", _("Paid out")
    REVERSAL = "reversal", _("Correction")


# What counts for lifetime points; corrections take the full amount off again.
EARNING_KINDS = (
    TransactionKind.KUDOS,
    TransactionKind.GRANT,
    TransactionKind.PRAISE,
    TransactionKind.AWARD,
    TransactionKind.BADGE,
    TransactionKind.MILESTONE,
)


class BudgetMode(models.TextChoices):
    HARD_STOP = "hard_stop", "Refuse when it is used up"
    APPROVAL = "approval", "Ask for approval when it is used up"


class BudgetQuerySet(models.QuerySet["Budget"]):
    def visible_to(self, user: User) -> BudgetQuerySet:
        """Those of the teams one supervises now; administrators see all."""
        reach = scope(user, "feedback.grant_points")
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        led = TeamMembership.objects.in_force(timezone.now()).filter(user=user, kind="supervisor")
        return self.filter(team__in=led.values("team_id"))

    def on(self, day: date) -> BudgetQuerySet:
        return self.filter(starts_on__lte=day, ends_on__gt=day)


class Budget(Versioned):
    """Points a team, or the site without a team, may grant within [starts_on, ends_on)."""

    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="budgets"
    )
    starts_on = models.DateField()
    ends_on = models.DateField()
    points = models.PositiveIntegerField()
    mode = models.CharField(max_length=9, choices=BudgetMode, default=BudgetMode.HARD_STOP)
    warn_percent = models.PositiveSmallIntegerField(default=80)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = BudgetQuerySet.as_manager()

    class Meta:
        ordering = ["-starts_on", "team"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_on__gt=F("starts_on")), name="feedback_budget_ends_after_it_starts"
            ),
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=10_000_000, warn_percent__lte=100),
                name="feedback_budget_numbers_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.owner_name} {self.starts_on} to {self.ends_on}"

    @property
    def owner_name(self) -> str:
        return self.team.name if self.team else "Site"


class PointsAccount(models.Model):
    """One account; its balance is written only together with the postings that change it."""

    kind = models.CharField(max_length=9, choices=AccountKind)
    owner = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="points_accounts"
    )
    budget = models.OneToOneField(
        Budget, null=True, blank=True, on_delete=models.PROTECT, related_name="account"
    )
    balance = models.BigIntegerField(default=0)
    lifetime = models.BigIntegerField(default=0, help_text="What was earned; spending leaves it.")
    is_frozen = models.BooleanField(default=False)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "owner"],
                condition=Q(owner__isnull=False),
                name="feedback_account_one_of_a_kind_per_person",
            ),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(owner__isnull=True, budget__isnull=True),
                name="feedback_account_one_of_a_kind_for_the_system",
            ),
            models.CheckConstraint(
                condition=Q(balance__gte=0) | ~Q(kind__in=NEVER_BELOW_ZERO),
                name="feedback_account_is_never_below_zero",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=PERSONAL_KINDS, owner__isnull=False, budget__isnull=True)
                | Q(kind="budget", owner__isnull=True, budget__isnull=False)
                | (
                    ~Q(kind__in=[*PERSONAL_KINDS, "budget"])
                    & Q(owner__isnull=True, budget__isnull=True)
                ),
                name="feedback_account_belongs_to_whom_its_kind_says",
            ),
        ]

    def __str__(self) -> str:
        whose = self.owner or self.budget or "the system"
        return f"{self.get_kind_display()} of {whose}"


class PointsTransaction(models.Model):
    """Why points moved. Rows are only ever added; a correction is a further row."""

    kind = models.CharField(max_length=9, choices=TransactionKind)
    idempotency_key = models.CharField(max_length=120, unique=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField()
    reason = MaskedCharField(max_length=500, blank=True)
    source_type = models.CharField(max_length=40, blank=True)
    source_id = models.BigIntegerField(null=True, blank=True)
    reverses = models.OneToOneField(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by"
    )

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["source_type", "source_id"], name="feedback_transaction_source")
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind="reversal", reverses__isnull=False)
                | (~Q(kind="reversal") & Q(reverses__isnull=True)),
                name="feedback_transaction_reversal_names_what",
            ),
            models.CheckConstraint(
                condition=texts_fit(idempotency_key=120, reason=500, source_type=40),
                name="feedback_transaction_texts_fit",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.pk}"


class PostingQuerySet(models.QuerySet["Posting"]):
    def of_person(self, user: User) -> PostingQuerySet:
        """What moved in somebody's wallet, newest first."""
        rows = self.filter(account__owner=user, account__kind=AccountKind.WALLET)
        return rows.select_related("transaction").order_by("-id")


class Posting(models.Model):
    """One amount on one account; those of a transaction sum to zero."""

    transaction = models.ForeignKey(
        PointsTransaction, on_delete=models.PROTECT, related_name="postings"
    )
    account = models.ForeignKey(PointsAccount, on_delete=models.PROTECT, related_name="postings")
    amount = models.IntegerField()
    balance_after = models.BigIntegerField()

    objects = PostingQuerySet.as_manager()

    class Meta:
        ordering = ["id"]
        indexes = [models.Index(fields=["account", "-id"], name="feedback_posting_of_account")]
        constraints = [
            models.CheckConstraint(condition=~Q(amount=0), name="feedback_posting_moves_something"),
            models.UniqueConstraint(
                fields=["transaction", "account"], name="feedback_posting_once_per_account"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.amount:+} on {self.account_id}"


class Boost(Stamped):
    """More to give: added to every month until `last_on`, or once where there is no last day."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="boosts")
    points = models.PositiveIntegerField()
    last_on = models.DateField(null=True, blank=True)
    reason = MaskedCharField(max_length=500)
    by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=MOST_POINTS),
                name="feedback_boost_points_are_sound",
            ),
            models.CheckConstraint(
                condition=texts_fit(reason=500), name="feedback_boost_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.points} more for {self.user}"


class GrantState(models.TextChoices):
    PENDING = "pending", "Waits for a second person"
    APPROVED = "approved", "Approved"
    DECLINED = "declined", "Declined"
    CANCELED = "canceled", "Canceled"


GRANT_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"approved", "declined", "canceled"}),
    "approved": frozenset(),
    "declined": frozenset(),
    "canceled": frozenset(),
}


class GrantQuerySet(models.QuerySet["GrantRequest"]):
    def visible_to(self, user: User) -> GrantQuerySet:
        """Own ones and those on budgets one sees; approvers from outside see what waits."""
        if scope(user, "feedback.grant_points") is None:
            return self.none()
        budgets = Budget.objects.visible_to(user).values("pk")
        return self.filter(
            Q(giver=user) | Q(budget__in=budgets) | Q(state=GrantState.PENDING) | Q(decided_by=user)
        )


class GrantRequest(Stamped):
    """Points from a budget to people, given at once by own hand or after a second person agrees."""

    giver = models.ForeignKey(User, on_delete=models.PROTECT, related_name="grants_given")
    recipients = models.ManyToManyField(User, related_name="grants_received")
    points = models.PositiveIntegerField(help_text="For each.")
    reason = MaskedCharField(max_length=500)
    budget = models.ForeignKey(Budget, on_delete=models.PROTECT, related_name="grants")
    state = models.CharField(max_length=8, choices=GrantState, default=GrantState.PENDING)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision_note = MaskedCharField(max_length=500, blank=True)

    objects = GrantQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True)
                | ~Q(decided_by=F("giver"))
                | Q(points__lte=200)
                | Q(state="canceled"),
                name="feedback_grant_large_one_has_a_second_person",
            ),
            models.CheckConstraint(
                condition=Q(state="pending", decided_at__isnull=True)
                | (~Q(state="pending") & Q(decided_at__isnull=False)),
                name="feedback_grant_decided_has_its_moment",
            ),
            models.CheckConstraint(
                condition=Q(points__gte=1, points__lte=MOST_POINTS)
                & texts_fit(reason=500, decision_note=500),
                name="feedback_grant_fields_are_sound",
            ),
        ]

    def __str__(self) -> str:
        return f"Grant {self.pk}"


def system_account(kind: str) -> PointsAccount:
    """One of the system's accounts; made on first use."""
    return PointsAccount.objects.get_or_create(kind=kind, owner=None, budget=None)[0]


def month_key(at: datetime) -> str:
    """The site's calendar month of a moment, as 2026-03."""
    return f"{timezone.localtime(at):%Y-%m}"
