"""Mails of training: counts, titles and a link; never notes, scores or a customer's words."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from accounts.teams import members_of_teams_led_by
from lib.speaking import in_language
from training.actions.assigning import local_today
from training.live_page import live_invitation
from training.models import Assignment, Seat


def courses_due(*, person_id: int) -> EmailMessage | None:
    """What a person has to learn, due first; None if it was done in the meantime."""
    person = User.objects.get(pk=person_id)
    rows = Assignment.objects.unfinished().filter(person=person).select_related("course")
    rows = rows.exclude(due_on__isnull=True).order_by("due_on")[:20]
    if not rows or not person.is_active:
        return None
    today = local_today(timezone.now())
    context = {
        "name": person.short_name,
        "rows": [(row, row.is_overdue(today)) for row in rows],
        "url": link("training:my_learning"),
    }
    with in_language(person.language):
        text = render_to_string("training/mail/courses_due.txt", context)
        return EmailMessage(_("Your courses"), text, to=[person.email])


def team_overdue(*, supervisor_id: int) -> EmailMessage | None:
    """Who in a supervisor's teams is late, as a count for each person."""
    supervisor = User.objects.get(pk=supervisor_id)
    now = timezone.now()
    people = User.objects.filter(members_of_teams_led_by(supervisor, now)).exclude(pk=supervisor_id)
    rows = Assignment.objects.overdue(local_today(now)).filter(person__in=people)
    late = list(rows.select_related("person", "course").order_by("person__full_name", "due_on"))
    if not late or not supervisor.is_active:
        return None
    context = {"name": supervisor.short_name, "rows": late[:100], "url": link("training:board")}
    text = render_to_string("training/mail/team_overdue.txt", context)
    return EmailMessage("Courses that are late in your team", text, to=[supervisor.email])


def live_seat(*, seat_id: int) -> EmailMessage | None:
    """A seat that was given, moved or taken back, with its invitation for the calendar."""
    seat = Seat.objects.select_related("session__trainer", "person").get(pk=seat_id)
    if not seat.person.is_active or seat.state == "waitlisted":
        return None
    context = {
        "name": seat.person.short_name,
        "seat": seat,
        "session": seat.session,
        "url": link("training:live_detail", seat.session_id),
    }
    with in_language(seat.person.language):
        text = render_to_string("training/mail/live_seat.txt", context)
    message = EmailMessage(seat.session.title, text, to=[seat.person.email])
    method = "CANCEL" if seat.state == "canceled" else "REQUEST"
    content = live_invitation(seat).decode()
    message.attach("session.ics", content, f"text/calendar; method={method}")
    return message


def link(url_name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(url_name, args=args)
