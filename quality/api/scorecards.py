"""Scorecards and their versions, as `quality/scorecards/` and `quality/versions/`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api import Listed, Shown
from lib.api.filters import FilterSet, IdsFilter
from lib.api.serializers import ModelSerializer
from quality import access
from quality.api.base import QualityResource
from quality.content import content_document
from quality.models import Scorecard, ScorecardVersion
from quality.models.scorecards import VersionState
from quality.points import without_points


class ScorecardSerializer(ModelSerializer):
    class Meta:
        model = Scorecard
        fields = """id name kind channels direction queues teams current_version archived_at
            row_version created_at updated_at""".split()


class ScorecardFilters(FilterSet):
    in_use = django_filters.BooleanFilter(
        "archived_at", "isnull", help_text="Not archived, or archived."
    )

    class Meta:
        model = Scorecard
        fields: list[str] = []


class ScorecardResource(Listed, Shown, QualityResource):
    """What work is judged by."""

    model = Scorecard
    serializer_class = ScorecardSerializer
    filterset_class = ScorecardFilters

    def rows(self) -> QuerySet[Scorecard]:
        rows = Scorecard.objects.visible_to(self.person)
        return rows.prefetch_related("queues", "teams")


class VersionSerializer(ModelSerializer):
    class Meta:
        model = ScorecardVersion
        fields = """id scorecard number state language change_note content_sha256 published_at
            weights_hidden row_version""".split()


class WholeVersionSerializer(VersionSerializer):
    content = serializers.SerializerMethodField(
        help_text="Switches, sections, criteria and options. Points and weights are left out where "
        "the version hides them, except for who manages scorecards."
    )

    class Meta(VersionSerializer.Meta):
        fields = [*VersionSerializer.Meta.fields, "content"]

    def get_content(self, version: ScorecardVersion) -> dict[str, Any]:
        document = content_document(version)
        reader = self.context["request"].user
        if version.weights_hidden and not access.may_manage_scorecards(reader):
            return without_points(document)
        return document


class VersionFilters(FilterSet):
    scorecard = IdsFilter("scorecard_id", help_text="Ids of scorecards.")
    state = django_filters.ChoiceFilter(choices=VersionState.choices)

    class Meta:
        model = ScorecardVersion
        fields: list[str] = []


class VersionResource(Listed, Shown, QualityResource):
    """Versions of scorecards; drafts are seen by who manages scorecards alone."""

    model = ScorecardVersion
    filterset_class = VersionFilters

    def rows(self) -> QuerySet[ScorecardVersion]:
        cards = Scorecard.objects.visible_to(self.person)
        rows = ScorecardVersion.objects.filter(scorecard__in=cards.values("pk"))
        if not access.may_manage_scorecards(self.person):
            rows = rows.exclude(state=VersionState.DRAFT)
        return rows.select_related("scorecard")

    def get_serializer_class(self) -> type[ModelSerializer]:
        return VersionSerializer if self.action == "list" else WholeVersionSerializer
