"""Admin actions that ask first: how many rows, and why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.db import models, transaction
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from django.utils.text import slugify

from accounts.models import User
from accounts.permissions import forbids_self, verb_named

MOST_ROWS = 500


class RowVerb(Protocol):
    """What an action does to one row."""

    def __call__(self, row: Any, *, by: User, at: datetime, reason: str) -> Any: ...


class ReasonForm(forms.Form):
    reason = forms.CharField(max_length=500, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, *args: Any, needs_reason: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].required = needs_reason


def confirmed(
    do: RowVerb,
    *,
    verb: str,
    description: str,
    refusals: tuple[type[Exception], ...] = (),
) -> Callable[..., HttpResponse | None]:
    """An admin action that calls `do` for every chosen row, after a page that asks for a reason.

    It is shown to whoever has `verb` of the permission file, which also says whether the reason
    may be left out. One refused row (an exception of `refusals`) refuses all and is told.
    """

    told: tuple[type[Exception], ...] = (ForOneself, *refusals)

    @admin.action(description=description)
    def action(
        model_admin: admin.ModelAdmin[Any], request: HttpRequest, rows: models.QuerySet[Any]
    ) -> HttpResponse | None:
        needs_reason = verb_named(verb).needs_reason
        is_answer = "is_confirmed" in request.POST
        form = ReasonForm(request.POST if is_answer else None, needs_reason=needs_reason)
        chosen = list(rows[: MOST_ROWS + 1])
        if len(chosen) > MOST_ROWS:
            messages.error(request, f"Choose at most {MOST_ROWS} rows at once.")
            return None
        if not (is_answer and form.is_valid()):
            return ask(model_admin, request, form, chosen, action)
        act(request, chosen, form.cleaned_data["reason"])
        return None

    def act(request: HttpRequest, chosen: list[Any], reason: str) -> None:
        assert isinstance(request.user, User)
        at = timezone.now()
        try:
            with transaction.atomic():
                for row in chosen:
                    if forbids_self(request.user, verb, row):
                        raise ForOneself
                    do(row, by=request.user, at=at, reason=reason)
        except told as error:
            messages.error(request, f"Nothing was changed. {error}")
        else:
            messages.success(request, f"{description}: {len(chosen)} done.")

    action.verb = verb  # type: ignore[attr-defined]
    named = getattr(do, "__name__", "<lambda>")  # Names of an admin's actions must differ.
    action.__name__ = slugify(description) if named == "<lambda>" else named
    return action


class ForOneself(Exception):
    def __str__(self) -> str:
        return "Nobody does this for themselves. Leave your own row out."


def ask(
    model_admin: admin.ModelAdmin[Any],
    request: HttpRequest,
    form: ReasonForm,
    chosen: list[Any],
    action: Any,
) -> HttpResponse:
    context = {
        **model_admin.admin_site.each_context(request),
        "title": action.short_description,
        "opts": model_admin.opts,
        "form": form,
        "rows": chosen[:20],
        "count": len(chosen),
        "action": request.POST["action"],
        "ids": request.POST.getlist(ACTION_CHECKBOX_NAME),
        "checkbox_name": ACTION_CHECKBOX_NAME,
        "is_across": request.POST.get("select_across") == "1",
    }
    status = 422 if form.is_bound else 200
    return TemplateResponse(request, "admin/confirm_action.html", context, status=status)
