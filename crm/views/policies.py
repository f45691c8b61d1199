"""SLA policies: their order, their versions, and a case tried against them."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone

from crm import policies, policy_rules
from crm.actions import policies as actions
from crm.forms.cases import ReferenceField
from crm.forms.policies import PolicyForm, initial_of, offered, read_rules, rule_rows
from crm.models import Case, PolicyVersion, SlaClock, SlaPolicy
from crm.policy_names import names_of
from crm.views.common import page, person
from lib.answers import page_refusals
from lib.refusals import Invalid, Stale

FORM = "crm/policy_form.html"


def policy_list(request: HttpRequest) -> HttpResponse:
    """Policies in the order in which they are tried; a case can be tried against them."""
    rows = list(
        SlaPolicy.objects.select_related("current__calendar__current").prefetch_related(
            "current__targets"
        )
    )
    case, error = _tried_case(request)
    active = [row for row in rows if row.is_active]
    context = {
        "policies": [(row, _conditions_in_words(row.current)) for row in rows],
        "case": case,
        "error": error,
        "given": request.GET.get("case", ""),
        "tried": [
            (one, [rule.in_words(names_of(one.failing)) for rule in one.failing])
            for one in policies.tried(case, active)
        ]
        if case
        else [],
        "unfinished": SlaClock.objects.unfinished().count(),
    }
    return page(request, "crm/policy_list.html", context)


def policy_new(request: HttpRequest) -> HttpResponse:
    return _edit(request, None)


def policy_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One policy, to change: saving makes its next version."""
    rows = SlaPolicy.objects.select_related("current__calendar")
    return _edit(request, get_object_or_404(rows, pk=pk))


@page_refusals
def policy_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Try a policy one place earlier or later."""
    policy = get_object_or_404(SlaPolicy, pk=pk)
    up = request.POST.get("direction") == "up"
    actions.move_policy(policy=policy, up=up, by=person(request), at=timezone.now())
    return redirect("crm:policy_list")


@page_refusals
def policy_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """Use a policy, or keep it unused."""
    policy = get_object_or_404(SlaPolicy, pk=pk)
    actions.set_policy_active(
        policy=policy, is_active=not policy.is_active, by=person(request), at=timezone.now()
    )
    return redirect("crm:policy_list")


# --- Below the views ------------------------------------------------------------------------------


def _edit(request: HttpRequest, policy: SlaPolicy | None) -> HttpResponse:
    current = policy.current if policy else None
    posted = request.method == "POST"
    form = PolicyForm(request.POST if posted else None, initial=_initial(current))
    conditions = _posted_conditions(request) if posted else (current.conditions if current else {})
    error, status = "", 422 if posted else 200
    if posted and form.is_valid():
        try:
            actions.save_policy(
                policy=policy,
                name=form.cleaned_data["name"],
                conditions=conditions,
                calendar=form.cleaned_data["calendar"],
                targets=form.targets(),
                version=form.cleaned_data["version"] if policy else None,
                by=person(request),
                at=timezone.now(),
            )
            return redirect("crm:policy_list")
        except Invalid as refusal:
            error = str(refusal)
        except Stale as refusal:
            error, status = str(refusal), 409
    context: dict[str, Any] = {
        "form": form,
        "policy": policy,
        "parts": [
            ("all", "All of these must hold", rule_rows(conditions.get("all", []))),
            ("any", "And at least one of these", rule_rows(conditions.get("any", []))),
        ],
        "offered": offered(),
        "error": error,
        "unfinished": Case.objects.unfinished().count(),
        "trail": [("SLA policies", reverse("crm:policy_list"))],
        "versions": list(policy.versions.select_related("made_by", "calendar")) if policy else [],
    }
    return page(request, FORM, context, status=status)


def _initial(current: PolicyVersion | None) -> dict[str, Any]:
    return initial_of(current) if current else {"pauses-resolution": True}


def _posted_conditions(request: HttpRequest) -> dict[str, Any]:
    return {part: read_rules(request.POST, part) for part in ("all", "any")}


def _conditions_in_words(version: PolicyVersion | None) -> str:
    if version is None:
        return ""
    conditions = policy_rules.read(version.conditions)
    names = names_of([*conditions.every, *conditions.some])
    told = [rule.in_words(names) for rule in conditions.every]
    if conditions.some:
        told.append(" or ".join(rule.in_words(names) for rule in conditions.some))
    return "; ".join(told) or "Every case"


def _tried_case(request: HttpRequest) -> tuple[Case | None, str]:
    """The case that the address names, to be tried."""
    text = request.GET.get("case", "").strip()
    if not text:
        return None, ""
    field = ReferenceField("K", required=False)
    field.rows = Case.objects.visible_to(person(request)).select_related("customer")
    try:
        return field.clean(text), ""
    except ValidationError as error:
        return None, " ".join(error.messages)
