"""Evaluators' training: which scorecards ask for it, a run over references, its result."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from crm import reading
from quality.content import content_of
from quality.gold_forms import given_gold
from quality.models import Scorecard
from quality.refusals import Invalid
from quality.transcripts import current_transcript, turns_after
from training import access
from training.actions import qualification as actions
from training.models import EvaluatorQualification, QualificationMark, QualificationRun
from training.qualifying import LEAST_REFERENCES
from training.views.common import must, page_refusals, person


def qualification_list(request: HttpRequest) -> HttpResponse:
    """Scorecards with references, where one stands with each, and who is qualified."""
    user = person(request)
    must(access.may_qualify(user))
    cards = Scorecard.objects.filter(current_version__references__isnull=False).distinct()
    own = EvaluatorQualification.objects.open().filter(person=user)
    runs = QualificationRun.objects.filter(person=user).select_related("scorecard")
    held, running = {row.scorecard_id: row for row in own}, {}
    for run in runs.running():
        running[run.scorecard_id] = run
    everybody = EvaluatorQualification.objects.open().select_related("person", "scorecard")
    may_manage = access.may_manage_courses(user)
    context = {
        "cards": [(one, held.get(one.pk), running.get(one.pk)) for one in cards],
        "runs": runs.exclude(ended_at=None)[:20],
        "everybody": everybody[:200] if may_manage else [],
        "may_manage": may_manage,
    }
    return render(request, "training/qualification_list.html", context)


@require_POST
@page_refusals
def qualification_start(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    must(access.may_qualify(user))
    scorecard = get_object_or_404(Scorecard, pk=pk)
    run = actions.start_run(person=user, scorecard=scorecard, at=timezone.now())
    return redirect("training:qualification_detail", pk=run.pk)


def qualification_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The interactions of a run; after its end the result by criterion."""
    user = person(request)
    rows = QualificationRun.objects.visible_to(user).select_related(
        "scorecard", "version", "person"
    )
    run = get_object_or_404(rows, pk=pk)
    criteria = content_of(run.version).criteria
    lines = [
        (criteria[one["key"]]["text"] if one["key"] in criteria else one["key"], one)
        for one in run.result.get("criteria", [])
    ]
    context = {
        "run": run,
        "marks": list(run.marks.select_related("reference__leg__interaction")),
        "lines": lines,
        "missed": [
            criteria[key]["text"] for key in run.result.get("missed", []) if key in criteria
        ],
        "is_mine": run.person_id == user.pk,
    }
    return render(request, "training/qualification_detail.html", context)


@page_refusals
def qualification_mark(request: HttpRequest, pk: int, position: int) -> HttpResponse:
    """One interaction to read and score; the agreed answers are not on this page."""
    user, at = person(request), timezone.now()
    rows = QualificationMark.objects.select_related(
        "run", "reference__version", "reference__leg__interaction__queue", "reference__leg__queue"
    )
    mark = get_object_or_404(rows, run=pk, run__person=user, run__ended_at=None, position=position)
    answers, sentence = dict(mark.answers), ""
    if request.method == "POST":
        answers, _notes = given_gold(request.POST, mark.reference.version)
        try:
            actions.save_marks(mark=mark, answers=answers, at=at)
            return redirect("training:qualification_detail", pk=pk)
        except Invalid as refusal:
            sentence = str(refusal)
    interaction = mark.reference.leg.interaction
    reading.note_transcript(user, interaction)
    transcript = current_transcript(interaction)
    context: dict[str, Any] = {
        "mark": mark,
        "turns": turns_after(transcript, -1) if transcript else [],
        "sentence": sentence,
        "lines": [
            {"key": key, "criterion": criterion, "gold_answer": answers.get(key, {})}
            for key, criterion in content_of(mark.reference.version).criteria.items()
            if criterion["kind"] in actions.COMPARED_KINDS
        ],
        "least": LEAST_REFERENCES,
    }
    status = 422 if sentence else 200
    return render(request, "training/qualification_mark.html", context, status=status)


@require_POST
@page_refusals
def qualification_end(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the run in."""
    run = get_object_or_404(QualificationRun, pk=pk, person=person(request))
    actions.end_run(run=run, at=timezone.now())
    return redirect("training:qualification_detail", pk=pk)


@require_POST
@page_refusals
def qualification_revoke(request: HttpRequest, pk: int) -> HttpResponse:
    """End somebody's qualification before its time."""
    user = person(request)
    must(access.may_manage_courses(user))
    row = get_object_or_404(EvaluatorQualification.objects.open(), pk=pk)
    must(row.person_id != user.pk)
    reason = request.POST.get("reason", "")
    actions.end_qualification(qualification=row, reason=reason, by=user, at=timezone.now())
    return redirect("training:qualification_list")
