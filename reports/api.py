"""KPIs, unusual days, risk and ordered reports for programs."""

from __future__ import annotations

from datetime import date
from typing import Any

import django_filters
from django.db.models import QuerySet
from django.http import QueryDict
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import NotFound, PermissionDenied, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from crm.models import Customer
from crm.models.interactions import Channel, Direction
from lib.api.filters import FilterSet
from lib.api.serializers import ModelSerializer, Serializer
from lib.refusals import Invalid
from reports import access, board_rows, figures, rollups
from reports.definitions import (
    DEFAULTS,
    BadParameter,
    Definition,
    UnknownDefinition,
    alternatives,
    parse,
)
from reports.forms import FilterForm
from reports.kinds import KINDS
from reports.models import AnomalyFlag, KpiDefinition, ReportRun, RiskScore
from reports.models.outputs import FlagState, RiskBand
from reports.periods import MOST_DAYS, Period
from reports.registry import Registry
from reports.rollups.marking import site_day
from reports.rows import DIMENSIONS, MOST_ROWS
from reports.slices import Slice
from reports.value_rows import fact_rows


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
    numerator = serializers.FloatField(allow_null=True)
    denominator = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()
    low = serializers.CharField(allow_null=True)
    high = serializers.CharField(allow_null=True)
    verdict = serializers.CharField()
    note = serializers.CharField(help_text="Why there is no value, or how good its evidence is.")
    excluded = serializers.DictField(
        child=serializers.IntegerField(),
        allow_null=True,
        help_text="How many were left out by reason; of the whole of figures with raw rows alone.",
    )
    cutoff_at = serializers.DateTimeField()


class ValuesSerializer(Serializer):
    results = ValueSerializer(many=True)


class DefinitionsSerializer(Serializer):
    results = DefinitionSerializer(many=True)


VALUE_FILTERS = ("queue", "channel", "direction", "team", "agent", "segment")
NOT_OF_BOARDS = "This figure has no such filter: leave it out."
VALUE_PARAMETERS = frozenset({"definition", "from", "to", "by", *VALUE_FILTERS})


class KpiResource(Resource):
    """Every KPI: its definitions, and values by time, queue, team, agent or disposition."""

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
            OpenApiParameter("channel", str, enum=Channel.values),
            OpenApiParameter("direction", str, enum=[*Direction.values, "any"]),
            OpenApiParameter("team", int, description="The id of one team."),
            OpenApiParameter("agent", int, description="The id of one agent."),
            OpenApiParameter("segment", int, description="The id of a tracked segment."),
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
        if sentence := figures.why_not_by(definition, by):
            raise ValidationError({"by": sentence})
        cutoff, _stale = rollups.cutoff(timezone.now())
        if figures.on_board(definition):
            told = self._of_board(definition, period, by)
        else:
            told = fact_rows(definition, self._slice(period), by)
        if len(told) > MOST_ROWS:
            raise ValidationError({"by": "Narrow the filter."})
        return Response({"results": [row | {"cutoff_at": cutoff} for row in told]})

    def _of_board(self, definition: Definition, period: Period, by: str) -> list[dict[str, Any]]:
        """What the boards of quality, of customers and of training tell."""
        given = self.request.query_params
        wrong = [name for name in VALUE_FILTERS if given.get(name) and name != "team"]
        if wrong:
            raise ValidationError(dict.fromkeys(wrong, NOT_OF_BOARDS))
        if not board_rows.may_read(self.person, definition):
            raise PermissionDenied
        team = self._slice(period).team if given.get("team") else None
        try:
            rows = board_rows.board_rows(
                definition, self.person, period, by, team=team, at=timezone.now()
            )
        except Invalid as refusal:
            raise ValidationError({refusal.field or "by": str(refusal)}) from None
        return [row | {"excluded": None} for row in rows]

    def _slice(self, period: Period) -> Slice:
        """As the filters of the pages say it; 404 for what the person may not see."""
        given = self.request.query_params
        asked = QueryDict(mutable=True)
        asked.update({name: given[name] for name in VALUE_FILTERS if given.get(name)})
        asked.update({"begin": period.start.isoformat(), "end": period.end.isoformat()})
        today = site_day(timezone.now())
        form = FilterForm(asked, user=self.person, today=today, without=("by", "compare"))
        if not form.is_valid():
            if not {"queue", "team", "agent"}.isdisjoint(form.errors):
                raise NotFound
            raise ValidationError(
                {name: [str(one) for one in told] for name, told in form.errors.items()}
            )
        return form.slice()


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
