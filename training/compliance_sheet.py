"""The compliance matrix as a document: as of a day, with legend, totals and hash."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from lib import pdf
from training.compliance import LOOKS, STATES, Matrix

MOST_ROWS = 500
METHOD = (
    "Compliance is the share of compliant, ending soon, in grace and waived among all that are "
    "asked and not pending. The hash is SHA-256 over one line for each person and requirement "
    "(person, requirement, state, last good day), ordered by number and code, below a line with "
    "the day and the knowledge switch. The method is told in docs/algorithms/validity.md."
)


def matrix_html(matrix: Matrix, *, at: datetime) -> str:
    whole = matrix.whole
    percent = "–" if whole.percent is None else f"{whole.percent:.1f} %"
    known = "known then" if matrix.as_known_then else "known now"
    context = {
        "title": "Compliance",
        "subject": f"As of {matrix.on:%Y-%m-%d}, {known}",
        "facts": [
            ("People", len(matrix.people)),
            ("Requirements", len(matrix.requirements)),
            ("Compliant", f"{percent} of {whole.asked - whole.counts['pending']}"),
            ("SHA-256", matrix.sha256),
        ],
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "matrix": matrix,
        "legend": [LOOKS[state] for state in STATES],
        "states": STATES,
        "totals": [(total, _counts(total.counts)) for total in [*matrix.totals, whole]],
        "teams": [(total, _counts(total.counts)) for total in matrix.team_totals],
        "rows": list(matrix.rows(matrix.people[:MOST_ROWS])),
        "is_cut": len(matrix.people) > MOST_ROWS,
        "most": MOST_ROWS,
    }
    return render_to_string("pdf/compliance.html", context)


def _counts(counts: dict[str, int]) -> list[int]:
    return [counts[state] for state in STATES]


def matrix_pdf(matrix: Matrix, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(matrix_html(matrix, at=at), generated_at=at)
