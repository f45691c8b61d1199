"""Requests about personal data, and the marks of the erased."""

from __future__ import annotations

from datetime import datetime

from django.contrib import admin

from accounts.admin_actions import confirmed
from accounts.admin_base import ReadOnlyAdmin
from accounts.admin_filters import period_of
from accounts.models import User
from crm.actions import privacy
from crm.models import ErasureTombstone, PrivacyRequest
from lib.refusals import Refused


def approve_row(row: PrivacyRequest, *, by: User, at: datetime, reason: str) -> None:
    privacy.approve_erasure(request=row, by=by, at=at)


def refuse_row(row: PrivacyRequest, *, by: User, at: datetime, reason: str) -> None:
    privacy.refuse_request(request=row, reason=reason, by=by, at=at)


@admin.register(PrivacyRequest)
class PrivacyRequestAdmin(ReadOnlyAdmin):
    list_display = ("customer", "kind", "state", "due_on", "requested_by", "finished_at")
    list_filter = ("kind", "state", period_of("requested_at"))
    list_select_related = ("customer", "requested_by")
    search_fields = ("=customer__external_id",)
    search_help_text = "External id of the customer"
    ordering = ("-id",)
    actions = (
        confirmed(
            approve_row,
            verb="crm.approve_erasure",
            description="Approve the erasure",
            refusals=(Refused,),
        ),
        confirmed(
            refuse_row, verb="crm.approve_erasure", description="Refuse", refusals=(Refused,)
        ),
    )


@admin.register(ErasureTombstone)
class ErasureTombstoneAdmin(ReadOnlyAdmin):
    list_display = ("kind", "erased_at")
    list_filter = ("kind", period_of("erased_at"))
    ordering = ("-id",)
    fields = ("kind", "erased_at")
