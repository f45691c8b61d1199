"""Where an operator looks after jobs: read-only rows, with buttons for the two verbs."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone

from lib.paginator import BoundedPaginator
from ops import access, actions, audit, files, schedules
from ops.jobs import registry
from ops.models import (
    QUEUES,
    Bucket,
    CopyMark,
    Delivery,
    EventRecord,
    IdempotencyKey,
    JobRun,
    JobState,
    Measure,
    ScheduleSlot,
    StoredFile,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)


class ReadOnlyAdmin(admin.ModelAdmin):
    """Rows that the machinery alone writes; accounts' own base stands above ops."""

    paginator = BoundedPaginator
    show_full_result_count = False
    show_facets = admin.ShowFacets.NEVER
    list_per_page = 50
    list_max_show_all = 200

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return redirect(audit.trail_url(self.model._meta.label_lower, object_id))


def among(name: str, values: Callable[[], Iterable[str]]) -> type[admin.SimpleListFilter]:
    """A filter over values that the code knows, so that no list reads its whole table for them."""

    class Among(admin.SimpleListFilter):
        title = parameter_name = name

        def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
            return [(value, value) for value in values()]

        def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
            return queryset.filter(**{name: self.value()}) if self.value() else queryset

    return Among


@admin.register(JobRun)
class JobRunAdmin(ReadOnlyAdmin):
    change_form_template = "ops/admin_jobrun.html"
    list_display = ("job", "key", "queue", "state", "attempts", "created_at", "took", "error_class")
    list_filter = (
        "state",
        among("queue", lambda: QUEUES),
        among("job", lambda: [known.name for known in registry.all_jobs()]),
    )
    fieldsets = (
        (None, {"fields": ("state", "error_class", "error_text", "attempts", "interruptions")}),
        ("What", {"fields": ("job", "key", "args", "queue", "requested_by_id", "request_id")}),
        ("How far", {"fields": ("progress_percent", "progress_text", "cursor", "result")}),
        ("When", {"fields": ("created_at", "available_at", "started_at", "finished_at")}),
        ("Worker", {"fields": ("runner", "claim_no", "leased_until", "last_sign_at", "rung_at")}),
    )
    search_fields = ("key__startswith", "request_id__exact")
    search_help_text = "The beginning of a key, or a request id."
    ordering = ("-created_at",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[JobRun]:
        return JobRun.objects.visible_to(request.user)

    @admin.display(description="Took")
    def took(self, run: JobRun) -> str:
        seconds = run.seconds_taken(timezone.now())
        return "–" if seconds is None else str(timedelta(seconds=seconds))

    def get_urls(self) -> list[URLPattern]:
        verbs = [
            path("<uuid:pk>/retry/", admin_site_view(self, self.retry), name="ops_jobrun_retry"),
            path("<uuid:pk>/cancel/", admin_site_view(self, self.cancel), name="ops_jobrun_cancel"),
        ]
        return [*verbs, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        run = self.get_object(request, object_id)
        buttons = {} if run is None else buttons_for(request.user, run)
        return super().change_view(request, object_id, form_url, (extra_context or {}) | buttons)

    def retry(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        if not access.may_retry_job(request.user, run):
            raise PermissionDenied
        try:
            actions.retry_job(run=run, by=request.user, at=timezone.now())
        except actions.NotDead as refusal:
            return refused(request, refusal)
        messages.success(request, "The job is in line again.")
        return redirect("admin:ops_jobrun_change", pk)

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        run = get_object_or_404(self.get_queryset(request), pk=pk)
        if not access.may_cancel_job(request.user, run):
            raise PermissionDenied
        try:
            actions.cancel_job(run=run, by=request.user, at=timezone.now())
        except actions.NotWaiting as refusal:
            return refused(request, refusal)
        messages.success(request, "The job is cancelled.")
        return redirect("admin:ops_jobrun_change", pk)


def admin_site_view(owner: admin.ModelAdmin, view: Any) -> Any:
    return owner.admin_site.admin_view(view)


def buttons_for(user: Any, run: JobRun) -> dict[str, bool]:
    return {
        "may_retry": run.state == JobState.DEAD and access.may_retry_job(user, run),
        "may_cancel": run.state == JobState.WAITING and access.may_cancel_job(user, run),
    }


def refused(request: HttpRequest, refusal: Exception) -> HttpResponse:
    return render(request, "errors/409.html", {"sentence": str(refusal)}, status=409)


@admin.register(ScheduleSlot)
class ScheduleSlotAdmin(ReadOnlyAdmin):
    list_display = ("schedule", "slot_at", "run")
    list_filter = (among("schedule", lambda: [one.name for one in schedules.all_schedules()]),)
    list_select_related = ("run",)


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    change_form_template = "ops/admin_delivery.html"
    list_display = ("kind", "key", "state", "claimed_at", "sent_at")
    list_filter = ("state", among("kind", registry.delivered_kinds))
    search_fields = ("key__startswith",)

    def get_urls(self) -> list[URLPattern]:
        settle = admin_site_view(self, self.settle)
        return [path("<int:pk>/settle/", settle, name="ops_delivery_settle"), *super().get_urls()]

    def settle(self, request: HttpRequest, pk: int) -> HttpResponse:
        delivery = get_object_or_404(Delivery, pk=pk)
        if not access.may_settle_delivery(request.user, delivery):
            raise PermissionDenied
        was_sent = request.POST.get("was_sent") == "yes"
        try:
            actions.settle_delivery(
                delivery=delivery, was_sent=was_sent, by=request.user, at=timezone.now()
            )
        except actions.NotUnclear as refusal:
            return refused(request, refusal)
        messages.success(request, "Noted as sent." if was_sent else "It will be sent again.")
        return redirect("admin:ops_delivery_change", pk)


@admin.register(CopyMark)
class CopyMarkAdmin(ReadOnlyAdmin):
    """Written by `restore --as-copy` alone."""

    list_display = ("made_at", "restored_at")


@admin.register(Measure)
class MeasureAdmin(ReadOnlyAdmin):
    """What /metrics tells of requests and jobs."""

    list_display = ("name", "labels", "total")
    search_fields = ("name__startswith",)


@admin.register(EventRecord)
class EventRecordAdmin(ReadOnlyAdmin):
    list_display = ("event_id", "name", "created_at")
    search_fields = ("name__startswith", "event_id__exact")


@admin.register(StoredFile)
class StoredFileAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "media_type", "bytes", "legal_hold", "created_at")
    list_filter = (among("kind", files.known_kinds), "legal_hold")
    search_fields = ("name__startswith", "sha256__exact")


@admin.register(Bucket)
class BucketAdmin(ReadOnlyAdmin):
    list_display = ("name", "level_us", "updated_at")
    search_fields = ("name__startswith",)


@admin.register(IdempotencyKey)
class IdempotencyKeyAdmin(ReadOnlyAdmin):
    """Which requests of programs were answered; the answers themselves are not shown."""

    list_display = ("scope", "key", "status", "created_at")
    list_filter = ("status",)
    search_fields = ("scope__startswith", "key__exact")
    search_help_text = "The beginning of a scope such as token:7, or a key."
    fields = ("scope", "key", "fingerprint", "status", "headers", "created_at")


@admin.register(WebhookEndpoint)
class WebhookEndpointAdmin(ReadOnlyAdmin):
    """Changed under Settings, Webhooks."""

    list_display = ("url", "description", "state", "failing_since")
    list_filter = ("state",)
    search_fields = ("url", "description")
    fields = ("url", "description", "events", "state", "failing_since", "created_by_id")


@admin.register(WebhookMessage)
class WebhookMessageAdmin(ReadOnlyAdmin):
    list_display = ("id", "event", "occurred_at")
    search_fields = ("id__exact", "event__exact")
    search_help_text = "A message's id or an event's name, exactly."


@admin.register(WebhookAttempt)
class WebhookAttemptAdmin(ReadOnlyAdmin):
    list_display = ("due_at", "endpoint", "message_id", "number", "state", "status", "duration_ms")
    list_filter = ("state",)
    list_select_related = ("endpoint",)
    search_fields = ("message__id__exact",)
    search_help_text = "A message's id, exactly."
