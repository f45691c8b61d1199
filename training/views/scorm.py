"""Pages about SCORM packages: take in, look at, open as a learner or an author."""

from __future__ import annotations

from typing import Any, cast

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from ops import files
from training import access, scorm_pages, scorm_store
from training.actions import scorm as actions
from training.actions import scorm_packages
from training.content_origin import NEEDED, content_origin, origin_of
from training.forms.scorm import ImportForm, SwitchForm
from training.models import (
    Lesson,
    ScormImport,
    ScormItem,
    ScormLaunch,
    ScormPackage,
)
from training.scorm_pages import SANDBOX, Line
from training.views.common import must, page_refusals, person
from training.views.learning import visible_enrollment

SHOWN_IMPORTS = 20


def scorm_list(request: HttpRequest) -> HttpResponse:
    """Packages with where they are used, and the imports that went wrong or still run."""
    packages = ScormPackage.objects.annotate(lesson_count=Count("lessons", distinct=True))
    imports = ScormImport.objects.exclude(state="done").select_related("ordered_by")
    context = {"packages": packages, "imports": imports[:SHOWN_IMPORTS]}
    return render(request, "training/scorm_list.html", context)


def scorm_import(request: HttpRequest) -> HttpResponse:
    """Hand a package over; it is read in the background."""
    form = ImportForm(request.POST or None, request.FILES or None)
    status = 422 if request.method == "POST" else 200
    if request.method == "POST" and form.is_valid():
        upload = form.cleaned_data["file"]
        if refusal := scorm_store.too_large(upload.size):
            form.add_error("file", str(refusal))
            status = 413
        else:
            try:
                return _ordered(request, upload)
            except files.NoSpace as error:
                form.add_error(None, str(error))
                status = 507
    return render(request, "training/scorm_import.html", {"form": form}, status=status)


def _ordered(request: HttpRequest, upload: Any) -> HttpResponse:
    user = person(request)
    stored = files.store(
        upload, name=upload.name, media_type="application/zip", kind="scorm", by_id=user.pk
    )
    row = scorm_packages.order_import(file=stored, by=user, at=timezone.now())
    if row.package_id:
        return redirect("training:scorm_detail", pk=row.package_id)
    return redirect("training:scorm_import_detail", pk=row.pk)


def scorm_import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far the reading is; then what was found, or the package."""
    row = get_object_or_404(ScormImport.objects.select_related("package", "ordered_by"), pk=pk)
    run = scorm_pages.job_of(row) if row.is_working else None
    context = {"row": row, "run": run, "has_given_up": scorm_pages.has_given_up(run)}
    part = "#progress" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"training/scorm_import_detail.html{part}", context)


def scorm_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Contents, findings, switches, and a way to look at each item."""
    package = _package(pk)
    return _package_page(request, package, SwitchForm(instance=package))


@require_POST
@page_refusals
def scorm_switch(request: HttpRequest, pk: int) -> HttpResponse:
    package = _package(pk)
    form = SwitchForm(request.POST, instance=_package(pk))
    if not form.is_valid():
        return _package_page(request, package, form, status=422)
    scorm_packages.set_switches(
        package=package, switches=form.cleaned_data, by=person(request), at=timezone.now()
    )
    return redirect("training:scorm_detail", pk=pk)


@require_POST
@page_refusals
def scorm_browse(request: HttpRequest, pk: int) -> HttpResponse:
    """Open an item as its author; nothing is kept."""
    package = _package(pk)
    item = _item(request, package.pk)
    origin = content_origin(request)
    if origin is None:
        return _package_page(request, package, SwitchForm(instance=package), status=409)
    launch, token = actions.browse_item(
        item=item,
        origins=(origin_of(request), origin),
        by=person(request),
        at=timezone.now(),
    )
    lines = [Line(one, None) for one in package.items.all()]
    here = reverse("training:scorm_browse", args=[pk])
    back = reverse("training:scorm_detail", args=[pk])
    return _play(request, launch, token, lines, here=here, back=back, title=package.title)


@require_POST
@page_refusals
def scorm_launch(request: HttpRequest, pk: int, lesson_id: int) -> HttpResponse:
    """Open an item of the lesson, where it was left; another window of it ends."""
    enrollment = visible_enrollment(request, pk)
    must(access.may_take(person(request), enrollment))
    lessons = Lesson.objects.select_related("module", "scorm_package")
    lesson = get_object_or_404(lessons, pk=lesson_id, module__revision=enrollment.revision_id)
    if lesson.scorm_package_id is None:
        raise actions.NoPackage
    item = _item(request, lesson.scorm_package_id)
    back = reverse("training:lesson_detail", args=[pk, lesson_id])
    origin = content_origin(request)
    if origin is None:
        return redirect(back)
    launch, token = actions.launch_item(
        enrollment=enrollment,
        lesson=lesson,
        item=item,
        origins=(origin_of(request), origin),
        by=person(request),
        at=timezone.now(),
    )
    lines = scorm_pages.lines_of(enrollment, lesson)
    here = reverse("training:scorm_launch", args=[pk, lesson_id])
    return _play(request, launch, token, lines, here=here, back=back, title=lesson.title)


# --- Below the views --------------------------------------------------------------------------


def _package(pk: int) -> ScormPackage:
    return get_object_or_404(ScormPackage.objects.select_related("imported_by"), pk=pk)


def _item(request: HttpRequest, package_id: int) -> ScormItem:
    """The item that the pressed button names."""
    chosen = request.POST.get("item", "")
    rows = ScormItem.objects.select_related("package").filter(package=package_id)
    number = int(chosen) if chosen.isascii() and chosen.isdigit() and len(chosen) < 19 else 0
    return get_object_or_404(rows, pk=number)


def _package_page(
    request: HttpRequest, package: ScormPackage, form: SwitchForm, *, status: int = 200
) -> HttpResponse:
    context = {
        "package": package,
        "items": package.items.all(),
        "lessons": package.lessons.select_related("module__revision__course"),
        "form": form,
        "has_origin": content_origin(request) is not None,
        "needed": NEEDED,
    }
    return render(request, "training/scorm_detail.html", context, status=status)


def _play(
    request: HttpRequest,
    launch: ScormLaunch,
    token: str,
    lines: list[Line],
    *,
    here: str,
    back: str,
    title: str,
) -> HttpResponse:
    """The page around the content's frame, which alone may be shown in it."""
    openable = [line for line in lines if line.item.is_launchable]
    place = next(n for n, line in enumerate(openable) if line.item.pk == launch.item_id)
    context = {
        "title": title,
        "launch": launch,
        "lines": lines,
        "previous": openable[place - 1] if place else None,
        "next": openable[place + 1] if place + 1 < len(openable) else None,
        "here": here,
        "back": back,
        "frame": f"{launch.content_origin}{reverse('training:scorm_frame', args=[token])}",
        "sandbox": SANDBOX,
    }
    response = render(request, "training/scorm_play.html", context)
    cast(Any, response)._csp_update = {"frame-src": [launch.content_origin]}
    response["Cache-Control"] = "no-store"
    return response
