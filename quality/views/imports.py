"""Forms from elsewhere: upload, loss report, draft, parity; and the way out."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.text import slugify
from django.views.decorators.http import require_POST

from quality.actions import passport as actions
from quality.forms import FormUpload, ImportForm, ResultsUpload
from quality.models import FormImport, Scorecard
from quality.passport.formats import FORMATS, as_file, write_form
from quality.passport.loss import Exported
from quality.refusals import Invalid, Refused
from quality.scoring import InvalidRequest
from quality.views.common import page_refusals, person
from quality.views.scorecards import visible_version

SHOWN_IMPORTS = 50
NEW, DETAIL = "quality/import_new.html", "quality/import_detail.html"


def import_list(request: HttpRequest) -> HttpResponse:
    """The latest forms that were taken in."""
    rows = FormImport.objects.select_related("version__scorecard", "ordered_by")
    return render(request, "quality/import_list.html", {"imports": rows[:SHOWN_IMPORTS]})


def import_new(request: HttpRequest) -> HttpResponse:
    """Upload a form and see what it would lose; nothing is stored yet."""
    form = FormUpload(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return render(request, NEW, {"form": form})
    if not form.is_valid():
        return render(request, NEW, {"form": form}, status=422)
    file = form.cleaned_data["file"]
    body = file.read()
    try:
        found = actions.read_upload(body)
    except InvalidRequest as invalid:
        return render(request, NEW, {"form": form, "problems": invalid.problems}, status=422)
    name = _free_name(str(found[1].document["name"]))
    content = body.decode("utf-8-sig")
    review = ImportForm(initial={"name": name, "file_name": file.name, "content": content})
    return render(request, NEW, _reviewed(found, review))


@require_POST
def import_create(request: HttpRequest) -> HttpResponse:
    """Make the draft from the form that was reviewed; it is read and checked again."""
    review = ImportForm(request.POST)
    if review.is_valid():
        try:
            taken = actions.import_form(
                name=review.cleaned_data["name"],
                file_name=review.cleaned_data["file_name"],
                body=review.cleaned_data["content"].encode(),
                by=person(request),
                at=timezone.now(),
            )
            return redirect("quality:import_detail", pk=taken.pk)
        except InvalidRequest as invalid:
            context = {"form": FormUpload(), "problems": invalid.problems}
            return render(request, NEW, context, status=422)
        except Invalid as refusal:
            review.add_error("name" if refusal.field == "name" else None, str(refusal))
    return _asked_again(request, review)


def import_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One form that was taken in: its losses, its draft, how well its results agree."""
    return render(request, DETAIL, _detail(_import(pk), ResultsUpload()))


@require_POST
@page_refusals
def import_parity(request: HttpRequest, pk: int) -> HttpResponse:
    """Re-score results of the old system with the imported version."""
    taken = _import(pk)
    form = ResultsUpload(request.POST, request.FILES)
    if form.is_valid():
        body = form.cleaned_data["file"].read()
        try:
            actions.check_parity(
                form_import=taken, body=body, by=person(request), at=timezone.now()
            )
            return redirect("quality:import_detail", pk=pk)
        except InvalidRequest as invalid:
            form.add_error("file", str(invalid))
    return render(request, DETAIL, _detail(taken, form), status=422)


@page_refusals
def version_export(request: HttpRequest, pk: int, number: int, form: str) -> HttpResponse:
    """What a version would lose in another house's form, before it is downloaded."""
    version = visible_version(request, pk, number)
    found = _written(form, version.as_document())
    context = {
        "scorecard": version.scorecard,
        "version": version,
        "form_name": form,
        "label": FORMATS[form].label,
        "losses": found.losses,
    }
    return render(request, "quality/version_export.html", context)


@page_refusals
def version_export_file(request: HttpRequest, pk: int, number: int, form: str) -> HttpResponse:
    """The form itself, as a file."""
    version = visible_version(request, pk, number)
    found = _written(form, version.as_document())
    response = HttpResponse(as_file(found.form), content_type="application/json")
    name = f"{slugify(version.scorecard.name) or 'scorecard'}-{number}-{form}.json"
    response["Content-Disposition"] = content_disposition_header(True, name)
    return response


# --- Below the views --------------------------------------------------------------------------


class NotExportable(Refused):
    status = 422

    def __init__(self, invalid: InvalidRequest) -> None:
        super().__init__(f"This draft is not complete enough to go anywhere. {invalid}")


def _written(form: str, document: dict[str, Any]) -> Exported:
    if form not in FORMATS:
        raise Http404
    try:
        return write_form(form, document)
    except InvalidRequest as invalid:
        raise NotExportable(invalid) from None


def _import(pk: int) -> FormImport:
    rows = FormImport.objects.select_related("version__scorecard", "ordered_by")
    return get_object_or_404(rows, pk=pk)


def _detail(taken: FormImport, form: ResultsUpload) -> dict[str, Any]:
    label = FORMATS[taken.format].label if taken.format in FORMATS else taken.format
    return {"taken": taken, "label": label, "form": form}


def _reviewed(found: tuple[str, Any], review: ImportForm) -> dict[str, Any]:
    format_name, imported = found
    sections = imported.document["sections"]
    below = [section for top in sections for section in (top, *(top.get("sections") or []))]
    return {
        "review": review,
        "label": FORMATS[format_name].label,
        "losses": imported.losses,
        "section_count": len(below),
        "criterion_count": sum(len(section.get("criteria") or []) for section in below),
    }


def _asked_again(request: HttpRequest, review: ImportForm) -> HttpResponse:
    """The review once more, with what was typed and why it was refused."""
    try:
        found = actions.read_upload(str(review.data.get("content", "")).encode())
    except InvalidRequest as invalid:
        context = {"form": FormUpload(), "problems": invalid.problems}
        return render(request, NEW, context, status=422)
    return render(request, NEW, _reviewed(found, review), status=422)


def _free_name(name: str) -> str:
    """The form's own name, or one that says that it was taken in."""
    wanted, number = name, 1
    while Scorecard.objects.filter(name__iexact=wanted, archived_at__isnull=True).exists():
        number += 1
        wanted = f"{name[:180]} (imported{'' if number == 2 else f' {number - 1}'})"
    return wanted
