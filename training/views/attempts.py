"""Taking a quiz: start, answer, hand in, and the result."""

from __future__ import annotations

from datetime import datetime
from typing import Any, cast

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from lib.speaking import spoken
from ops import uploads
from quality.refusals import Refused
from training.actions import attempts as actions
from training.actions.quizzes import blanks
from training.models import Attempt, AttemptItem
from training.quiz_limits import standing_of
from training.quiz_pages import may_see_answers, response_from, reviewed, shown
from training.views.common import must, page_refusals, person
from training.views.learning import _taken

FILE_BYTES = 25 * 1024 * 1024


@require_POST
@page_refusals
def attempt_start(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Begin, or go on with the attempt that runs."""
    enrollment, lesson = _taken(request, pk, lesson_id)
    must(lesson.quiz_id is not None)
    attempt = actions.start_attempt(
        enrollment=enrollment, lesson=lesson, by=person(request), at=timezone.now()
    )
    return redirect("training:attempt_detail", pk=attempt.pk)


def attempt_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions while it runs, the result afterwards."""
    attempt = visible_attempt(request, pk)
    if not attempt.is_running:
        return _result(request, attempt)
    must(attempt.enrollment.person_id == person(request).pk)
    return _questions(request, attempt)


@require_POST
def answer_save(request: HttpRequest, pk: int, position: int) -> JsonResponse:
    """Keep one answer as it is typed; the newest sequence wins."""
    at = timezone.now()
    attempt = visible_attempt(request, pk)
    item = get_object_or_404(attempt.items.select_related("question_version"), position=position)
    sequence = request.POST.get("sequence", "")
    if not (sequence.isascii() and sequence.isdigit() and len(sequence) < 10):
        return JsonResponse({"error": "sequence is a whole number."}, status=400)
    try:
        saved = actions.save_answer(
            attempt=attempt,
            position=position,
            response=response_from(item, request.POST) or {},
            sequence=int(sequence),
            is_flagged="flag" in request.POST,
            by=person(request),
            at=at,
        )
    except Refused as refusal:
        return JsonResponse({"error": spoken(str(refusal))}, status=refusal.status)
    local = timezone.localtime(at)
    return JsonResponse(
        {
            "saved_at": f"{local:%H:%M:%S}",
            "sequence": saved.sequence,
            "is_answered": bool(saved.response),
            "seconds_left": _seconds_left(attempt, at),
        }
    )


@require_POST
@page_refusals
def attempt_save(request: HttpRequest, pk: int) -> HttpResponse:
    """The whole form at once, without a script: save, move an item, or hand in."""
    at = timezone.now()
    attempt = visible_attempt(request, pk)
    errors = _save_all(request, attempt, at)
    if "submit" in request.POST and not errors:
        actions.submit_attempt(attempt=attempt, by=person(request), at=at)
        return redirect("training:attempt_detail", pk=pk)
    if errors:
        return _questions(request, attempt, errors=errors, status=422)
    target = request.POST.get("goto", "")
    query = f"?question={target}" if target.isdigit() and len(target) < 4 else ""
    return redirect(f"{request.path.removesuffix('save/')}{query}")


# --- Below the views --------------------------------------------------------------------------


def visible_attempt(request: HttpRequest, pk: int) -> Attempt:
    rows = Attempt.objects.visible_to(person(request)).select_related(
        "quiz", "lesson", "enrollment__person", "enrollment__course", "enrollment__revision"
    )
    return get_object_or_404(rows, pk=pk)


def _save_all(request: HttpRequest, attempt: Attempt, at: datetime) -> dict[int, str]:
    """Save what the form says about each question; sentences by position."""
    errors: dict[int, str] = {}
    for item in attempt.items.select_related("question_version"):
        response = _moved(item, request) or response_from(item, request.POST)
        upload = request.FILES.get(f"r{item.position}")
        if upload is not None and item.question_version.kind == "file":
            try:
                stored = uploads.take(
                    cast("uploads.Upload", upload),
                    kind="exercise",
                    by_id=person(request).pk,
                    max_bytes=FILE_BYTES,
                )
                response = {"file": str(stored.pk), "name": stored.name}
            except uploads.BadUpload as refusal:
                errors[item.position] = spoken(str(refusal))
        if response is None or response == item.response:
            continue
        try:
            actions.save_answer(
                attempt=attempt,
                position=item.position,
                response=response,
                sequence=item.sequence + 1,
                is_flagged=item.is_flagged,
                by=person(request),
                at=at,
            )
        except actions.BadAnswer as refusal:
            errors[item.position] = str(refusal)
    return errors


def _moved(item: AttemptItem, request: HttpRequest) -> dict[str, Any] | None:
    """The order after a press on "up" or "down" of one item."""
    position, _, rest = request.POST.get("move", "").partition(":")
    pk, _, way = rest.partition(":")
    given = request.POST.getlist(f"r{item.position}")
    if position != str(item.position) or pk not in given:
        return None
    index = given.index(pk)
    other = index + (-1 if way == "up" else 1)
    if 0 <= other < len(given):
        given[index], given[other] = given[other], given[index]
    return {"order": given}


def _seconds_left(attempt: Attempt, at: datetime) -> int | None:
    if attempt.deadline_at is None:
        return None
    return max(0, int((attempt.deadline_at - at).total_seconds()))


def _questions(
    request: HttpRequest,
    attempt: Attempt,
    *,
    errors: dict[int, str] | None = None,
    status: int = 200,
) -> HttpResponse:
    at = timezone.now()
    items = list(attempt.items.select_related("question_version"))
    questions = [shown(item) for item in items]
    asked = request.GET.get("question", "1")
    current = int(asked) if asked.isdigit() and 0 < int(asked[:4]) <= len(items) else 1
    paged = attempt.quiz.one_per_page
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "palette": questions,
        "questions": [
            (one, (errors or {}).get(one.item.position, ""))
            for one in (questions[current - 1 : current] if paged else questions)
        ],
        "current": current if paged else None,
        "before": current - 1 if paged and current > 1 else None,
        "after": current + 1 if paged and current < len(items) else None,
        "blanks": blanks(items),
        "seconds_left": _seconds_left(attempt, at),
        "is_over": attempt.deadline_at is not None and attempt.deadline_at < at,
        "has_file": any(one.kind == "file" for one in questions),
    }
    return render(request, "training/attempt.html", context, status=status)


def _result(request: HttpRequest, attempt: Attempt) -> HttpResponse:
    at = timezone.now()
    standing = standing_of(attempt.enrollment, attempt.quiz, at)
    is_learner = attempt.enrollment.person_id == person(request).pk
    with_answers = not is_learner or may_see_answers(standing, attempt.quiz.show_answers)
    items = attempt.items.select_related("question_version")
    context = {
        "attempt": attempt,
        "quiz": attempt.quiz,
        "rows": [reviewed(item, with_answers=with_answers) for item in items],
        "with_answers": with_answers,
        "standing": standing,
        "why_not": standing.why_not(at),
        "is_learner": is_learner,
        "grade": actions.grade_of(attempt.enrollment, attempt.quiz),
    }
    return render(request, "training/attempt_result.html", context)
