"""The course builder: outline, editor of one lesson, checklist."""

from __future__ import annotations

from typing import Any, cast

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ops import uploads
from training import access
from training.actions import courses as course_actions
from training.actions import lessons as actions
from training.checklist import open_points
from training.forms.courses import (
    MAX_BYTES,
    MEDIA_TYPES,
    LessonForm,
    ModuleForm,
    NewLessonForm,
    NoteForm,
    ReasonForm,
    RevisionForm,
)
from training.models import CourseRevision, Lesson, Module
from training.quiz_pages import as_html
from training.views.common import page_refusals, person
from training.views.courses import revision_in_work

STEPS = {"up": -1, "down": 1}
IMAGES = ("image/png", "image/jpeg", "image/webp")


def course_build(request: HttpRequest, pk: int) -> HttpResponse:
    """The revision in work with one of its lessons open; a published one reads only."""
    revision = revision_in_work(request, pk)
    chosen = request.GET.get("lesson", "")
    lessons = list(revision.lessons().select_related("file", "captions"))
    lesson = next((one for one in lessons if str(one.pk) == chosen), None)
    form = LessonForm(instance=lesson) if lesson and revision.is_editable else None
    return _page(request, revision, lessons, lesson, form)


@require_POST
@page_refusals
def module_add(request: HttpRequest, pk: int) -> HttpResponse:
    form = ModuleForm(request.POST)
    if form.is_valid():
        actions.add_module(
            revision=revision_in_work(request, pk),
            title=form.cleaned_data["title"],
            by=person(request),
            at=timezone.now(),
        )
    return redirect("training:course_build", pk=pk)


@require_POST
@page_refusals
def module_change(request: HttpRequest, pk: int, module_id: int) -> HttpResponse:
    """Rename, move up or down, or delete, as the pressed button says."""
    module = _module(request, pk, module_id)
    act, by, at = request.POST.get("act", ""), person(request), timezone.now()
    form = ModuleForm(request.POST)
    if act in STEPS:
        actions.move_module(module=module, to=max(0, module.position + STEPS[act]), by=by, at=at)
    elif act == "delete":
        actions.delete_module(module=module, by=by, at=at)
    elif form.is_valid():
        actions.rename_module(module=module, title=form.cleaned_data["title"], by=by, at=at)
    return redirect("training:course_build", pk=pk)


@require_POST
@page_refusals
def lesson_add(request: HttpRequest, pk: int, module_id: int) -> HttpResponse:
    form = NewLessonForm(request.POST)
    module = _module(request, pk, module_id)
    if not form.is_valid():
        return redirect("training:course_build", pk=pk)
    lesson = actions.add_lesson(
        module=module, by=person(request), at=timezone.now(), **form.cleaned_data
    )
    return redirect(build_url(pk, lesson))


@require_POST
@page_refusals
def lesson_move(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """One step up or down, to a place by dragging, or away."""
    lesson = _lesson(request, pk, lesson_id)
    act, by, at = request.POST.get("act", ""), person(request), timezone.now()
    target, place = request.POST.get("module", ""), request.POST.get("place", "")
    if act in STEPS:
        actions.step_lesson(lesson=lesson, by_steps=STEPS[act], by=by, at=at)
    elif act == "delete":
        actions.delete_lesson(lesson=lesson, by=by, at=at)
        return redirect("training:course_build", pk=pk)
    elif target.isdigit() and place.isdigit():
        module = get_object_or_404(Module, pk=target, revision=lesson.module.revision_id)
        actions.move_lesson(lesson=lesson, to_module=module, to=int(place[:4]), by=by, at=at)
    return redirect(build_url(pk, lesson))


@require_POST
@page_refusals
def lesson_edit(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Save one lesson; somebody else's change in between comes back beside one's own."""
    user, lesson = person(request), _lesson(request, pk, lesson_id)
    form = LessonForm(request.POST, request.FILES, instance=_lesson(request, pk, lesson_id))
    status = 422
    if form.is_valid():
        try:
            changes = form.changes() | _files(form, lesson, user.pk)
            actions.change_lesson(
                lesson=lesson,
                seen=form.cleaned_data["seen"],
                by=user,
                at=timezone.now(),
                **changes,
            )
            return redirect(build_url(pk, lesson))
        except uploads.BadUpload as refusal:
            form.add_error("upload", str(refusal))
        except actions.ChangedElsewhere as refusal:
            form.add_error(None, f"{refusal} Theirs: “{lesson.title}”. Yours is kept below.")
            entered = request.POST.copy()
            entered["seen"] = str(lesson.row_version)
            form.data = entered
            status = 409
    revision = revision_in_work(request, pk)
    lessons = list(revision.lessons().select_related("file", "captions"))
    return _page(request, revision, lessons, lesson, form, status=status)


@require_POST
@page_refusals
def lesson_image(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Store a picture and put it at the end of the lesson's text."""
    user, lesson = person(request), _lesson(request, pk, lesson_id)
    upload = request.FILES.get("image")
    if upload is None:
        return redirect(build_url(pk, lesson))
    try:
        image = cast("uploads.Upload", upload)
        stored = uploads.take(image, kind="lesson_image", by_id=user.pk, media_types=IMAGES)
    except uploads.BadUpload as refusal:
        form = LessonForm(instance=lesson)
        revision = revision_in_work(request, pk)
        lessons = list(revision.lessons())
        return _page(request, revision, lessons, lesson, form, status=422, notice=str(refusal))
    words = request.POST.get("words", "").strip()[:200] or stored.name
    address = reverse("ops:file_content", args=[stored.pk])
    body = f"{lesson.body.rstrip()}\n\n![{words}]({address})\n".lstrip()
    actions.change_lesson(
        lesson=lesson, seen=lesson.row_version, by=user, at=timezone.now(), body=body
    )
    return redirect(build_url(pk, lesson))


@require_POST
@page_refusals
def revision_edit(request: HttpRequest, pk: int) -> HttpResponse:
    form = RevisionForm(request.POST)
    if form.is_valid():
        course_actions.change_revision(
            revision=revision_in_work(request, pk),
            by=person(request),
            at=timezone.now(),
            **form.cleaned_data,
        )
    return redirect("training:course_build", pk=pk)


# --- Below the views --------------------------------------------------------------------------


def build_url(pk: int, lesson: Lesson) -> str:
    return f"{reverse('training:course_build', args=[pk])}?lesson={lesson.pk}"


def _module(request: HttpRequest, pk: int, module_id: int) -> Module:
    revision = revision_in_work(request, pk)
    rows = Module.objects.select_related("revision")
    return get_object_or_404(rows, pk=module_id, revision=revision)


def _lesson(request: HttpRequest, pk: int, lesson_id: int) -> Lesson:
    revision = revision_in_work(request, pk)
    rows = Lesson.objects.select_related("module__revision", "file")
    return get_object_or_404(rows, pk=lesson_id, module__revision=revision)


def _files(form: LessonForm, lesson: Lesson, user_id: int) -> dict[str, Any]:
    """What was uploaded, stored; raises uploads.BadUpload."""
    found: dict[str, Any] = {}
    if upload := form.cleaned_data.get("upload"):
        found["file"] = uploads.take(
            upload,
            kind="lesson",
            by_id=user_id,
            media_types=MEDIA_TYPES[lesson.kind],
            max_bytes=MAX_BYTES[lesson.kind],
        )
    if captions := form.cleaned_data.get("captions_upload"):
        found["captions"] = uploads.take(
            captions, kind="lesson", by_id=user_id, media_types=("text/vtt",)
        )
    return found


def _page(
    request: HttpRequest,
    revision: CourseRevision,
    lessons: list[Lesson],
    lesson: Lesson | None,
    form: LessonForm | None,
    *,
    status: int = 200,
    notice: str = "",
) -> HttpResponse:
    by_module: dict[int, list[Lesson]] = {}
    for one in lessons:
        by_module.setdefault(one.module_id, []).append(one)
    modules = list(revision.modules.all())
    context: dict[str, Any] = {
        "course": revision.course,
        "revision": revision,
        "modules": [(module, by_module.get(module.pk, [])) for module in modules],
        "lesson": lesson,
        "form": form,
        "preview": as_html(lesson.body) if lesson else "",
        "points": open_points(revision) if revision.is_editable else [],
        "minutes": sum(one.minutes for one in lessons),
        "new_lesson": NewLessonForm(),
        "note": NoteForm(initial={"change_note": revision.change_note}),
        "reason": ReasonForm(),
        "may_publish": access.may_publish(person(request), revision),
        "notice": notice,
        "most_minutes": max(
            (sum(x.minutes for x in rows) for rows in by_module.values()), default=1
        ),
    }
    return render(request, "training/course_build.html", context, status=status)
