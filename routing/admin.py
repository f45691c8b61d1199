"""Queues, as supervisors see them and administrators change them."""

from __future__ import annotations

from django.contrib import admin

from accounts.admin_base import AttuneModelAdmin
from routing.models import Queue


@admin.register(Queue)
class QueueAdmin(AttuneModelAdmin):
    list_display = ("name", "team", "is_active", "wrap_needs_disposition")
    list_filter = ("is_active", "team")
    list_select_related = ("team",)
    search_fields = ("name",)
    fields = ("name", "channels", "team", "is_active", "wrap_needs_disposition")
