"""Reference evaluations: the list, one with its answers, and entering a new one."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm.models import Leg
from lib import keyset
from quality.actions import references as actions
from quality.content import content_of
from quality.gold_forms import given_gold
from quality.models import ReferenceEvaluation
from quality.offers import fitting_scorecards
from quality.refusals import Invalid
from quality.views.calibrations import visible_session
from quality.views.common import page_refusals, person


def reference_list(request: HttpRequest) -> HttpResponse:
    """Every reference one may see, newest first."""
    rows = ReferenceEvaluation.objects.visible_to(person(request)).for_reading()
    page = keyset.page_of(request, rows, order="-pk", limit=50)
    previous_url, next_url = keyset.page_links(request, page)
    context = {"references": page.rows, "previous_url": previous_url, "next_url": next_url}
    return render(request, "quality/reference_list.html", context)


def reference_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The agreed answers with their notes and their score, and who agreed."""
    user = person(request)
    reference = visible_reference(request, pk)
    context = {
        "reference": reference,
        "lines": lines_of(reference),
        "score": actions.score_of(reference),
        "people": list(reference.agreed_by.all()),
        "may_agree": reference.state == "waiting" and reference.created_by_id != user.pk,
    }
    return render(request, "quality/reference_detail.html", context)


def reference_enter(request: HttpRequest, leg_id: int) -> HttpResponse:
    """Enter the agreed answers to one leg on one scorecard; a second person agrees later."""
    user = person(request)
    rows = Leg.objects.visible_to(user).select_related("interaction__queue", "queue", "agent")
    leg = get_object_or_404(rows, pk=leg_id, agent__isnull=False)
    scorecards = fitting_scorecards(user, leg)
    named = request.POST.get("scorecard") or request.GET.get("scorecard") or ""
    scorecard = next((one for one in scorecards if str(one.pk) == named), None)
    version = scorecard.current_version if scorecard else None
    context: dict[str, Any] = {"leg": leg, "scorecards": scorecards, "scorecard": scorecard}
    if version is None:
        return render(request, "quality/reference_enter.html", context)
    sentence = ""
    answers: dict[str, dict[str, Any]] = {}
    notes: dict[str, str] = {}
    if request.method == "POST":
        answers, notes = given_gold(request.POST, version)
        try:
            reference = actions.propose_reference(
                leg=leg, version=version, answers=answers, notes=notes, by=user, at=timezone.now()
            )
            return redirect("quality:reference_detail", pk=reference.pk)
        except (Invalid, actions.ReferenceExists) as refusal:
            sentence = str(refusal)
    context["sentence"] = sentence
    context["lines"] = [
        {
            "key": key,
            "criterion": criterion,
            "gold_answer": answers.get(key, {}),
            "note": notes.get(key, ""),
        }
        for key, criterion in content_of(version).criteria.items()
        if criterion["kind"] != "label"
    ]
    status = 422 if sentence else 200
    return render(request, "quality/reference_enter.html", context, status=status)


@require_POST
@page_refusals
def reference_keep(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy the gold answers of a finished calibration."""
    reference = actions.keep_reference(
        session=visible_session(request, pk), by=person(request), at=timezone.now()
    )
    return redirect("quality:reference_detail", pk=reference.pk)


@require_POST
@page_refusals
def reference_agree(request: HttpRequest, pk: int) -> HttpResponse:
    reference = visible_reference(request, pk)
    actions.agree_to_reference(reference=reference, by=person(request), at=timezone.now())
    return redirect("quality:reference_detail", pk=pk)


@require_POST
@page_refusals
def reference_retire(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retire_reference(
        reference=visible_reference(request, pk),
        reason=request.POST.get("reason", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:reference_detail", pk=pk)


# --- Below the views -----------------------------------------------------------------------------


def visible_reference(request: HttpRequest, pk: int) -> ReferenceEvaluation:
    rows = ReferenceEvaluation.objects.visible_to(person(request)).for_reading()
    return get_object_or_404(rows.select_related("leg__interaction__queue", "leg__queue"), pk=pk)


def lines_of(reference: ReferenceEvaluation) -> list[tuple[str, str, str]]:
    """Each criterion with its agreed answer in words and its note."""
    answers, notes = reference.answers, reference.notes
    return [
        (criterion["text"], in_words(criterion, answers.get(key)), notes.get(key, ""))
        for key, criterion in content_of(reference.version).criteria.items()
        if criterion["kind"] != "label"
    ]


def in_words(criterion: dict[str, Any], answer: dict[str, Any] | None) -> str:
    if not answer:
        return "–"
    if answer.get("na"):
        return "N/A"
    labels = {option["key"]: option["label"] for option in criterion.get("options", [])}
    if "option" in answer or "options" in answer:
        picked = answer.get("options") or [answer["option"]]
        return ", ".join(str(labels.get(key, key)) for key in picked)
    return str(next(iter(answer.values())))
