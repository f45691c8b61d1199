"""Who may do what, gone through and signed off every ninety days."""

from __future__ import annotations

from datetime import datetime

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.template.loader import render_to_string
from django.utils import timezone

from accounts import actions, reviewing
from accounts.views.common import signed_in
from lib import pdf
from lib.tabular import csv_lines


class SignForm(forms.Form):
    digest = forms.RegexField("^[0-9a-f]{64}$", widget=forms.HiddenInput)
    note = forms.CharField(
        required=False, max_length=500, help_text="What you ended, or why all may stay."
    )


def access_review(request: HttpRequest) -> HttpResponse:
    """Every open account with roles, rights, factors and tokens; ten queries for any number."""
    now = timezone.now()
    if request.method == "POST":
        return signed(request)
    only_stale = request.GET.get("stale") == "1"
    return page(request, SignForm(), reviewing.rows(now, only_stale=only_stale), only_stale)


def page(
    request: HttpRequest,
    form: SignForm,
    rows: list[reviewing.Row],
    only_stale: bool = False,
    *,
    refusal: str = "",
    status: int = 200,
) -> HttpResponse:
    now, latest = timezone.now(), reviewing.latest()
    context = {
        "rows": rows,
        "only_stale": only_stale,
        "form": form,
        "digest": "" if only_stale else reviewing.digest_of(rows),
        "latest": latest,
        "is_due": reviewing.is_due(latest, now),
        "refusal": refusal,
    }
    return render(request, "accounts/access_review.html", context, status=status)


def signed(request: HttpRequest) -> HttpResponse:
    """Sign the list off; where it changed meanwhile, the new one is shown instead."""
    form, now = SignForm(request.POST), timezone.now()
    if not form.is_valid():
        return page(request, form, reviewing.rows(now), status=422)
    try:
        actions.sign_access_review(**form.cleaned_data, by=signed_in(request), at=now)
    except actions.ListChanged as refusal:
        return page(request, form, reviewing.rows(now), refusal=str(refusal), status=409)
    return redirect("accounts:access_review")


def access_review_csv(request: HttpRequest) -> HttpResponse:
    lines = csv_lines(reviewing.csv_rows(reviewing.rows(timezone.now())))
    response = HttpResponse(b"".join(lines), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="access-review.csv"'
    return response


def access_review_pdf(request: HttpRequest) -> HttpResponse:
    """The same list as a document, with a block for the signature."""
    now = timezone.now()
    response = HttpResponse(document(now), content_type="application/pdf")
    response["Content-Disposition"] = 'inline; filename="access-review.pdf"'
    return response


def document(now: datetime) -> bytes:
    rows, latest = reviewing.rows(now), reviewing.latest()
    signature = f"{latest.at:%Y-%m-%d} by {latest.reviewer}" if latest else "never"
    context = {
        "title": "Access review",
        "subject": f"{len(rows)} open accounts",
        "facts": [
            ("Last signed off", signature),
            ("SHA-256 of the list", reviewing.digest_of(rows)),
        ],
        "columns": reviewing.COLUMNS,
        "rows": [row.cells() for row in rows],
        "as_of": now,
        "generated_at": now,
    }
    return pdf.render(render_to_string("pdf/access_review.html", context), generated_at=now)
