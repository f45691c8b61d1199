"""Mails about reports: a link that asks for sign-in, and the document where it names nobody."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse

from accounts.models import User
from ops import files
from ops.models import StoredFile
from reports import access
from reports.models import ReportRun
from reports.models.outputs import MOST_ATTACHED_BYTES, ItemState, RunState, ScheduleDelivery


def report_ready(*, run_id: int, user_id: int) -> EmailMessage | None:
    """To whoever a schedule tells; None if the right was lost in between.

    What is attached is read with the rights of the moment in which the mail leaves.
    """
    run = ReportRun.objects.select_related("schedule").get(pk=run_id)
    user = User.objects.get(pk=user_id)
    if not user.is_active or not access.may_read_run(user, run):
        return None
    attached = attachments(user, run)
    context = {
        "attached": attached,
        "name": user.short_name,
        "run": run,
        "failed": run.state == RunState.FAILED,
        "url": settings.BASE_URL + reverse("reports:run_detail", args=[run.pk]),
    }
    text = render_to_string("reports/mail/report_ready.txt", context)
    kind = run.get_kind_display()
    subject = f"{kind} could not be made" if context["failed"] else f"{kind} is ready"
    return EmailMessage(subject, text, to=[user.email], attachments=attached)


def attachments(user: User, run: ReportRun) -> list[tuple[str, bytes, str]]:
    """(name, content, type) of the documents; none where the mail is a link, or would be large."""
    schedule = run.schedule
    if schedule is None or schedule.delivery != ScheduleDelivery.ATTACHMENT:
        return []
    if not access.may_be_attached(run.kind, run.query):
        return []
    items = access.items_for(user, run).filter(state=ItemState.RENDERED).select_related("file")
    stored = [item.file for item in items if item.file and files.may_read(user, item.file)]
    if sum(one.bytes for one in stored) > MOST_ATTACHED_BYTES:
        return []
    return [(one.name, content_of(one), one.media_type) for one in stored]


def content_of(stored: StoredFile) -> bytes:
    with files.open_file(stored) as content:
        return content.read()
