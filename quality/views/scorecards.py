"""Scorecards: the list, what each is for, its versions to read."""

from __future__ import annotations

from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from quality import access
from quality.actions import scorecards as actions
from quality.actions.scorecards import NameTaken
from quality.forms import BindingForm, ScorecardForm
from quality.models import Scorecard, ScorecardVersion
from quality.version_sheet import version_before
from quality.views.common import must, page_refusals, person
from quality.wording import reading_order, shown_to, switches_in_words


def scorecard_list(request: HttpRequest) -> HttpResponse:
    """Every scorecard one may see; managers also add one here."""
    user = person(request)
    rows = Scorecard.objects.visible_to(user).select_related("current_version")
    rows = rows.annotate(
        evaluation_count=Count("evaluations", filter=~Q(evaluations__state="void"), distinct=True),
        draft_number=Count("versions", filter=Q(versions__state="draft"), distinct=True),
    )
    context = {
        "scorecards": rows.filter(archived_at__isnull=True).order_by("name"),
        "may_manage": access.may_manage_scorecards(user),
        "form": ScorecardForm(),
    }
    return render(request, "quality/scorecard_list.html", context)


@require_POST
def scorecard_create(request: HttpRequest) -> HttpResponse:
    """Make a scorecard and go to its builder."""
    form = ScorecardForm(request.POST)
    if form.is_valid():
        try:
            scorecard = actions.create_scorecard(
                name=form.cleaned_data["name"],
                channels=form.cleaned_data["channels"],
                direction=form.cleaned_data["direction"],
                by=person(request),
                at=timezone.now(),
            )
            return redirect("quality:version_edit", pk=scorecard.pk, number=1)
        except NameTaken as refusal:
            form.add_error("name", str(refusal))
    return render(request, "quality/scorecard_create.html", {"form": form}, status=422)


def scorecard_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """What a scorecard is for, and all of its versions."""
    user = person(request)
    scorecard = get_object_or_404(Scorecard.objects.visible_to(user), pk=pk)
    may_manage = access.may_manage_scorecards(user, scorecard)
    versions = scorecard.versions.annotate(evaluation_count=Count("evaluations"))
    if not may_manage:
        versions = versions.exclude(state="draft")
    context = {
        "scorecard": scorecard,
        "versions": versions.select_related("published_by"),
        "may_manage": may_manage,
        "form": _binding_form(scorecard),
        "queues": list(scorecard.queues.all()),
        "teams": list(scorecard.teams.all()),
    }
    return render(request, "quality/scorecard_detail.html", context)


@require_POST
@page_refusals
def scorecard_bind(request: HttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(person(request)), pk=pk)
    form = BindingForm(request.POST)
    if not form.is_valid():
        context = {"scorecard": scorecard, "form": form, "may_manage": True, "versions": []}
        return render(request, "quality/scorecard_detail.html", context, status=422)
    actions.bind_scorecard(
        scorecard=scorecard, by=person(request), at=timezone.now(), **form.cleaned_data
    )
    return redirect("quality:scorecard_detail", pk=pk)


@require_POST
@page_refusals
def scorecard_archive(request: HttpRequest, pk: int) -> HttpResponse:
    scorecard = get_object_or_404(Scorecard.objects.visible_to(person(request)), pk=pk)
    actions.archive_scorecard(scorecard=scorecard, by=person(request), at=timezone.now())
    return redirect("quality:scorecard_list")


@require_POST
@page_refusals
def version_draft(request: HttpRequest, pk: int) -> HttpResponse:
    """Open the next draft from the version in force."""
    scorecard = get_object_or_404(Scorecard.objects.visible_to(person(request)), pk=pk)
    draft = actions.draft_from(scorecard=scorecard, by=person(request), at=timezone.now())
    return redirect("quality:version_edit", pk=pk, number=draft.number)


def version_detail(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    """One version to read: switches in words, every criterion with its options."""
    version = visible_version(request, pk, number)
    user = person(request)
    may_manage = access.may_manage_scorecards(user, version.scorecard)
    context = {
        "scorecard": version.scorecard,
        "version": version,
        "switches": switches_in_words(version),
        "sections": reading_order(shown_to(user, version)),
        "may_manage": may_manage,
        "before": version_before(version),
    }
    return render(request, "quality/version_detail.html", context)


@require_POST
@page_refusals
def version_retire(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    version = visible_version(request, pk, number)
    actions.retire_version(version=version, by=person(request), at=timezone.now())
    return redirect("quality:scorecard_detail", pk=pk)


@require_POST
@page_refusals
def version_delete(request: HttpRequest, pk: int, number: int) -> HttpResponse:
    version = visible_version(request, pk, number)
    actions.delete_draft(version=version, by=person(request), at=timezone.now())
    if Scorecard.objects.filter(pk=pk).exists():
        return redirect("quality:scorecard_detail", pk=pk)
    return redirect("quality:scorecard_list")


# --- Below the views --------------------------------------------------------------------------


def visible_version(request: HttpRequest, pk: int, number: int) -> ScorecardVersion:
    """A version of a visible scorecard; drafts are seen by managers alone."""
    user = person(request)
    scorecard = get_object_or_404(Scorecard.objects.visible_to(user), pk=pk)
    rows = scorecard.versions.select_related("scorecard", "published_by")
    version = get_object_or_404(rows, number=number)
    must(not version.is_draft or access.may_manage_scorecards(user, scorecard))
    return version


def _binding_form(scorecard: Scorecard) -> BindingForm:
    return BindingForm(
        initial={
            "channels": scorecard.channels,
            "direction": scorecard.direction,
            "queues": scorecard.queues.all(),
            "teams": scorecard.teams.all(),
            "needs_qualification": scorecard.needs_qualification,
        }
    )
