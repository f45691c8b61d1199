"""Verbs of marks: moments of the interaction that an evaluator notes while listening."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from quality.actions.desks import open_desk
from quality.actions.evidence import check_recording
from quality.actions.texts import clean_text
from quality.models import Evaluation, Mark
from quality.refusals import Invalid

MOST_MARKS = 200
LONGEST_TEXT = 500


def add_mark(
    *,
    evaluation: Evaluation,
    offset_ms: int,
    text: str,
    is_private: bool,
    by: User,
    at: datetime,
) -> Mark:
    """Note a moment of the interaction; at most 200 per evaluation.

    Raises Invalid, and BeyondTheRecording for a moment after its end.
    """
    words = clean_text("text", text, LONGEST_TEXT)
    with transaction.atomic():
        desk = open_desk(evaluation, by)
        if offset_ms < 0:
            raise Invalid("offset_ms", "A mark stands at or after the start.")
        check_recording(desk, offset_ms)
        if desk.evaluation.marks.count() >= MOST_MARKS:
            raise Invalid("offset_ms", f"An evaluation holds at most {MOST_MARKS} marks.")
        return Mark.objects.create(
            evaluation=desk.evaluation,
            offset_ms=offset_ms,
            text=words,
            is_private=is_private,
            created_by=by,
        )


def remove_mark(*, evaluation: Evaluation, mark_id: int, by: User, at: datetime) -> None:
    """Take a mark away while scoring; one that is gone already stays gone."""
    with transaction.atomic():
        desk = open_desk(evaluation, by)
        desk.evaluation.marks.filter(pk=mark_id).delete()
