"""Macros and canned replies: what one may use, and what one keeps."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from crm import macro_steps, placeholders
from crm.actions import macros as actions
from crm.forms.cases import teams_of
from crm.models import CannedReply, Macro
from crm.models.cases import Priority
from crm.models.macros import SharingScope
from crm.views.common import page, person
from lib.answers import page_refusals
from lib.http import number_in
from lib.refusals import Invalid
from lib.speaking import spoken

ROWS = 5
UNUSED_DAYS = 180


def macro_list(request: HttpRequest) -> HttpResponse:
    """What one may use, the least used last."""
    user = person(request)
    unused = request.GET.get("unused") == "1"
    replies = CannedReply.objects.visible_to(user).in_use().select_related("owner", "team")
    macros = Macro.objects.visible_to(user).in_use().select_related("owner", "team")
    if unused:
        since = timezone.now() - timedelta(days=UNUSED_DAYS)
        replies, macros = replies.unused_since(since), macros.unused_since(since)
    context = {
        "replies": list(replies),
        "macros": [(macro, _steps_in_words(macro)) for macro in macros],
        "unused": unused,
        "days": UNUSED_DAYS,
        "trail": [(_("Cases"), reverse("crm:case_list"))],
    }
    return page(request, "crm/macro_list.html", context)


@page_refusals
def macro_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make or change a macro."""
    user = person(request)
    macro = get_object_or_404(Macro.objects.visible_to(user), pk=pk) if pk else None
    steps = macro.actions if macro else []
    error = ""
    if request.method == "POST":
        steps = [
            {"do": do, "value": value}
            for do, value in zip(
                request.POST.getlist("do"), request.POST.getlist("value"), strict=False
            )
            if do
        ]
        try:
            actions.save_macro(macro=macro, steps=steps, at=timezone.now(), **_told(request, user))
            return redirect("crm:macro_list")
        except Invalid as refusal:
            error = str(refusal)
    context = {
        "macro": macro,
        "record": macro,
        "rows": [*steps, *[{}] * max(1, ROWS - len(steps))],
        "steps": [(do, spoken(words)) for do, words in macro_steps.STEPS.items()],
        "values": _values(user),
        "error": error,
        **_common(request, user, macro),
    }
    return page(request, "crm/macro_form.html", context, status=422 if error else 200)


@page_refusals
def reply_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make or change a canned reply."""
    user = person(request)
    reply = get_object_or_404(CannedReply.objects.visible_to(user), pk=pk) if pk else None
    error = ""
    if request.method == "POST":
        try:
            actions.save_reply(
                reply=reply,
                shortcut=request.POST.get("shortcut", ""),
                body=request.POST.get("body", ""),
                at=timezone.now(),
                **_told(request, user),
            )
            return redirect("crm:macro_list")
        except Invalid as refusal:
            error = str(refusal)
    given = request.POST if request.method == "POST" else None
    context = {
        "reply": reply,
        "record": reply,
        "given": given,
        "placeholders": placeholders.PLACEHOLDERS.items(),
        "error": error,
        **_common(request, user, reply),
    }
    return page(request, "crm/reply_form.html", context, status=422 if error else 200)


@page_refusals
def macro_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    macro = get_object_or_404(Macro.objects.visible_to(user), pk=pk)
    actions.retire(record=macro, by=user, at=timezone.now())
    return redirect("crm:macro_list")


@page_refusals
def reply_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    reply = get_object_or_404(CannedReply.objects.visible_to(user), pk=pk)
    actions.retire(record=reply, by=user, at=timezone.now())
    return redirect("crm:macro_list")


# --- Below the views ------------------------------------------------------------------------------


def _told(request: HttpRequest, user: User) -> dict[str, Any]:
    posted = request.POST
    team = posted.get("team", "")
    return {
        "name": posted.get("name", ""),
        "scope": posted.get("scope", ""),
        "team": teams_of(user).filter(pk=number_in(team)).first(),
        "by": user,
    }


def _common(request: HttpRequest, user: User, record: Any) -> dict[str, Any]:
    """Name, scope and team as they were typed, or as they are stored."""
    posted = request.POST
    is_posted = request.method == "POST"
    return {
        "name": posted.get("name", "") if is_posted else getattr(record, "name", ""),
        "scope": posted.get("scope", "") if is_posted else getattr(record, "scope", "personal"),
        "team_id": posted.get("team", "") if is_posted else str(getattr(record, "team_id", "")),
        "scopes": SharingScope.choices,
        "teams": list(teams_of(user)),
        "trail": [
            (_("Cases"), reverse("crm:case_list")),
            (_("Macros and replies"), reverse("crm:macro_list")),
        ],
    }


def _values(user: User) -> list[tuple[str, str]]:
    """What a step may hold, offered while typing."""
    replies = CannedReply.objects.visible_to(user).in_use()
    return [
        *((value, _("status")) for value in ("waiting", "resolved", "open")),
        *((value, _("priority")) for value in Priority.values),
        *((value, _("assign")) for value in macro_steps.ASSIGNEES),
        *(
            (str(reply.pk), _("reply {shortcut}").format(shortcut=reply.shortcut))
            for reply in replies
        ),
    ]


def _steps_in_words(macro: Macro) -> str:
    found = (macro_steps.STEPS.get(step["do"], step["do"]) for step in macro.actions)
    return ", ".join(map(spoken, found))
