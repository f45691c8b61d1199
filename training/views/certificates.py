"""Certificates: one's own, everybody's for trainers, and the public page that checks one."""

from __future__ import annotations

from fractions import Fraction

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from lib.http import client_of
from lib.speaking import spoken
from ops import limits
from training import serials
from training.actions import certificates as actions
from training.models import Certificate
from training.views.common import page_refusals, person

A_MINUTE = 30


def certificate_list(request: HttpRequest) -> HttpResponse:
    """Those of the people one may see, newest first."""
    rows = Certificate.objects.visible_to(person(request))
    rows = rows.select_related("person", "file", "cycle")
    context = {
        "certificates": [(one, one.state_on(timezone.localdate())) for one in rows[:200]],
    }
    return render(request, "training/certificate_list.html", context)


@require_POST
@page_refusals
def certificate_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    rows = Certificate.objects.visible_to(person(request))
    actions.revoke_certificate(
        certificate=get_object_or_404(rows, pk=pk),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("training:certificate_list")


def certificate_verify(request: HttpRequest, serial: str) -> HttpResponse:
    """Anybody: valid, expired or revoked, with the name and the title and nothing else."""
    name = f"verify:{client_of(request)}"
    if not limits.take(name, A_MINUTE, Fraction(A_MINUTE, 60), timezone.now()).is_allowed:
        return _answer(request, {"sentence": _("Too many checks. Wait a minute.")}, 429)
    try:
        payload = serials.read(serial)
    except serials.BadSerial as error:
        return _answer(request, {"sentence": spoken(str(error))}, 404)
    found = Certificate.objects.filter(serial=payload).select_related("person", "cycle").first()
    if found is None:
        return _answer(request, {"sentence": _("No certificate has this number.")}, 404)
    return _answer(
        request,
        {
            "certificate": found,
            "state": found.state_on(timezone.localdate()),
            "name": found.person.erased_initials or found.person.full_name,
        },
        200,
    )


def _answer(request: HttpRequest, context: dict[str, object], status: int) -> HttpResponse:
    response = render(
        request,
        "training/certificate_verify.html",
        context | {"base": settings.BASE_URL},
        status=status,
    )
    response["Cache-Control"] = "no-store"
    response["X-Robots-Tag"] = "noindex"
    return response
