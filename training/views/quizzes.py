"""The question bank, quizzes, and how good their questions are."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from quality.refusals import Invalid, Refused
from training.actions import quizzes as actions
from training.forms.courses import ReasonForm
from training.forms.quizzes import QuestionForm, QuizForm, SectionForm
from training.item_study import study_of
from training.models import Question, Quiz, QuizSection, SectionQuestion
from training.quiz_sizes import question_counts
from training.views.common import form_page, page_refusals, person, refused_by


def question_list(request: HttpRequest) -> HttpResponse:
    """The bank, newest first, narrowed by words or a tag."""
    words = request.GET.get("q", "").strip()[:100]
    context = {"questions": found_questions(words)[:200], "words": words}
    return render(request, "training/question_list.html", context)


@page_refusals
def question_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Write a question; one that attempts used gets its next wording."""
    question = None if pk is None else _question(pk)
    initial = QuestionForm.initial_of(question) if question else None
    form = QuestionForm(request.POST or None, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            question = actions.save_question(
                question=question,
                kind=given["kind"],
                prompt=given["prompt"],
                written=form.written(),
                points=given["points"],
                feedback=given["feedback"],
                bank=given["bank"],
                tags=given["tags"].split(","),
                difficulty=given["difficulty"],
                by=person(request),
                at=timezone.now(),
            )
            return redirect("training:question_edit", pk=question.pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/question_form.html", form, _question_context(question))


@require_POST
@page_refusals
def question_retire(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retire_question(question=_question(pk), by=person(request), at=timezone.now())
    return redirect("training:question_list")


@page_refusals
def question_regrade(request: HttpRequest, pk: int) -> HttpResponse:
    """What the present key would change in attempts at older wordings, then for which to do it."""
    question = _question(pk)
    changes = actions.preview_regrade(question)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        actions.regrade_question(
            question=question,
            attempt_ids=[int(one) for one in request.POST.getlist("attempts") if one.isdigit()],
            take_passes_away="take_passes_away" in request.POST,
            reason=form.cleaned_data["reason"],
            by=person(request),
            at=timezone.now(),
        )
        return redirect("training:question_edit", pk=pk)
    context = {"question": question, "changes": changes}
    return form_page(request, "training/question_regrade.html", form, context)


def quiz_list(request: HttpRequest) -> HttpResponse:
    quizzes = list(
        Quiz.objects.annotate(
            attempt_count=Count("attempts", distinct=True),
            waiting_count=Count(
                "attempts", filter=Q(attempts__state="awaiting_grading"), distinct=True
            ),
        )[:300]
    )
    counts = question_counts([quiz.pk for quiz in quizzes])
    context = {"quizzes": [(quiz, counts.get(quiz.pk, 0)) for quiz in quizzes]}
    return render(request, "training/quiz_list.html", context)


@page_refusals
def quiz_create(request: HttpRequest) -> HttpResponse:
    form = QuizForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        quiz = actions.create_quiz(by=person(request), at=timezone.now(), **form.cleaned_data)
        return redirect("training:quiz_build", pk=quiz.pk)
    return form_page(request, "training/quiz_form.html", form, {"quiz": None})


@page_refusals
def quiz_edit(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(Quiz, pk=pk)
    form = QuizForm(request.POST or None, instance=quiz)
    if request.method == "POST" and form.is_valid():
        try:
            stored = Quiz.objects.get(pk=pk)
            actions.change_quiz(
                quiz=stored, by=person(request), at=timezone.now(), **form.cleaned_data
            )
            return redirect("training:quiz_build", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/quiz_form.html", form, {"quiz": quiz})


def quiz_build(request: HttpRequest, pk: int) -> HttpResponse:
    """Sections with their questions; the bank beside them."""
    return _build_page(request, get_object_or_404(Quiz, pk=pk), SectionForm())


@require_POST
@page_refusals
def section_add(request: HttpRequest, pk: int) -> HttpResponse:
    quiz = get_object_or_404(Quiz, pk=pk)
    form = SectionForm(request.POST)
    if not form.is_valid():
        return _build_page(request, quiz, form, status=422)
    actions.add_section(quiz=quiz, by=person(request), at=timezone.now(), **form.cleaned_data)
    return redirect("training:quiz_build", pk=pk)


@require_POST
@page_refusals
def section_delete(request: HttpRequest, pk: int, section_id: int) -> HttpResponse:
    section = get_object_or_404(QuizSection.objects.select_related("quiz"), pk=section_id, quiz=pk)
    actions.delete_section(section=section, by=person(request), at=timezone.now())
    return redirect("training:quiz_build", pk=pk)


@require_POST
@page_refusals
def section_put(request: HttpRequest, pk: int, section_id: int) -> HttpResponse:
    """Put a question of the bank into a section."""
    section = get_object_or_404(QuizSection.objects.select_related("quiz"), pk=section_id, quiz=pk)
    given = request.POST.get("question", "")
    question = get_object_or_404(Question, pk=given if given.isdigit() else 0)
    actions.put_question(section=section, question=question, by=person(request), at=timezone.now())
    return redirect("training:quiz_build", pk=pk)


@require_POST
@page_refusals
def section_take_out(request: HttpRequest, pk: int, row_id: int) -> HttpResponse:
    rows = SectionQuestion.objects.select_related("section__quiz")
    row = get_object_or_404(rows, pk=row_id, section__quiz=pk)
    actions.take_question_out(row=row, by=person(request), at=timezone.now())
    return redirect("training:quiz_build", pk=pk)


def quiz_items(request: HttpRequest, pk: int) -> HttpResponse:
    """How hard each question is and how well it tells people apart."""
    quiz = get_object_or_404(Quiz, pk=pk)
    context = {"quiz": quiz, "study": study_of(quiz)}
    return render(request, "training/quiz_items.html", context)


# --- Below the views --------------------------------------------------------------------------


def found_questions(words: str) -> Any:
    rows = Question.objects.filter(retired_at__isnull=True, current_version__isnull=False)
    rows = rows.select_related("current_version").annotate(
        used_count=Count("used_in__section__quiz", distinct=True)
    )
    for word in words.split():
        rows = rows.filter(Q(current_version__prompt__icontains=word) | Q(bank__icontains=word))
    return rows.order_by("-pk")


def _question(pk: int) -> Question:
    rows = Question.objects.select_related("current_version")
    return get_object_or_404(rows, pk=pk, current_version__isnull=False)


def _question_context(question: Question | None) -> dict[str, Any]:
    if question is None:
        return {"question": None}
    try:
        changed = len(actions.preview_regrade(question))
    except Refused:
        changed = 0
    quizzes = Quiz.objects.filter(sections__questions__question=question).distinct()
    return {"question": question, "changed": changed, "used_in": quizzes}


def _build_page(
    request: HttpRequest, quiz: Quiz, form: SectionForm, *, status: int = 200
) -> HttpResponse:
    words = request.GET.get("q", "").strip()[:100]
    sections = list(quiz.sections.prefetch_related("questions__question__current_version"))
    context = {
        "quiz": quiz,
        "sections": sections,
        "by_hand": [section for section in sections if not section.is_draw],
        "count": question_counts([quiz.pk]).get(quiz.pk, 0),
        "form": form,
        "words": words,
        "questions": found_questions(words)[:30],
        "lessons": quiz.lessons.select_related("module__revision__course")[:20],
    }
    return render(request, "training/quiz_build.html", context, status=status)
