"""Mails about reports: a link that asks for sign-in, never a figure or a name."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from reports import access
from reports.models import ReportRun
from reports.models.outputs import RunState


def report_ready(*, run_id: int, user_id: int) -> EmailMessage | None:
    """To whoever a schedule tells; None if the right was lost in between."""
    run = ReportRun.objects.select_related("schedule").get(pk=run_id)
    user = User.objects.get(pk=user_id)
    if not user.is_active or not access.may_read_run(user, run):
        return None
    context = {
        "name": user.short_name,
        "run": run,
        "failed": run.state == RunState.FAILED,
        "url": settings.BASE_URL + reverse("reports:run_detail", args=[run.pk]),
    }
    text = render_to_string("reports/mail/report_ready.txt", context)
    kind = run.get_kind_display()
    subject = f"{kind} could not be made" if context["failed"] else f"{kind} is ready"
    return EmailMessage(subject, text, to=[user.email])
