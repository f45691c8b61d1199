"""Draws of sampling plans and calibrations, as `quality/draws/` and `quality/calibrations/`."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from rest_framework import serializers

from accounts.api import Listed, Shown
from lib.api.filters import FilterSet, IdsFilter
from lib.api.serializers import ModelSerializer
from quality.api.base import QualityResource
from quality.models import CalibrationSession, Draw
from quality.models.calibration import CalibrationState
from quality.models.evaluations import DISCLOSED_STATES


class DrawSerializer(ModelSerializer):
    seed_sha256 = serializers.CharField(source="commitment.seed_sha256", read_only=True)
    committed_at = serializers.DateTimeField(source="commitment.committed_at", read_only=True)
    revealed_at = serializers.DateTimeField(
        source="commitment.revealed_at", read_only=True, allow_null=True
    )
    seed = serializers.SerializerMethodField(help_text="Null until it is revealed.")

    class Meta:
        model = Draw
        fields = """id plan slice_number slice_start_at slice_end_at filters rule plan_sha256
            frame_n frame_sha256 picked seed_sha256 committed_at revealed_at seed
            created_at""".split()

    def get_seed(self, draw: Draw) -> str | None:
        return draw.commitment.seed if draw.commitment.is_revealed else None


class DrawFilters(FilterSet):
    plan = IdsFilter("plan_id", help_text="Ids of plans.")

    class Meta:
        model = Draw
        fields: list[str] = []


class DrawResource(Listed, Shown, QualityResource):
    """What was drawn by chance, with all that a replay needs once the seed is revealed."""

    model = Draw
    serializer_class = DrawSerializer
    filterset_class = DrawFilters

    def rows(self) -> QuerySet[Draw]:
        rows = Draw.objects.visible_to(self.person).select_related("commitment")
        return rows.defer("frame", "inputs", "picks", "comparison")


class CalibrationSerializer(ModelSerializer):
    seat_count = serializers.SerializerMethodField()
    submitted_count = serializers.SerializerMethodField()
    seats = serializers.SerializerMethodField(
        help_text="Who rated, with the id of each rating; empty until the session closes."
    )

    class Meta:
        model = CalibrationSession
        fields = """id row_version version planned_by deadline_at hide_agent expert miss_zeroes
            threshold_percent state opened_at closed_at finished_at seat_count submitted_count
            seats""".split()

    def get_seat_count(self, session: CalibrationSession) -> int:
        return len(session.seats.all())

    def get_submitted_count(self, session: CalibrationSession) -> int:
        return sum(seat.submitted_at is not None for seat in session.seats.all())

    def get_seats(self, session: CalibrationSession) -> list[dict[str, Any]]:
        if session.state not in DISCLOSED_STATES:
            return []
        return [
            {
                "rater": seat.rater_id,
                "evaluation": seat.evaluation_id,
                "submitted_at": seat.submitted_at,
            }
            for seat in session.seats.all()
        ]


class CalibrationFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=CalibrationState.choices)

    class Meta:
        model = CalibrationSession
        fields: list[str] = []


class CalibrationResource(Listed, Shown, QualityResource):
    """Sessions in which several people score the same work blind."""

    model = CalibrationSession
    serializer_class = CalibrationSerializer
    filterset_class = CalibrationFilters

    def rows(self) -> QuerySet[CalibrationSession]:
        rows = CalibrationSession.objects.visible_to(self.person)
        return rows.prefetch_related("seats")
