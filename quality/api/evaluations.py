"""Evaluations with their answers, as `quality/evaluations/`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import django_filters
from django.db.models import F, QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Shown
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer
from quality import access
from quality.actions import answers as answer_actions
from quality.actions import disputes as dispute_actions
from quality.actions import evaluations as actions
from quality.actions.disputes import Filed
from quality.api.base import QualityResource
from quality.api.disputes import DisputeSerializer
from quality.models import Answer, Evaluation, EvaluationRevision, Evidence
from quality.models.disputes import DisputeKind
from quality.models.evaluations import EvaluationState, Outcome, Purpose, Selection

FIGURES = """score_percent raw_percent interaction_percent critical_percent noncritical_percent
    earned_points possible_points outcome band input_sha256 receipt_sha256""".split()


class EvidenceSerializer(ModelSerializer):
    """Places in the transcript; the words stand there."""

    class Meta:
        model = Evidence
        fields = "id turn_from turn_to char_from char_to start_ms end_ms".split()


class AnswerSerializer(ModelSerializer):
    key = serializers.CharField(source="criterion.key", read_only=True)
    evidence = EvidenceSerializer(many=True, read_only=True)

    class Meta:
        model = Answer
        fields = """key option_keys number text date is_na na_source fault_owner root_cause
            comment_public comment_private origin state earned possible weight_percent
            contribution_percent is_failed evidence row_version""".split()

    def to_representation(self, answer: Answer) -> dict[str, Any]:
        data: dict[str, Any] = super().to_representation(answer)
        if not self.context.get("sees_private"):
            del data["comment_private"]
        return data


class WrittenAnswerSerializer(Serializer):
    """One answer as it is given; what is left out stays as it is."""

    answer = serializers.JSONField(
        required=False,
        help_text='{"option": "yes"}, {"options": […]}, {"number": "7"}, {"text": "…"}, '
        '{"date": "2026-05-04"}, {"na": true}, or null to take it back.',
    )
    fault_owner = serializers.CharField(required=False, allow_null=True)
    root_cause = serializers.CharField(required=False, allow_blank=True)
    comment_public = serializers.CharField(required=False, allow_blank=True, max_length=2000)
    comment_private = serializers.CharField(required=False, allow_blank=True, max_length=2000)


class SubmitSerializer(Serializer):
    confirmed = serializers.BooleanField(
        default=False, help_text="Submit although preset answers were never touched."
    )


class AcknowledgeSerializer(Serializer):
    comment = serializers.CharField(default="", allow_blank=True, max_length=2000)


class FiledItemSerializer(Serializer):
    criterion = serializers.CharField(max_length=40)
    option = serializers.CharField(max_length=40, help_text='An option of it, or "n/a".')
    reason = serializers.CharField(max_length=2000)


class FiledSerializer(Serializer):
    kind = serializers.ChoiceField(DisputeKind.choices, default=DisputeKind.CRITERIA)
    reason = serializers.CharField(max_length=4000)
    items = FiledItemSerializer(many=True, default=list)


class EvaluationSerializer(ModelSerializer):
    """`agent` is null where raters of an open calibration are not to know, `evaluator` where the
    version hides it from the agent. Figures are those of the revision in force."""

    agent = serializers.SerializerMethodField()
    team = serializers.SerializerMethodField()
    evaluator = serializers.SerializerMethodField()
    interaction = serializers.IntegerField(
        source="leg.interaction_id", default=None, read_only=True
    )
    version_number = serializers.IntegerField(source="version.number", read_only=True)
    revision = serializers.IntegerField(
        source="current_revision.number", default=None, read_only=True, allow_null=True
    )
    figures = serializers.SerializerMethodField()

    class Meta:
        model = Evaluation
        fields = """id public_ref row_version state purpose selection scorecard version
            version_number interaction leg subject_evaluation agent team evaluator handled_at
            first_submitted_at release_at released_at acknowledged_at voided_at revision figures
            created_at updated_at""".split()

    def get_agent(self, evaluation: Evaluation) -> int | None:
        return None if evaluation.hides_agent else evaluation.agent_id

    def get_team(self, evaluation: Evaluation) -> int | None:
        return None if evaluation.hides_agent else evaluation.team_id

    def get_evaluator(self, evaluation: Evaluation) -> int | None:
        is_shown = access.may_view_evaluator(self.context["request"].user, evaluation)
        return evaluation.evaluator_id if is_shown else None

    def get_figures(self, evaluation: Evaluation) -> dict[str, Any] | None:
        revision = evaluation.current_revision
        return _figures(revision) if revision else None


class WholeEvaluationSerializer(EvaluationSerializer):
    comment_public = serializers.SerializerMethodField()
    answers = serializers.SerializerMethodField()

    class Meta(EvaluationSerializer.Meta):
        fields = [*EvaluationSerializer.Meta.fields, "comment_public", "answers"]

    def get_comment_public(self, evaluation: Evaluation) -> str:
        revision = shown_revision(evaluation, self.context["request"].user)
        return revision.comment_public if revision else ""

    @extend_schema_field(AnswerSerializer(many=True))
    def get_answers(self, evaluation: Evaluation) -> list[dict[str, Any]]:
        reader = self.context["request"].user
        context = {"sees_private": access.may_view_private_comments(reader, evaluation)}
        rows = answers_of(shown_revision(evaluation, reader))
        return list(AnswerSerializer(rows, many=True, context=context).data)


class EvaluationFilters(FilterSet):
    scorecard = IdsFilter("scorecard_id", help_text="Ids of scorecards.")
    version = IdsFilter("version_id", help_text="Ids of versions.")
    agent = IdsFilter("agent_id", help_text="Ids of people.")
    team = IdsFilter("team_id", help_text="Ids of teams, as they were then.")
    evaluator = IdsFilter("evaluator_id", help_text="Ids of people.")
    state = django_filters.ChoiceFilter(choices=EvaluationState.choices)
    purpose = django_filters.ChoiceFilter(choices=Purpose.choices)
    selection = django_filters.ChoiceFilter(choices=Selection.choices)
    outcome = django_filters.ChoiceFilter("current_revision__outcome", choices=Outcome.choices)
    handled_from = MomentFilter("handled_at", "gte", help_text="Work of then or later.")
    handled_before = MomentFilter("handled_at", "lt", help_text="Earlier work.")
    released_from = MomentFilter("released_at", "gte", help_text="Released then or later.")
    released_before = MomentFilter("released_at", "lt", help_text="Released earlier.")

    class Meta:
        model = Evaluation
        fields: list[str] = []


class EvaluationResource(Listed, Shown, QualityResource):
    """Work judged on a version of a scorecard."""

    model = Evaluation
    filterset_class = EvaluationFilters
    orders = ("-handled_at", "handled_at")

    def rows(self) -> QuerySet[Evaluation]:
        return Evaluation.objects.visible_to(self.person).for_reading()

    def get_serializer_class(self) -> type[ModelSerializer]:
        return EvaluationSerializer if self.action == "list" else WholeEvaluationSerializer

    @extend_schema(request=WrittenAnswerSerializer, responses=AnswerSerializer)
    @action(detail=True, methods=["get", "put"], url_path="answers/<str:key>", url_name="answer")
    def answer(self, request: Request, pk: int, key: str) -> Response:
        """One answer of an evaluation; a PUT writes it while its evaluator is scoring."""
        evaluation = self.get_object()
        if request.method == "PUT":
            return self._write(evaluation, key)
        row = self._answer(evaluation, key)
        return self._shown_answer(evaluation, row or get_object_or_404(Answer.objects.none()))

    @extend_schema(request=SubmitSerializer, responses=WholeEvaluationSerializer)
    @action(detail=True, methods=["post"])
    def submit(self, request: Request, pk: int) -> Response:
        """Submit for good; 400 names every gap."""
        evaluation = self._seen()
        if not access.may_score_evaluation(self.person, evaluation):
            raise PermissionDenied("Only its own evaluator submits an evaluation.")
        values = self.entered(SubmitSerializer)
        actions.submit_evaluation(
            evaluation=evaluation, by=self.person, at=timezone.now(), key=uuid4(), **values
        )
        return self.shown(self.get_object())

    @extend_schema(request=AcknowledgeSerializer, responses=WholeEvaluationSerializer)
    @action(detail=True, methods=["post"])
    def acknowledge(self, request: Request, pk: int) -> Response:
        """Say as the agent that one has read the result."""
        values = self.entered(AcknowledgeSerializer)
        actions.acknowledge_evaluation(
            evaluation=self._seen(), by=self.person, at=timezone.now(), **values
        )
        return self.shown(self.get_object())

    @extend_schema(request=FiledSerializer, responses={201: DisputeSerializer})
    @action(detail=True, methods=["post"])
    def dispute(self, request: Request, pk: int) -> Response:
        """File a dispute as the agent."""
        values = self.entered(FiledSerializer)
        items = [
            Filed(key=item["criterion"], option=item["option"], reason=item["reason"])
            for item in values.pop("items")
        ]
        dispute = dispute_actions.file_dispute(
            evaluation=self._seen(), items=items, by=self.person, at=timezone.now(), **values
        )
        context = self.get_serializer_context()
        return Response(DisputeSerializer(dispute, context=context).data, status=201)

    # --- Below the actions ----------------------------------------------------------------------

    def _seen(self) -> Evaluation:
        """The evaluation, once If-Match says that the program saw this version of it."""
        evaluation: Evaluation = self.get_object()
        self.expected_version(evaluation)
        return evaluation

    def _answer(self, evaluation: Evaluation, key: str) -> Answer | None:
        revision = shown_revision(evaluation, self.person)
        return answers_of(revision).filter(criterion__key=key).first()

    def _write(self, evaluation: Evaluation, key: str) -> Response:
        if not access.may_score_evaluation(self.person, evaluation):
            raise PermissionDenied("Only its own evaluator writes into an evaluation.")
        row = self._answer(evaluation, key) or Answer(row_version=0)
        saved = answer_actions.save_answer(
            evaluation=evaluation,
            key=key,
            change=self.entered(WrittenAnswerSerializer),
            seen=self.expected_version(row),
            save_id=uuid4(),
            by=self.person,
            at=timezone.now(),
        )
        stored = answers_of(saved.desk.revision).get(pk=saved.answers[key].pk)
        return self._shown_answer(evaluation, stored)

    def _shown_answer(self, evaluation: Evaluation, row: Answer) -> Response:
        private = access.may_view_private_comments(self.person, evaluation)
        data = AnswerSerializer(row, context={"sees_private": private}).data
        return self.with_tag(data, row)


# --- Below the resource -----------------------------------------------------------------------


def shown_revision(evaluation: Evaluation, reader: Any) -> EvaluationRevision | None:
    """The revision in force; its own evaluator works on the open one."""
    if evaluation.evaluator_id == reader.pk and (revision := evaluation.open_revision):
        return revision
    return evaluation.current_revision


def answers_of(revision: EvaluationRevision | None) -> QuerySet[Answer]:
    rows = Answer.objects.filter(revision=revision).select_related("criterion")
    return rows.prefetch_related("evidence").order_by(F("pk"))


def _figures(revision: EvaluationRevision) -> dict[str, Any]:
    return {
        name: None if value is None else str(value)
        for name in FIGURES
        for value in [getattr(revision, name)]
    }
