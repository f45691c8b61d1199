"""Mails about cases and tasks: they hold references and times, never a customer's words."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string

from accounts.models import User
from crm.models import SlaClock, Task
from crm.models.sla import ClockState


def clock_warning(*, clock_id: int, percent: int, user_id: int) -> EmailMessage | None:
    """A target is nearly used up; None if the clock has stopped in the meantime."""
    clock = SlaClock.objects.select_related("case__team").get(pk=clock_id)
    user = User.objects.get(pk=user_id)
    if clock.state != ClockState.ACTIVE or not user.is_active:
        return None
    context = {
        "name": user.short_name,
        "clock": clock,
        "percent": percent,
        "case": clock.case,
        "url": settings.BASE_URL + clock.case.get_absolute_url(),
    }
    text = render_to_string("crm/mail/clock_warning.txt", context)
    subject = f"{clock.case.reference}: {percent} % of the time is used"
    return EmailMessage(subject, text, to=[user.email])


def task_reminder(*, task_id: int) -> EmailMessage | None:
    """What somebody wanted to be reminded of; None if it was done in the meantime."""
    task = Task.objects.select_related("assignee", "case").get(pk=task_id)
    if not task.is_open or task.assignee is None or not task.assignee.is_active:
        return None
    context = {
        "name": task.assignee.short_name,
        "task": task,
        "url": settings.BASE_URL + task.get_absolute_url(),
    }
    text = render_to_string("crm/mail/task_reminder.txt", context)
    return EmailMessage(f"{task.reference} is due", text, to=[task.assignee.email])
