"""Answer sets: the list, one to edit while it is open, and a copy of one that is locked."""

from __future__ import annotations

from django.db.models import Count
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from lib import keyset
from lib.http import number_in
from quality.actions import answer_sets as actions
from quality.builder_forms import AnswerSetForm
from quality.models import AnswerSet
from quality.refusals import Invalid
from quality.views.common import page_refusals, person


def answer_set_list(request: HttpRequest) -> HttpResponse:
    """Every set by name, with how many criteria have taken it."""
    rows = AnswerSet.objects.annotate(criterion_count=Count("criteria"))
    page = keyset.page_of(request, rows, order="name", limit=50)
    previous_url, next_url = keyset.page_links(request, page)
    context = {"answer_sets": page.rows, "previous_url": previous_url, "next_url": next_url}
    return render(request, "quality/answer_set_list.html", context)


@page_refusals
def answer_set_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Name and options; a set that a published version has is read and copied alone."""
    answer_set = get_object_or_404(AnswerSet, pk=pk)
    form = AnswerSetForm(request.POST or None, answer_set=answer_set)
    if request.method == "POST" and form.is_valid():
        seen = request.POST.get("row_version", "")
        try:
            actions.change_answer_set(
                answer_set=answer_set,
                name=form.cleaned_data["name"],
                options=form.cleaned_data["options"],
                seen=number_in(seen),
                by=person(request),
                at=timezone.now(),
            )
            return redirect("quality:answer_set_list")
        except Invalid as refusal:
            form.add_error(refusal.field, str(refusal))
    context = {
        "answer_set": answer_set,
        "form": form,
        "criteria": answer_set.criteria.select_related("version__scorecard")[:50],
    }
    status = 422 if form.errors else 200
    return render(request, "quality/answer_set_detail.html", context, status=status)


@require_POST
@page_refusals
def answer_set_copy(request: HttpRequest, pk: int) -> HttpResponse:
    """Copy and edit: the copy opens under its own name."""
    copied = actions.copy_answer_set(
        answer_set=get_object_or_404(AnswerSet, pk=pk),
        name=request.POST.get("name", ""),
        by=person(request),
        at=timezone.now(),
    )
    return redirect("quality:answer_set_detail", pk=copied.pk)
