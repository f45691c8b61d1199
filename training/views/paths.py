"""Learning paths: their list and builder, giving them, and the learner's way through one."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from lib.http import number_in
from quality.refusals import Invalid
from training import access
from training.actions import paths as actions
from training.forms.paths import PathForm, StepForm
from training.models import Course, LearningPath, PathAssignment, PathStep
from training.path_progress import way_of
from training.views.common import form_page, must, page_refusals, person, refused_by


def path_list(request: HttpRequest) -> HttpResponse:
    """Every path with how many people are on it."""
    rows = LearningPath.objects.visible_to(person(request)).annotate(
        step_count=Count("steps", distinct=True),
        open_count=Count(
            "assignments",
            filter=Q(assignments__completed_at=None, assignments__withdrawn_at=None),
            distinct=True,
        ),
        done_count=Count(
            "assignments", filter=Q(assignments__completed_at__isnull=False), distinct=True
        ),
    )
    return render(request, "training/path_list.html", {"paths": rows})


@page_refusals
def path_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    user = person(request)
    must(access.may_manage_courses(user))
    stored = None if pk is None else get_object_or_404(LearningPath, pk=pk)
    form = PathForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        row = None if pk is None else LearningPath.objects.get(pk=pk)
        saved = actions.save_path(path=row, by=user, at=timezone.now(), **form.cleaned_data)
        return redirect("training:path_build", pk=saved.pk)
    return form_page(request, "training/path_form.html", form, {"path": stored})


@page_refusals
def path_build(request: HttpRequest, pk: int) -> HttpResponse:
    """The steps in order; a form adds one."""
    user = person(request)
    must(access.may_manage_courses(user))
    path = get_object_or_404(LearningPath.objects.with_steps(), pk=pk)
    form = StepForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data | {"courses": list(form.cleaned_data["courses"])}
        try:
            actions.add_step(path=path, by=user, at=timezone.now(), **given)
            return redirect("training:path_build", pk=pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/path_build.html", form, {"path": path})


@require_POST
@page_refusals
def step_change(request: HttpRequest, pk: int, step_id: int) -> HttpResponse:
    """Up, down or out, as the pressed button says."""
    user, at = person(request), timezone.now()
    must(access.may_manage_courses(user))
    step = get_object_or_404(PathStep.objects.select_related("path", "course"), pk=step_id, path=pk)
    act = request.POST.get("act", "")
    if act == "remove":
        actions.remove_step(step=step, by=user, at=at)
    elif act in ("up", "down"):
        actions.move_step(step=step, is_up=act == "up", by=user, at=at)
    return redirect("training:path_build", pk=pk)


@require_POST
@page_refusals
def path_retire(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    must(access.may_manage_courses(user))
    actions.retire_path(path=get_object_or_404(LearningPath, pk=pk), by=user, at=timezone.now())
    return redirect("training:path_list")


def path_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """The learner's way: each step with its courses, what is locked and what may be chosen."""
    user = person(request)
    assignment = get_object_or_404(
        PathAssignment.objects.visible_to(user).select_related("path", "person"), pk=pk
    )
    way = way_of(assignment.person, assignment.path, since=assignment.counts_from)
    context = {"assignment": assignment, "way": way, "is_mine": assignment.person_id == user.pk}
    return render(request, "training/path_detail.html", context)


@require_POST
@page_refusals
def path_choose(request: HttpRequest, pk: int) -> HttpResponse:
    """Take one of the courses to choose from."""
    user = person(request)
    rows = PathAssignment.objects.unfinished().select_related("path", "person")
    assignment = get_object_or_404(rows, pk=pk, person=user)
    given = request.POST.get("course", "")
    course = get_object_or_404(Course.objects.published(), pk=number_in(given))
    enrollment = actions.choose_course(assignment=assignment, course=course, at=timezone.now())
    return redirect("training:enrollment_detail", pk=enrollment.pk)
