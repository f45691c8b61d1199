"""A case as a document: thread, clocks with the table of their fold, tasks, promises."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from accounts.models import User
from crm.case_thread import thread_of
from crm.clock_story import story_of
from crm.models import Case
from lib import pdf

MOST_LINES = 300


def case_sheet_html(case: Case, user: User, *, at: datetime) -> str:
    """`case` is visible to the reader; of a thread beyond 300 lines the latest are shown."""
    rows = case.clocks.select_related("excused_by").prefetch_related("events__calendar_version")
    thread = thread_of(case, user)
    context = {
        "title": f"{case.reference} {case.subject}",
        "subject": "Case",
        "case": case,
        "facts": facts(case),
        "stories": [story_of(clock, list(clock.events.all()), at) for clock in rows],
        "thread": thread[-MOST_LINES:],
        "left_out": max(0, len(thread) - MOST_LINES),
        "tasks": list(case.tasks.select_related("assignee", "team")),
        "promises": list(case.promises.select_related("made_by")),
        "printed_by": user,
        "as_of": at,
        "generated_at": at,
        "LANGUAGE_CODE": "en",
    }
    return render_to_string("pdf/case_sheet.html", context)


def case_sheet_pdf(case: Case, user: User, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(case_sheet_html(case, user, at=at), generated_at=at)


def facts(case: Case) -> list[tuple[str, str]]:
    told = [
        ("Customer", str(case.customer) if case.customer else ""),
        ("Status", case.status.name),
        ("Priority", case.get_priority_display()),
        ("Kind", case.get_kind_display()),
        ("Team", str(case.team) if case.team else ""),
        ("Assignee", case.assignee.short_name if case.assignee else "Nobody"),
        ("Queue", str(case.queue) if case.queue else ""),
        ("Policy", str(case.policy_version) if case.policy_version else "None fits"),
    ]
    return [(name, value) for name, value in told if value]
