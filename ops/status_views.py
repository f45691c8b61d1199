"""The status page, and deciding what became of an unclear delivery."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from lib.release import RELEASE
from ops import actions, status
from ops.models import Delivery


def status_page(request: HttpRequest) -> HttpResponse:
    """Whether everything is well, what is not first; some fifteen queries."""
    now = timezone.now()
    checks = status.checks_of(now)
    context = {
        "checks": checks,
        "failing": sum(not check.is_well for check in checks),
        "deliveries": list(status.unclear_deliveries()[: status.MOST_UNCLEAR]),
        "pictures": status.pictures(now),
        "release": RELEASE,
    }
    return render(request, "ops/status.html", context)


def delivery_settle(request: HttpRequest, pk: int) -> HttpResponse:
    """It was sent, or it is sent again."""
    delivery = get_object_or_404(Delivery, pk=pk)
    was_sent = request.POST.get("was_sent") == "yes"
    try:
        actions.settle_delivery(
            delivery=delivery, was_sent=was_sent, by=request.user, at=timezone.now()
        )
    except actions.NotUnclear as refusal:
        return render(request, "errors/409.html", {"sentence": str(refusal)}, status=409)
    messages.success(request, "Noted as sent." if was_sent else "It will be sent again.")
    return redirect("ops:status")
