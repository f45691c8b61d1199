"""KPIs, unusual days, risk and ordered reports for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from crm.models import Customer
from lib.api.filters import FilterSet
from lib.api.serializers import ModelSerializer, Serializer
from reports import access, rollups
from reports.definitions import (
    DEFAULTS,
    BadParameter,
    Definition,
    UnknownDefinition,
    alternatives,
    parse,
)
from reports.kinds import KINDS
from reports.models import AnomalyFlag, KpiDefinition, ReportRun, RiskScore
from reports.models.outputs import FlagState, RiskBand
from reports.periods import MOST_DAYS, Period
from reports.registry import Registry
from reports.rows import DIMENSIONS, MOST_ROWS
from reports.rows import values as kpi_values
from reports.slices import Slice
from routing.models import Queue


class DefinitionSerializer(Serializer):
    slug = serializers.CharField()
    key = serializers.CharField()
    title = serializers.CharField()
    words = serializers.CharField()
    unit = serializers.CharField()
    direction = serializers.CharField()
    numerator = serializers.CharField()
    denominator = serializers.CharField()
    known_as = serializers.CharField()
    is_default = serializers.BooleanField()


class ValueSerializer(Serializer):
    definition = serializers.CharField()
    key = serializers.JSONField(help_text="The group: a day, an id, a channel, or empty.")
    value = serializers.CharField(allow_null=True, help_text="Six decimals, in the unit.")
    numerator = serializers.FloatField()
    denominator = serializers.FloatField()
    n = serializers.IntegerField()
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    verdict = serializers.CharField()
    cutoff_at = serializers.DateTimeField()


class ValuesSerializer(Serializer):
    results = ValueSerializer(many=True)


class DefinitionsSerializer(Serializer):
    results = DefinitionSerializer(many=True)


VALUE_PARAMETERS = frozenset({"definition", "from", "to", "by", "queue", "channel"})


class KpiResource(Resource):
    """Every KPI: its definitions, and values by day, queue, team or agent."""

    model = KpiDefinition
    serializer_class = ValuesSerializer
    parameters = {"values": VALUE_PARAMETERS}

    def rows(self) -> QuerySet[KpiDefinition]:
        return KpiDefinition.objects.none()

    @extend_schema(responses=DefinitionsSerializer, operation_id="kpis_definitions")
    @action(detail=False, methods=["get"])
    def definitions(self, request: Request) -> Response:
        """Every definition that stands beside another on the pages."""
        registry = Registry(timezone.localdate())
        defaults = {registry.default(key).slug for key in DEFAULTS}
        told = {
            one.slug: definition_row(one, one.slug in defaults)
            for key in KINDS
            for one in alternatives(registry.default(key))
        }
        return Response({"results": list(told.values())})

    @extend_schema(
        responses=ValuesSerializer,
        operation_id="kpis_values",
        parameters=[
            OpenApiParameter("definition", str, required=True, description="Such as sl3-t20-lte."),
            OpenApiParameter("from", date, required=True, description="The first day."),
            OpenApiParameter("to", date, required=True, description="The last day."),
            OpenApiParameter("by", str, enum=list(DIMENSIONS)),
            OpenApiParameter("queue", int, description="The id of one queue."),
            OpenApiParameter("channel", str),
        ],
    )
    @action(detail=False, methods=["get"])
    def values(self, request: Request) -> Response:
        """What `manage.py kpis` and the pages show, of the queues that the person may see."""
        given = request.query_params
        definition, period = asked_definition(given.get("definition", "")), asked_period(given)
        by = given.get("by") or "total"
        if by not in DIMENSIONS:
            raise ValidationError({"by": f"Use one of {', '.join(DIMENSIONS)}."})
        piece = Slice(period, self._queues(given.get("queue")), given.get("channel", ""))
        cutoff, _stale = rollups.cutoff(timezone.now())
        found = list(kpi_values(definition, piece, by, Registry(period.end)))
        if len(found) > MOST_ROWS:
            raise ValidationError({"by": "Narrow the filter."})
        return Response({"results": [row.as_dict() | {"cutoff_at": cutoff} for row in found]})

    def _queues(self, text: str | None) -> frozenset[int] | None:
        allowed = access.queues_of(self.person)
        if not text:
            return allowed
        queue = Queue.objects.filter(pk=int(text) if text.isdigit() else 0).first()
        if queue is None or (allowed is not None and queue.pk not in allowed):
            raise NotFound
        return frozenset({queue.pk})


def definition_row(one: Definition, is_default: bool) -> dict[str, Any]:
    numerator, denominator = one.formula
    return {
        "slug": one.slug,
        "key": one.key,
        "title": one.kind.title,
        "words": one.label,
        "unit": one.unit,
        "direction": one.kind.direction,
        "numerator": numerator,
        "denominator": denominator,
        "known_as": one.known_as,
        "is_default": is_default,
    }


def asked_definition(slug: str) -> Definition:
    try:
        return parse(slug)
    except (UnknownDefinition, BadParameter) as error:
        raise ValidationError({"definition": str(error)}) from None


def asked_period(given: Any) -> Period:
    found = []
    for name in ("from", "to"):
        try:
            found.append(date.fromisoformat(given.get(name, "")))
        except ValueError:
            raise ValidationError({name: "Write a day as YYYY-MM-DD."}) from None
    period = Period(*found)
    if not 1 <= period.days <= MOST_DAYS:
        raise ValidationError({"to": f"Choose 1 to {MOST_DAYS} days, the first one first."})
    return period


class FlagSerializer(ModelSerializer):
    queue_name = serializers.CharField(source="queue.name", read_only=True)

    class Meta:
        model = AnomalyFlag
        fields = """id definition queue queue_name on_date value n expected low high z state note
            settled_at""".split()


class FlagFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=FlagState.choices)

    class Meta:
        model = AnomalyFlag
        fields: list[str] = []


class AnomalyResource(Listed, Shown, Resource):
    """Days of queues whose KPI lay outside its usual band."""

    model = AnomalyFlag
    serializer_class = FlagSerializer
    filterset_class = FlagFilters

    def rows(self) -> QuerySet[AnomalyFlag]:
        allowed = access.queues_of(self.person)
        return AnomalyFlag.objects.of_queues(allowed).select_related("queue")


class RiskSerializer(ModelSerializer):
    class Meta:
        model = RiskScore
        fields = "id customer score band contributions rule_set as_of_at".split()


class RiskFilters(FilterSet):
    band = django_filters.ChoiceFilter(choices=RiskBand.choices)

    class Meta:
        model = RiskScore
        fields: list[str] = []


class RiskResource(Listed, Shown, Resource):
    """Customers who may be dissatisfied, with every reason."""

    model = RiskScore
    serializer_class = RiskSerializer
    filterset_class = RiskFilters
    orders = ("-score",)

    def rows(self) -> QuerySet[RiskScore]:
        return RiskScore.objects.filter(customer__in=Customer.objects.visible_to(self.person))


class RunSerializer(ModelSerializer):
    class Meta:
        model = ReportRun
        fields = """id kind title query requested_by state total done failed sentence as_of_at
            created_at expires_on""".split()


class RunResource(Listed, Shown, Resource):
    """Ordered reports and how far they are."""

    model = ReportRun
    serializer_class = RunSerializer
    orders = ("-created_at",)

    def rows(self) -> QuerySet[ReportRun]:
        return ReportRun.objects.visible_to(self.person)
