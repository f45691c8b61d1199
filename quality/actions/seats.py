"""What submitting an evaluation does to its seat in a calibration session."""

from __future__ import annotations

from datetime import datetime

from quality.models import CalibrationSession, Evaluation, Seat
from quality.models.calibration import CalibrationState
from quality.models.evaluations import Purpose
from quality.refusals import Refused


class SessionNotOpen(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This session is {state}.")


def must_be_open(session: CalibrationSession, at: datetime) -> None:
    """Raises SessionNotOpen once the session is closed or its deadline has passed."""
    if session.state != CalibrationState.OPEN:
        raise SessionNotOpen(session.get_state_display().lower())
    if at >= session.deadline_at:
        raise SessionNotOpen("past its deadline")


def note_submission(*, evaluation: Evaluation, at: datetime) -> None:
    """Mark the seat as submitted, in the transaction of the submit; refuses after closing."""
    if evaluation.purpose != Purpose.CALIBRATION:
        return
    seat = Seat.objects.filter(evaluation=evaluation).first()
    if seat is None:
        return
    rows = CalibrationSession.objects.select_for_update(of=("self",))
    must_be_open(rows.get(pk=seat.session_id), at)
    Seat.objects.filter(pk=seat.pk).update(submitted_at=at)
