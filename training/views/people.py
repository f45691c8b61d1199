"""One person's learning as documents: what was learned, and where to go from here."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404
from django.utils import timezone

from accounts.models import User
from training import development_sheet, evidence_file
from training.evidence_file import quiz_seconds
from training.reach import people_for
from training.views.common import csv_answer, pdf_answer, person


def evidence_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Courses, quizzes, live sessions and certificates of a person."""
    learner, at = _learner(request, pk, "training.view_compliance"), timezone.now()
    return pdf_answer(
        request, lambda: evidence_file.evidence_pdf(learner, at=at), f"training-evidence-{pk}"
    )


def evidence_export(request: HttpRequest, pk: int) -> HttpResponseBase:
    """The same rows as a file: one line for each course, attempt, live session and certificate."""
    learner = _learner(request, pk, "training.view_compliance")
    found = evidence_file.evidence_of(learner, timezone.now())
    rows: list[list[Any]] = [
        ["course", row.course.title, row.started_at, row.completed_at, row.state, seconds.total]
        for row, seconds in found.courses
    ]
    rows += [
        ["quiz", one.quiz.title, one.started_at, one.submitted_at, one.state, quiz_seconds(one)]
        for one in found.attempts
    ]
    rows += [
        [
            "live session",
            seat.session.title,
            seat.session.starts_at,
            seat.session.ends_at,
            seat.state,
            60 * (seat.minutes_present or 0),
        ]
        for seat in found.seats
    ]
    rows += [
        ["certificate", f"{one.title}, {one}", one.issued_on, one.valid_until_on, state, None]
        for one, state in found.certificates
    ]
    head = ["Kind", "Title", "From", "Until", "State", "Seconds"]
    return csv_answer(f"training-evidence-{pk}", [head, *rows])


def development_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    """Criteria, satisfaction, actions, courses, skills and the way to a role."""
    learner, at = _learner(request, pk, "training.view_board"), timezone.now()
    reader = person(request)
    return pdf_answer(
        request,
        lambda: development_sheet.development_pdf(learner, reader, at=at),
        f"development-{pk}",
    )


def _learner(request: HttpRequest, pk: int, verb: str) -> User:
    """Oneself, or somebody whom the verb reaches; anybody else is not there."""
    user = person(request)
    if pk == user.pk:
        return user
    return get_object_or_404(User.objects.filter(people_for(user, verb)).distinct(), pk=pk)
