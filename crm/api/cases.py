"""Cases and their clocks, for programs."""

from __future__ import annotations

from typing import Any

import django_filters
from django.db.models import QuerySet
from django.shortcuts import get_object_or_404
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.decorators import action
from rest_framework.exceptions import PermissionDenied
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api import Listed, Resource, Shown
from accounts.models import User
from crm import access
from crm.actions import case_messages
from crm.actions import cases as actions
from crm.actions import clocks as clock_actions
from crm.api import related
from crm.api.customers import invalid_as_400
from crm.forms.cases import colleagues_of, teams_of
from crm.models import Case, CaseStatus, Customer, SlaClock
from crm.models.cases import CaseKind, Priority, StatusCategory
from crm.models.sla import ClockState, Metric
from crm.models.transcripts import Speaker
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer

WRITTEN = [(channel.value, channel.label) for channel in case_messages.WRITTEN_CHANNELS]


class CaseSerializer(ModelSerializer):
    reference = serializers.CharField(read_only=True)
    status = serializers.CharField(source="status.name", read_only=True)
    category = serializers.ChoiceField(
        StatusCategory.choices, source="status.category", read_only=True
    )
    custom = serializers.DictField(required=False)
    tags: Any = serializers.SlugRelatedField("name", many=True, read_only=True)

    class Meta:
        model = Case
        fields = """id reference version subject description status category priority kind customer
            assignee team queue channel custom tags is_from_customer opened_at first_response_at
            first_resolved_at resolved_at closed_at reopened_count follow_up_of merged_into
            policy_version next_due_at next_due_metric is_breached""".split()
        read_only_fields = """version opened_at first_response_at first_resolved_at resolved_at
            closed_at reopened_count follow_up_of merged_into policy_version next_due_at
            next_due_metric is_breached""".split()

    def get_fields(self) -> dict[str, Any]:
        fields = super().get_fields()
        return related.narrowed(
            fields,
            self.context,
            {
                "customer": lambda user: Customer.objects.visible_to(user),
                "assignee": colleagues_of,
                "team": teams_of,
            },
        )


class MoveSerializer(Serializer):
    """A status by its name, or the first one of a category."""

    status = serializers.CharField(max_length=40, required=False)
    category = serializers.ChoiceField(StatusCategory.choices, required=False)
    reason = serializers.CharField(max_length=500, default="", allow_blank=True)


class MessageSerializer(Serializer):
    speaker = serializers.ChoiceField([Speaker.AGENT.value, Speaker.CUSTOMER.value])
    body = serializers.CharField(max_length=case_messages.LONGEST_MESSAGE)
    channel = serializers.ChoiceField(WRITTEN, required=False)
    sent_at = serializers.DateTimeField(required=False)


class CaseFilters(FilterSet):
    category = django_filters.ChoiceFilter("status__category", choices=StatusCategory.choices)
    priority = django_filters.ChoiceFilter(choices=Priority.choices)
    kind = django_filters.ChoiceFilter(choices=CaseKind.choices)
    customer = IdsFilter("customer_id", help_text="Ids of customers.")
    assignee = IdsFilter("assignee_id", help_text="Ids of people.")
    team = IdsFilter("team_id", help_text="Ids of teams.")
    is_breached = django_filters.BooleanFilter(help_text="A target was missed and not excused.")
    opened_from = MomentFilter("opened_at", "gte", help_text="Opened then or later.")
    opened_before = MomentFilter("opened_at", "lt", help_text="Opened earlier.")

    class Meta:
        model = Case
        fields: list[str] = []


class CaseResource(Listed, Shown, Resource):
    """What customers need until it is done."""

    model, serializer_class, filterset_class = Case, CaseSerializer, CaseFilters
    orders = ("-opened_at", "opened_at", "next_due_at")

    def rows(self) -> QuerySet[Case]:
        rows = Case.objects.visible_to(self.person).select_related("status")
        return rows.prefetch_related("tags")

    def create(self, request: Request) -> Response:
        """Open a case; its clocks run from now."""
        case = invalid_as_400(
            actions.open_case, **self.entered(), by=self.person, at=timezone.now()
        )
        return self.shown(self._read(case), status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change what a case is about and whose it is."""
        case, version = self._changeable()
        changes = self.entered()
        changes.pop("is_from_customer", None)
        invalid_as_400(
            actions.change_case,
            case=case,
            changes=changes,
            version=version,
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(self._read(case))

    @extend_schema(request=MoveSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def move(self, request: Request, pk: int) -> Response:
        """Give a case another status; guards of other apps may forbid its end (409)."""
        case = self.get_object()
        self.expected_version(case)
        told = self.entered(MoveSerializer)
        status = _status(told)
        if not _may_move(self.person, case, status):
            raise PermissionDenied("Your roles do not allow this here.")
        actions.move_case(
            case=case, status=status, reason=told["reason"], by=self.person, at=timezone.now()
        )
        return self.shown(self._read(case))

    @extend_schema(request=MessageSerializer, responses=CaseSerializer)
    @action(detail=True, methods=["post"])
    def message(self, request: Request, pk: int) -> Response:
        """Put a message into the conversation; the answer is the case that it went to."""
        case = self.get_object()
        if not access.may_change_case(self.person, case):
            raise PermissionDenied("Your roles do not allow this here.")
        told = self.entered(MessageSerializer)
        got = case_messages.record_message(case=case, by=self.person, at=timezone.now(), **told)
        return self.shown(self._read(got))

    def _changeable(self) -> tuple[Case, int]:
        case = self.get_object()
        version = self.expected_version(case)
        if not access.may_change_case(self.person, case):
            raise PermissionDenied("Your roles do not allow this here.")
        return case, version

    def _read(self, case: Case) -> Case:
        return Case.objects.select_related("status").get(pk=case.pk)


class ClockSerializer(ModelSerializer):
    miss_seconds = serializers.IntegerField(read_only=True, allow_null=True)
    is_excused = serializers.BooleanField(read_only=True)
    events = serializers.SerializerMethodField(
        help_text="Each with kind, at, noted_at, elapsed_seconds and cause, in their order."
    )

    class Meta:
        model = SlaClock
        fields = """id case metric instance policy_version target_seconds state started_at due_at
            breached_at stopped_at elapsed_seconds miss_seconds is_excused excused_at excuse_reason
            events""".split()

    def get_events(self, clock: SlaClock) -> list[dict[str, Any]]:
        return [
            {
                "kind": event.kind,
                "at": event.at,
                "noted_at": event.noted_at,
                "elapsed_seconds": event.elapsed_seconds,
                "cause": event.cause,
            }
            for event in clock.events.all()
        ]


class ExcuseSerializer(Serializer):
    reason = serializers.CharField(max_length=500)


class ClockFilters(FilterSet):
    case = IdsFilter("case_id", help_text="Ids of cases.")
    metric = django_filters.ChoiceFilter(choices=Metric.choices)
    state = django_filters.ChoiceFilter(choices=ClockState.choices)
    is_breached = django_filters.BooleanFilter(
        "breached_at", lookup_expr="isnull", exclude=True, help_text="The target was missed."
    )

    class Meta:
        model = SlaClock
        fields: list[str] = []


class ClockResource(Listed, Shown, Resource):
    """How long customers of cases waited, with every event that it was counted from."""

    model, serializer_class, filterset_class = SlaClock, ClockSerializer, ClockFilters

    def rows(self) -> QuerySet[SlaClock]:
        return SlaClock.objects.visible_to(self.person).prefetch_related("events")

    @extend_schema(request=ExcuseSerializer, responses=ClockSerializer)
    @action(detail=True, methods=["post"])
    def excuse(self, request: Request, pk: int) -> Response:
        """Say why a missed target does not count."""
        clock = get_object_or_404(self.rows().select_related("case__status"), pk=pk)
        if clock.breached_at is not None and not access.may_excuse_breach(self.person, clock):
            raise PermissionDenied("Your roles do not allow this here.")
        clock_actions.excuse_breach(
            clock=clock,
            reason=self.entered(ExcuseSerializer)["reason"],
            by=self.person,
            at=timezone.now(),
        )
        return self.shown(self.rows().get(pk=pk))


def _status(told: dict[str, Any]) -> CaseStatus:
    """The named status; raises ValidationError where the body names none."""
    if told.get("status"):
        found = CaseStatus.objects.filter(name=told["status"]).first()
        if found is None:
            raise serializers.ValidationError({"status": "There is no status of that name."})
        return found
    if not told.get("category"):
        raise serializers.ValidationError({"category": "Name a status or a category."})
    return CaseStatus.objects.first_of(told["category"])


def _may_move(user: User, case: Case, status: CaseStatus) -> bool:
    if case.is_finished and status.category == StatusCategory.OPEN:
        return access.may_reopen_case(user, case)
    if status.category in (StatusCategory.RESOLVED, StatusCategory.CLOSED):
        return access.may_resolve_case(user, case)
    return access.may_change_case(user, case)
