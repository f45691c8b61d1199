"""Evaluations to read: the list, one result with its evidence, its receipt, its sheet."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts import access_log
from accounts.models import User
from accounts.permissions import has
from crm.access import may_play_recording
from lib import keyset
from lib.http import number_in
from quality import access, disputing
from quality.actions import approval, follow_up, release, second_looks
from quality.actions import evaluations as actions
from quality.desk import Desk, desk_of, request_document
from quality.forms import EvaluationFilters, ReasonForm
from quality.models import Evaluation, EvaluationRevision, Scorecard
from quality.models.evaluations import EvaluationState
from quality.models.scorecards import ScorecardKind
from quality.own_looks import side_by_side
from quality.questions import parts_of
from quality.receipts import receipt_rows
from quality.recordings import recording_url, ticks_of
from quality.results import result_of
from quality.revisions import steps_of
from quality.views.common import must, page_refusals, person, visible_evaluation
from quality.views.work import in_days

EXACT_FILTERS = (*("scorecard", "state", "team", "agent", "evaluator", "selection", "purpose"),)


def evaluation_list(request: HttpRequest) -> HttpResponse:
    """Every evaluation one may see, newest work first; at most 12 queries."""
    user = person(request)
    filters = EvaluationFilters(request.GET or None, user=user)
    rows = Evaluation.objects.visible_to(user).for_reading()
    if filters.is_bound:
        if not filters.is_valid():
            context = {"filters": filters, "evaluations": []}
            return render(request, "quality/evaluation_list.html", context, status=400)
        rows = narrowed(rows, filters.cleaned_data)
    page = keyset.page_of(request, rows, order="-handled_at")
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "filters": filters,
        "evaluations": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "user_id": user.pk,
        "query": request.GET.urlencode(),
        "may_export": access.may_export_evaluations(user),
    }
    return render(request, "quality/evaluation_list.html", context)


def evaluation_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One result: score and why, answers with their evidence, what may be done now."""
    user = person(request)
    if "agent" in user.roles and _asks_for_own_look(user, pk):
        return redirect("quality:self_assessment", pk=pk)
    evaluation = visible_evaluation(request, pk)
    revision = _shown_revision(request, evaluation)
    if revision is None:
        return redirect("quality:evaluation_score", pk=pk)
    _note_reading(user, evaluation)
    context = _reading(request, evaluation, revision)
    context |= _listening(user, evaluation, context)
    context |= {
        "tab": "result",
        "may_acknowledge": access.may_acknowledge_evaluation(user, evaluation),
        "may_release": access.may_release_evaluation(user, evaluation),
        "may_approve": access.may_approve_evaluation(user, evaluation),
        "may_void": access.may_void_evaluation(user, evaluation),
        "may_resubmit": access.may_resubmit_evaluation(user, evaluation),
        "may_dispute": disputing.may_file(user, evaluation, timezone.now()),
        "disputes": list(evaluation.disputes.select_related("decider", "filed_by")),
        "may_calibrate": evaluation.leg is not None and has(user, "quality.plan_calibration"),
        "reason_form": ReasonForm(),
        "may_grade": access.may_grade_evaluation(user, evaluation) and _can_be_graded(user),
        "may_refer": evaluation.leg is not None and has(user, "quality.manage_scorecards"),
        "side_by_side": side_by_side(evaluation, context["parts"]),
        "may_request_coaching": access.may_request_coaching(user, evaluation),
    }
    return render(request, "quality/evaluation_detail.html", context)


@require_POST
@page_refusals
def coaching_request(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for coaching on the chosen criteria of a result."""
    evaluation = visible_evaluation(request, pk)
    must(access.may_request_coaching(person(request), evaluation))
    follow_up.request_coaching(
        evaluation=evaluation,
        criteria=request.POST.getlist("criteria"),
        by=person(request),
        at=timezone.now(),
    )
    messages.success(request, f"Coaching for {evaluation.agent_name} was asked for.")
    return redirect("quality:evaluation_detail", pk=pk)


def evaluation_receipt(request: HttpRequest, pk: int) -> HttpResponse:
    """The eleven steps from answers to score, in exact fractions, recomputed on the spot."""
    evaluation = visible_evaluation(request, pk)
    revision = _shown_revision(request, evaluation)
    if revision is None or revision.receipt is None:
        raise Http404
    context = _reading(request, evaluation, revision)
    desk: Desk = context["desk"]
    again = desk.score()
    context |= {
        "tab": "receipt",
        "steps": receipt_rows(revision.receipt["receipt"]["steps"], desk.content),
        "recomputed_sha256": again.receipt.sha256,
        "is_equal": again.receipt.sha256 == revision.receipt_sha256,
    }
    return render(request, "quality/evaluation_receipt.html", context)


def evaluation_receipt_json(request: HttpRequest, pk: int) -> HttpResponse:
    """What the public scoring endpoint takes, with the stored result and receipt beside it."""
    evaluation = visible_evaluation(request, pk)
    revision = _shown_revision(request, evaluation)
    if revision is None or revision.receipt is None:
        raise Http404
    desk = desk_of(evaluation, revision)
    body = {"request": request_document(desk), **revision.receipt}
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Content-Disposition"] = f'attachment; filename="{evaluation.public_ref}-receipt.json"'
    return response


def evaluation_revisions(request: HttpRequest, pk: int) -> HttpResponse:
    """Every submitted revision beside the one before it, answer by answer."""
    evaluation = visible_evaluation(request, pk)
    if evaluation.current_revision is None:
        raise Http404
    context = _reading(request, evaluation, evaluation.current_revision)
    context |= {"tab": "revisions", "steps": steps_of(evaluation)}
    return render(request, "quality/evaluation_revisions.html", context)


@require_POST
@page_refusals
def evaluation_acknowledge(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(evaluation.agent_id == person(request).pk)
    actions.acknowledge_evaluation(
        evaluation=evaluation,
        by=person(request),
        at=timezone.now(),
        comment=request.POST.get("comment", ""),
    )
    return redirect("quality:evaluation_detail", pk=pk)


@require_POST
@page_refusals
def evaluation_release(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(
        evaluation.state != "submitted"
        or access.may_release_evaluation(person(request), evaluation)
    )
    release.release_evaluation(evaluation=evaluation, by=person(request), at=timezone.now())
    return redirect("quality:evaluation_detail", pk=pk)


@require_POST
@page_refusals
def evaluation_approve(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(
        _is_past_approval(evaluation) or access.may_approve_evaluation(person(request), evaluation)
    )
    approval.approve_evaluation(evaluation=evaluation, by=person(request), at=timezone.now())
    return redirect("quality:evaluation_detail", pk=pk)


@require_POST
@page_refusals
def evaluation_return(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(
        _is_past_approval(evaluation) or access.may_approve_evaluation(person(request), evaluation)
    )
    approval.return_evaluation(
        evaluation=evaluation,
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:evaluation_list")


@require_POST
@page_refusals
def evaluation_void(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(evaluation.is_void or access.may_void_evaluation(person(request), evaluation))
    actions.void_evaluation(
        evaluation=evaluation,
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:evaluation_detail", pk=pk)


@require_POST
@page_refusals
def evaluation_resubmit(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(access.may_score_evaluation(person(request), evaluation))
    actions.resubmit_evaluation(
        evaluation=evaluation,
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:evaluation_score", pk=pk)


@require_POST
@page_refusals
def evaluation_discard(request: HttpRequest, pk: int) -> HttpResponse:
    evaluation = visible_evaluation(request, pk)
    must(access.may_score_evaluation(person(request), evaluation))
    actions.discard_draft(evaluation=evaluation, by=person(request), at=timezone.now())
    return redirect("quality:work_list")


@page_refusals
def self_assessment(request: HttpRequest, pk: int) -> HttpResponse:
    """Before the result: the agent's own scoring on the same version."""
    user = person(request)
    rows = Evaluation.objects.to_assess_by(user).for_reading()
    evaluation = get_object_or_404(rows, pk=pk)
    if request.method == "POST":
        begun = second_looks.start_self_assessment(
            evaluation=evaluation, by=user, at=timezone.now()
        )
        return redirect("quality:evaluation_score", pk=begun.pk)
    context = {"evaluation": evaluation, "begun": second_looks.own_assessment(evaluation)}
    return render(request, "quality/self_assessment.html", context)


# --- Below the views --------------------------------------------------------------------------


def _asks_for_own_look(user: User, pk: int) -> bool:
    """Whether a result is not shown before the agent has scored the own work."""
    rows = Evaluation.objects.to_assess_by(user).filter(version__self_assessment="required")
    return rows.filter(pk=pk).exists()


def _can_be_graded(user: User) -> bool:
    rows = Scorecard.objects.visible_to(user).in_use()
    return rows.filter(kind=ScorecardKind.EVALUATOR).exists()


def narrowed(rows: Any, chosen: dict[str, Any]) -> Any:
    """The rows that fit the cleaned filters of the list."""
    exact = {name: chosen[name] for name in EXACT_FILTERS if chosen.get(name)}
    rows = rows.filter(**exact)
    if chosen.get("outcome"):
        rows = rows.filter(current_revision__outcome=chosen["outcome"])
    if chosen.get("acknowledged"):
        rows = _acknowledged(rows, chosen["acknowledged"])
    if chosen.get("failed"):
        rows = rows.with_failed(chosen["failed"])
    return in_days(rows, "handled_at", chosen.get("from_on"), chosen.get("until_on"))


def _listening(user: User, evaluation: Evaluation, reading: dict[str, Any]) -> dict[str, Any]:
    """The recording, where the person may hear it, with the marks that the person may read."""
    interaction = evaluation.leg.interaction if evaluation.leg else None
    may_hear = interaction is not None and may_play_recording(user, interaction)
    marks = evaluation.marks.all()
    if not reading["sees_private"]:
        marks = marks.filter(is_private=False)
    questions = [question for part in reading["parts"] for question in part.questions]
    evidence = [one for question in questions for one in question.evidence]
    return {
        "recording_url": recording_url(interaction) if may_hear else "",
        "marks": list(marks),
        "ticks": ticks_of(marks, evidence),
    }


def _acknowledged(rows: Any, word: str) -> Any:
    if word == "yes":
        return rows.filter(acknowledged_at__isnull=False)
    return rows.to_acknowledge() if word == "no" else rows.overdue_to_acknowledge(timezone.now())


def _note_reading(user: User, evaluation: Evaluation) -> None:
    """Into the access log, unless it is the agent's own result or the evaluator's own work."""
    if user.pk not in (evaluation.agent_id, evaluation.evaluator_id):
        about = None if evaluation.hides_agent else evaluation.agent
        access_log.note(
            kind="viewed_evaluation", record=evaluation, by=user, at=timezone.now(), about=about
        )


def _is_past_approval(evaluation: Evaluation) -> bool:
    return evaluation.state != EvaluationState.IN_APPROVAL


def _shown_revision(request: HttpRequest, evaluation: Evaluation) -> EvaluationRevision | None:
    """The revision that `?revision=` names, else the current one; the evaluator's draft is none."""
    number = request.GET.get("revision", "")
    if number_in(number):
        rows = evaluation.revisions.filter(number=number_in(number[:4]), submitted_at__isnull=False)
        found = rows.first()
        if found is None:
            raise Http404
        return found
    return evaluation.current_revision


def _reading(
    request: HttpRequest, evaluation: Evaluation, revision: EvaluationRevision
) -> dict[str, Any]:
    """What every tab of a result shows."""
    user = person(request)
    desk = desk_of(evaluation, revision).read_by(user)
    score = desk.score()
    sees_private = access.may_view_private_comments(user, evaluation)
    return {
        "evaluation": evaluation,
        "revision": revision,
        "revisions": list(evaluation.revisions.filter(submitted_at__isnull=False)),
        "desk": desk,
        "result": result_of(desk, score),
        "parts": parts_of(desk, score),
        "sees_private": sees_private,
        "sees_evaluator": access.may_view_evaluator(user, evaluation),
        "is_mine": evaluation.agent_id == user.pk,
    }
