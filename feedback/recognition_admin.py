"""The admin of recognition: settings and catalogs to edit, everything that happened to read."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.admin_base import AttuneModelAdmin, ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from feedback.actions import rewards
from feedback.models import (
    AbuseReport,
    AwardProgram,
    Badge,
    BadgeAward,
    BadgeRule,
    Birthday,
    BoardPreference,
    Boost,
    Budget,
    CommitteeVote,
    CompanyValue,
    FairPlayFlag,
    GrantRequest,
    Kudos,
    KudosReaction,
    KudosRecipient,
    Leaderboard,
    LeaderboardSnapshot,
    Milestone,
    MilestoneAward,
    Nomination,
    NoticePreference,
    PointsAccount,
    PointsTransaction,
    Posting,
    PraiseDraft,
    RecognitionFact,
    RecognitionPolicy,
    Redemption,
    Reward,
    Tier,
    VolumeDecision,
)
from feedback.recognition_forms import RewardForm

# --- Kudos -------------------------------------------------------------------------------------


@admin.register(CompanyValue)
class CompanyValueAdmin(AttuneModelAdmin):
    list_display = ("name", "code", "position", "is_active")
    search_fields = ("name", "code")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class RecipientInline(ReadOnlyInline):
    model = KudosRecipient
    fields = ("agent", "team")


class ReactionInline(ReadOnlyInline):
    model = KudosReaction
    fields = ("user", "kind")


class ReportInline(ReadOnlyInline):
    model = AbuseReport
    fields = ("by", "reason", "state")


@admin.register(Kudos)
class KudosAdmin(ReadOnlyAdmin):
    list_display = ("id", "giver", "source", "visibility", "points_each", "state", "posted_at")
    list_filter = ("state", "source", "visibility", period_of("posted_at"))
    list_select_related = ("giver",)
    search_fields = ("message", "giver__full_name", "recipients__agent__full_name")
    inlines = (RecipientInline, ReactionInline, ReportInline)


@admin.register(PraiseDraft)
class PraiseDraftAdmin(ReadOnlyAdmin):
    list_display = ("response_id", "team", "state", "decided_by", "decided_at")
    list_filter = ("state",)
    list_select_related = ("team", "decided_by")


@admin.register(NoticePreference)
class NoticePreferenceAdmin(ReadOnlyAdmin):
    list_display = ("user", "by_mail", "seen_at")
    list_select_related = ("user",)


# --- Points ------------------------------------------------------------------------------------


@admin.register(RecognitionPolicy)
class RecognitionPolicyAdmin(AttuneModelAdmin):
    list_display = ("__str__", "monthly_allowance", "point_rate", "currency", "life_months")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return super().has_add_permission(request) and not RecognitionPolicy.objects.exists()

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(Tier)
class TierAdmin(AttuneModelAdmin):
    list_display = ("name", "threshold")


@admin.register(Boost)
class BoostAdmin(ReadOnlyAdmin):
    list_display = ("user", "points", "last_on", "by", "reason")
    list_select_related = ("user", "by")


@admin.register(Budget)
class BudgetAdmin(ReadOnlyAdmin):
    list_display = ("owner_name", "starts_on", "ends_on", "points", "left", "mode", "closed_at")
    list_filter = ("mode",)
    list_select_related = ("team", "account")

    @admin.display(description="left")
    def left(self, budget: Budget) -> int:
        return budget.account.balance


@admin.register(PointsAccount)
class PointsAccountAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "owner", "budget", "balance", "lifetime", "is_frozen")
    list_filter = ("kind", "is_frozen")
    list_select_related = ("owner", "budget__team")
    search_fields = ("owner__full_name",)


class PostingInline(ReadOnlyInline):
    model = Posting
    fields = ("account", "amount", "balance_after")


@admin.register(PointsTransaction)
class PointsTransactionAdmin(ReadOnlyAdmin):
    list_display = ("id", "kind", "by", "at", "reason", "source_type", "source_id")
    list_filter = ("kind", period_of("at"))
    list_select_related = ("by",)
    search_fields = ("idempotency_key", "reason")
    inlines = (PostingInline,)


@admin.register(GrantRequest)
class GrantRequestAdmin(ReadOnlyAdmin):
    list_display = ("id", "giver", "points", "budget", "state", "decided_by", "created_at")
    list_filter = ("state",)
    list_select_related = ("giver", "budget__team", "decided_by")

    def get_queryset(self, request: HttpRequest) -> QuerySet[GrantRequest]:
        return super().get_queryset(request).distinct()


# --- Rewards and awards -------------------------------------------------------------------------


@admin.register(Reward)
class RewardAdmin(AttuneModelAdmin):
    form = RewardForm
    list_display = ("name", "category", "cost_points", "discount_percent", "stock", "is_active")
    list_filter = ("is_active", "category")
    search_fields = ("name",)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """With its picture: a new one takes the place of the old one."""
        assert isinstance(request.user, User)
        old = obj.image_id
        upload, is_removed = form.cleaned_data["picture"], form.cleaned_data["remove_picture"]
        if upload or is_removed:
            obj.image_id = rewards.store_picture(upload, by=request.user) if upload else None
        super().save_model(request, obj, form, change)
        if obj.image_id != old:
            rewards.remove_picture(old)


@admin.register(Redemption)
class RedemptionAdmin(ReadOnlyAdmin):
    list_display = ("id", "user", "reward", "quantity", "price_points", "state", "ordered_at")
    list_filter = ("state", period_of("ordered_at"))
    list_select_related = ("user", "reward")
    search_fields = ("user__full_name", "reward__name")


@admin.register(AwardProgram)
class AwardProgramAdmin(AttuneModelAdmin):
    list_display = ("name", "opens_at", "closes_at", "points", "winners", "state")
    list_filter = ("state",)
    readonly_fields = ("state",)


class VoteInline(ReadOnlyInline):
    model = CommitteeVote
    fields = ("member", "scores", "is_recused", "comment")


@admin.register(Nomination)
class NominationAdmin(ReadOnlyAdmin):
    list_display = ("nominee", "program", "nominator", "state", "result_mean")
    list_filter = ("state",)
    list_select_related = ("nominee", "program", "nominator")
    inlines = (VoteInline,)


# --- Badges, boards, fair play --------------------------------------------------------------------


@admin.register(RecognitionFact)
class RecognitionFactAdmin(ReadOnlyAdmin):
    list_display = ("fact_key", "version", "kind", "agent", "occurred_at", "is_withdrawn")
    list_filter = ("kind", period_of("occurred_at"))
    list_select_related = ("agent",)
    search_fields = ("fact_key", "agent__full_name")


class RuleInline(ReadOnlyInline):
    model = BadgeRule
    fields = ("number", "state", "fact_kind", "mode", "k", "window_days", "conditions")


@admin.register(Badge)
class BadgeAdmin(AttuneModelAdmin):
    list_display = ("name", "kind", "points", "repeat", "is_volume", "monthly_cap")
    list_filter = ("kind",)
    search_fields = ("name", "code")
    inlines = (RuleInline,)


@admin.register(BadgeAward)
class BadgeAwardAdmin(ReadOnlyAdmin):
    list_display = ("badge", "agent", "awarded_at", "expires_on", "is_shown", "revoked_at")
    list_filter = ("badge", period_of("awarded_at"))
    list_select_related = ("badge", "agent")
    search_fields = ("agent__full_name",)


@admin.register(Milestone)
class MilestoneAdmin(AttuneModelAdmin):
    list_display = ("__str__", "kind", "years", "points", "is_active")


@admin.register(MilestoneAward)
class MilestoneAwardAdmin(ReadOnlyAdmin):
    list_display = ("milestone", "agent", "on_date")
    list_select_related = ("milestone", "agent")


@admin.register(Birthday)
class BirthdayAdmin(ReadOnlyAdmin):
    """Only that somebody wants to be congratulated; the day stays theirs."""

    list_display = ("user",)
    fields = ("user",)
    list_select_related = ("user",)


@admin.register(VolumeDecision)
class VolumeDecisionAdmin(ReadOnlyAdmin):
    list_display = ("agent", "month_on", "is_passed", "reason")
    list_filter = ("is_passed",)
    list_select_related = ("agent",)


@admin.register(Leaderboard)
class LeaderboardAdmin(AttuneModelAdmin):
    """Who sees a board is changed on its page, with a reason."""

    list_display = ("name", "metric", "unit", "window", "min_n", "visibility")
    readonly_fields = ("visibility", "reason")


@admin.register(LeaderboardSnapshot)
class LeaderboardSnapshotAdmin(ReadOnlyAdmin):
    list_display = ("board", "as_of", "made_at")
    list_select_related = ("board",)


@admin.register(BoardPreference)
class BoardPreferenceAdmin(ReadOnlyAdmin):
    list_display = ("user", "is_hidden", "alias")
    list_select_related = ("user",)


@admin.register(FairPlayFlag)
class FairPlayFlagAdmin(ReadOnlyAdmin):
    list_display = ("kind", "period_on", "state", "decided_by", "decided_at")
    list_filter = ("state", "kind")
    list_select_related = ("decided_by",)
