"""Tasks and promises, for programs."""

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
from crm.actions import promises as promise_actions
from crm.actions import tasks as actions
from crm.api import related
from crm.forms.cases import colleagues_of, teams_of
from crm.models import Case, Customer, Interaction, Promise, Task
from crm.models.work import PromiseKind, PromiseState, TaskKind, TaskState
from lib.api.filters import FilterSet, IdsFilter, MomentFilter
from lib.api.serializers import ModelSerializer, Serializer

ABOUT = {
    "customer": lambda user: Customer.objects.visible_to(user),
    "case": lambda user: Case.objects.visible_to(user),
    "interaction": lambda user: Interaction.objects.visible_to(user),
}


class TaskSerializer(ModelSerializer):
    reference = serializers.CharField(read_only=True)

    class Meta:
        model = Task
        fields = """id reference version title kind due_at priority customer case interaction
            assignee team reminder_at state result completed_at completed_by""".split()
        read_only_fields = "version state result completed_at completed_by".split()

    def get_fields(self) -> dict[str, Any]:
        rows = {**ABOUT, "assignee": colleagues_of, "team": teams_of}
        return related.narrowed(super().get_fields(), self.context, rows)


class ResultSerializer(Serializer):
    result = serializers.CharField(max_length=500, default="", allow_blank=True)


class TaskFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=TaskState.choices)
    kind = django_filters.ChoiceFilter(choices=TaskKind.choices)
    assignee = IdsFilter("assignee_id", help_text="Ids of people.")
    team = IdsFilter("team_id", help_text="Ids of teams.")
    case = IdsFilter("case_id", help_text="Ids of cases.")
    customer = IdsFilter("customer_id", help_text="Ids of customers.")
    due_before = MomentFilter("due_at", "lt", help_text="Due earlier.")

    class Meta:
        model = Task
        fields: list[str] = []


class TaskResource(Listed, Shown, Resource):
    """Work for one person, or for whoever of a team takes it."""

    model, serializer_class, filterset_class = Task, TaskSerializer, TaskFilters
    orders = ("due_at", "-due_at")

    def rows(self) -> QuerySet[Task]:
        return Task.objects.visible_to(self.person)

    def create(self, request: Request) -> Response:
        """Make a task; without a person and a team it is one's own."""
        task = actions.create_task(**self.entered(), by=self.person, at=timezone.now())
        return self.shown(task, status=201)

    def partial_update(self, request: Request, pk: int) -> Response:
        """Change an open task."""
        task = self.get_object()
        version = self.expected_version(task)
        task = actions.change_task(
            task=task, changes=self.entered(), version=version, by=self.person, at=timezone.now()
        )
        return self.shown(task)

    @extend_schema(request=None, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def take(self, request: Request, pk: int) -> Response:
        """Take a task out of its team's pool; of many one gets it (409 for the others)."""
        task = actions.take_task(task=self.get_object(), by=self.person, at=timezone.now())
        return self.shown(task)

    @extend_schema(request=ResultSerializer, responses=TaskSerializer)
    @action(detail=True, methods=["post"])
    def complete(self, request: Request, pk: int) -> Response:
        """Say that it is done."""
        result = self.entered(ResultSerializer)["result"]
        task = actions.complete_task(
            task=self.get_object(), result=result, by=self.person, at=timezone.now()
        )
        return self.shown(task)


class PromiseSerializer(ModelSerializer):
    reference = serializers.CharField(read_only=True)

    class Meta:
        model = Promise
        fields = """id reference version text kind customer case interaction made_by made_at due_at
            grace_seconds state settled_at settled_by kept_late_at proof
            proof_interaction""".split()
        read_only_fields = """version made_by made_at state settled_at settled_by kept_late_at proof
            proof_interaction""".split()

    def get_fields(self) -> dict[str, Any]:
        return related.narrowed(super().get_fields(), self.context, ABOUT)


class ProofSerializer(Serializer):
    proof = serializers.CharField(max_length=500)


class WithdrawSerializer(Serializer):
    reason = serializers.CharField(max_length=500)


class PromiseFilters(FilterSet):
    state = django_filters.ChoiceFilter(choices=PromiseState.choices)
    kind = django_filters.ChoiceFilter(choices=PromiseKind.choices)
    customer = IdsFilter("customer_id", help_text="Ids of customers.")
    case = IdsFilter("case_id", help_text="Ids of cases.")
    due_from = MomentFilter("due_at", "gte", help_text="Due then or later.")
    due_before = MomentFilter("due_at", "lt", help_text="Due earlier.")

    class Meta:
        model = Promise
        fields: list[str] = []


class PromiseResource(Listed, Shown, Resource):
    """What customers were told will happen."""

    model, serializer_class, filterset_class = Promise, PromiseSerializer, PromiseFilters
    orders = ("due_at", "-due_at")

    def rows(self) -> QuerySet[Promise]:
        return Promise.objects.visible_to(self.person)

    def create(self, request: Request) -> Response:
        """Write down what was promised."""
        promise = promise_actions.make_promise(**self.entered(), by=self.person, at=timezone.now())
        return self.shown(promise, status=201)

    @extend_schema(request=ProofSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def keep(self, request: Request, pk: int) -> Response:
        """Say that it was kept, and how."""
        proof = self.entered(ProofSerializer)["proof"]
        promise = promise_actions.keep_promise(
            promise=self.get_object(), proof=proof, by=self.person, at=timezone.now()
        )
        return self.shown(promise)

    @extend_schema(request=WithdrawSerializer, responses=PromiseSerializer)
    @action(detail=True, methods=["post"])
    def withdraw(self, request: Request, pk: int) -> Response:
        """The customer no longer expects it."""
        reason = self.entered(WithdrawSerializer)["reason"]
        promise = promise_actions.withdraw_promise(
            promise=self.get_object(), reason=reason, by=self.person, at=timezone.now()
        )
        return self.shown(promise)
