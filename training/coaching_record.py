"""A coaching session as a document: what was agreed and whether it was acknowledged."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from lib import pdf
from quality.sheets import moment
from training import evidence, measuring
from training.actions.assigning import local_today
from training.models import CoachingSession

METHOD = (
    "Baselines are computed from released evaluations of the 90 days before the agreement; the "
    "status of an action is computed, never set. Private notes are not part of this document."
)


def record_html(session: CoachingSession, *, at: datetime) -> str:
    """Agenda, evidence, shared note and actions; never private notes or members of a group."""
    agenda = [
        (item, [evidence.label_of(link) for link in item.evidence.all()])
        for item in evidence.agenda_of(session)
    ]
    rows = session.actions.select_related("agent", "owner")
    context = {
        "title": f"Coaching of {session.agent.short_name}",
        "subject": f"{session.get_kind_display()}, {moment(session.starts_at)}",
        "facts": [
            ("Coach", session.coach.short_name),
            ("State", session.get_state_display()),
            ("Shared", moment(session.shared_at)),
            ("Acknowledged", moment(session.acknowledged_at)),
        ],
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "session": session,
        "agenda": agenda,
        "standings": [measuring.standing_on(item, local_today(at)) for item in rows],
        "shared_note": session.notes.filter(is_private=False).first(),
    }
    return render_to_string("pdf/coaching_record.html", context)


def record_pdf(session: CoachingSession, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(record_html(session, at=at), generated_at=at)
