"""Disputes, as `quality/disputes/`."""

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

from accounts.api import Listed, Shown
from crm.models import Leg
from lib.api.filters import FilterSet, IdsFilter
from lib.api.serializers import ModelSerializer, Serializer
from quality import access
from quality.actions import disputes as actions
from quality.actions.dispute_results import Decision, ItemDecision
from quality.api.base import QualityResource
from quality.models import Dispute, DisputeItem
from quality.models.disputes import DisputeOutcome, DisputeState


class DisputeItemSerializer(ModelSerializer):
    criterion = serializers.CharField(source="criterion.key", read_only=True)

    class Meta:
        model = DisputeItem
        fields = "criterion proposed_option reason outcome decided_option note".split()


class DisputeSerializer(ModelSerializer):
    items = DisputeItemSerializer(many=True, read_only=True)
    decider = serializers.SerializerMethodField(
        help_text="Null in the pool, and for the agent where the version hides its evaluator."
    )

    class Meta:
        model = Dispute
        fields = """id row_version evaluation round kind state reason filed_by filed_at decider
            due_at taken_at decided_at decision_note moved_to_leg items""".split()

    def get_decider(self, dispute: Dispute) -> int | None:
        is_evaluator = dispute.decider_id == dispute.evaluation.evaluator_id
        reader = self.context["request"].user
        if is_evaluator and not access.may_view_evaluator(reader, dispute.evaluation):
            return None
        return dispute.decider_id


class ItemDecisionSerializer(Serializer):
    criterion = serializers.CharField(max_length=40)
    outcome = serializers.ChoiceField(DisputeOutcome.choices)
    option = serializers.CharField(max_length=40, default="", allow_blank=True)
    note = serializers.CharField(max_length=2000)


class DecisionSerializer(Serializer):
    note = serializers.CharField(max_length=4000)
    private_note = serializers.CharField(max_length=4000, default="", allow_blank=True)
    items = ItemDecisionSerializer(many=True, default=list)
    leg = serializers.IntegerField(
        allow_null=True, default=None, help_text="Whose part it was, if it was somebody else's."
    )


class DisputeFilters(FilterSet):
    evaluation = IdsFilter("evaluation_id", help_text="Ids of evaluations.")
    state = django_filters.ChoiceFilter(choices=DisputeState.choices)

    class Meta:
        model = Dispute
        fields: list[str] = []


class DisputeResource(Listed, Shown, QualityResource):
    """Agents' objections to their results, by rounds."""

    model = Dispute
    serializer_class = DisputeSerializer
    filterset_class = DisputeFilters

    def rows(self) -> QuerySet[Dispute]:
        rows = Dispute.objects.visible_to(self.person).select_related("evaluation__version")
        return rows.prefetch_related("items__criterion")

    @extend_schema(request=None, responses=DisputeSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: int) -> Response:
        """Begin to look at it; of the pool the first one gets it."""
        dispute = self.get_object()
        self.expected_version(dispute)
        actions.take_dispute(dispute=dispute, by=self.person, at=timezone.now())
        return self.shown(self.get_object())

    @extend_schema(request=DecisionSerializer, responses=DisputeSerializer)
    @action(detail=True, methods=["post"])
    def decide(self, request: Request, pk: int) -> Response:
        """Decide every item; what changes becomes a new revision at once."""
        dispute = self.get_object()
        self.expected_version(dispute)
        values = self.entered(DecisionSerializer)
        items = {
            item["criterion"]: ItemDecision(item["outcome"], item["note"], item["option"])
            for item in values["items"]
        }
        decision = Decision(
            note=values["note"],
            private_note=values["private_note"],
            items=items,
            leg=self._leg(dispute, values["leg"]),
        )
        actions.decide_dispute(
            dispute=dispute, decision=decision, by=self.person, at=timezone.now()
        )
        return self.shown(self.get_object())

    def _leg(self, dispute: Dispute, leg_id: int | None) -> Leg | None:
        if leg_id is None:
            return None
        rows = Leg.objects.filter(interaction__legs__evaluations=dispute.evaluation_id)
        return get_object_or_404(rows.select_related("interaction"), pk=leg_id)
