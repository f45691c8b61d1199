"""Surveys with their figures, versions, invitations and responses, as `feedback/…/`.

Programs of the kind “Another system asks” take wishes here; nothing else is written.
"""

from __future__ import annotations

from typing import ClassVar

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response as Answered

from accounts.api import Listed, Resource, Shown
from crm.models import Customer
from feedback.actions import asking
from feedback.models import (
    Answer,
    Invitation,
    Program,
    Response,
    SendDecision,
    Survey,
    SurveyVersion,
)
from feedback.models.survey_invitations import InvitationState
from feedback.models.survey_responses import ResponseState
from feedback.models.surveys import SurveyState
from feedback.redaction import mask_text
from feedback.survey_access import may_view_identity
from feedback.survey_result_forms import ResultsForm
from feedback.survey_results import Results
from feedback.survey_slices import visible_tallies
from lib.api.errors import Refused as Problem
from lib.api.filters import FilterSet, IdsFilter
from lib.api.serializers import ModelSerializer, Serializer


class SurveySerializer(ModelSerializer):
    class Meta:
        model = Survey
        fields = """id version code name kind topic anonymity default_language state closes_at
            response_cap retention_days disclosure_k min_n target_percent created_at
            updated_at""".split()


NARROWING = {
    name: OpenApiParameter(name, str, description=words)
    for name, words in (
        ("from_on", "The first day; by default a quarter back."),
        ("until_on", "The last day; by default today."),
        ("queue", "The id of a queue."),
        ("channel", "A channel."),
        ("team", "The id of a team."),
    )
}


class MetricSerializer(Serializer):
    survey = serializers.IntegerField()
    metric = serializers.CharField()
    from_on = serializers.DateField()
    until_on = serializers.DateField()
    is_hidden = serializers.BooleanField(help_text="Too few answered for this survey's promise.")
    value = serializers.FloatField(allow_null=True, help_text="Percent, points or a mean.")
    n = serializers.IntegerField(allow_null=True)
    low = serializers.FloatField(allow_null=True, help_text="Of the 95 % interval.")
    high = serializers.FloatField(allow_null=True)
    sent = serializers.IntegerField(allow_null=True)
    rr1 = serializers.CharField(allow_null=True, help_text="Answered of all sent, percent.")
    rr5 = serializers.CharField(allow_null=True, help_text="Answered of those delivered.")
    skip_percent = serializers.CharField(allow_null=True)


class SurveyFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=SurveyState.choices)
    code = django_filters.CharFilter(help_text="The code, exactly.")

    class Meta:
        model = Survey
        fields: list[str] = []


class SurveyResource(Listed, Shown, Resource):
    """What customers are asked, under which promise."""

    model = Survey
    serializer_class = SurveySerializer
    filterset_class = SurveyFilters
    parameters: ClassVar[dict[str, frozenset[str]]] = {"metrics": frozenset(NARROWING)}

    def rows(self) -> QuerySet[Survey]:
        return Survey.objects.visible_to(self.person)

    @extend_schema(responses=MetricSerializer, parameters=list(NARROWING.values()))
    @action(detail=True, methods=["get"])
    def metrics(self, request: Request, pk: int) -> Answered:
        """The key figure with n, interval and response rates, as the results page shows it."""
        survey = self.get_object()
        form = ResultsForm(request.query_params, user=self.person, survey=survey)
        if not form.is_valid():
            name, sentences = next(iter(form.errors.items()))
            raise Problem("invalid-input", f"{name}: {sentences[0]}")
        found = Results(survey, visible_tallies(self.person, survey), form.slice())
        main = found.main
        row = {
            "survey": survey.pk,
            "metric": main.metric,
            "from_on": found.piece.from_on,
            "until_on": found.piece.until_on,
            "is_hidden": found.is_hidden,
        }
        if not found.is_hidden:
            rates = found.rates
            row |= {name: getattr(main, name) for name in ("value", "n", "low", "high")}
            row |= {name: rates[name] for name in ("sent", "rr1", "rr5")}
            row["skip_percent"] = rates["skip"]
        return Answered(MetricSerializer(row).data)


class SurveyVersionSerializer(ModelSerializer):
    class Meta:
        model = SurveyVersion
        fields = "id survey number state content content_sha256 published_at created_at".split()


class VersionFilters(FilterSet):
    survey = IdsFilter("survey_id", help_text="Ids of surveys.")

    class Meta:
        model = SurveyVersion
        fields: list[str] = []


class VersionResource(Listed, Shown, Resource):
    """The content of each version; a published one never changes."""

    model = SurveyVersion
    serializer_class = SurveyVersionSerializer
    filterset_class = VersionFilters

    def rows(self) -> QuerySet[SurveyVersion]:
        return SurveyVersion.objects.visible_to(self.person)


class SurveyInvitationSerializer(ModelSerializer):
    """Never a link: that exists in the message alone."""

    class Meta:
        model = Invitation
        fields = """id reference survey version program interaction channel language state
            disposition due_at sent_at expires_at reminders_sent answered_on queue team
            created_at""".split()


class InvitationFilters(FilterSet):
    survey = IdsFilter("survey_id", help_text="Ids of surveys.")
    state = django_filters.ChoiceFilter(choices=InvitationState.choices)

    class Meta:
        model = Invitation
        fields: list[str] = []


class AskSerializer(Serializer):
    program = serializers.IntegerField(help_text="The id of a live program that is asked.")
    customer = serializers.IntegerField(help_text="The id of the customer.")
    key = serializers.CharField(max_length=100, help_text="What it is about, once.")
    language = serializers.CharField(max_length=12, default="")
    hidden = serializers.DictField(
        child=serializers.CharField(max_length=200, allow_blank=True), default=dict
    )


class DecisionSerializer(ModelSerializer):
    class Meta:
        model = SendDecision
        fields = "id program subject outcome reason stratum p due_at decided_at".split()


class InvitationResource(Listed, Shown, Resource):
    """Customers asked once each."""

    model = Invitation
    serializer_class = SurveyInvitationSerializer
    filterset_class = InvitationFilters

    @extend_schema(request=AskSerializer, responses=DecisionSerializer)
    def create(self, request: Request) -> Answered:
        """Ask one customer through a program of the kind “Another system asks”; every rule applies.

        The same `key` again gives the first decision.
        """
        given = self.entered(AskSerializer)
        program = get_object_or_404(Program.objects.visible_to(self.person), pk=given["program"])
        customers = Customer.objects.visible_to(self.person)
        decision = asking.ask(
            program=program,
            customer=get_object_or_404(customers, pk=given["customer"]),
            key=given["key"],
            language=given["language"],
            hidden=given["hidden"],
            by=self.person,
            at=timezone.now(),
        )
        return Answered(DecisionSerializer(decision).data, status=201)

    def rows(self) -> QuerySet[Invitation]:
        named = Survey.objects.exclude(anonymity="anonymous").values("pk")
        return Invitation.objects.visible_to(self.person).filter(survey__in=named)


class SurveyAnswerSerializer(ModelSerializer):
    text = serializers.SerializerMethodField(help_text="Masked.")

    class Meta:
        model = Answer
        fields = """question row_code option number text date is_on_path is_skipped
            is_not_applicable""".split()

    def get_text(self, answer: Answer) -> str:
        return mask_text(answer.text)


class SurveyResponseSerializer(ModelSerializer):
    answers = SurveyAnswerSerializer(many=True)
    interaction = serializers.SerializerMethodField(
        help_text="Null where the reader may not see who answered."
    )
    driver = serializers.CharField(read_only=True)

    class Meta:
        model = Response
        fields = """id survey version state needs_review language channel origin submitted_on
            interaction queue team metric value is_satisfied driver answers""".split()

    def get_interaction(self, response: Response) -> int | None:
        if not may_view_identity(self.context["request"].user, response):
            return None
        return response.invitation.interaction_id if response.invitation else None


class ResponseFilters(FilterSet):
    survey = IdsFilter("survey_id", help_text="Ids of surveys.")
    state = django_filters.ChoiceFilter(choices=ResponseState.choices)

    class Meta:
        model = Response
        fields: list[str] = []


class ResponseResource(Listed, Shown, Resource):
    """What was answered, texts masked."""

    model = Response
    lookup_value_converter = "uuid"
    serializer_class = SurveyResponseSerializer
    filterset_class = ResponseFilters
    orders = ("-submitted_on", "submitted_on")

    def rows(self) -> QuerySet[Response]:
        rows = Response.objects.visible_to(self.person).select_related("survey", "invitation")
        return rows.prefetch_related("answers")
