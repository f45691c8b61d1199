"""Award programs: nominate, score, decide, announce."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.permissions import has
from feedback.actions import nominations as actions
from feedback.models import AwardProgram, CommitteeVote, Nomination
from feedback.models.awards import NominationState, ProgramState
from feedback.recognition_forms import NominationForm
from feedback.views.recognition_common import person
from lib.answers import must, page_refusals
from lib.http import number_in
from lib.refusals import Invalid, Refused
from lib.sentences import said
from lib.speaking import spoken


def program_list(request: HttpRequest) -> HttpResponse:
    """Programs one may nominate for, scores in, or whose winners are known."""
    rows = AwardProgram.objects.select_related("chair")
    if not has(person(request), "feedback.manage_rewards"):
        rows = rows.exclude(state__in=[ProgramState.DRAFT, ProgramState.CANCELED])
    return render(request, "feedback/program_list.html", {"rows": rows, "at": timezone.now()})


@page_refusals
def program_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Nominate while it is open; the committee scores; afterwards the winners."""
    user, at = person(request), timezone.now()
    program = visible_program(request, pk)
    form = NominationForm(user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            actions.nominate_person(program=program, **form.cleaned_data, by=user, at=at)
            return redirect("feedback:program_detail", pk=pk)
        except Refused as refusal:
            name = refusal.field if isinstance(refusal, Invalid) else None
            form.add_error(name if name in form.fields else None, spoken(str(refusal)))
    context = _page(request, program, form)
    status = 422 if form.errors else 200
    return render(request, "feedback/program_detail.html", context, status=status)


@require_POST
@page_refusals
def nomination_withdraw(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_nomination(request, pk)
    actions.withdraw_nomination(nomination=row, by=person(request), at=timezone.now())
    return redirect("feedback:program_detail", pk=row.program_id)


@require_POST
@page_refusals
def nomination_score(request: HttpRequest, pk: int) -> HttpResponse:
    row = visible_nomination(request, pk)
    given = {code: number_in(request.POST.get(f"score-{code}", "")) for code in row.program.weights}
    actions.score_nomination(
        nomination=row,
        scores=given,
        is_recused=request.POST.get("recused") == "1",
        comment=request.POST.get("comment", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("feedback:program_detail", pk=row.program_id)


@require_POST
@page_refusals
def program_move(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a draft, begin scoring, decide or announce; the chair's and the managers' steps."""
    user, at = person(request), timezone.now()
    program = visible_program(request, pk)
    step, reason = request.POST.get("step", ""), request.POST.get("reason", "")
    if step == "decide":
        actions.decide_program(
            program=program,
            by=user,
            at=at,
            chosen=[number_in(one) for one in request.POST.getlist("chosen") if number_in(one)],
            all_tied_win=request.POST.get("all_tied") == "1",
            reason=reason,
        )
        return redirect("feedback:program_detail", pk=pk)
    must(user.pk == program.chair_id or has(user, "feedback.manage_rewards"))
    if step == "open":
        actions.open_program(program=program, by=user, at=at)
    elif step == "score":
        actions.begin_scoring(program=program, by=user, at=at)
    elif step == "announce":
        actions.announce_program(program=program, by=user, at=at)
    elif step == "cancel":
        actions.cancel_program(program=program, reason=reason, by=user, at=at)
    else:
        raise Invalid("step", said("There is no such step."))
    return redirect("feedback:program_detail", pk=pk)


# --- Below the views ----------------------------------------------------------------------------


def visible_program(request: HttpRequest, pk: int) -> AwardProgram:
    rows = AwardProgram.objects.select_related("chair", "budget__team")
    if not has(person(request), "feedback.manage_rewards"):
        rows = rows.exclude(state__in=[ProgramState.DRAFT, ProgramState.CANCELED])
    return get_object_or_404(rows, pk=pk)


def visible_nomination(request: HttpRequest, pk: int) -> Nomination:
    rows = Nomination.objects.visible_to(person(request)).select_related("program")
    return get_object_or_404(rows, pk=pk)


def _page(request: HttpRequest, program: AwardProgram, form: NominationForm) -> dict[str, Any]:
    user, at = person(request), timezone.now()
    is_member = program.committee.filter(pk=user.pk).exists()
    rows = program.nominations.standing().select_related("nominee", "nominator")
    is_known = program.state == ProgramState.ANNOUNCED
    return {
        "program": program,
        "form": form if program.is_open_at(at) else None,
        "mine": rows.filter(nominator=user),
        "to_score": _to_score(rows, program, user, at) if is_member else [],
        "standings": _standings(program, user),
        "winners": rows.filter(state=NominationState.WON) if is_known else [],
        "is_chair": user.pk == program.chair_id,
        "may_manage": has(user, "feedback.manage_rewards"),
        "scores": (1, 2, 3, 4, 5),
    }


def _to_score(rows: Any, program: AwardProgram, user: Any, at: Any) -> list[dict[str, Any]]:
    """Each nomination with the member's own vote alone, until scoring is over."""
    if program.state != ProgramState.SCORING:
        return []
    own = {vote.nomination_id: vote for vote in CommitteeVote.objects.filter(member=user)}
    return [
        {
            "row": row,
            "vote": own.get(row.pk),
            "given": [
                (one, own[row.pk].scores.get(one["code"]) if row.pk in own else None)
                for one in program.criteria
            ],
            "is_recused": actions.has_conflict(user, row, at),
        }
        for row in rows
    ]


def _standings(program: AwardProgram, user: Any) -> list[actions.Standing]:
    """Results for the chair once everybody may decide, and for all after the decision."""
    if program.state in (ProgramState.DECIDED, ProgramState.ANNOUNCED):
        is_allowed = program.committee.filter(pk=user.pk).exists() or user.pk == program.chair_id
    else:
        is_allowed = program.state == ProgramState.SCORING and user.pk == program.chair_id
    return actions.standings(program) if is_allowed else []
