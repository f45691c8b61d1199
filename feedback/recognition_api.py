"""Recognition, as `recognition/`."""

from __future__ import annotations

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from accounts.models import User
from feedback import recognition_access as access
from feedback.actions import kudos as kudos_verbs
from feedback.actions import nominations as nomination_verbs
from feedback.actions import rewards as reward_verbs
from feedback.models import (
    AwardProgram,
    BadgeAward,
    CompanyValue,
    Kudos,
    Nomination,
    Posting,
    Redemption,
    Reward,
)
from feedback.models.kudos import KudosSource, Visibility
from feedback.models.points import TransactionKind
from feedback.models.rewards import RedemptionState
from feedback.site_days import site_day
from lib.api.errors import Refused as Problem
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer


class RecognitionResource(Resource):
    """The key of a program's wish serves the verbs as well."""

    @property
    def key(self) -> str:
        """The program's idempotency key, so that a repeated wish is one row as well."""
        return self.request.headers.get("Idempotency-Key", "")[:64]


# --- Kudos --------------------------------------------------------------------------------------


class KudosSerializer(ModelSerializer):
    recipients = serializers.SerializerMethodField()

    class Meta:
        model = Kudos
        fields = """id giver recipients message values points_each visibility interaction source
            state posted_at""".split()

    def get_recipients(self, kudos: Kudos) -> list[int]:
        return [row.agent_id for row in kudos.recipients.all()]


class GiveKudosSerializer(Serializer):
    recipients = serializers.PrimaryKeyRelatedField(
        many=True, queryset=User.objects.filter(is_active=True, kind="person")
    )
    message = serializers.CharField(max_length=2000)
    values = serializers.PrimaryKeyRelatedField(
        many=True, queryset=CompanyValue.objects.filter(is_active=True)
    )
    points_each = serializers.IntegerField(min_value=0, default=0)
    visibility = serializers.ChoiceField(Visibility.choices, default=Visibility.PUBLIC)


class KudosFilters(FilterSet):
    giver = IdsFilter("giver_id", help_text="Ids of people.")
    recipient = IdsFilter("recipients__agent_id", help_text="Ids of people.")
    source = django_filters.ChoiceFilter(choices=KudosSource.choices)
    posted_from = MomentFilter("posted_at", "gte", help_text="Posted then or later.")
    posted_before = MomentFilter("posted_at", "lt", help_text="Posted earlier.")

    class Meta:
        model = Kudos
        fields: list[str] = []


class KudosResource(Listed, Shown, RecognitionResource):
    """Thanks that one may see; give them and take one's own back within a day."""

    model = Kudos
    serializer_class = KudosSerializer
    filterset_class = KudosFilters
    orders = ("-posted_at", "posted_at")

    def rows(self) -> QuerySet[Kudos]:
        rows = Kudos.objects.visible_to(self.person)
        return rows.prefetch_related("values", "recipients")

    @extend_schema(request=GiveKudosSerializer, responses=KudosSerializer)
    def create(self, request: Request) -> Response:
        """Thank people, with points from one's allowance or without."""
        thanks = kudos_verbs.Thanks(**self.entered(GiveKudosSerializer))
        kudos = kudos_verbs.give_kudos(
            thanks=thanks, key=self.key, by=self.person, at=timezone.now()
        )
        return self.shown(kudos, status=201)

    @extend_schema(request=None, responses=KudosSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """Take one's own thanks back; points return if nobody has used them."""
        kudos = self.get_object()
        if not access.may_withdraw_kudos(self.person, kudos, timezone.now()):
            raise Problem("conflict", "Only the giver takes it back, within 24 hours.")
        return self.shown(
            kudos_verbs.withdraw_kudos(kudos=kudos, by=self.person, at=timezone.now())
        )


# --- Points -------------------------------------------------------------------------------------


class PostingSerializer(ModelSerializer):
    kind = serializers.ChoiceField(TransactionKind.choices, source="transaction.kind")
    at = serializers.DateTimeField(source="transaction.at")
    reason = serializers.CharField(source="transaction.reason")

    class Meta:
        model = Posting
        fields = "id kind at reason amount balance_after".split()


class PointsResource(Listed, RecognitionResource):
    """What moved in one's own wallet, newest first, with the balance after each."""

    model = Posting
    serializer_class = PostingSerializer

    def rows(self) -> QuerySet[Posting]:
        return Posting.objects.of_person(self.person)


# --- Rewards ------------------------------------------------------------------------------------


class RewardSerializer(ModelSerializer):
    price = serializers.IntegerField(read_only=True, help_text="After the discount.")

    class Meta:
        model = Reward
        fields = """id version name category description cost_points discount_percent price stock
            per_person_limit limit_period valid_from valid_until needs_approval""".split()


class RewardResource(Listed, Shown, RecognitionResource):
    """What points buy today."""

    model = Reward
    serializer_class = RewardSerializer

    def rows(self) -> QuerySet[Reward]:
        return Reward.objects.offered(site_day(timezone.now()))


class RedemptionSerializer(ModelSerializer):
    class Meta:
        model = Redemption
        fields = """id user reward price_points quantity state ordered_at decided_at reason
            fulfilled_at""".split()


class OrderSerializer(Serializer):
    reward = serializers.IntegerField(help_text="The id of a reward that is offered.")
    quantity = serializers.IntegerField(min_value=1, max_value=5, default=1)


class ReasonSerializer(Serializer):
    reason = serializers.CharField(max_length=500)


class RedemptionFilters(FilterSet):
    user = IdsFilter("user_id", help_text="Ids of people.")
    state = django_filters.ChoiceFilter(choices=RedemptionState.choices)

    class Meta:
        model = Redemption
        fields: list[str] = []


class RedemptionResource(Listed, Shown, RecognitionResource):
    """Orders of rewards: one's own, and those one decides on."""

    model = Redemption
    serializer_class = RedemptionSerializer
    filterset_class = RedemptionFilters
    orders = ("-ordered_at", "ordered_at")

    def rows(self) -> QuerySet[Redemption]:
        return Redemption.objects.visible_to(self.person).select_related("user", "reward")

    @extend_schema(request=OrderSerializer, responses=RedemptionSerializer)
    def create(self, request: Request) -> Response:
        """Order a reward; the price is frozen and its points are held."""
        given = self.entered(OrderSerializer)
        offered = Reward.objects.offered(site_day(timezone.now()))
        redemption = reward_verbs.redeem_reward(
            reward=get_object_or_404(offered, pk=given["reward"]),
            quantity=given["quantity"],
            key=self.key,
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(redemption, status=201)

    @extend_schema(request=None, responses=RedemptionSerializer)
    @action(detail=True, methods=["post"])
    def cancel(self, request: Request, pk: int) -> Response:
        """Take one's own order back while it waits."""
        row = self.get_object()
        at = timezone.now()
        return self.shown(reward_verbs.cancel_redemption(redemption=row, by=self.person, at=at))

    @extend_schema(request=None, responses=RedemptionSerializer)
    @action(detail=True, methods=["post"])
    def approve(self, request: Request, pk: int) -> Response:
        """Agree to an order of somebody else."""
        row = self.get_object()
        at = timezone.now()
        return self.shown(reward_verbs.approve_redemption(redemption=row, by=self.person, at=at))

    @extend_schema(request=ReasonSerializer, responses=RedemptionSerializer)
    @action(detail=True, methods=["post"])
    def decline(self, request: Request, pk: int) -> Response:
        """Refuse an order; points and stock go back at once."""
        reason = self.entered(ReasonSerializer)["reason"]
        row = reward_verbs.decline_redemption(
            redemption=self.get_object(), reason=reason, by=self.person, at=timezone.now()
        )
        return self.shown(row)


# --- Nominations and badges -----------------------------------------------------------------------


class NominationSerializer(ModelSerializer):
    class Meta:
        model = Nomination
        fields = "id program nominator nominee statement state created_at".split()


class NominateSerializer(Serializer):
    program = serializers.PrimaryKeyRelatedField(
        queryset=AwardProgram.objects.exclude(state__in=["draft", "canceled"])
    )
    nominee = serializers.PrimaryKeyRelatedField(queryset=User.objects.filter(is_active=True))
    statement = serializers.CharField(max_length=2000)


class NominationResource(Listed, Shown, RecognitionResource):
    """Nominations one made or scores, and announced winners."""

    model = Nomination
    serializer_class = NominationSerializer

    def rows(self) -> QuerySet[Nomination]:
        return Nomination.objects.visible_to(self.person).select_related("program")

    @extend_schema(request=NominateSerializer, responses=NominationSerializer)
    def create(self, request: Request) -> Response:
        """Nominate a colleague while the program is open."""
        row = nomination_verbs.nominate_person(
            **self.entered(NominateSerializer), by=self.person, at=timezone.now()
        )
        return self.shown(row, status=201)


class BadgeAwardSerializer(ModelSerializer):
    badge_name = serializers.CharField(source="badge.name", read_only=True)

    class Meta:
        model = BadgeAward
        fields = "id badge badge_name agent awarded_at expires_on is_shown facts".split()


class BadgeResource(Listed, Shown, RecognitionResource):
    """One's own badges with the facts behind them."""

    model = BadgeAward
    serializer_class = BadgeAwardSerializer

    def rows(self) -> QuerySet[BadgeAward]:
        rows = BadgeAward.objects.standing().filter(agent=self.person)
        return rows.select_related("badge")
