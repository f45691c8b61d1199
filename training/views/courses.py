"""Authors' pages of courses: list, one course, its revisions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from quality.refusals import Invalid
from training import access
from training.actions import courses as actions
from training.course_voice import voice_of
from training.forms.courses import CourseForm, NoteForm, PrerequisiteForm, ReasonForm
from training.models import Course, CourseRevision, Prerequisite
from training.models.learning import OPEN_STATES
from training.views.common import form_page, must, page_refusals, person, refused_by


def course_list(request: HttpRequest) -> HttpResponse:
    """Every course with its edition and how many take it."""
    rows = (
        Course.objects.visible_to(person(request))
        .select_related("owner", "current_revision")
        .annotate(
            open_count=Count(
                "enrollments", filter=Q(enrollments__state__in=OPEN_STATES), distinct=True
            ),
            done_count=Count(
                "enrollments", filter=Q(enrollments__state="completed"), distinct=True
            ),
            work_count=Count(
                "revisions", filter=Q(revisions__state__in=["draft", "in_review"]), distinct=True
            ),
        )
    )
    return render(request, "training/course_list.html", {"courses": rows[:500]})


@page_refusals
def course_create(request: HttpRequest) -> HttpResponse:
    form = CourseForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            given = {name: value for name, value in form.cleaned_data.items() if name != "code"}
            course = actions.create_course(
                code=form.cleaned_data["code"], by=person(request), at=timezone.now(), **given
            )
            return redirect("training:course_build", pk=course.pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/course_form.html", form, {"course": None})


@page_refusals
def course_edit(request: HttpRequest, pk: int) -> HttpResponse:
    course = visible_course(request, pk)
    form = CourseForm(request.POST or None, instance=course)
    if request.method == "POST" and form.is_valid():
        actions.change_course(
            course=course, by=person(request), at=timezone.now(), **form.cleaned_data
        )
        return redirect("training:course_detail", pk=pk)
    return form_page(request, "training/course_form.html", form, {"course": course})


def course_detail(request: HttpRequest, pk: int) -> HttpResponse:
    return _page(request, visible_course(request, pk), None)


@require_POST
@page_refusals
def course_retire(request: HttpRequest, pk: int) -> HttpResponse:
    actions.retire_course(course=visible_course(request, pk), by=person(request), at=timezone.now())
    return redirect("training:course_detail", pk=pk)


@require_POST
@page_refusals
def revision_open(request: HttpRequest, pk: int) -> HttpResponse:
    actions.open_revision(course=visible_course(request, pk), by=person(request), at=timezone.now())
    return redirect("training:course_build", pk=pk)


@require_POST
@page_refusals
def revision_submit(request: HttpRequest, pk: int) -> HttpResponse:
    """Hand the draft to another author."""
    form = NoteForm(request.POST)
    note = form.cleaned_data["change_note"] if form.is_valid() else ""
    actions.submit_revision(
        revision=revision_in_work(request, pk),
        change_note=note,
        by=person(request),
        at=timezone.now(),
    )
    return redirect("training:course_build", pk=pk)


@require_POST
@page_refusals
def revision_return(request: HttpRequest, pk: int) -> HttpResponse:
    form = ReasonForm(request.POST)
    reason = form.cleaned_data["reason"] if form.is_valid() else ""
    actions.return_revision(
        revision=revision_in_work(request, pk), reason=reason, by=person(request), at=timezone.now()
    )
    return redirect("training:course_build", pk=pk)


@require_POST
@page_refusals
def revision_publish(request: HttpRequest, pk: int) -> HttpResponse:
    actions.publish_revision(
        revision=revision_in_work(request, pk), by=person(request), at=timezone.now()
    )
    return redirect("training:course_detail", pk=pk)


@require_POST
@page_refusals
def prerequisite_add(request: HttpRequest, pk: int) -> HttpResponse:
    course = visible_course(request, pk)
    form = PrerequisiteForm(request.POST, course=course)
    if form.is_valid():
        try:
            _ask_first(course, form.cleaned_data, by=person(request), at=timezone.now())
            return redirect("training:course_detail", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return _page(request, course, form, status=422)


@require_POST
@page_refusals
def prerequisite_remove(request: HttpRequest, pk: int, prerequisite_id: int) -> HttpResponse:
    course = visible_course(request, pk)
    row = get_object_or_404(Prerequisite, pk=prerequisite_id, course=course)
    actions.remove_prerequisite(prerequisite=row, by=person(request), at=timezone.now())
    return redirect("training:course_detail", pk=pk)


def _ask_first(course: Course, given: dict[str, Any], *, by: User, at: datetime) -> None:
    """The course or the skill that the form names."""
    if given["needed_skill"]:
        skill, level = given["needed_skill"], given["level"]
        actions.ask_for_skill(course=course, skill=skill, level=level, by=by, at=at)
        return
    actions.add_prerequisite(
        course=course,
        needed_course=given["needed_course"],
        value=given["value"],
        is_certificate=given["is_certificate"],
        by=by,
        at=at,
    )


# --- Below the views --------------------------------------------------------------------------


def visible_course(request: HttpRequest, pk: int) -> Course:
    user = person(request)
    must(access.may_manage_courses(user))
    rows = Course.objects.visible_to(user).select_related("owner", "current_revision")
    return get_object_or_404(rows, pk=pk)


def revision_in_work(request: HttpRequest, pk: int) -> CourseRevision:
    """The newest revision of a course, whatever its state; verbs refuse what does not fit."""
    course = visible_course(request, pk)
    rows = course.revisions.select_related("course", "last_edited_by")
    found = rows.first()
    assert found is not None
    return found


def _page(
    request: HttpRequest, course: Course, form: PrerequisiteForm | None, *, status: int = 200
) -> HttpResponse:
    revisions = list(course.revisions.select_related("published_by", "last_edited_by"))
    shown = course.current_revision or revisions[0]
    counts = course.enrollments.aggregate(
        open=Count("pk", filter=Q(state__in=OPEN_STATES)),
        done=Count("pk", filter=Q(state="completed")),
        failed=Count("pk", filter=Q(state="failed")),
    )
    context: dict[str, Any] = {
        "course": course,
        "revisions": revisions,
        "in_work": next((one for one in revisions if one.is_editable), None),
        "shown": shown,
        "lessons": list(shown.lessons()),
        "prerequisites": course.prerequisites.select_related("needed_course", "needed_skill"),
        "form": form or PrerequisiteForm(course=course),
        "counts": counts,
        "voice": voice_of(course),
    }
    return render(request, "training/course_detail.html", context, status=status)
