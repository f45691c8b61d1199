"""Calibration: plan a session, rate blind, compare with the gold answers."""

from __future__ import annotations

from typing import Any

from django.db.models import Count, Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.views.decorators.http import require_POST

from accounts.permissions import has
from crm.models import Leg
from quality.actions import calibration as actions
from quality.calibrating import study_of
from quality.calibration_forms import PlanForm
from quality.gold_forms import given_gold
from quality.models import CalibrationSession
from quality.models.evaluations import DISCLOSED_STATES
from quality.offers import scorecards_for
from quality.refusals import Invalid
from quality.views.common import must, page_refusals, person


def calibration_list(request: HttpRequest) -> HttpResponse:
    """Sessions one takes part in, those still open first."""
    user = person(request)
    rows = (
        CalibrationSession.objects.visible_to(user)
        .select_related("version__scorecard", "leg__interaction", "planned_by")
        .annotate(
            seat_count=Count("seats", distinct=True),
            submitted_count=Count(
                "seats", filter=Q(seats__submitted_at__isnull=False), distinct=True
            ),
            mine=Count(
                "seats",
                filter=Q(seats__rater=user, seats__submitted_at__isnull=True),
                distinct=True,
            ),
        )
    )
    context = {
        "open_sessions": [row for row in rows if row.state in ("planned", "open")],
        "may_plan": has(user, "quality.plan_calibration"),
        "past_sessions": [row for row in rows if row.state not in ("planned", "open")][:50],
    }
    return render(request, "quality/calibration_list.html", context)


def calibration_plan(request: HttpRequest, leg_id: int) -> HttpResponse:
    """Plan a session on one leg."""
    user = person(request)
    rows = Leg.objects.visible_to(user).select_related("interaction", "agent", "team")
    leg = get_object_or_404(rows, pk=leg_id, agent__isnull=False)
    form = PlanForm(request.POST or None, leg=leg, scorecards=scorecards_for(user))
    if request.method == "POST" and form.is_valid():
        try:
            session = actions.plan_calibration(
                leg=leg, by=user, at=timezone.now(), **form.cleaned_data
            )
            return redirect("quality:calibration_detail", pk=session.pk)
        except Invalid as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, str(refusal))
    status = 422 if form.errors else 200
    return render(
        request, "quality/calibration_plan.html", {"form": form, "leg": leg}, status=status
    )


def calibration_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Where a session stands: how many have submitted, without names while it is open."""
    user = person(request)
    session = visible_session(request, pk)
    seats = list(session.seats.select_related("rater"))
    submitted = sum(seat.submitted_at is not None for seat in seats)
    context = {
        "session": session,
        "progress_text": f"{submitted} of {len(seats)}",
        "seat": next((seat for seat in seats if seat.rater_id == user.pk), None),
        "seat_count": len(seats),
        "submitted_count": submitted,
        "leads": _leads(user, session),
        "is_disclosed": session.state in DISCLOSED_STATES,
        "at": timezone.now(),
    }
    return render(request, "quality/calibration_detail.html", context)


@require_POST
@page_refusals
def calibration_take(request: HttpRequest, pk: int) -> HttpResponse:
    session = visible_session(request, pk)
    evaluation = actions.take_seat(session=session, by=person(request), at=timezone.now())
    return redirect("quality:evaluation_score", pk=evaluation.pk)


def calibration_results(request: HttpRequest, pk: int) -> HttpResponse:
    """Raters around the gold answers; there is nothing here before the session closes."""
    session = visible_session(request, pk)
    if session.state not in DISCLOSED_STATES:
        raise Http404
    context = {
        "session": session,
        "study": study_of(session),
        "leads": _leads(person(request), session),
        "may_refer": session.state == "finished"
        and has(person(request), "quality.manage_scorecards"),
    }
    return render(request, "quality/calibration_results.html", context)


@require_POST
@page_refusals
def calibration_gold(request: HttpRequest, pk: int) -> HttpResponse:
    """Record what the group agreed on."""
    session = _led_session(request, pk)
    answers, notes = given_gold(request.POST, session.version)
    actions.set_gold(
        session=session, answers=answers, notes=notes, by=person(request), at=timezone.now()
    )
    return redirect("quality:calibration_results", pk=pk)


@require_POST
@page_refusals
def calibration_extend(request: HttpRequest, pk: int) -> HttpResponse:
    session = _led_session(request, pk)
    try:
        deadline = parse_datetime(request.POST.get("deadline_at", ""))
    except ValueError:
        deadline = None
    if deadline is None:
        raise Invalid("deadline_at", "Give a date and a time.")
    if timezone.is_naive(deadline):
        deadline = timezone.make_aware(deadline)
    actions.extend_deadline(
        session=session, deadline_at=deadline, by=person(request), at=timezone.now()
    )
    return redirect("quality:calibration_detail", pk=pk)


@require_POST
@page_refusals
def calibration_close(request: HttpRequest, pk: int) -> HttpResponse:
    actions.close_calibration(
        session=_led_session(request, pk), by=person(request), at=timezone.now()
    )
    return redirect("quality:calibration_results", pk=pk)


@require_POST
@page_refusals
def calibration_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    actions.cancel_calibration(
        session=_led_session(request, pk), by=person(request), at=timezone.now()
    )
    return redirect("quality:calibration_list")


@require_POST
@page_refusals
def calibration_finish(request: HttpRequest, pk: int) -> HttpResponse:
    actions.finish_calibration(
        session=_led_session(request, pk), by=person(request), at=timezone.now()
    )
    return redirect("quality:calibration_results", pk=pk)


# --- Below the views --------------------------------------------------------------------------


def visible_session(request: HttpRequest, pk: int) -> CalibrationSession:
    rows = CalibrationSession.objects.visible_to(person(request)).select_related(
        "version__scorecard", "leg__interaction__queue", "leg__queue", "planned_by", "expert"
    )
    return get_object_or_404(rows, pk=pk)


def _leads(user: Any, session: CalibrationSession) -> bool:
    return session.planned_by_id == user.pk or "admin" in user.roles


def _led_session(request: HttpRequest, pk: int) -> CalibrationSession:
    session = visible_session(request, pk)
    must(_leads(person(request), session))
    return session
