"""Effects: reports on criteria, scorecards and courses; coaches and courses beside each other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from quality.models import Scorecard
from quality.refusals import Invalid
from training import access, effect_page, effect_rank
from training.actions import effects as actions
from training.forms.effects import EffectForm, TieForm, half_a_year
from training.forms.remediation import criterion_choices
from training.judgements import criterion_texts
from training.models import CourseTie, EffectReport
from training.views.common import (
    form_page,
    must,
    page_refusals,
    pdf_answer,
    person,
    refused_by,
)


def effect_list(request: HttpRequest) -> HttpResponse:
    rows = EffectReport.objects.visible_to(person(request)).select_related("created_by")
    return render(request, "training/effect_list.html", {"reports": rows[:200]})


@page_refusals
def effect_create(request: HttpRequest) -> HttpResponse:
    """Ask; the answer is computed in the background, once, and kept."""
    user, at = person(request), timezone.now()
    initial = half_a_year(timezone.localdate())
    form = EffectForm(request.POST or None, user=user, initial=initial)
    if request.method == "POST" and form.is_valid():
        try:
            report = actions.order_report(
                title=form.cleaned_data["title"], definition=form.definition, by=user, at=at
            )
            return redirect("training:effect_detail", pk=report.pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/effect_create.html", form, {})


def effect_detail(request: HttpRequest, pk: int) -> HttpResponse:
    report = get_object_or_404(EffectReport.objects.visible_to(person(request)), pk=pk)
    context: dict[str, object] = {"report": report, "facts": effect_page.facts(report)}
    if report.is_computed:
        context |= {"sections": effect_page.shown(report), "method": effect_page.METHOD}
    else:
        context["has_given_up"] = actions.has_given_up(report)
    part = "#result" if request.headers.get("HX-Request") == "true" else ""
    return render(request, f"training/effect_detail.html{part}", context)


def effect_pdf(request: HttpRequest, pk: int) -> HttpResponse:
    rows = EffectReport.objects.visible_to(person(request)).filter(data_cutoff_at__isnull=False)
    report = get_object_or_404(rows, pk=pk)
    at = report.data_cutoff_at or report.created_at
    return pdf_answer(request, lambda: effect_page.effect_pdf(report, at=at), f"effect-{pk}")


def effect_coaches(request: HttpRequest) -> HttpResponse:
    """What followed for each coach's agents, by the mean score of one scorecard."""
    cards = Scorecard.objects.all()
    given = request.GET.get("scorecard", "")
    chosen = cards.filter(pk=given).first() if given.isdigit() else cards.first()
    user, at = person(request), timezone.now()
    context = {
        "scorecards": cards,
        "chosen": chosen,
        "ranking": effect_rank.coach_ranking(user, at, chosen.pk) if chosen else None,
    }
    return render(request, "training/effect_coaches.html", context)


@page_refusals
def effect_courses(request: HttpRequest) -> HttpResponse:
    """Courses by what followed on the criteria that they are to change; authors tie criteria."""
    user, at = person(request), timezone.now()
    form = TieForm(request.POST or None)
    if request.method == "POST":
        must(access.may_manage_courses(user))
        if form.is_valid():
            known = {key for key, _text in criterion_choices()}
            try:
                actions.tie_criterion(known=known, by=user, at=at, **form.cleaned_data)
                return redirect("training:effect_courses")
            except Invalid as refusal:
                refused_by(form, refusal)
    ranking = effect_rank.course_ranking(user, at)
    learned = effect_rank.learned_in([row.pk for row in ranking.rows])
    ties = list(CourseTie.objects.select_related("course"))
    texts = criterion_texts(tie.criterion_key for tie in ties)
    context = {
        "ranking": ranking,
        "rows": [(row, learned.get(row.pk)) for row in ranking.rows],
        "ties": [(tie, texts.get(tie.criterion_key, tie.criterion_key)) for tie in ties],
        "may_manage": access.may_manage_courses(user),
    }
    return form_page(request, "training/effect_courses.html", form, context)


@require_POST
@page_refusals
def tie_remove(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    must(access.may_manage_courses(user))
    tie = get_object_or_404(CourseTie.objects.select_related("course"), pk=pk)
    actions.untie_criterion(tie=tie, by=user, at=timezone.now())
    return redirect("training:effect_courses")
