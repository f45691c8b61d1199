"""Live sessions: what is coming, one session with its people, seats, attendance."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from quality.refusals import Invalid
from training import access, live_page
from training.actions import live as actions
from training.forms.live import LiveForm
from training.models import LiveSession, Seat
from training.views.common import form_page, must, page_refusals, person, refused_by


def live_list(request: HttpRequest) -> HttpResponse:
    """What is coming; trainers also see the last ones."""
    user, at = person(request), timezone.now()
    may_manage = access.may_manage_courses(user)
    past = LiveSession.objects.filter(ends_at__lte=at).select_related("trainer")
    context = {
        "offers": live_page.coming_for(user, at),
        "past": past[:20] if may_manage else [],
        "may_manage": may_manage,
    }
    return render(request, "training/live_list.html", context)


@page_refusals
def live_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Plan a session, or change one that has not begun."""
    user, at = person(request), timezone.now()
    must(access.may_manage_courses(user))
    stored = None if pk is None else get_object_or_404(LiveSession, pk=pk)
    form = LiveForm(request.POST or None, instance=stored)
    if request.method == "POST" and form.is_valid():
        try:
            if pk is None:
                made = actions.plan_live_session(trainer=user, by=user, at=at, **form.cleaned_data)
            else:
                made = actions.change_live_session(
                    session=LiveSession.objects.get(pk=pk), by=user, at=at, **form.cleaned_data
                )
            return redirect("training:live_detail", pk=made.pk)
        except Invalid as refusal:
            refused_by(form, refusal)
    return form_page(request, "training/live_edit.html", form, {"session": stored})


def live_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """One session; the people in it are shown to who sees their learning, and to themselves."""
    user, at = person(request), timezone.now()
    rows = LiveSession.objects.filter(pk=pk).select_related("lesson__module__revision__course")
    offer = next(iter(live_page.offers(rows, user)), None)
    session = get_object_or_404(rows, pk=pk) if offer is None else offer.session
    seats = Seat.objects.visible_to(user).filter(session=session).exclude(state="canceled")
    context = {
        "offer": offer,
        "session": session,
        "seats": seats.select_related("person"),
        "may_manage": access.may_manage_courses(user),
        "has_begun": session.starts_at <= at,
    }
    return render(request, "training/live_detail.html", context)


@require_POST
@page_refusals
def live_cancel(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    must(access.may_manage_courses(user))
    session = get_object_or_404(LiveSession, pk=pk)
    reason = request.POST.get("reason", "")
    actions.cancel_live_session(session=session, reason=reason, by=user, at=timezone.now())
    return redirect("training:live_detail", pk=pk)


@require_POST
@page_refusals
def seat_take(request: HttpRequest, pk: int) -> HttpResponse:
    """A seat for oneself, or a place on the waitlist."""
    user = person(request)
    session = get_object_or_404(LiveSession, pk=pk)
    seat = actions.take_seat(session=session, person=user, by=user, at=timezone.now())
    told = _("You have a seat.") if seat.is_held else _("You are on the waitlist.")
    messages.success(request, told)
    return redirect("training:live_detail", pk=pk)


@require_POST
@page_refusals
def seat_give_up(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    seat = get_object_or_404(Seat.objects.select_related("session"), session=pk, person=user)
    actions.give_up_seat(seat=seat, by=user, at=timezone.now())
    return redirect("training:live_detail", pk=pk)


def seat_calendar(request: HttpRequest, pk: int) -> HttpResponse:
    """One's own seat as a file for the calendar."""
    rows = Seat.objects.held().select_related("session__trainer", "person")
    seat = get_object_or_404(rows, session=pk, person=person(request))
    return HttpResponse(
        live_page.live_invitation(seat),
        content_type="text/calendar; charset=utf-8; method=REQUEST",
        headers={"Content-Disposition": f'attachment; filename="session-{pk}.ics"'},
    )


@require_POST
@page_refusals
def attendance_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Minutes present, by the fields `minutes-<seat>`; an empty one is not noted."""
    user = person(request)
    must(access.may_manage_courses(user))
    session = get_object_or_404(LiveSession, pk=pk)
    given = {
        int(name.removeprefix("minutes-")): int(str(value))
        for name, value in request.POST.items()
        if name.removeprefix("minutes-").isdigit() and str(value).isdigit()
    }
    came = actions.note_attendance(session=session, minutes=given, by=user, at=timezone.now())
    messages.success(request, _("Noted: {came} attended.").format(came=came))
    return redirect("training:live_detail", pk=pk)
