"""Programs, decisions and invitations in the admin."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin, ReadOnlyInline
from accounts.admin_filters import period_of
from accounts.models import User
from feedback.actions import asking, invitations
from feedback.models import (
    Draft,
    FrequencyRule,
    Invitation,
    InvitationCredit,
    InvitationToken,
    Program,
    SendDecision,
    Suppression,
    Visit,
    VisitCount,
)
from lib.refusals import Refused


def pause_row(row: Program, *, by: User, at: datetime, reason: str) -> None:
    asking.set_program_state(program=row, state="paused", by=by, at=at)


def revoke_row(row: Invitation, *, by: User, at: datetime, reason: str) -> None:
    invitations.revoke(invitation=row, by=by, at=at, reason=reason)


class RuleInline(ReadOnlyInline):
    model = FrequencyRule
    fields = ("max_sends", "window_seconds", "mode", "counts_reminders")


@admin.register(Program)
class ProgramAdmin(ReadOnlyAdmin):
    list_display = ("name", "survey", "trigger", "state", "attribution", "live_at")
    list_filter = ("state", "trigger")
    list_select_related = ("survey",)
    search_fields = ("name", "survey__name")
    exclude = ("salt",)
    inlines = (RuleInline,)
    actions = (
        confirmed(
            pause_row, verb="feedback.design_survey", description="Pause", refusals=(Refused,)
        ),
    )


@admin.register(FrequencyRule)
class FrequencyRuleAdmin(ReadOnlyAdmin):
    list_display = ("scope", "program", "survey", "max_sends", "window_days", "mode")
    list_filter = ("scope", "mode")
    list_select_related = ("program", "survey")


@admin.register(SendDecision)
class SendDecisionAdmin(ReadOnlyAdmin):
    list_display = ("decided_at", "program", "subject", "outcome", "reason", "stratum", "p")
    list_filter = ("outcome", period_of("decided_at"), "program")
    list_select_related = ("program",)
    search_fields = ("subject",)
    exclude = ("contact_point",)


@admin.register(Suppression)
class SuppressionAdmin(ReadOnlyAdmin):
    list_display = ("topic", "reason", "at", "note")
    list_filter = ("reason", "topic")
    exclude = ("address_hmac",)


class CreditInline(ReadOnlyInline):
    model = InvitationCredit
    fields = ("agent", "weight")


class TokenInline(ReadOnlyInline):
    """When links were made; neither a link nor its digest is shown."""

    model = InvitationToken
    fields = ("purpose", "minted_at", "revoked_at")


class DraftInline(ReadOnlyInline):
    """That something was begun; what it says is nobody's business before it is sent."""

    model = Draft
    fields = ("version_counter", "section", "updated_at")
    readonly_fields = fields


@admin.register(Invitation)
class InvitationAdmin(ReadOnlyAdmin):
    list_display = ("reference", "survey", "channel", "state", "disposition", "due_at", "sent_at")
    list_filter = ("state", "disposition", "channel", "survey")
    list_select_related = ("survey",)
    search_fields = ("reference",)
    fields = (
        *("reference", "survey", "program", "channel", "language", "state", "disposition"),
        *("due_at", "sent_at", "expires_at", "reminders_sent", "queue", "team"),
    )
    inlines = (CreditInline, TokenInline, DraftInline)
    actions = (
        confirmed(
            revoke_row,
            verb="feedback.design_survey",
            description="Revoke",
            refusals=(Refused,),
        ),
    )


@admin.register(Visit)
class VisitAdmin(ReadOnlyAdmin):
    list_display = ("at", "method", "page", "client_class", "network_class", "verdict")
    list_filter = ("verdict", "client_class", "page")
    exclude = ("invitation",)


@admin.register(VisitCount)
class VisitCountAdmin(ReadOnlyAdmin):
    list_display = ("on_date", "verdict", "count")
    list_filter = ("verdict",)
