"""The evaluator's work list: what was dealt, what the pool holds, what came back, the rest."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from crm.models import Leg
from lib import keyset
from lib.slots import local_day
from quality import access
from quality.actions import evaluations as actions
from quality.actions.evaluations import AlreadyEvaluated
from quality.forms import OfferFilters, StartForm
from quality.models import Assignment, Evaluation, Scorecard
from quality.models.evaluations import Selection
from quality.models.plans import WAITING_STATES, AssignmentQuerySet
from quality.offers import fitting_scorecards, offered_legs, scorecards_for
from quality.plan_periods import period_start
from quality.refusals import Refused
from quality.views.common import must, page_refusals, person

LOOKED_AT = 4


def work_list(request: HttpRequest) -> HttpResponse:
    """One's own assignments by due date, then drafts begun by hand. At most 14 queries."""
    user, now = person(request), timezone.now()
    mine = Assignment.objects.filter(evaluator=user).waiting().for_list()
    context = {
        "tabs": work_tabs(user, "work_list", now),
        "assignments": list(mine.order_by(F("due_at").asc(nulls_last=True), "pk")[:100]),
        "drafts": open_work(user).filter(assignment__isnull=True, current_revision__isnull=True),
        "goal": weekly_goal(user, now),
        "now": now,
    }
    return render(request, "quality/work_list.html", context)


def work_pool(request: HttpRequest) -> HttpResponse:
    """What anybody of one's teams may claim, first due first. At most 14 queries."""
    user, now = person(request), timezone.now()
    page = keyset.page_of(request, pool_of(user, now).for_list(), order="due_at", limit=50)
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "tabs": work_tabs(user, "work_pool", now),
        "assignments": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "now": now,
    }
    return render(request, "quality/work_pool.html", context)


def work_returned(request: HttpRequest) -> HttpResponse:
    """What was given back by its approver, and what is scored again. At most 14 queries."""
    user = person(request)
    context = {
        "tabs": work_tabs(user, "work_returned", timezone.now()),
        "drafts": open_work(user).filter(current_revision__isnull=False),
    }
    return render(request, "quality/work_returned.html", context)


def work_by_hand(request: HttpRequest) -> HttpResponse:
    """Legs that the chosen scorecard is for and that no plan has drawn. At most 14 queries."""
    user = person(request)
    scorecards = scorecards_for(user)
    filters = OfferFilters(request.GET or None, scorecards=scorecards, user=user)
    chosen = filters.cleaned_data if filters.is_valid() else {}
    by_id = {scorecard.pk: scorecard for scorecard in scorecards}
    scorecard = by_id.get(chosen.get("scorecard") or 0) or _with_offers(user, scorecards)
    filters.initial["scorecard"] = scorecard and scorecard.pk
    context: dict[str, Any] = {
        "tabs": work_tabs(user, "work_by_hand", timezone.now()),
        "filters": filters,
        "scorecards": scorecards,
        "scorecard": scorecard,
    }
    if scorecard:
        rows = narrowed(offered_legs(user, scorecard), chosen)
        page = keyset.page_of(request, rows, order="-answered_at", limit=25)
        previous_url, next_url = keyset.page_links(request, page)
        context |= {"legs": page.rows, "previous_url": previous_url, "next_url": next_url}
    status = 400 if filters.is_bound and not filters.is_valid() else 200
    return render(request, "quality/work_by_hand.html", context, status=status)


@page_refusals
def evaluation_start(request: HttpRequest, leg_id: int) -> HttpResponse:
    """Take one leg by hand, with a reason; leads to the workspace."""
    user = person(request)
    rows = Leg.objects.visible_to(user).select_related(
        "interaction__customer", "interaction__queue", "agent", "team", "queue"
    )
    leg = get_object_or_404(rows, pk=leg_id)
    must(access.may_start_evaluation(user, leg))
    scorecards = fitting_scorecards(user, leg)
    initial = {"scorecard": request.GET.get("scorecard") or (scorecards and scorecards[0].pk)}
    form = StartForm(request.POST or None, scorecards=scorecards, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            evaluation = actions.start_evaluation(
                leg=leg,
                scorecard=form.cleaned_data["scorecard"],
                selection=Selection.MANUAL,
                reason=form.cleaned_data["reason"],
                by=user,
                at=timezone.now(),
            )
            return redirect("quality:evaluation_score", pk=evaluation.pk)
        except AlreadyEvaluated as refusal:
            seen = refusal.evaluation and _if_visible(user, refusal.evaluation)
            told = {"sentence": str(refusal), "evaluation": seen}
            return render(request, "quality/refused.html", told, status=409)
        except Refused as refusal:
            form.add_error(None, str(refusal))
    context = {"leg": leg, "form": form, "scorecards": scorecards}
    return render(
        request, "quality/evaluation_start.html", context, status=422 if form.errors else 200
    )


# --- Below the views --------------------------------------------------------------------------


def work_tabs(user: User, current: str, now: datetime) -> list[tuple[str, str, bool, int | None]]:
    """The tabs with what waits behind each; three queries."""
    mine = Assignment.objects.filter(evaluator=user).waiting().count()
    drafts = Evaluation.objects.filter(evaluator=user, revisions__submitted_at__isnull=True)
    open_drafts = drafts.exclude(state="void").aggregate(
        alone=Count("pk", filter=Q(current_revision__isnull=True, assignment__isnull=True)),
        returned=Count("pk", filter=Q(current_revision__isnull=False)),
    )
    tabs = [
        ("Mine", "work_list", mine + open_drafts["alone"]),
        ("Pool", "work_pool", pool_of(user, now).count()),
        ("Returned", "work_returned", open_drafts["returned"]),
        ("By hand", "work_by_hand", None),
    ]
    return [(title, reverse(f"quality:{name}"), name == current, n) for title, name, n in tabs]


def pool_of(user: User, now: datetime) -> AssignmentQuerySet:
    """What is free in the pool for this person, without the other half of own double scorings."""
    others_half = Evaluation.objects.filter(
        leg=OuterRef("leg"), scorecard=OuterRef("scorecard"), evaluator=user
    ).exclude(state="void")
    rows = Assignment.objects.visible_to(user).filter(is_pooled=True).claimable_by(user, now)
    is_taken_back = Q(evaluation__evaluator=user)
    return rows.exclude(evaluator=user).filter(is_taken_back | ~Exists(others_half))


@dataclass(frozen=True)
class WeeklyGoal:
    """Of the own assignments due by Sunday, or done since Monday: how many are done."""

    done: int
    whole: int

    @property
    def percent(self) -> int:
        return round(100 * self.done / self.whole) if self.whole else 0


def weekly_goal(user: User, now: datetime) -> WeeklyGoal:
    today = timezone.localdate(now)
    monday = period_start("week", today)
    begins, ends = (
        local_day(monday, settings.TIME_ZONE)[0],
        local_day(monday + timedelta(days=6), settings.TIME_ZONE)[1],
    )
    own = Assignment.objects.filter(evaluator=user)
    is_done = Q(state="done", done_at__gte=begins)
    is_due = Q(state__in=WAITING_STATES, due_at__lt=ends)
    counts = own.aggregate(
        done=Count("pk", filter=is_done), whole=Count("pk", filter=is_done | is_due)
    )
    return WeeklyGoal(counts["done"], counts["whole"])


def open_work(user: User) -> QuerySet[Evaluation]:
    """Everything of one's own with an open revision: drafts and scorings done again."""
    rows = Evaluation.objects.filter(evaluator=user, revisions__submitted_at__isnull=True)
    given = Q(revisions__answers__is_na=True) | ~Q(revisions__answers__option_keys=[])
    return (
        rows.exclude(state="void")
        .annotate(answer_count=Count("revisions__answers", filter=given, distinct=True))
        .select_related("agent", "scorecard", "version", "team")
        .select_related("leg__interaction", "seat__session")
        .order_by("-updated_at")
    )


def _with_offers(user: User, scorecards: list[Scorecard]) -> Scorecard | None:
    """The first of a few scorecards that has something to evaluate."""
    for scorecard in scorecards[:LOOKED_AT]:
        if offered_legs(user, scorecard).exists():
            return scorecard
    return scorecards[0] if scorecards else None


def narrowed(rows: QuerySet[Leg], chosen: dict[str, Any]) -> QuerySet[Leg]:
    if chosen.get("channel"):
        rows = rows.filter(interaction__channel=chosen["channel"])
    if chosen.get("queue"):
        queue = chosen["queue"]
        rows = rows.filter(Q(queue=queue) | Q(queue__isnull=True, interaction__queue=queue))
    if chosen.get("agent"):
        rows = rows.filter(agent=chosen["agent"])
    return in_days(rows, "answered_at", chosen.get("from_on"), chosen.get("until_on"))


def in_days(rows: Any, column: str, from_on: Any, until_on: Any) -> Any:
    """Rows whose moment lies on the local days from `from_on` to `until_on`, both included."""
    zone = timezone.get_current_timezone()
    if from_on:
        rows = rows.filter(**{f"{column}__gte": datetime.combine(from_on, time.min, zone)})
    if until_on:
        after = datetime.combine(until_on + timedelta(days=1), time.min, zone)
        rows = rows.filter(**{f"{column}__lt": after})
    return rows


def _if_visible(user: User, evaluation: Evaluation) -> Evaluation | None:
    return Evaluation.objects.visible_to(user).filter(pk=evaluation.pk).first()
