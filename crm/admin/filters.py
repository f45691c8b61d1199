"""Filters of the lists of crm."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts.models import Team, User
from crm.quality_flags import WORDS
from lib.http import number_in

MOST_AGENTS = 500


class FlagFilter(admin.SimpleListFilter):
    """Interactions whose data carry one flag."""

    title = "data flag"
    parameter_name = "flag"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(code, words[0]) for code, words in WORDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        value = self.value()
        return queryset.flagged(value) if value in WORDS else None  # type: ignore[attr-defined]


class TeamFilter(admin.SimpleListFilter):
    """Rows with a leg that is stamped with one team."""

    title = "team"
    parameter_name = "team"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        assert isinstance(request.user, User)
        rows = Team.objects.visible_to(request.user).values_list("pk", "name")
        return [(str(pk), name) for pk, name in rows]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        team = chosen(self.value(), Team)
        return queryset.of_team(team) if team else None  # type: ignore[attr-defined]


class AgentFilter(admin.SimpleListFilter):
    """Rows with a leg of one agent."""

    title = "agent"
    parameter_name = "agent"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        assert isinstance(request.user, User)
        agents = User.objects.visible_to(request.user).in_role("agent")[:MOST_AGENTS]
        return [(str(agent.pk), agent.short_name) for agent in agents]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any] | None:
        agent = chosen(self.value(), User)
        return queryset.handled_by(agent) if agent else None  # type: ignore[attr-defined]


def chosen(value: str | None, model: type[Any]) -> Any:
    """A row with the chosen id, without asking the database for it."""
    pk = number_in(value or "")
    return model(pk=pk) if pk else None
