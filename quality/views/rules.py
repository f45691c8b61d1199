"""Quality rules: what is set going by a poor result, and what came of it."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from lib.http import number_in
from quality import access
from quality.actions import follow_up as actions
from quality.models import Evaluation, QualityRule, Scorecard
from quality.refusals import Invalid, Refused
from quality.rule_forms import QualityRuleForm, in_words
from quality.views.assistance import offered_scorecards
from quality.views.common import must, page_refusals, person

SHOWN_FIRINGS = 30
ANY = "any"
FIELD_OF = {"item": "where"}


def rule_list(request: HttpRequest) -> HttpResponse:
    """Every rule one may see, and how often it applied."""
    rules = visible_rules(person(request)).annotate(
        fired=Count("firings"), fired_at=Max("firings__at")
    )
    rows = [(rule, in_words(rule), acts_of(rule)) for rule in rules.order_by("name", "pk")]
    return render(request, "quality/rule_list.html", {"rows": rows})


def rule_create(request: HttpRequest) -> HttpResponse:
    """First the scorecard, or any, then the rule."""
    user = person(request)
    named = request.POST.get("scorecard") or request.GET.get("scorecard") or ""
    if not named:
        context = {"scorecards": offered_scorecards(user)}
        return render(request, "quality/rule_choose.html", context)
    scorecard = chosen_scorecard(user, named)
    form = QualityRuleForm(request.POST or None, user=user, scorecard=scorecard)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            rule = actions.create_quality_rule(content=form.content(), by=user, at=timezone.now())
            return redirect("quality:rule_detail", pk=rule.pk)
        except Refused as refusal:
            status = add_refusal(form, refusal)
    context = {"form": form, "scorecard": scorecard, "title": "New quality rule"}
    return render(request, "quality/rule_edit.html", context, status=status_of(form, status))


def rule_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One rule: when it applies, what it does, and its latest firings."""
    user = person(request)
    rule = visible_rule(user, pk)
    firings = rule.firings.select_related("evaluation__agent", "evaluation__team")[:SHOWN_FIRINGS]
    seen = set(
        Evaluation.objects.visible_to(user)
        .filter(pk__in=[firing.evaluation_id for firing in firings])
        .values_list("pk", flat=True)
    )
    context = {
        "rule": rule,
        "words": in_words(rule),
        "acts": acts_of(rule),
        "teams": list(rule.teams.all()),
        "firings": [(firing, firing.evaluation_id in seen) for firing in firings],
        "may_manage": access.may_manage_rule(user, rule),
    }
    return render(request, "quality/rule_detail.html", context)


def rule_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    rule = managed_rule(user, pk)
    form = QualityRuleForm(request.POST or None, user=user, scorecard=rule.scorecard, rule=rule)
    status = 200
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("row_version", "")
        try:
            actions.change_quality_rule(
                rule=rule,
                content=form.content(),
                seen=number_in(seen),
                by=user,
                at=timezone.now(),
            )
            return redirect("quality:rule_detail", pk=pk)
        except Refused as refusal:
            status = add_refusal(form, refusal)
    context = {
        "form": form,
        "rule": rule,
        "scorecard": rule.scorecard,
        "title": f"Change “{rule.name}”",
    }
    return render(request, "quality/rule_edit.html", context, status=status_of(form, status))


@require_POST
@page_refusals
def rule_switch(request: HttpRequest, pk: int) -> HttpResponse:
    """On, or off for a reason."""
    user = person(request)
    actions.switch_quality_rule(
        rule=managed_rule(user, pk),
        is_active=request.POST.get("act") == "on",
        reason=request.POST.get("reason", ""),
        by=user,
        at=timezone.now(),
    )
    return redirect("quality:rule_detail", pk=pk)


# --- Below the views -----------------------------------------------------------------------------


def visible_rules(user: User) -> Any:
    rules = QualityRule.objects.visible_to(user)
    return rules.select_related("scorecard__current_version", "task_for").prefetch_related(
        "mail_to"
    )


def visible_rule(user: User, pk: int) -> QualityRule:
    found: QualityRule = get_object_or_404(visible_rules(user), pk=pk)
    return found


def managed_rule(user: User, pk: int) -> QualityRule:
    rule = visible_rule(user, pk)
    must(access.may_manage_rule(user, rule))
    return rule


def chosen_scorecard(user: User, named: str) -> Scorecard | None:
    """None for every scorecard; 404 for one that is not offered."""
    if named == ANY:
        return None
    rows = offered_scorecards(user).select_related("current_version")
    found: Scorecard | None = rows.filter(pk=number_in(named)).first()
    if found is None:
        raise Http404
    return found


def acts_of(rule: QualityRule) -> list[str]:
    """What a rule does, in words."""
    people = [person.short_name for person in rule.mail_to.all()]
    acts = [f"mail to {', '.join(people)}"] if people else []
    acts += ["coaching"] if rule.asks_coaching else []
    acts += [f"task for {rule.task_for.short_name}"] if rule.task_for else []
    return acts + (["case"] if rule.opens_case else [])


def add_refusal(form: QualityRuleForm, refusal: Refused) -> int:
    """Show a refusal at its field, or above the form; returns the status to answer with."""
    named = refusal.field if isinstance(refusal, Invalid) else ""
    field = FIELD_OF.get(named, named)
    form.add_error(field if field in form.fields else None, str(refusal))
    return refusal.status


def status_of(form: QualityRuleForm, status: int) -> int:
    return 422 if form.errors and status == 200 else status
