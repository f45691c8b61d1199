"""How pages with a form answer a verb that says no: the form again, with the sentence."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from crm.views.common import page
from lib.refusals import Invalid, Refused
from lib.speaking import spoken


def refuse(form: forms.Form, refusal: Refused) -> None:
    """Put the sentence beside its field, above the form where it has none there."""
    field = refusal.field if isinstance(refusal, Invalid) else ""
    if hasattr(form, "refuse"):
        form.refuse(field, spoken(str(refusal)))
    else:
        form.add_error(field if field in form.fields else None, spoken(str(refusal)))


def answer_form(
    request: HttpRequest,
    form: forms.Form,
    act: Callable[[], Any],
    *,
    template: str,
    context: dict[str, Any],
) -> HttpResponse:
    """Show a form; when it is sent and valid, call `act` and go where it says.

    `act` returns what `redirect` takes. A refusal of the verb shows the form again with 409 or 422.
    """
    status = 200
    if request.method == "POST":
        status = 422
        if form.is_valid():
            try:
                return redirect(act())
            except Refused as refusal:
                refuse(form, refusal)
                status = refusal.status
    return page(request, template, {"form": form, **context}, status=status)
