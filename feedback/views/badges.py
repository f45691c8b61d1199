"""Badges: who holds which, how they are earned, and the editor of their rules."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.permissions import has
from feedback.actions import badges as actions
from feedback.models import Badge, BadgeAward, BadgeRule
from feedback.models.badges import BadgeKind, RuleState
from feedback.recognition_forms import GiveBadgeForm, RuleForm
from feedback.rule_words import in_words
from feedback.views.recognition_common import person
from lib import charts
from lib.answers import must, page_refusals
from lib.refusals import Invalid, Refused
from lib.speaking import spoken


def badge_list(request: HttpRequest) -> HttpResponse:
    """Every badge with how it is earned and how many hold it. Two queries."""
    standing = Q(awards__revoked_at__isnull=True, awards__isnull=False)
    rows = Badge.objects.annotate(holders=Count("awards__agent", filter=standing, distinct=True))
    active = {rule.badge_id: rule for rule in BadgeRule.objects.filter(state=RuleState.ACTIVE)}
    context = {
        "rows": [(row, in_words(active[row.pk]) if row.pk in active else "") for row in rows],
        "may_manage": has(person(request), "feedback.manage_rewards"),
        "has_starter": any(row.code == actions.STARTER_CODE for row in rows),
    }
    return render(request, "feedback/badge_list.html", context)


@require_POST
@page_refusals
def starter_add(request: HttpRequest) -> HttpResponse:
    """Make the badge that every center can begin with; its rule waits to be tried."""
    badge = actions.add_starter_badge(by=person(request), at=timezone.now())
    return redirect("feedback:badge_detail", pk=badge.pk)


def badge_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One badge: its rule in a sentence, the draft beside its dry run, and who shows it."""
    return _answer(request, get_object_or_404(Badge, pk=pk))


@require_POST
@page_refusals
def rule_write(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a draft of how the badge is earned; its dry run is on the page that follows."""
    badge, form = get_object_or_404(Badge, pk=pk), RuleForm(request.POST)
    if form.is_valid():
        given = form.cleaned_data
        try:
            actions.write_rule(
                badge=badge,
                fact_kind=given["fact_kind"],
                conditions=form.conditions(),
                mode=given["mode"],
                k=given["k"],
                window_days=given["window_days"],
                by=person(request),
                at=timezone.now(),
            )
            return redirect("feedback:badge_detail", pk=pk)
        except Invalid as refusal:
            form.add_error(None, spoken(str(refusal)))
    return _answer(request, badge, rule_form=form)


@require_POST
@page_refusals
def rule_activate(request: HttpRequest, pk: int) -> HttpResponse:
    rule, at = get_object_or_404(BadgeRule, pk=pk), timezone.now()
    actions.activate_rule(rule=rule, effective_from=at, by=person(request), at=at)
    return redirect("feedback:badge_detail", pk=rule.badge_id)


@require_POST
@page_refusals
def badge_award(request: HttpRequest, pk: int) -> HttpResponse:
    """Give a badge by hand."""
    user, badge = person(request), get_object_or_404(Badge, pk=pk)
    form = GiveBadgeForm(user, request.POST)
    if form.is_valid():
        try:
            actions.award_badge(badge=badge, **form.cleaned_data, by=user, at=timezone.now())
            return redirect("feedback:badge_detail", pk=pk)
        except Refused as refusal:
            if refusal.status == 403:
                raise
            name = refusal.field if isinstance(refusal, Invalid) else None
            form.add_error(name if name in form.fields else None, spoken(str(refusal)))
    return _answer(request, badge, give_form=form)


@require_POST
@page_refusals
def award_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    user, award = person(request), get_object_or_404(BadgeAward.objects.standing(), pk=pk)
    must(award.by_id == user.pk or has(user, "feedback.manage_rewards"))
    reason = request.POST.get("reason", "")
    actions.revoke_badge(award=award, reason=reason, by=user, at=timezone.now())
    return redirect("feedback:badge_detail", pk=award.badge_id)


# --- Below the views ----------------------------------------------------------------------------


def _answer(
    request: HttpRequest,
    badge: Badge,
    *,
    rule_form: RuleForm | None = None,
    give_form: GiveBadgeForm | None = None,
) -> HttpResponse:
    user, at = person(request), timezone.now()
    rules = {rule.state: rule for rule in badge.rules.exclude(state=RuleState.RETIRED)}
    draft, active = rules.get(RuleState.DRAFT), rules.get(RuleState.ACTIVE)
    may_manage = has(user, "feedback.manage_rewards")
    may_give = badge.kind == BadgeKind.MANUAL and has(user, "feedback.grant_points")
    run = actions.dry_run(draft, at) if draft and may_manage else None
    awards = badge.awards.standing().select_related("agent", "by")
    if not may_manage:
        awards = awards.filter(Q(is_shown=True) | Q(agent=user) | Q(by=user))
    context: dict[str, Any] = {
        "badge": badge,
        "active": in_words(active) if active else "",
        "draft": draft,
        "draft_words": in_words(draft) if draft else "",
        "run": run,
        "run_note": _("of {n} with such facts").format(n=run.agents_looked_at) if run else "",
        "chart": _weeks(run) if run else None,
        "awards": awards[:100],
        "rule_form": rule_form or RuleForm() if may_manage and badge.kind == "rule" else None,
        "give_form": give_form or GiveBadgeForm(user) if may_give else None,
        "may_manage": may_manage,
    }
    is_bad = bool((rule_form and rule_form.errors) or (give_form and give_form.errors))
    return render(request, "feedback/badge_detail.html", context, status=422 if is_bad else 200)


def _weeks(run: actions.DryRun) -> charts.Chart:
    return charts.bars(
        [date_format(end, "d M") for end, _count in run.weeks],
        [count for _end, count in run.weeks],
        title=_("Awards by week, had the rule been in force"),
        label_header=_("Week until"),
        value_header=_("Times given"),
        show=charts.count,
    )
