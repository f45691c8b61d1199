"""Effects: reports on criteria, scorecards and courses; coaches and courses beside each other."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from accounts.models import User
from lib.http import number_in
from quality.models import Scorecard
from quality.refusals import Invalid
from training import access, effect_page, effect_rank
from training.actions import effects as actions
from training.forms.effects import EffectForm, TieForm, half_a_year
from training.forms.remediation import criterion_choices
from training.judgements import criterion_texts
from training.models import CourseTie, EffectRanking, EffectReport
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
    chosen = cards.filter(pk=number_in(given)).first() if given else cards.first()
    context: dict[str, object] = {"scorecards": cards, "chosen": chosen}
    if chosen is not None:
        context |= _ranked(person(request), chosen)
    return render(request, "training/effect_coaches.html", context)


@require_POST
def ranking_order(request: HttpRequest) -> HttpResponse:
    """Have coaches by a scorecard, or courses without one, put beside each other."""
    given, at = request.POST.get("scorecard", ""), timezone.now()
    if not given:
        actions.order_ranking(scorecard=None, by=person(request), at=at)
        return redirect("training:effect_courses")
    scorecard = get_object_or_404(Scorecard, pk=number_in(given))
    actions.order_ranking(scorecard=scorecard, by=person(request), at=at)
    return redirect(f"{reverse('training:effect_coaches')}?scorecard={scorecard.pk}")


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
    ties = list(CourseTie.objects.select_related("course"))
    texts = criterion_texts(tie.criterion_key for tie in ties)
    context = {
        "ties": [(tie, texts.get(tie.criterion_key, tie.criterion_key)) for tie in ties],
        "may_manage": access.may_manage_courses(user),
        **_ranked(user, None),
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


def _ranked(user: User, scorecard: Scorecard | None) -> dict[str, object]:
    """What is kept for the reader, and whether more is to come. Three queries at most."""
    kept = EffectRanking.objects.filter(reader=user, scorecard=scorecard).first()
    if kept is None:
        return {"kept": None, "ranking": None, "is_due": False}
    return {
        "kept": kept,
        "ranking": effect_rank.shown(kept) if kept.computed_at else None,
        "is_due": actions.is_ranking_due(kept),
    }
