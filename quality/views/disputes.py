"""Disputes: file one, the queue, read and decide one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from crm.models import Leg
from lib.http import number_in
from lib.speaking import spoken
from quality import access, disputing, scoring
from quality.actions import disputes as actions
from quality.actions.dispute_results import Decision, ItemDecision, lowering, preview
from quality.actions.disputes import Filed
from quality.desk import Desk, desk_of
from quality.models import Dispute, Evaluation
from quality.models.disputes import DisputeKind
from quality.overturns import overturns_of
from quality.questions import Question, parts_of
from quality.refusals import Refused
from quality.views.common import (
    json_refusals,
    must,
    page_refusals,
    person,
    read_json,
    visible_evaluation,
)

WITH_ALL = (
    *("evaluation__scorecard", "evaluation__version__scorecard", "evaluation__agent"),
    *("evaluation__evaluator", "evaluation__leg__interaction__queue", "evaluation__leg__queue"),
    *("evaluation__current_revision", "revision", "decider", "filed_by"),
)


def dispute_list(request: HttpRequest) -> HttpResponse:
    """What is to be decided, due first; what is decided below."""
    user = person(request)
    rows = Dispute.objects.visible_to(user).select_related(
        "evaluation__scorecard", "evaluation__agent", "evaluation__evaluator", "decider"
    )
    mine = [row for row in rows.undecided()[:200] if _is_mine(user, row)]
    ids = {row.pk for row in mine}
    context = {
        "mine": mine,
        "others": [row for row in rows.undecided()[:200] if row.pk not in ids],
        "decided": rows.exclude(decided_at__isnull=True).order_by("-decided_at")[:50],
        "at": timezone.now(),
    }
    if access.may_view_overturns(user):
        context["overturns"] = overturns_of(Dispute.objects.visible_to(user))
    return render(request, "quality/dispute_list.html", context)


@page_refusals
def dispute_file(request: HttpRequest, pk: int) -> HttpResponse:
    """Propose other answers to one's own result, or say that it is somebody else's work."""
    user, at = person(request), timezone.now()
    evaluation = visible_evaluation(request, pk)
    must(evaluation.agent_id == user.pk)
    revision = evaluation.current_revision
    assert revision is not None
    desk = desk_of(evaluation, revision).read_by(user)
    error = ""
    if request.method == "POST":
        try:
            dispute = actions.file_dispute(
                evaluation=evaluation,
                kind=request.POST.get("kind", DisputeKind.CRITERIA),
                items=_filed(request, desk),
                reason=request.POST.get("reason", ""),
                by=user,
                at=at,
            )
            return redirect("quality:dispute_detail", pk=dispute.pk)
        except Refused as refusal:
            if refusal.status != 422:
                raise
            error = spoken(str(refusal))
    elif not disputing.may_file(user, evaluation, at):
        return redirect("quality:evaluation_detail", pk=pk)
    context = {
        "evaluation": evaluation,
        "rows": [
            _proposal_row(request, q) for q in _questions(desk, disputing.disputable_keys(desk))
        ],
        "closes_at": disputing.window_closes_at(evaluation, disputing.rounds_of(evaluation, user)),
        "error": error,
        "given": request.POST,
    }
    return render(request, "quality/dispute_file.html", context, status=422 if error else 200)


def dispute_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Given answer, proposed answer and evidence side by side; the decider decides here."""
    user = person(request)
    dispute = visible_dispute(request, pk)
    return render(request, "quality/dispute_detail.html", _page(request, user, dispute))


@require_POST
@page_refusals
def dispute_take(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = visible_dispute(request, pk)
    actions.take_dispute(dispute=dispute, by=person(request), at=timezone.now())
    return redirect("quality:dispute_detail", pk=pk)


@require_POST
@page_refusals
def dispute_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    dispute = visible_dispute(request, pk)
    actions.withdraw_dispute(dispute=dispute, by=person(request), at=timezone.now())
    return redirect("quality:evaluation_detail", pk=dispute.evaluation_id)


@require_POST
@page_refusals
def dispute_decide(request: HttpRequest, pk: int) -> HttpResponse:
    """Decide every item at once; a refusal comes back with everything that was typed."""
    user = person(request)
    dispute = visible_dispute(request, pk)
    try:
        actions.decide_dispute(
            dispute=dispute, decision=_decision(request, dispute), by=user, at=timezone.now()
        )
    except Refused as refusal:
        if refusal.status == 403:
            raise
        context = _page(request, user, dispute) | {"error": spoken(str(refusal))}
        return render(request, "quality/dispute_detail.html", context, status=refusal.status)
    return redirect("quality:dispute_detail", pk=pk)


@require_POST
@json_refusals
def dispute_preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The score with other options, and what the agent would lose; nothing is stored."""
    dispute = visible_dispute(request, pk)
    must(disputing.may_decide(person(request), dispute, dispute.evaluation))
    body = read_json(request)
    changes = {str(key): str(option) for key, option in body.items()}
    try:
        score = preview(dispute.evaluation, changes)
    except scoring.InvalidRequest as error:
        return JsonResponse({"error": error.problems[0].message}, status=422)
    revision = dispute.evaluation.current_revision
    assert revision is not None
    sentence = lowering(revision, score)
    return JsonResponse(
        {
            "score_percent": score.result()["score_percent"],
            "outcome": score.outcome,
            "lowering": sentence,
            "is_refused": bool(sentence) and not dispute.evaluation.version.dispute_may_lower,
        }
    )


# --- Below the views --------------------------------------------------------------------------


def visible_dispute(request: HttpRequest, pk: int) -> Dispute:
    rows = Dispute.objects.visible_to(person(request)).select_related(*WITH_ALL)
    return get_object_or_404(rows, pk=pk)


def _is_mine(user: Any, dispute: Dispute) -> bool:
    return disputing.may_decide(user, dispute, dispute.evaluation)


def _questions(desk: Desk, keys: list[str]) -> list[Question]:
    wanted = set(keys)
    parts = parts_of(desk, desk.score())
    return [q for part in parts for q in part.questions if q.key in wanted]


def _proposal_row(request: HttpRequest, question: Question) -> dict[str, Any]:
    """One disputable answer with what was typed about it before."""
    return {
        "question": question,
        "option": request.POST.get(f"option-{question.key}", ""),
        "reason": request.POST.get(f"reason-{question.key}", ""),
    }


def _filed(request: HttpRequest, desk: Desk) -> list[Filed]:
    return [
        Filed(key, option, request.POST.get(f"reason-{key}", ""))
        for key in desk.content.criteria
        if (option := request.POST.get(f"option-{key}", ""))
    ]


def _decision(request: HttpRequest, dispute: Dispute) -> Decision:
    posted = request.POST
    items = {
        item.criterion.key: ItemDecision(
            outcome=posted.get(f"outcome-{item.criterion.key}", ""),
            option=posted.get(f"option-{item.criterion.key}", ""),
            note=posted.get(f"note-{item.criterion.key}", ""),
        )
        for item in dispute.items.select_related("criterion")
        if posted.get(f"outcome-{item.criterion.key}")
    }
    leg = posted.get("leg", "")
    return Decision(
        note=posted.get("note", ""),
        private_note=posted.get("private_note", ""),
        items=items,
        leg=Leg.objects.select_related("interaction").filter(pk=number_in(leg)).first(),
    )


def _page(request: HttpRequest, user: Any, dispute: Dispute) -> dict[str, Any]:
    evaluation = dispute.evaluation
    desk = desk_of(evaluation, dispute.revision).read_by(user)
    items = list(dispute.items.select_related("criterion"))
    questions = {q.key: q for q in _questions(desk, [item.criterion.key for item in items])}
    is_decider = disputing.may_decide(user, dispute, evaluation)
    return {
        "dispute": dispute,
        "decider_name": access.decider_name(user, dispute, evaluation),
        "evaluation": evaluation,
        "rows": [_item_row(request, item, questions[item.criterion.key]) for item in items],
        "is_open": dispute.state in ("open", "in_review"),
        "is_decider": is_decider,
        "may_withdraw": dispute.filed_by_id == user.pk and dispute.state == "open",
        "sees_private": access.may_view_private_comments(user, evaluation) or is_decider,
        "legs": _other_legs(evaluation) if dispute.kind == DisputeKind.WRONG_AGENT else [],
        "given": request.POST,
    }


def _item_row(request: HttpRequest, item: Any, question: Question) -> dict[str, Any]:
    labels = {choice.key: choice.label for choice in question.choices} | {
        disputing.NOT_APPLICABLE: gettext("Not applicable")
    }
    return {
        "item": item,
        "question": question,
        "proposed": labels.get(item.proposed_option, item.proposed_option),
        "decided": labels.get(item.decided_option, item.decided_option),
        "outcome": request.POST.get(f"outcome-{question.key}", ""),
        "option": request.POST.get(f"option-{question.key}", ""),
        "note": request.POST.get(f"note-{question.key}", ""),
    }


def _other_legs(evaluation: Evaluation) -> list[Leg]:
    """Other people's parts of the interaction, to choose whose work it was."""
    if evaluation.leg is None:
        return []
    rows = Leg.objects.filter(interaction=evaluation.leg.interaction_id, agent__isnull=False)
    rows = rows.exclude(agent__in=[evaluation.agent_id, evaluation.evaluator_id])
    return list(rows.select_related("agent", "team").order_by("position"))
