"""Settings, Webhooks: whom we tell about facts, and what became of each try."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache

from lib import keyset
from ops import actions_webhooks as actions
from ops import outbox
from ops.forms import EndpointForm, VersionForm
from ops.models import AttemptState, EndpointState, WebhookAttempt, WebhookEndpoint

STATE_TONES = {"active": "good", "paused": "", "disabled": "bad"}
ATTEMPT_TONES = {"sent": "good", "refused": "warn", "given_up": "bad", "due": ""}


def webhook_list(request: HttpRequest) -> HttpResponse:
    endpoints = WebhookEndpoint.objects.visible_to(request.user)
    rows = [(one, STATE_TONES[one.state]) for one in endpoints]
    return render(request, "ops/webhook_list.html", {"rows": rows})


@never_cache
def webhook_new(request: HttpRequest) -> HttpResponse:
    """The answer to the form is the only page that ever shows the secret."""
    form = EndpointForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        endpoint, secret = actions.add_endpoint(
            **form.endpoint_values(), by=request.user, at=timezone.now()
        )
        return secret_page(request, endpoint, secret)
    status = 422 if request.method == "POST" else 200
    context = {"form": form, "catalog": outbox.catalog()}
    return render(request, "ops/webhook_new.html", context, status=status)


def secret_page(request: HttpRequest, endpoint: WebhookEndpoint, secret: str) -> HttpResponse:
    context = {"endpoint": endpoint, "secret": secret}
    return render(request, "ops/webhook_secret.html", context)


def webhook_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The endpoint, how it has been doing, and every try of the last 30 days."""
    endpoint = visible_endpoint(request, pk)
    initial = {name: getattr(endpoint, name) for name in ("url", "description", "events")}
    return endpoint_page(request, endpoint, EndpointForm(initial=initial))


def visible_endpoint(request: HttpRequest, pk: int) -> WebhookEndpoint:
    return get_object_or_404(WebhookEndpoint.objects.visible_to(request.user), pk=pk)


def endpoint_page(
    request: HttpRequest, endpoint: WebhookEndpoint, form: EndpointForm, status: int = 200
) -> HttpResponse:
    attempts = WebhookAttempt.objects.filter(endpoint=endpoint).select_related("message")
    page = keyset.page_of(request, attempts, order="-due_at")
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "endpoint": endpoint,
        "tone": STATE_TONES[endpoint.state],
        "form": form,
        "attempts": [(one, ATTEMPT_TONES[one.state]) for one in page.rows],
        "hours": hours_of(endpoint),
        "next_try": attempts.filter(state=AttemptState.DUE).order_by("due_at").first(),
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "ops/webhook_detail.html", context, status=status)


def hours_of(endpoint: WebhookEndpoint) -> dict[str, int]:
    """How many tries of the last 24 hours were taken, and how many not."""
    since = timezone.now() - timedelta(hours=24)
    states = list(
        WebhookAttempt.objects.filter(endpoint=endpoint, due_at__gte=since).values_list(
            "state", flat=True
        )[:5000]
    )
    taken = states.count(AttemptState.SENT)
    return {"taken": taken, "refused": len(states) - taken - states.count(AttemptState.DUE)}


def webhook_change(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = visible_endpoint(request, pk)
    form = EndpointForm(request.POST)
    version = seen_version(request)
    if not form.is_valid():
        return endpoint_page(request, endpoint, form, status=422)
    try:
        actions.change_endpoint(
            endpoint=endpoint,
            version=version,
            **form.endpoint_values(),
            by=request.user,
            at=timezone.now(),
        )
    except actions.ChangedMeanwhile as refusal:
        form.add_error(None, str(refusal))
        return endpoint_page(request, endpoint, form, status=409)
    return redirect("ops:webhook_detail", pk=pk)


def seen_version(request: HttpRequest) -> int:
    form = VersionForm(request.POST)
    if not form.is_valid():
        raise BadRequest("The form does not say which version it shows.")
    version: int = form.cleaned_data["version"]
    return version


@never_cache
def webhook_rotate(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint, version = visible_endpoint(request, pk), seen_version(request)
    try:
        endpoint, secret = actions.rotate_secret(
            endpoint=endpoint, version=version, by=request.user, at=timezone.now()
        )
    except actions.ChangedMeanwhile as refusal:
        return refused(request, endpoint, refusal)
    return secret_page(request, endpoint, secret)


def webhook_pause(request: HttpRequest, pk: int) -> HttpResponse:
    return set_state(request, pk, EndpointState.PAUSED)


def webhook_resume(request: HttpRequest, pk: int) -> HttpResponse:
    return set_state(request, pk, EndpointState.ACTIVE)


def set_state(request: HttpRequest, pk: int, state: EndpointState) -> HttpResponse:
    endpoint, version = visible_endpoint(request, pk), seen_version(request)

    def act() -> Any:
        actions.set_endpoint_state(
            endpoint=endpoint, version=version, state=state, by=request.user, at=timezone.now()
        )

    return acted(request, endpoint, act)


def acted(request: HttpRequest, endpoint: WebhookEndpoint, act: Callable[[], Any]) -> HttpResponse:
    try:
        act()
    except actions.ChangedMeanwhile as refusal:
        return refused(request, endpoint, refusal)
    return redirect("ops:webhook_detail", pk=endpoint.pk)


def refused(request: HttpRequest, endpoint: WebhookEndpoint, refusal: Exception) -> HttpResponse:
    initial = {name: getattr(endpoint, name) for name in ("url", "description", "events")}
    form = EndpointForm(initial=initial)
    form.cleaned_data = {}
    form.add_error(None, str(refusal))
    return endpoint_page(request, endpoint, form, status=409)


def webhook_test(request: HttpRequest, pk: int) -> HttpResponse:
    endpoint = visible_endpoint(request, pk)
    actions.send_test(endpoint=endpoint, by=request.user, at=timezone.now())
    return redirect("ops:webhook_detail", pk=pk)


def webhook_resend(request: HttpRequest, pk: int, attempt_pk: int) -> HttpResponse:
    endpoint = visible_endpoint(request, pk)
    rows = WebhookAttempt.objects.select_related("endpoint", "message")
    attempt = get_object_or_404(rows, endpoint=endpoint, pk=attempt_pk)
    actions.resend(attempt=attempt, by=request.user, at=timezone.now())
    return redirect("ops:webhook_detail", pk=pk)
