"""Proposals of rules, coaching sessions and action items, as `training/…/`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from lib.api.filters import FilterSet, IdsFilter
from lib.api.serializers import ModelSerializer, Serializer
from training import access
from training.actions import remediation
from training.actions.assigning import local_today
from training.measuring import standing_on
from training.models import ActionItem, CoachingSession, Course, Proposal
from training.models.coaching import SessionState
from training.models.remediation import ProposalState


class ProposalSerializer(ModelSerializer):
    class Meta:
        model = Proposal
        fields = """id rule agent criterion_key fired_at evidence state decided_by decided_at
            reason assignment session created_at""".split()


class ConfirmedSerializer(Serializer):
    """Left empty, the rule's own course and due date."""

    course = serializers.PrimaryKeyRelatedField(
        queryset=Course.objects.published(), allow_null=True, default=None
    )
    due_on = serializers.DateField(allow_null=True, default=None)


class DismissedSerializer(Serializer):
    reason = serializers.CharField(max_length=500)


class ProposalFilters(FilterSet):
    agent = IdsFilter("agent_id", help_text="Ids of people.")
    state = django_filters.ChoiceFilter(choices=ProposalState.choices)

    class Meta:
        model = Proposal
        fields: list[str] = []


class ProposalResource(Listed, Shown, Resource):
    """What rules propose after repeated failures, for a supervisor to decide."""

    model = Proposal
    serializer_class = ProposalSerializer
    filterset_class = ProposalFilters

    def rows(self) -> QuerySet[Proposal]:
        rows = Proposal.objects.visible_to(self.person)
        return rows.select_related("rule__course", "agent")

    @extend_schema(request=ConfirmedSerializer, responses=ProposalSerializer)
    @action(detail=True, methods=["post"])
    def confirm(self, request: Request, pk: int) -> Response:
        """Give what is proposed, once."""
        proposal = self._decidable()
        values = self.entered(ConfirmedSerializer)
        remediation.confirm_proposal(proposal=proposal, by=self.person, at=timezone.now(), **values)
        return self.shown(self.get_object())

    @extend_schema(request=DismissedSerializer, responses=ProposalSerializer)
    @action(detail=True, methods=["post"])
    def dismiss(self, request: Request, pk: int) -> Response:
        """Nothing follows; the reason stays."""
        proposal = self._decidable()
        values = self.entered(DismissedSerializer)
        remediation.dismiss_proposal(proposal=proposal, by=self.person, at=timezone.now(), **values)
        return self.shown(self.get_object())

    def _decidable(self) -> Proposal:
        proposal: Proposal = self.get_object()
        if not access.may_confirm(self.person):
            raise PermissionDenied("A supervisor decides about proposals.")
        return proposal


class SessionSerializer(ModelSerializer):
    """Where a session stands; notes, agenda and answers are for its pages alone."""

    class Meta:
        model = CoachingSession
        fields = """id agent coach kind state starts_at minutes previous_session held_at
            shared_at acknowledgement_due_at acknowledged_at created_at""".split()


class SessionFilters(FilterSet):
    agent = IdsFilter("agent_id", help_text="Ids of people.")
    coach = IdsFilter("coach_id", help_text="Ids of people.")
    state = django_filters.ChoiceFilter(choices=SessionState.choices)

    class Meta:
        model = CoachingSession
        fields: list[str] = []


class SessionResource(Listed, Shown, Resource):
    """Coaching sessions that one takes part in or may read."""

    model = CoachingSession
    serializer_class = SessionSerializer
    filterset_class = SessionFilters

    def rows(self) -> QuerySet[CoachingSession]:
        return CoachingSession.objects.visible_to(self.person)


class ActionItemSerializer(ModelSerializer):
    class Meta:
        model = ActionItem
        fields = """id session agent owner text metric scorecard criterion_key course direction
            baseline baseline_n baseline_from_on baseline_to_on target minimum_n agreed_on due_on
            canceled_at created_at""".split()


class WholeActionItemSerializer(ActionItemSerializer):
    """With its standing today, which is computed and cannot be set."""

    standing = serializers.SerializerMethodField()

    class Meta(ActionItemSerializer.Meta):
        fields = [*ActionItemSerializer.Meta.fields, "standing"]

    def get_standing(self, item: ActionItem) -> dict[str, Any]:
        found = standing_on(item, local_today(timezone.now()))
        return {"status": found.status, "value": found.now.value, "n": found.now.n}


class ActionItemFilters(FilterSet):
    agent = IdsFilter("agent_id", help_text="Ids of people.")

    class Meta:
        model = ActionItem
        fields: list[str] = []


class ActionItemResource(Listed, Shown, Resource):
    """What was agreed in coaching; agents see theirs once the session was shared with them."""

    model = ActionItem
    filterset_class = ActionItemFilters

    def get_serializer_class(self) -> type[ActionItemSerializer]:
        return WholeActionItemSerializer if self.action == "retrieve" else ActionItemSerializer

    def rows(self) -> QuerySet[ActionItem]:
        sessions = CoachingSession.objects.visible_to(self.person)
        rows = ActionItem.objects.filter(session__in=sessions.values("pk"))
        own = rows.filter(agent=self.person)
        hidden = own.exclude(pk__in=own.shown_to_agent().values("pk"))
        return rows.exclude(pk__in=hidden.values("pk")).select_related("agent")
