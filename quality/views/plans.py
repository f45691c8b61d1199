"""Sampling plans and their draws: the list, one plan with its figures, one draw with its proof."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Max, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from accounts.permissions import has
from lib import keyset
from lib.http import number_in
from quality import access
from quality.actions import plans as actions
from quality.actions.draws import SETTLING
from quality.draw_proofs import draw_proof_pdf
from quality.drawing import unpack
from quality.filters import in_words
from quality.models import Assignment, Draw, PlanOverride, SamplingPlan, Scorecard
from quality.models.plans import WAITING_STATES, PlanState
from quality.plan_figures import (
    agent_lines,
    aspects_of,
    preview_of,
    progress_chart,
    progress_of,
    quota_in_words,
    swap_chart,
)
from quality.plan_forms import OverrideForm, PassOnForm, PlanForm
from quality.plan_rules import drawable_spans, filters_document, least_lengths, spans_of
from quality.refusals import Invalid, Refused
from quality.views.common import must, page_refusals, person


def plan_list(request: HttpRequest) -> HttpResponse:
    """Every plan one manages or takes part in; at most 8 queries."""
    user = person(request)
    waiting = Q(draws__assignments__state__in=WAITING_STATES)
    rows = SamplingPlan.objects.visible_to(user).select_related("scorecard", "owner")
    rows = rows.annotate(
        waiting_count=Count("draws__assignments", filter=waiting, distinct=True),
        last_drawn_at=Max("draws__slice_end_at"),
    )
    plans = [(plan, quota_in_words(plan)) for plan in rows.order_by("state", "name", "pk")]
    context = {"plans": plans, "may_create": access.may_manage_plan(user)}
    return render(request, "quality/plan_list.html", context)


def plan_create(request: HttpRequest) -> HttpResponse:
    """A new plan begins as a draft."""
    user = person(request)
    form = PlanForm(request.POST or None, user=user)
    if request.method == "POST" and form.is_valid():
        try:
            plan = actions.create_plan(content=form.content(), by=user, at=timezone.now())
            return redirect("quality:plan_detail", pk=plan.pk)
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = {"form": form, "title": "New sampling plan"}
    return render(request, "quality/plan_edit.html", context, status=422 if form.errors else 200)


def plan_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a plan draws, what came of it, who is behind; at most 30 queries."""
    user, now = person(request), timezone.now()
    plan = visible_plan(user, pk)
    may_manage = access.may_manage_plan(user, plan)
    filters = filters_document(plan)
    commitments = list(plan.commitments.all()[:6])
    draws = list(plan.draws.select_related("commitment").order_by("-slice_end_at")[:12])
    seen = Assignment.objects.visible_to(user).filter(draw__plan=plan)
    if draws:
        seen = seen.filter(draw__commitment=draws[0].commitment)
    progress = progress_of(seen, now)
    context = {
        "plan": plan,
        "quota": quota_in_words(plan),
        "may_manage": may_manage,
        "preview": preview_of(plan.scorecard, filters, plan.period, now),
        "agents": agent_lines(plan, filters, now) if may_manage else [],
        "commitments": commitments,
        "draws": draws,
        "progress": progress,
        "whole": progress[-1],
        "chart": progress_chart(progress[:-1]) if len(progress) > 1 else None,
        "swaps": swap_chart(plan) if may_manage else None,
        "leads": has(user, "quality.manage_plans"),
        "shares": list(plan.shares.select_related("evaluator")),
        "teams": list(plan.teams.all()),
        "overrides": list(plan.overrides.select_related("agent")),
        "override_form": OverrideForm(user=user),
        "next_draw": next_draw(plan, now),
    }
    return render(request, "quality/plan_detail.html", context)


def plan_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change a plan; what was drawn keeps what the plan said then."""
    user = person(request)
    plan = managed_plan(user, pk)
    form = PlanForm(request.POST or None, user=user, plan=plan)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("row_version", "")
        try:
            actions.change_plan(
                plan=plan,
                content=form.content(),
                seen=number_in(seen),
                by=user,
                at=timezone.now(),
            )
            return redirect("quality:plan_detail", pk=pk)
        except Invalid as refusal:
            add_refusal(form, refusal)
        except Refused as refusal:
            form.add_error(None, str(refusal))
            context = {"form": form, "plan": plan, "title": f"Change “{plan.name}”"}
            return render(request, "quality/plan_edit.html", context, status=refusal.status)
    context = {"form": form, "plan": plan, "title": f"Change “{plan.name}”"}
    return render(request, "quality/plan_edit.html", context, status=422 if form.errors else 200)


@require_POST
def plan_preview(request: HttpRequest) -> HttpResponse:
    """What the filters of a form would let through, while it is being filled in."""
    form = PlanForm(request.POST, user=person(request))
    form.is_valid()
    given, sentence, preview = form.cleaned_data, "", None
    scorecard: Scorecard | None = given.get("scorecard")
    try:
        teams = sorted(team.pk for team in given.get("teams") or ())
        filters = {**form.filters(), **({"teams": teams} if teams else {}), **least_lengths()}
        if scorecard:
            period = given.get("period") or "week"
            preview = preview_of(scorecard, filters, period, timezone.now())
    except Invalid as refusal:
        sentence = str(refusal)
    context = {"preview": preview, "sentence": sentence}
    return render(request, "quality/plan_preview.html", context)


@require_POST
@page_refusals
def plan_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Activate, pause, end or delete."""
    user = person(request)
    plan = managed_plan(user, pk)
    act = request.POST.get("act", "")
    verbs = {
        "activate": actions.activate_plan,
        "pause": actions.pause_plan,
        "end": actions.end_plan,
    }
    if act == "delete":
        actions.delete_plan(plan=plan, by=user, at=timezone.now())
        return redirect("quality:plan_list")
    if act not in verbs:
        raise Invalid("act", "Activate, pause, end or delete.")
    verbs[act](plan=plan, by=user, at=timezone.now())
    return redirect("quality:plan_detail", pk=pk)


@require_POST
@page_refusals
def override_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Another number for one agent over some days."""
    user = person(request)
    plan = managed_plan(user, pk)
    form = OverrideForm(request.POST, user=user)
    if not form.is_valid():
        context = {"form": form, "plan": plan}
        return render(request, "quality/override_add.html", context, status=422)
    try:
        actions.add_override(plan=plan, by=user, at=timezone.now(), **form.cleaned_data)
    except Invalid as refusal:
        add_refusal(form, refusal)
        context = {"form": form, "plan": plan}
        return render(request, "quality/override_add.html", context, status=422)
    return redirect("quality:plan_detail", pk=pk)


@require_POST
@page_refusals
def override_remove(request: HttpRequest, pk: int, override_id: int) -> HttpResponse:
    user = person(request)
    rows = PlanOverride.objects.filter(plan=managed_plan(user, pk))
    override = get_object_or_404(rows, pk=override_id)
    actions.remove_override(override=override, by=user, at=timezone.now())
    return redirect("quality:plan_detail", pk=pk)


# --- Draws ---------------------------------------------------------------------------------------


def draw_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The proof of a draw, sample against frame, and what became of each pick."""
    user = person(request)
    draw = visible_draw(user, pk)
    rows = Assignment.objects.visible_to(user).filter(draw=draw).for_list()
    page = keyset.page_of(request, rows.select_related("replaced_by"), order="pk", limit=100)
    previous_url, next_url = keyset.page_links(request, page)
    states = dict(draw.assignments.values_list("state").annotate(Count("pk")).order_by())
    hidden = sum(states.values()) - rows.count()
    context = {
        "draw": draw,
        "plan": draw.plan,
        "commitment": draw.commitment,
        "assignments": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "states": states,
        "hidden": hidden,
        "doubles": sum(1 for pick in draw.picks if pick["is_double"]),
        "doubles_left_out": doubles_left_out(draw),
        "aspects": aspects_of(draw),
        "may_manage": access.may_manage_plan(user, draw.plan),
        "pass_on_form": PassOnForm(user=user),
        "last_slice": spans_of(draw.commitment)[-1],
        "filters": list(in_words(draw.filters).values()),
        "draw_number": str(draw.pk),
    }
    return render(request, "quality/draw_detail.html", context)


def draw_frame(request: HttpRequest, pk: int) -> HttpResponse:
    """The ids of the frame, one a line: their SHA-256 is the frame hash."""
    draw = visible_draw(person(request), pk)
    ids = unpack(bytes(draw.frame)).ids()
    response = HttpResponse("\n".join(map(str, ids)), content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="draw-{draw.pk}-frame.txt"'
    return response


def draw_proof(request: HttpRequest, pk: int) -> HttpResponse:
    """The sampling proof as a document."""
    draw = visible_draw(person(request), pk)
    pdf = draw_proof_pdf(draw, at=timezone.now())
    response = HttpResponse(pdf, content_type="application/pdf")
    response["Content-Disposition"] = f'inline; filename="draw-{draw.pk}.pdf"'
    return response


# --- Below the views -----------------------------------------------------------------------------


def visible_plan(user: User, pk: int) -> SamplingPlan:
    rows = SamplingPlan.objects.visible_to(user).select_related("scorecard", "owner")
    return get_object_or_404(rows, pk=pk)


def managed_plan(user: User, pk: int) -> SamplingPlan:
    plan = visible_plan(user, pk)
    must(access.may_manage_plan(user, plan))
    return plan


def visible_draw(user: User, pk: int) -> Draw:
    rows = Draw.objects.visible_to(user).select_related("commitment__plan", "plan__scorecard")
    return get_object_or_404(rows, pk=pk)


def doubles_left_out(draw: Draw) -> int:
    """Second scorings for which there was nobody."""
    if not draw.rule.get("shares"):
        return 0
    return sum(1 for pick in draw.picks if pick["is_double"] and pick["second"] is None)


def next_draw(plan: SamplingPlan, now: Any) -> Any:
    """When the next slice of an active plan is drawn, if its seed is fixed."""
    if plan.state != PlanState.ACTIVE:
        return None
    drawn = set(plan.draws.values_list("slice_start_at", flat=True))
    spans = (
        span
        for commitment in plan.commitments.filter(revealed_at__isnull=True)
        for span in drawable_spans(commitment)
    )
    ends = (span.end_at for span in spans if span.start_at not in drawn)
    return min((end + SETTLING for end in ends), default=None)


def add_refusal(form: Any, refusal: Invalid) -> None:
    """Show a refusal at its field, or above the form if the form has no such field."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
