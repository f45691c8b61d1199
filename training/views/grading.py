"""Work that people mark: essays, files and exercises."""

from __future__ import annotations

from decimal import Decimal

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone

from quality.refusals import Invalid, Refused
from training import access
from training.actions import attempts as attempt_actions
from training.actions import learning as actions
from training.models import Attempt, AttemptItem, Submission
from training.quiz_pages import as_html, in_words
from training.views.common import form_page, must, page_refusals, person, refused_by


class MarkForm(forms.Form):
    percent = forms.DecimalField(min_value=0, max_value=100, max_digits=5, decimal_places=2)
    comment = forms.CharField(
        required=False, max_length=4000, widget=forms.Textarea(attrs={"rows": 4})
    )
    seen = forms.IntegerField(widget=forms.HiddenInput)


class PointsForm(forms.Form):
    score = forms.DecimalField(min_value=0, max_digits=8, decimal_places=4, label="Points")
    note = forms.CharField(
        required=False,
        max_length=1000,
        label="Note to the learner",
        widget=forms.Textarea(attrs={"rows": 3}),
    )


def grading_list(request: HttpRequest) -> HttpResponse:
    """What waits to be marked, oldest first; names are hidden where the quiz says so."""
    user = person(request)
    works = Submission.objects.filter(graded_at__isnull=True).exclude(enrollment__person=user)
    newest = works.select_related("enrollment__person", "enrollment__course", "lesson")
    items = AttemptItem.objects.filter(
        attempt__state="awaiting_grading", score__isnull=True
    ).exclude(attempt__enrollment__person=user)
    context = {
        "works": newest.order_by("submitted_at")[:200],
        "items": items.select_related(
            "attempt__quiz", "attempt__enrollment__person", "question_version"
        ).order_by("attempt__submitted_at")[:200],
    }
    return render(request, "training/grading_list.html", context)


@page_refusals
def submission_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """One handed-in exercise; a mark over an older view is refused with the newer one."""
    rows = Submission.objects.select_related(
        "enrollment__person", "enrollment__course", "enrollment__revision", "lesson", "file"
    )
    work = get_object_or_404(rows, pk=pk)
    must(access.may_grade(person(request), work))
    form = MarkForm(request.POST or None, initial={"seen": work.row_version})
    if request.method == "POST" and form.is_valid():
        try:
            actions.grade_submission(
                submission=work, by=person(request), at=timezone.now(), **form.cleaned_data
            )
            return redirect("training:grading_list")
        except Refused as refusal:
            work.refresh_from_db()
            theirs = f"{work.percent} % by {work.graded_by}: {work.comment}"
            form.add_error(None, f"{refusal} Theirs: {theirs}")
            context = {"work": work, "form": form, "task": as_html(work.lesson.body)}
            return render(request, "training/submission_grade.html", context, status=409)
    context = {"work": work, "task": as_html(work.lesson.body)}
    return form_page(request, "training/submission_grade.html", form, context)


@page_refusals
def item_grade(request: HttpRequest, pk: int) -> HttpResponse:
    """One essay or file of a quiz."""
    rows = AttemptItem.objects.select_related(
        "attempt__quiz", "attempt__enrollment__person", "question_version"
    )
    item = get_object_or_404(rows, pk=pk, attempt__state__in=["awaiting_grading", "graded"])
    must(access.may_grade(person(request), item.attempt))
    form = PointsForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            attempt_actions.grade_item(
                item=item,
                score=Decimal(form.cleaned_data["score"]),
                note=form.cleaned_data["note"],
                by=person(request),
                at=timezone.now(),
            )
            return redirect("training:grading_list")
        except Invalid as refusal:
            refused_by(form, refusal)
    version = item.question_version
    context = {
        "item": item,
        "prompt": as_html(version.prompt),
        "answer": in_words(version.kind, version.body, item.response),
    }
    return form_page(request, "training/item_grade.html", form, context)


@page_refusals
def attempt_void(request: HttpRequest, pk: int) -> HttpResponse:
    """Take an attempt out of the grade, with a reason that its learner reads."""
    rows = Attempt.objects.visible_to(person(request)).select_related("enrollment")
    attempt = get_object_or_404(rows, pk=pk)
    must(access.may_grade(person(request), attempt))
    reason = request.POST.get("reason", "").strip()
    if len(reason) < 10:
        raise Invalid("reason", "Give a reason of at least 10 characters.")
    attempt_actions.void_attempt(
        attempt=attempt, reason=reason, by=person(request), at=timezone.now()
    )
    return redirect("training:attempt_detail", pk=pk)
