"""What every page of figures shares: the person, the filters, and what surrounds a figure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import content_disposition_header

from accounts.models import User
from crm import saved_pages
from lib.keyset import CURSOR_PARAMETER
from lib.speaking import spoken
from lib.tabular import CellValue, csv_lines
from reports import rollups
from reports.forms import FilterForm, WrongAddress
from reports.rollups.marking import site_day

View = Callable[..., HttpResponseBase]
STALE_MINUTES = 15
# Asks for a page without its default view.
WHOLE = "all"


def person(request: HttpRequest) -> User:
    """Who is signed in; the gate has let nobody else through."""
    assert isinstance(request.user, User)
    return request.user


def wrong_addresses(view: View) -> View:
    """Answer an address that no page made with 400 and a sentence."""

    @wraps(view)
    def answering(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **kwargs)
        except WrongAddress as error:
            told = {"sentence": spoken(str(error))}
            return render(request, "reports/wrong_address.html", told, status=400)

    return answering


def asked(
    request: HttpRequest, *, ignored: Iterable[str] = (), without: Sequence[str] = ()
) -> FilterForm:
    """The filters of the address; raises WrongAddress for what no page made."""
    return FilterForm(
        request.GET,
        user=person(request),
        today=site_day(timezone.now()),
        ignored={CURSOR_PARAMETER, WHOLE, *ignored},
        without=without,
    )


def opened_view(request: HttpRequest, page: str, outdated: Iterable[str]) -> HttpResponse | None:
    """Where a page goes before it is drawn: to the default view, or past what is gone from one."""
    return saved_pages.opening(request, page) or saved_pages.without_outdated(
        request, page, outdated
    )


def surroundings(form: FilterForm) -> dict[str, Any]:
    """What stands around the figures of a page: filters in words, and how fresh facts are."""
    now = timezone.now()
    cutoff, stale_days = rollups.cutoff(now)
    return {
        "form": form,
        "query": form.query,
        "words": form.in_words(),
        "cutoff": cutoff,
        "stale_days": stale_days if (now - cutoff).total_seconds() > 60 * STALE_MINUTES else 0,
        "is_unfinished": form.is_unfinished,
    }


def told_at(cutoff: datetime) -> str:
    return f"Figures up to {cutoff.isoformat(timespec='seconds')}"


def as_csv(name: str, lines: Iterable[Iterable[CellValue]]) -> StreamingHttpResponse:
    """A table as a streamed file."""
    disposition = content_disposition_header(
        as_attachment=True, filename=f"{name}-{timezone.localdate():%Y-%m-%d}.csv"
    )
    return StreamingHttpResponse(
        csv_lines(lines),
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition or "attachment"},
    )
