"""A closed calibration as a document: raters, their answers, the gold answers, the alignment."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from string import ascii_uppercase

from django.template.loader import render_to_string

from lib import pdf
from quality.calibrating import study_of
from quality.models import CalibrationSession
from quality.sheets import moment

METHOD = (
    "Alignment: 100 less the weighted distance from the gold answers in percent of the points "
    "possible. From gold: the rater's score less the gold score. Spread: the highest less the "
    "lowest share of points that raters gave; flagged above the threshold of the session."
)


def calibration_record_html(session: CalibrationSession, *, letters: bool, at: datetime) -> str:
    """With letters instead of names, to be handed around."""
    study = study_of(session)
    names = {
        rating.seat.pk: _letter(number) if letters else rating.name
        for number, rating in enumerate(study.ratings)
    }
    interaction = session.leg.interaction
    context = {
        "title": f"Calibration {session.pk}",
        "subject": f"{session.version.scorecard.name}, version {session.version.number}",
        "facts": [
            ("Interaction", f"{interaction.reference}, {interaction.get_channel_display()}"),
            ("Planned by", session.planned_by.short_name),
            ("Closed", moment(session.closed_at)),
            ("Agreed", moment(session.finished_at)),
            ("Threshold", f"{session.threshold_percent.normalize():f} %"),
        ],
        "as_of": session.updated_at,
        "generated_at": at,
        "method": METHOD,
        "study": study,
        "raters": [(names[rating.seat.pk], rating) for rating in study.ratings],
        "missing": _missing(names, study.missing, letters=letters),
        "picture": None if letters else study.chart,
    }
    return render_to_string("pdf/calibration_record.html", context)


def calibration_record_pdf(session: CalibrationSession, *, letters: bool, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    html = calibration_record_html(session, letters=letters, at=at)
    return pdf.render(html, generated_at=at)


def _letter(number: int) -> str:
    """A, B, … Z, AA, AB, …"""
    first, second = divmod(number, len(ascii_uppercase))
    return (ascii_uppercase[first - 1] if first else "") + ascii_uppercase[second]


def _missing(names: Mapping[int, str], seats: list, *, letters: bool) -> list[str]:
    if letters:
        return [_letter(len(names) + number) for number, _seat in enumerate(seats)]
    return [seat.rater.short_name for seat in seats]
