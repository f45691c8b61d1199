"""What the pages of crm share."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.utils.translation import ngettext_lazy

from accounts.models import User
from accounts.permissions import has
from lib import panels
from lib.keyset import CURSOR_PARAMETER
from lib.panels import Panel

COUNTED = {
    "case": ngettext_lazy("%(count)s case", "%(count)s cases", "count"),
    "customer": ngettext_lazy("%(count)s customer", "%(count)s customers", "count"),
    "file": ngettext_lazy("%(count)s file", "%(count)s files", "count"),
    "import": ngettext_lazy("%(count)s import", "%(count)s imports", "count"),
    "interaction": ngettext_lazy("%(count)s interaction", "%(count)s interactions", "count"),
    "organization": ngettext_lazy("%(count)s organization", "%(count)s organizations", "count"),
    "pair": ngettext_lazy("%(count)s pair", "%(count)s pairs", "count"),
    "promise": ngettext_lazy("%(count)s promise", "%(count)s promises", "count"),
    "request": ngettext_lazy("%(count)s request", "%(count)s requests", "count"),
    "task": ngettext_lazy("%(count)s task", "%(count)s tasks", "count"),
}


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def page(
    request: HttpRequest,
    template: str,
    context: dict[str, Any],
    *,
    part: str = "",
    status: int = 200,
) -> HttpResponse:
    """The whole page, or its fragment `part` where htmx asks for that."""
    is_fragment = bool(part) and request.headers.get("HX-Request") == "true"
    name = f"{template}#{part}" if is_fragment else template
    return render(request, name, context, status=status)


def shown_panels(slot: str, user: User) -> list[Panel]:
    """The panels of other apps that this person may see."""
    return [panel for panel in panels.panels_for(slot) if has(user, panel.verb)]


def active_filters(request: HttpRequest, form: forms.Form) -> list[tuple[str, str, str]]:
    """Label, value in words, and the address without it, for each filter that is set."""
    found = []
    for bound in form:
        value = form.cleaned_data.get(bound.name)
        if value in (None, "", []):
            continue
        choices = dict(getattr(bound.field, "choices", ()) or ()) if isinstance(value, str) else {}
        found.append(
            (str(bound.label), str(choices.get(value, value)), without(request, bound.name))
        )
    return found


def without(request: HttpRequest, name: str) -> str:
    """The address of this page without one of its filters."""
    left = [
        (key, value)
        for key, values in request.GET.lists()
        if key not in (name, CURSOR_PARAMETER)
        for value in values
    ]
    return f"{request.path}?{urlencode(left)}" if left else request.path


def list_summary(count: int, noun: str, *, is_whole: bool) -> str:
    """What a page of a list holds; nothing is counted beyond it."""
    words = str(COUNTED[noun] % {"count": count})
    return words if is_whole else _("{rows} on this page").format(rows=words)
