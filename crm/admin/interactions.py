"""Interactions with their legs, queue visits, recordings and transcripts; none is typed by hand."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString

from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from crm import access
from crm.admin.filters import AgentFilter, FlagFilter, TeamFilter
from crm.models import (
    AgentStateSpan,
    Interaction,
    Leg,
    LegSpan,
    QueueVisit,
    Recording,
    Transcript,
    Turn,
)
from crm.quality_flags import label
from lib.templatetags.look import duration


class LegInline(ReadOnlyInline):
    model = Leg
    fields = (
        "position",
        "agent",
        "team",
        "answered_at",
        "ended_at",
        "wait_seconds",
        "talk_seconds",
        "hold_seconds",
        "wrap_seconds",
        "end",
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("agent", "team")


class QueueVisitInline(ReadOnlyInline):
    model = QueueVisit
    fields = ("position", "queue", "entered_at", "left_at", "wait_seconds", "outcome")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("queue")


class RecordingInline(ReadOnlyInline):
    model = Recording
    fields = ("media_type", "duration_seconds", "starts_at", "state")


@admin.register(Interaction)
class InteractionAdmin(ReadOnlyAdmin):
    list_display = (
        "shown_reference",
        "started_at",
        "channel",
        "customer",
        "queue",
        "agents",
        "teams",
        "outcome",
        "wait",
        "handle",
        "flags",
    )
    list_filter = (
        "channel",
        "direction",
        "outcome",
        "queue",
        TeamFilter,
        AgentFilter,
        FlagFilter,
        "tags",
        period_of("started_at"),
    )
    search_fields = ("external_id",)
    search_help_text = "Reference, external id, customer"
    ordering = ("-started_at", "-id")
    inlines = (LegInline, QueueVisitInline, RecordingInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).with_people()  # type: ignore[attr-defined]

    def get_search_results(
        self, request: HttpRequest, queryset: Any, search_term: str
    ) -> tuple[QuerySet[Interaction], bool]:
        if not search_term.strip():
            return queryset, False
        assert isinstance(request.user, User)
        in_full = access.may_see_contact_points(request.user)
        return queryset.matching(search_term, with_contact_points=in_full), False

    def view_on_site(self, interaction: Interaction) -> str:
        return interaction.get_absolute_url()

    @admin.display(description="interaction", ordering="id")
    def shown_reference(self, interaction: Interaction) -> SafeString:
        return format_html('<span class="nowrap">{}</span>', interaction.reference)

    @admin.display(description="agent")
    def agents(self, interaction: Interaction) -> str:
        names = (leg.agent.short_name for leg in interaction.legs.all() if leg.agent)
        return ", ".join(dict.fromkeys(names))

    @admin.display(description="team")
    def teams(self, interaction: Interaction) -> str:
        names = (leg.team.name for leg in interaction.legs.all() if leg.team)
        return ", ".join(dict.fromkeys(names))

    @admin.display(description="wait", ordering="wait_seconds")
    def wait(self, interaction: Interaction) -> str:
        return duration(interaction.wait_seconds)

    @admin.display(description="handle", ordering="handle_seconds")
    def handle(self, interaction: Interaction) -> str:
        return duration(interaction.handle_seconds)

    @admin.display(description="flags")
    def flags(self, interaction: Interaction) -> str:
        return ", ".join(label(flag) for flag in interaction.quality_flags)


@admin.register(Leg)
class LegAdmin(ReadOnlyAdmin):
    list_display = ("of_interaction", "agent", "team", "answered_at", "talk_seconds", "end")
    list_filter = ("kind", "end", period_of("answered_at"))
    list_select_related = ("interaction", "agent", "team")
    search_fields = ("interaction__external_id",)
    ordering = ("-id",)

    @admin.display(description="interaction")
    def of_interaction(self, leg: Leg) -> SafeString:
        url = leg.interaction.get_absolute_url()
        return format_html('<a href="{}">{}</a>', url, leg.interaction.reference)


@admin.register(LegSpan)
class LegSpanAdmin(ReadOnlyAdmin):
    list_display = ("leg", "kind", "starts_at", "ends_at")
    list_filter = ("kind", period_of("starts_at"))
    list_select_related = ("leg",)
    search_fields = ("leg__interaction__external_id",)
    ordering = ("-id",)


@admin.register(AgentStateSpan)
class AgentStateSpanAdmin(ReadOnlyAdmin):
    list_display = ("agent", "state", "started_at", "ended_at", "slots", "source")
    list_filter = ("state", period_of("started_at"), "source")
    list_select_related = ("agent",)
    search_fields = ("agent__full_name",)
    ordering = ("-started_at", "-id")


class TurnInline(ReadOnlyInline):
    model = Turn
    fields = ("position", "speaker", "start_ms", "text")
    show_change_link = False


@admin.register(Transcript)
class TranscriptAdmin(ReadOnlyAdmin):
    """Which transcripts there are; the text itself is read on the interaction's page."""

    list_display = ("of_interaction", "format", "language", "is_current", "turns_out_of_order")
    list_filter = ("format", "is_current", "turns_out_of_order")
    list_select_related = ("interaction",)
    search_fields = ("interaction__external_id",)
    ordering = ("-id",)
    inlines = (TurnInline,)

    @admin.display(description="interaction")
    def of_interaction(self, transcript: Transcript) -> SafeString:
        url = transcript.interaction.get_absolute_url()
        return format_html('<a href="{}">{}</a>', url, transcript.interaction.reference)
