"""Evaluators: what each gives, beside all others; and the evaluation of an evaluation."""

from __future__ import annotations

from datetime import timedelta

from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from accounts.models import User
from lib.http import number_in
from quality import access
from quality.actions import second_looks
from quality.evaluator_study import LEAST_N, lines_of, works_of
from quality.models import Scorecard
from quality.models.scorecards import ScorecardKind
from quality.views.common import must, page_refusals, person, visible_evaluation

DAYS = 183


def evaluator_list(request: HttpRequest) -> HttpResponse:
    """Whose work one may see, of half a year; at most 12 queries."""
    user = person(request)
    works = works_of(user, timezone.now() - timedelta(days=DAYS))
    people = User.objects.in_bulk(list(works))
    chosen = [pk for pk in people if access.may_view_evaluator_page(user, people[pk])]
    rows = [(people[pk], lines_of(works, pk)) for pk in chosen]
    rows.sort(key=lambda row: row[0].full_name)
    context = {"rows": rows, "days": DAYS}
    return render(request, "quality/evaluator_list.html", context)


def evaluator_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One evaluator's figures, each beside that of all others with its interval."""
    user = person(request)
    evaluator = get_object_or_404(User, pk=pk)
    works = works_of(user, timezone.now() - timedelta(days=DAYS))
    if not access.may_view_evaluator_page(user, evaluator) or (pk not in works and pk != user.pk):
        raise Http404
    context = {
        "evaluator": evaluator,
        "lines": lines_of(works, pk),
        "days": DAYS,
        "least": LEAST_N,
        "others": len(works.keys() - {pk}),
    }
    return render(request, "quality/evaluator_detail.html", context)


@page_refusals
def evaluation_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """Choose a scorecard for evaluators and begin to evaluate an evaluation."""
    user = person(request)
    subject = visible_evaluation(request, pk)
    must(access.may_grade_evaluation(user, subject))
    scorecards = grading_scorecards(user)
    sentence = ""
    if request.method == "POST":
        named = request.POST.get("scorecard", "")
        scorecard = get_object_or_404(scorecards, pk=number_in(named))
        try:
            grading = second_looks.start_grading(
                subject=subject, scorecard=scorecard, by=user, at=timezone.now()
            )
            return redirect("quality:evaluation_score", pk=grading.pk)
        except second_looks.AlreadyGraded as refusal:
            sentence = str(refusal)
    context = {"evaluation": subject, "scorecards": scorecards, "sentence": sentence}
    status = 409 if sentence else 200
    return render(request, "quality/evaluation_grade.html", context, status=status)


def grading_scorecards(user: User) -> QuerySet[Scorecard]:
    rows = Scorecard.objects.visible_to(user).in_use().filter(kind=ScorecardKind.EVALUATOR)
    return rows.select_related("current_version").order_by("name")
