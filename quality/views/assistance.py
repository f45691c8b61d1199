"""Assist rules: the list with what each is worth, one rule, its form, and a trial while writing."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from lib.http import number_in
from quality import access, assisting
from quality.actions import assist as actions
from quality.assist_forms import AssistForm
from quality.assist_trials import trial_of
from quality.content import content_of
from quality.models import AssistRule, Scorecard
from quality.models.scorecards import ScorecardKind
from quality.refusals import Invalid, Refused
from quality.views.common import must, page_refusals, person

SHOWN_PROPOSALS = 30
FIELD_OF = {"criterion": "proposes", "option": "proposes"}


def assist_list(request: HttpRequest) -> HttpResponse:
    """Every rule one may see, with its proof; at most 8 queries."""
    rules = visible_rules(person(request)).order_by("scorecard__name", "criterion_key", "pk")
    proofs = assisting.proofs_of(rules)
    rows = [(rule, shown(rule), proofs[rule.pk]) for rule in rules]
    return render(request, "quality/assist_list.html", {"rows": rows})


def assist_create(request: HttpRequest) -> HttpResponse:
    """First the scorecard, then the rule."""
    user = person(request)
    scorecards = offered_scorecards(user)
    chosen = scorecard_of(request, user)
    if chosen is None:
        return render(request, "quality/assist_choose.html", {"scorecards": scorecards})
    form = AssistForm(request.POST or None, user=user, scorecard=chosen)
    if request.method == "POST" and form.is_valid():
        try:
            rule = actions.create_assist_rule(content=form.content(), by=user, at=timezone.now())
            return redirect("quality:assist_detail", pk=rule.pk)
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "scorecard": chosen, "title": "New assist rule"}
    return render(request, "quality/assist_edit.html", context, status=422 if form.errors else 200)


def assist_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule: what it asks, how far it is proven, what became of its proposals."""
    user = person(request)
    rule = visible_rule(user, pk)
    labels = labels_of(rule)
    latest = rule.suggestions.select_related("evaluation").order_by("-pk")[:SHOWN_PROPOSALS]
    context = {
        "rule": rule,
        "words": shown(rule),
        "proof": assisting.proofs_of([rule])[rule.pk],
        "suggestions": [
            (
                one,
                labels.get(one.option_key, one.option_key),
                labels.get(one.answered_key, one.answered_key),
            )
            for one in latest
        ],
        "teams": list(rule.teams.all()),
        "may_manage": access.may_manage_rule(user, rule),
    }
    return render(request, "quality/assist_detail.html", context)


def assist_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a rule anew; another test begins its proof anew."""
    user = person(request)
    rule = managed_rule(user, pk)
    form = AssistForm(request.POST or None, user=user, scorecard=rule.scorecard, rule=rule)
    status = 200
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("row_version", "")
        try:
            actions.change_assist_rule(
                rule=rule,
                content=form.content(),
                seen=number_in(seen),
                by=user,
                at=timezone.now(),
            )
            return redirect("quality:assist_detail", pk=pk)
        except Invalid as refusal:
            add_refusal(form, refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            status = refusal.status
    if form.errors and status == 200:
        status = 422
    context = {
        "form": form,
        "rule": rule,
        "scorecard": rule.scorecard,
        "title": f"Change “{rule.name}”",
    }
    return render(request, "quality/assist_edit.html", context, status=status)


@require_POST
def assist_preview(request: HttpRequest) -> HttpResponse:
    """What the rule of a form would find in recent interactions, while it is being filled in."""
    user = person(request)
    scorecard = scorecard_of(request, user)
    form = AssistForm(request.POST, user=user, scorecard=scorecard) if scorecard else None
    context: dict[str, Any] = {}
    if form is not None and scorecard is not None and form.is_valid():
        try:
            rule = actions.draft_rule(form.content())
            context = {"trial": trial_of(rule, scorecard, user), "words": assisting.in_words(rule)}
        except Invalid as refusal:
            context = {"sentence": str(refusal)}
    return render(request, "quality/assist_preview.html", context)


@require_POST
@page_refusals
def assist_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On, or off for a reason."""
    user = person(request)
    actions.switch_assist_rule(
        rule=managed_rule(user, pk),
        is_active=request.POST.get("act") == "on",
        reason=request.POST.get("reason", ""),
        by=user,
        at=timezone.now(),
    )
    return redirect("quality:assist_detail", pk=pk)


# --- Below the views -----------------------------------------------------------------------------


def visible_rules(user: User) -> Any:
    rules = AssistRule.objects.visible_to(user)
    return rules.select_related("scorecard__current_version")


def visible_rule(user: User, pk: int) -> AssistRule:
    found: AssistRule = get_object_or_404(visible_rules(user), pk=pk)
    return found


def managed_rule(user: User, pk: int) -> AssistRule:
    rule = visible_rule(user, pk)
    must(access.may_manage_rule(user, rule))
    return rule


def offered_scorecards(user: User) -> Any:
    rows = Scorecard.objects.visible_to(user).in_use().filter(kind=ScorecardKind.INTERACTION)
    return rows.order_by("name")


def scorecard_of(request: HttpRequest, user: User) -> Scorecard | None:
    """The scorecard that the address or the form names; 404 for one that is not offered."""
    named = request.POST.get("scorecard") or request.GET.get("scorecard") or ""
    if not named:
        return None
    rows = offered_scorecards(user).select_related("current_version")
    found: Scorecard = get_object_or_404(rows, pk=number_in(named))
    return found


def labels_of(rule: AssistRule) -> dict[str, str]:
    version = rule.scorecard.current_version
    labels = assisting.option_labels(content_of(version), rule.criterion_key) if version else {}
    return {**labels, "n/a": "N/A"}


def shown(rule: AssistRule) -> dict[str, str]:
    """A rule as a list tells it: the criterion, what it proposes, and when."""
    version = rule.scorecard.current_version
    criterion = content_of(version).criteria.get(rule.criterion_key, {}) if version else {}
    labels = labels_of(rule)
    return {
        "criterion": criterion.get("text", rule.criterion_key),
        "option": labels.get(rule.option_key, rule.option_key),
        "otherwise": labels.get(rule.otherwise_key, rule.otherwise_key),
        "when": assisting.in_words(rule),
    }


def add_refusal(form: AssistForm, refusal: Invalid) -> None:
    """Show a refusal at its field, or above the form if the form has no such field."""
    field = FIELD_OF.get(refusal.field, refusal.field)
    form.add_error(field if field in form.fields else None, str(refusal))
