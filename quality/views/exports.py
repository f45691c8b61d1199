"""What the list of evaluations shows, as files."""

from __future__ import annotations

from collections.abc import Iterable

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from lib.tabular.cells import CellValue
from lib.tabular.writing import csv_lines
from quality import exports
from quality.forms import EvaluationFilters
from quality.models import Evaluation
from quality.models.evaluations import EvaluationQuerySet
from quality.views.common import person
from quality.views.evaluations import narrowed


def evaluation_export(request: HttpRequest) -> HttpResponseBase:
    """The evaluations of the list with its filters, as CSV; three queries beside the frame."""
    found = _asked(request)
    if isinstance(found, HttpResponse):
        return found
    return _csv("evaluations", exports.evaluation_lines(found, person(request)))


def answer_export(request: HttpRequest) -> HttpResponseBase:
    """The answers of the evaluations of the list, as CSV."""
    found = _asked(request)
    if isinstance(found, HttpResponse):
        return found
    return _csv("answers", exports.answer_lines(found))


def _asked(request: HttpRequest) -> EvaluationQuerySet | HttpResponse:
    """The rows that the filters leave, or the list with what is wrong about a filter."""
    user = person(request)
    filters = EvaluationFilters(request.GET or None, user=user)
    rows = Evaluation.objects.visible_to(user)
    if not filters.is_bound:
        return rows
    if not filters.is_valid():
        context = {"filters": filters, "evaluations": []}
        return render(request, "quality/evaluation_list.html", context, status=400)
    narrow: EvaluationQuerySet = narrowed(rows, filters.cleaned_data)
    return narrow


def _csv(name: str, lines: Iterable[Iterable[CellValue]]) -> StreamingHttpResponse:
    file_name = f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    disposition = content_disposition_header(as_attachment=True, filename=file_name)
    return StreamingHttpResponse(
        csv_lines(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition or "attachment"},
    )
