"""The executive page, and the one comment of its month."""

from __future__ import annotations

from datetime import date
from urllib.parse import urlencode

from django import forms
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from lib.answers import must
from quality.models import Evaluation
from reports import access, periods
from reports.actions import comments
from reports.executive import Executive, first_of_last_month
from reports.forms import WrongAddress
from reports.months import month_period
from reports.numbers_form import NumbersForm
from reports.rollups.marking import site_day
from reports.views.common import person, wrong_addresses

MONTHS_BACK = 13


class CommentForm(forms.Form):
    text = forms.CharField(
        label="Comment of the month",
        max_length=600,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="At most 600 characters. It is signed with your name.",
    )


@wrong_addresses
def executive(request: HttpRequest) -> HttpResponse:
    """One sheet about a month; writing its comment is for those who see every team."""
    month = asked_month(request)
    user = person(request)
    choice = NumbersForm.of(request.GET)
    evaluations = Evaluation.objects.visible_to(user)
    page = Executive(month, access.queues_of(user), evaluations, choice.numbers)
    kept = page.comment()
    form = CommentForm(request.POST or None, initial={"text": kept.text if kept else ""})
    if request.method == "POST":
        must(access.may_comment_month(user))
        if form.is_valid():
            comments.comment_month(
                month=month, text=form.cleaned_data["text"], by=user, at=timezone.now()
            )
            return redirect(f"{reverse('reports:executive')}?{address_of(month, request.GET)}")
    context = {
        "month": month,
        "months": periods.months_back(site_day(timezone.now()), MONTHS_BACK)[::-1],
        "tiles": page.tiles(),
        "changes": page.changes(),
        "flags": page.flags(),
        "comment": kept,
        "form": form if access.may_comment_month(user) else None,
        "choice": choice,
        "query": address_of(month, request.GET),
    }
    status = 422 if form.is_bound or not choice.is_valid() else 200
    return render(request, "reports/executive.html", context, status=status)


def address_of(month: date, query: QueryDict) -> str:
    chosen = [("number", key) for key in query.getlist("number")]
    return urlencode([("month", f"{month:%Y-%m}"), *chosen])


def asked_month(request: HttpRequest) -> date:
    """The month of the address, last month without one; raises WrongAddress."""
    if set(request.GET) - {"month", "number"}:
        raise WrongAddress("This page knows two filters, month and number.")
    text = request.GET.get("month", "")
    if not text:
        return first_of_last_month(site_day(timezone.now()))
    return month_period(text).start
