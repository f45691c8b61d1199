"""Critical-error accuracy: the page, and its targets."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from quality import access
from quality.accuracy_study import DISCLAIMER, accuracy_of
from quality.actions import accuracy as actions
from quality.models import Evaluation
from quality.refusals import Invalid
from quality.slice_form import SliceForm
from quality.views.common import page_refusals, person

NOT_ASKED_HERE = ("grain",)


class TargetForm(forms.Form):
    """A target, and the version of it that the person looked at."""

    target_percent = forms.DecimalField(label="Target %", max_digits=7, decimal_places=4)
    seen = forms.IntegerField(min_value=0, widget=forms.HiddenInput)


def accuracy(request: HttpRequest) -> HttpResponse:
    """Families against their targets, by the filters of the address; at most 14 queries."""
    user = person(request)
    form = SliceForm(request.GET, user=user, without=NOT_ASKED_HERE)
    context: dict[str, Any] = {
        "form": form,
        "disclaimer": DISCLAIMER,
        "may_set": access.may_set_accuracy_target(user),
    }
    if not form.is_valid():
        return render(request, "quality/accuracy.html", context, status=400)
    piece = form.slice()
    teams = access.teams_whose_quality_shows(user)
    rows = Evaluation.objects.visible_to(user).filter(team__in=teams)
    context |= {"piece": piece, "study": accuracy_of(rows, piece)}
    return render(request, "quality/accuracy.html", context)


@require_POST
@page_refusals
def accuracy_target(request: HttpRequest, family: str) -> HttpResponse:
    form = TargetForm(request.POST)
    if not form.is_valid():
        raise Invalid("target_percent", "A target is a percentage from 0 to 100.")
    actions.set_accuracy_target(
        family=family,
        target_percent=form.cleaned_data["target_percent"],
        seen=form.cleaned_data["seen"],
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:accuracy")
