"""Interactions, as `interactions/`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from crm import access
from crm.api.pushed import PushedSerializer, PushSerializer, options_of
from crm.contact_points import mask
from crm.importing import pushing
from crm.models import Interaction, Leg
from crm.models.interactions import Channel, Direction, Outcome
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer

MOST_BYTES = 5 * 1024 * 1024  # A thousand calls with their transcripts.


class LegSerializer(ModelSerializer):
    agent_name = serializers.CharField(source="agent.short_name", default="", read_only=True)
    team_name = serializers.CharField(source="team.name", default="", read_only=True)

    class Meta:
        model = Leg
        fields = """id position kind agent agent_name team team_name queue offered_at answered_at
            ended_at wait_seconds ring_seconds talk_seconds hold_seconds wrap_seconds
            active_seconds slots end""".split()


class InteractionSerializer(ModelSerializer):
    customer_address = serializers.SerializerMethodField(
        help_text="Masked for those who may not see contact points in full."
    )
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)
    legs = LegSerializer(many=True)

    class Meta:
        model = Interaction
        fields = """id reference version source external_id channel direction outcome ended_by
            subject language customer customer_address queue started_at queued_at answered_at
            ended_at wait_seconds ring_seconds talk_seconds hold_seconds wrap_seconds
            handle_seconds hold_count transfer_count quality_flags custom tags legs created_at
            updated_at""".split()

    def get_customer_address(self, interaction: Interaction) -> str:
        if access.may_see_contact_points(self.context["request"].user):
            return interaction.customer_address
        address = interaction.customer_address
        return mask("email" if "@" in address else "phone", address) if address else ""


class InteractionFilters(FilterSet):
    channel = django_filters.ChoiceFilter(choices=Channel.choices)
    direction = django_filters.ChoiceFilter(choices=Direction.choices)
    outcome = django_filters.ChoiceFilter(choices=Outcome.choices)
    source = django_filters.CharFilter(help_text="The system it came from, exactly.")
    external_id = django_filters.CharFilter(help_text="Its id in that system, exactly.")
    customer = IdsFilter("customer_id", help_text="Ids of customers.")
    queue = IdsFilter("queue_id", help_text="Ids of queues.")
    tag = django_filters.CharFilter("tags__name", "iexact", help_text="The name of a tag.")
    started_from = MomentFilter("started_at", "gte", help_text="Started then or later.")
    started_before = MomentFilter("started_at", "lt", help_text="Started earlier.")

    class Meta:
        model = Interaction
        fields: list[str] = []


class InteractionResource(Listed, Shown, Resource):
    """Contacts with customers on every channel, with the agents' parts of them."""

    model = Interaction
    serializer_class = InteractionSerializer
    filterset_class = InteractionFilters
    orders = ("-started_at", "started_at")
    unkeyed = frozenset({"batch"})
    most_bytes = MOST_BYTES

    def rows(self) -> QuerySet[Interaction]:
        return Interaction.objects.visible_to(self.person).with_people().prefetch_related("tags")

    @extend_schema(request=PushSerializer, responses=PushedSerializer)
    @action(detail=False, methods=["post"])
    def batch(self, request: Request) -> Response:
        """Push up to 1,000 interactions in Attune JSON; each is stored or refused by itself.

        The key is (source, external_id), so the same push may be repeated at will: what is stored
        already is answered as `unchanged`, with the same id.
        """
        given = self.entered(PushSerializer)
        found = pushing.push_interactions(
            items=given["interactions"],
            source=given["source"],
            options=options_of(given),
            by=self.person,
            at=timezone.now(),
        )
        results = [pushing.as_json(position, one) for position, one in enumerate(found)]
        return Response({"results": results})
