"""The evaluator's workspace: one page, and the endpoints that save as one goes."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_GET

from lib.templatetags.look import duration, local_time
from quality import access
from quality.actions import answers as answer_actions
from quality.actions import evaluations as evaluation_actions
from quality.actions import evidence as evidence_actions
from quality.actions import marks as mark_actions
from quality.actions.answers import AnswerChangedElsewhere
from quality.actions.desks import NotYours
from quality.actions.evaluations import Incomplete, PresetsUntouched
from quality.assisting import shown_proposals
from quality.desk import WITH_FACTS, Desk, desk_of
from quality.models import Answer, Evaluation
from quality.models.evaluations import Purpose
from quality.questions import FAULT_OWNERS, Part, parts_of
from quality.recordings import recording_url, ticks_of
from quality.refusals import Invalid
from quality.transcripts import current_transcript, turns_after
from quality.views.common import json_refusals, must, person, read_json, refused, whole

FIRST = -1
SUBJECT = ("subject_evaluation__version__scorecard", "subject_evaluation__current_revision")


def evaluation_score(request: HttpRequest, pk: int) -> HttpResponse:
    """The two panes. At most 20 queries, whatever the size of scorecard and transcript."""
    user = person(request)
    rows = Evaluation.objects.visible_to(user).select_related(
        *WITH_FACTS, "agent", "team", "leg__interaction__customer", "seat__session", *SUBJECT
    )
    evaluation = get_object_or_404(rows, pk=pk)
    must(access.may_score_evaluation(user, evaluation))
    if evaluation.is_void:
        raise Http404
    revision = evaluation.open_revision
    if revision is None or evaluation.state == "in_approval":
        return redirect("quality:evaluation_detail", pk=pk)
    desk = desk_of(evaluation, revision).read_by(user)
    score = desk.score()
    proposals = shown_proposals(evaluation.suggestions.select_related("rule"), desk.content)
    interaction = evaluation.leg.interaction if evaluation.leg else None
    transcript = current_transcript(interaction)
    marks = list(evaluation.marks.all())
    subject = evaluation.subject_evaluation
    context = {
        "subject": subject,
        "subject_parts": subject_parts(subject) if subject else [],
        "evaluation": evaluation,
        "revision": revision,
        "content": desk.content.document,
        "parts": parts_of(desk, score, proposals),
        "fault_owners": FAULT_OWNERS,
        "interaction": interaction,
        "transcript": transcript,
        "turns": turns_after(transcript, FIRST) if transcript else [],
        "turn_total": transcript.turns.filter(is_internal=False).count() if transcript else 0,
        "recording_url": recording_url(interaction),
        "facts": work_facts(evaluation),
        "marks": marks,
        "ticks": ticks_of(marks),
        "running": running_figures(desk, score),
        "trail": [
            ("Work list", reverse("quality:work_list")),
            (str(evaluation.scorecard), reverse("quality:scorecard_list")),
        ],
    }
    return render(request, "quality/evaluation_score.html", context)


@require_GET
def evaluation_turns(request: HttpRequest, pk: int) -> HttpResponse:
    """The next 200 turns after a position, as list items."""
    rows = Evaluation.objects.visible_to(person(request)).select_related(
        "leg__interaction", "agent"
    )
    evaluation = get_object_or_404(rows, pk=pk)
    transcript = current_transcript(evaluation.leg.interaction if evaluation.leg else None)
    after = request.GET.get("after", "")
    if transcript is None or not after.lstrip("-").isdigit():
        raise Http404
    context = {"turns": turns_after(transcript, int(after)), "evaluation": evaluation}
    return render(request, "quality/turns.html", context)


@json_refusals
def answer_save(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Store one answer. 409 with both sides if somebody else was first; 428 without row_version."""
    body = read_json(request)
    if "row_version" not in body:
        return JsonResponse({"error": "Send the row_version that you saw."}, status=428)
    change = {name: body[name] for name in answer_actions.FIELDS if name in body}
    extra = body.keys() - answer_actions.FIELDS - {"row_version", "save_id"}
    if extra:
        raise Invalid(min(extra), f"{min(extra)[:40]} cannot be written here.")
    try:
        saved = answer_actions.save_answer(
            evaluation=_own(pk),
            key=key,
            change=change,
            seen=whole(body, "row_version"),
            save_id=_uuid(body, "save_id"),
            by=person(request),
            at=timezone.now(),
        )
    except AnswerChangedElsewhere as conflict:
        return refused(conflict, current=_current(conflict.current))
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse({**_saved(saved), **_shown_now(saved, key)})


@json_refusals
def section_not_applicable(request: HttpRequest, pk: int, key: str) -> HttpResponse:
    """Mark a whole section, or take that back."""
    body = read_json(request)
    seen = body.get("row_versions")
    if not isinstance(seen, dict) or not all(isinstance(n, int) for n in seen.values()):
        raise Invalid("row_versions", "row_versions must map criteria to whole numbers.")
    try:
        saved = answer_actions.mark_section_not_applicable(
            evaluation=_own(pk),
            section_key=key,
            is_na=body.get("na") is True,
            seen=seen,
            by=person(request),
            at=timezone.now(),
        )
    except AnswerChangedElsewhere as conflict:
        return refused(conflict, current=_current(conflict.current))
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse(_saved(saved))


@json_refusals
def comment_save(request: HttpRequest, pk: int) -> HttpResponse:
    """Store the comment on the whole evaluation."""
    body = read_json(request)
    try:
        revision = answer_actions.save_comment(
            evaluation=_own(pk),
            comment_public=body.get("comment_public"),
            comment_private=body.get("comment_private"),
            by=person(request),
            at=timezone.now(),
        )
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse({"row_version": revision.row_version, "saved_at": _clock(revision)})


@json_refusals
def evidence_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Attach a passage of the transcript to a criterion; the answer is its chip."""
    body = read_json(request)
    characters = {
        name: whole(body, name) for name in ("char_from", "char_to") if body.get(name) is not None
    }
    try:
        evidence = evidence_actions.attach_evidence(
            evaluation=_own(pk),
            key=str(body.get("criterion")),
            transcript_id=whole(body, "transcript"),
            turn_from=whole(body, "turn_from"),
            turn_to=whole(body, "turn_to"),
            by=person(request),
            at=timezone.now(),
            **characters,
        )
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    chip = render(request, "quality/evidence_chip.html", {"evidence": evidence, "may_remove": True})
    return JsonResponse(
        {
            "id": evidence.pk,
            "chip": chip.content.decode(),
            "row_version": evidence.answer.row_version,
        }
    )


@json_refusals
def evidence_remove(request: HttpRequest, pk: int, evidence_id: int) -> HttpResponse:
    try:
        evidence_actions.remove_evidence(
            evaluation=_own(pk), evidence_id=evidence_id, by=person(request), at=timezone.now()
        )
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse({"id": evidence_id})


@json_refusals
def mark_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Note a moment of the interaction."""
    body = read_json(request)
    try:
        mark = mark_actions.add_mark(
            evaluation=_own(pk),
            offset_ms=whole(body, "offset_ms"),
            text=str(body.get("text", "")),
            is_private=body.get("is_private") is True,
            by=person(request),
            at=timezone.now(),
        )
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    chip = render(request, "quality/mark_chip.html", {"mark": mark, "may_remove": True})
    return JsonResponse({"id": mark.pk, "chip": chip.content.decode()})


@json_refusals
def mark_remove(request: HttpRequest, pk: int, mark_id: int) -> HttpResponse:
    try:
        mark_actions.remove_mark(
            evaluation=_own(pk), mark_id=mark_id, by=person(request), at=timezone.now()
        )
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse({"id": mark_id})


@json_refusals
def evaluation_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Submit for good: 422 with every gap, 409 where presets want a confirmation."""
    body = read_json(request)
    try:
        evaluation_actions.submit_evaluation(
            evaluation=_own(pk),
            by=person(request),
            at=timezone.now(),
            key=_uuid(body, "key"),
            confirmed=body.get("confirmed") is True,
        )
    except Incomplete as incomplete:
        return refused(incomplete, gaps=[gap.as_dict() for gap in incomplete.gaps])
    except PresetsUntouched as presets:
        return refused(presets, untouched=presets.count)
    except (NotYours, Evaluation.DoesNotExist):
        return _not_yours(request, pk)
    return JsonResponse(
        {"url": reverse("quality:evaluation_detail", args=[_result_of(request, pk)])}
    )


# --- Below the views --------------------------------------------------------------------------


def running_figures(desk: Desk, score: Any) -> dict[str, Any] | None:
    """The score so far; None where the version hides its weights until submit."""
    if desk.content.weights_hidden:
        return None
    result = score.result()
    return {name: result[name] for name in ("score_percent", "earned_points", "possible_points")}


def subject_parts(subject: Evaluation) -> list[Part]:
    """The answers of the evaluation that is evaluated."""
    if subject.current_revision is None:
        return []
    desk = desk_of(subject, subject.current_revision)
    return parts_of(desk, desk.score())


def _result_of(request: HttpRequest, pk: int) -> int:
    """Where a submission leads: a self-assessment to the result that it stands beside."""
    own = Evaluation.objects.get(pk=pk)
    if own.purpose != Purpose.SELF:
        return pk
    rows = Evaluation.objects.visible_to(person(request)).filter(
        leg=own.leg_id, version=own.version_id, purpose=Purpose.STANDARD
    )
    return rows.values_list("pk", flat=True).first() or pk


def _own(pk: int) -> Evaluation:
    """A stand-in by id: the verb itself reads and locks the row and asks whose it is."""
    return Evaluation(pk=pk)


def _not_yours(request: HttpRequest, pk: int) -> JsonResponse:
    """403 for a row that the person may see, 404 for any other."""
    if Evaluation.objects.visible_to(person(request)).filter(pk=pk).exists():
        return JsonResponse({"error": str(NotYours())}, status=403)
    return JsonResponse({"error": "There is no such evaluation."}, status=404)


def _uuid(body: dict[str, Any], name: str) -> UUID:
    try:
        return UUID(str(body.get(name)))
    except ValueError:
        raise Invalid(name, f"{name} must be a UUID.") from None


def _saved(saved: answer_actions.Saved) -> dict[str, Any]:
    hidden = [key for key, figures in saved.score.criteria.items() if figures.state == "hidden"]
    return {
        "answers": {key: _state(saved.desk, key, row) for key, row in saved.answers.items()},
        "failed": {key: saved.score.criteria[key].is_failed for key in saved.answers},
        "hidden": hidden,
        "running": running_figures(saved.desk, saved.score),
    }


def _shown_now(saved: answer_actions.Saved, key: str) -> dict[str, Any]:
    """Evidence that came with a confirmed proposal, and proposals that may show from now on."""
    chips = [
        render_to_string("quality/evidence_chip.html", {"evidence": row, "may_remove": True})
        for row in saved.attached
    ]
    if not saved.reveals:
        return {"chips": chips} if chips else {}
    rows = saved.desk.evaluation.suggestions.filter(criterion_key=key).select_related("rule")
    proposals = shown_proposals(rows, saved.desk.content).get(key, [])
    shown = render_to_string("quality/proposals.html", {"proposals": proposals})
    return {"chips": chips, "proposals": shown}


def _state(desk: Desk, key: str, row: Answer) -> dict[str, Any]:
    kind = desk.content.criteria[key]["kind"]
    given = row.as_document(kind)
    given.pop("fault_owner", None)
    return {
        "row_version": row.row_version,
        "answer": given or None,
        "fault_owner": row.fault_owner,
        "root_cause": row.root_cause,
        "comment_public": row.comment_public,
        "comment_private": row.comment_private,
        "saved_at": _clock(row),
    }


def _current(row: Answer | None) -> dict[str, Any] | None:
    """Their side of a conflict."""
    if row is None:
        return None
    kept = Answer.objects.select_related("saved_by", "criterion").get(pk=row.pk)
    given = kept.as_document(kept.criterion.kind)
    given.pop("fault_owner", None)
    return {
        "row_version": kept.row_version,
        "answer": given or None,
        "fault_owner": kept.fault_owner,
        "root_cause": kept.root_cause,
        "comment_public": kept.comment_public,
        "comment_private": kept.comment_private,
        "saved_at": _clock(kept),
        "saved_by": str(kept.saved_by) if kept.saved_by else "",
    }


def _clock(row: Any) -> str:
    return f"{timezone.localtime(row.updated_at):%H:%M:%S}"


def work_facts(evaluation: Evaluation) -> list[tuple[str, Any]]:
    """What the head of the page says about the evaluated work; of a blind one not its day."""
    leg = evaluation.leg
    if leg is None:
        return []
    interaction = leg.interaction
    queue = leg.queue or interaction.queue
    facts: list[tuple[str, Any]] = [
        ("Interaction", not evaluation.is_blind and interaction.reference),
        ("Channel", interaction.get_channel_display()),
        ("When", not evaluation.is_blind and local_time(evaluation.handled_at)),
        ("Queue", queue),
        ("Talk", leg.talk_seconds is not None and duration(leg.talk_seconds)),
        ("Hold", leg.hold_seconds and duration(leg.hold_seconds)),
        ("Transfers", interaction.transfer_count),
    ]
    return [(name, value) for name, value in facts if value]
