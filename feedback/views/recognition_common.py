"""What the pages of recognition share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from uuid import uuid4

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

from accounts.models import User
from lib.tabular import csv_lines, write_xlsx
from lib.tabular.cells import CellValue

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def new_key() -> str:
    """A key for a form, so that a doubled one is one."""
    return uuid4().hex


def table_file(
    request: HttpRequest, rows: Iterator[list[CellValue]], name: str
) -> HttpResponseBase:
    """Rows with their header as CSV, or as a workbook for `?as=xlsx`."""
    if request.GET.get("as") != "xlsx":
        return StreamingHttpResponse(
            csv_lines(rows),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}.csv"'},
        )
    stream = io.BytesIO()
    write_xlsx(stream, [str(title) for title in next(rows)], rows, sheet=name.capitalize())
    return HttpResponse(
        stream.getvalue(),
        content_type=XLSX,
        headers={"Content-Disposition": f'attachment; filename="{name}.xlsx"'},
    )


def pdf_response(content: bytes, name: str) -> HttpResponse:
    return HttpResponse(
        content,
        content_type="application/pdf",
        headers={"Content-Disposition": f'inline; filename="{name}.pdf"'},
    )
