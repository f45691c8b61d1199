"""The sampling proof: a draw as a document that can be checked by anybody."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from lib import pdf
from quality.filters import in_words
from quality.models import Draw
from quality.models.plans import AssignmentState
from quality.plan_figures import aspects_of, quota_in_words
from quality.sheets import moment

MOST_ROWS = 300
METHOD = (
    "The seed was fixed and its SHA-256 published before the period. Each stratum is ordered by "
    "the SHA-256 of “seed:leg”; the first ones are picked, and a swapped one is replaced by the "
    "next. The stateless address /api/v1/quality/sample/ orders any list of legs the same way."
)


def draw_proof_html(draw: Draw, *, at: datetime) -> str:
    rows = draw.assignments.for_list().select_related("replaced_by").order_by("pk")
    shown = list(rows[:MOST_ROWS])
    context = {
        "title": f"Sampling proof: {draw.plan.name}",
        "subject": f"Draw {draw.pk}, slice {draw.slice_number} of {draw.rule['slices']}",
        "lead": f"{draw.picked:,} of {draw.frame_n:,} legs",
        "facts": proof_facts(draw),
        "as_of": draw.created_at,
        "generated_at": at,
        "method": METHOD,
        "draw": draw,
        "commitment": draw.commitment,
        "filters": list(in_words(draw.filters).values()),
        "assignments": shown,
        "left_out": rows.count() - len(shown),
        "swaps": [row for row in shown if row.state == AssignmentState.SWAPPED],
        "aspects": aspects_of(draw),
    }
    return render_to_string("pdf/draw_proof.html", context)


def draw_proof_pdf(draw: Draw, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(draw_proof_html(draw, at=at), generated_at=at)


def proof_facts(draw: Draw) -> list[tuple[str, Any]]:
    """When what was fixed, drawn and shown; moments in the center's time zone."""
    commitment = draw.commitment
    return [
        ("Plan", f"{draw.plan.name}, {quota_in_words(draw.plan)}"),
        ("Scorecard", draw.plan.scorecard.name),
        ("Work that ended", f"{moment(draw.slice_start_at)} to {moment(draw.slice_end_at)}"),
        ("Seed fixed", moment(commitment.committed_at)),
        ("Seed revealed", moment(commitment.revealed_at)),
        ("Drawn", moment(draw.created_at)),
    ]
