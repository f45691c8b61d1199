"""One assignment and what is done with it: take, give back, score, swap, pass on."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import AuditEntry, User
from accounts.permissions import has
from lib.http import number_in
from quality import access
from quality.actions import assignments as actions
from quality.actions.evaluations import AlreadyEvaluated
from quality.models import Assignment, Draw, Evaluation
from quality.plan_forms import PassOnForm, SwapForm
from quality.refusals import Invalid
from quality.views.common import must, page_refusals, person
from quality.views.plans import add_refusal

MOST_AT_ONCE = 500


def assignment_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What waits, why it was drawn, and what may be done with it now."""
    user = person(request)
    assignment = visible_assignment(user, pk)
    return render(request, "quality/assignment_detail.html", reading(user, assignment))


@require_POST
@page_refusals
def assignment_claim(request: HttpRequest, pk: int) -> HttpResponse:
    """Hold it for two hours; leads back to the list it was taken from."""
    user = person(request)
    assignment = visible_assignment(user, pk)
    must(access.may_claim_assignment(user, assignment))
    actions.claim_assignment(assignment=assignment, by=user, at=timezone.now())
    messages.success(request, "Claimed. It is yours for two hours after each thing you save.")
    return redirect("quality:work_list")


@require_POST
@page_refusals
def assignment_release(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    assignment = visible_assignment(user, pk)
    actions.release_assignment(assignment=assignment, by=user, at=timezone.now())
    messages.success(request, "Given back. What was answered is kept.")
    return redirect("quality:work_list")


@require_POST
@page_refusals
def assignment_begin(request: HttpRequest, pk: int) -> HttpResponse:
    """Open its evaluation, or go on with it."""
    user = person(request)
    assignment = visible_assignment(user, pk)
    must(access.may_claim_assignment(user, assignment))
    try:
        evaluation = actions.begin_assignment(assignment=assignment, by=user, at=timezone.now())
    except AlreadyEvaluated as refusal:
        seen = refusal.evaluation and _if_visible(user, refusal.evaluation)
        context = {"sentence": str(refusal), "evaluation": seen}
        return render(request, "quality/refused.html", context, status=409)
    return redirect("quality:evaluation_score", pk=evaluation.pk)


@require_POST
@page_refusals
def assignment_swap(request: HttpRequest, pk: int) -> HttpResponse:
    """Take the next one in order instead, with a reason."""
    user = person(request)
    assignment = visible_assignment(user, pk)
    must(access.may_swap_assignment(user, assignment))
    form = SwapForm(request.POST)
    if form.is_valid():
        try:
            new = actions.swap_assignment(
                assignment=assignment,
                by=user,
                at=timezone.now(),
                confirms=access.may_manage_assignment(user, assignment),
                **form.cleaned_data,
            )
            messages.success(request, _swapped(new))
            return redirect("quality:assignment_detail", pk=pk)
        except Invalid as refusal:
            add_refusal(form, refusal)
    context = reading(user, assignment) | {"swap_form": form}
    return render(request, "quality/assignment_detail.html", context, status=422)


@require_POST
@page_refusals
def assignments_pass_on(request: HttpRequest, pk: int) -> HttpResponse:
    """Give the marked assignments of a draw to somebody else, or take them off."""
    user = person(request)
    draw = get_object_or_404(Draw.objects.visible_to(user), pk=pk)
    must(access.may_manage_plan(user, draw.plan))
    ids = [value for value in request.POST.getlist("assignment") if number_in(value)]
    form = PassOnForm(request.POST, user=user)
    if not ids or len(ids) > MOST_AT_ONCE:
        raise Invalid("assignment", f"Mark 1 to {MOST_AT_ONCE} assignments first.")
    if not form.is_valid():
        raise Invalid("reason", "Say why in at least 10 characters.")
    marked = list(Assignment.objects.visible_to(user).filter(draw=draw, pk__in=ids))
    must(all(access.may_manage_assignment(user, row) for row in marked))
    kept = {"reason": form.cleaned_data["reason"], "by": user, "at": timezone.now()}
    if form.cleaned_data["act"] == "cancel":
        actions.cancel_assignments(assignments=marked, **kept)
    else:
        actions.reassign_assignments(assignments=marked, to=form.cleaned_data["to"], **kept)
    messages.success(request, f"Done for {len(marked)}.")
    return redirect("quality:draw_detail", pk=pk)


@require_POST
@page_refusals
def second_scoring_order(request: HttpRequest, pk: int) -> HttpResponse:
    """Have a submitted evaluation scored again, blind, by somebody from the pool."""
    user = person(request)
    evaluation = get_object_or_404(Evaluation.objects.visible_to(user), pk=pk)
    must(evaluation.agent_id != user.pk)
    now = timezone.now()
    actions.order_second_scoring(
        evaluation=evaluation,
        evaluator=None,
        due_at=now + actions.SECOND_SCORING_DUE,
        by=user,
        at=now,
    )
    messages.success(request, "A second scoring stands in the pool.")
    return redirect("quality:evaluation_detail", pk=pk)


# --- Below the views -----------------------------------------------------------------------------


def visible_assignment(user: User, pk: int) -> Assignment:
    rows = Assignment.objects.visible_to(user).for_list()
    return get_object_or_404(rows.select_related("taken_from", "replaced_by"), pk=pk)


def reading(user: User, assignment: Assignment) -> dict[str, object]:
    return {
        "assignment": assignment,
        "is_mine": assignment.evaluator_id == user.pk,
        "may_score": has(user, "quality.submit_evaluation"),
        "may_claim": access.may_claim_assignment(user, assignment),
        "may_swap": access.may_swap_assignment(user, assignment),
        "swap_form": SwapForm(),
        "history": history_of(assignment),
    }


def history_of(assignment: Assignment) -> list[AuditEntry]:
    """What happened to it, oldest first."""
    rows = AuditEntry.objects.filter(
        object_type=assignment._meta.label_lower, object_id=str(assignment.pk)
    )
    return list(rows.select_related("actor").order_by("pk")[:50])


def _swapped(new: Assignment | None) -> str:
    if new is None:
        return "Swapped. There is no other one left, so one fewer is scored."
    return "Swapped for the next one in order."


def _if_visible(user: User, evaluation: Evaluation) -> Evaluation | None:
    return Evaluation.objects.visible_to(user).filter(pk=evaluation.pk).first()
