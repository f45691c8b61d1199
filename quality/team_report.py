"""The quality of a team as a document: the page's figures, pictures with their tables, accuracy."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from accounts.models import Team
from lib import pdf
from quality.accuracy_study import DISCLAIMER, accuracy_of
from quality.models.evaluations import EvaluationQuerySet
from quality.slice_form import SliceForm
from quality.team_study import study_of

METHOD = (
    "Counting evaluations: submitted, not void, with a score, drawn at random unless said "
    "otherwise. Means have 95 % t intervals, shares 95 % Wilson intervals. Below 5 there is no "
    "figure. Agents are ranked by the lower end of the interval, with fair or strong evidence "
    "only; the others stand below without a place."
)


def team_report_html(team: Team, rows: EvaluationQuerySet, form: SliceForm, *, at: datetime) -> str:
    """`form` is valid; `rows` are those of the team that the reader may see."""
    piece = form.slice()
    context = {
        "title": f"Team quality: {team.name}",
        "subject": f"{piece.from_on} to {piece.until_on}",
        "facts": form.in_words(),
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "piece": piece,
        "study": study_of(rows, piece),
        "accuracy": accuracy_of(rows, piece),
        "disclaimer": DISCLAIMER,
    }
    return render_to_string("pdf/team_report.html", context)


def team_report_pdf(
    team: Team, rows: EvaluationQuerySet, form: SliceForm, *, at: datetime
) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(team_report_html(team, rows, form, at=at), generated_at=at)
