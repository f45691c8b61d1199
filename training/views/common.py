"""What the pages of training share: the person, answers to refusals, files and dates of forms."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from django.forms import BaseForm
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.models import User
from lib import pdf
from lib.answers import must, page_refusals
from lib.tabular.cells import CellValue
from lib.tabular.writing import csv_lines
from quality.refusals import Invalid

__all__ = [
    "csv_answer",
    "form_page",
    "must",
    "page_refusals",
    "pdf_answer",
    "person",
    "refused_by",
]


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def refused_by(form: BaseForm, refusal: Invalid) -> None:
    """Put the sentence beside the field that it names, or above the form."""
    form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))


def form_page(
    request: HttpRequest, template: str, form: BaseForm, context: dict[str, Any]
) -> HttpResponse:
    """The page with its form; 422 if the form has errors."""
    status = 422 if form.is_bound and form.errors else 200
    return render(request, template, {"form": form, **context}, status=status)


def csv_answer(name: str, rows: Iterable[Iterable[CellValue]]) -> StreamingHttpResponse:
    """Rows as a CSV file that no spreadsheet takes for formulas."""
    file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    return StreamingHttpResponse(
        csv_lines(rows),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition or "attachment"},
    )


def pdf_answer(request: HttpRequest, make: Callable[[], bytes], name: str) -> HttpResponse:
    """The PDF that `make` renders, to be saved under `name`; a page that says why it failed."""
    try:
        document = make()
    except pdf.PdfFailed as failure:
        return render(request, "refused.html", {"sentence": str(failure)}, status=503)
    disposition = content_disposition_header(as_attachment=True, filename=f"{name}.pdf")
    headers = {"Content-Disposition": disposition or "attachment"}
    return HttpResponse(document, content_type="application/pdf", headers=headers)


def query_without(request: HttpRequest, name: str) -> str:
    """The query of a page but one of its parameters, to put a parameter behind."""
    query = request.GET.copy()
    query.pop(name, None)
    return f"{query.urlencode()}&" if query else ""
