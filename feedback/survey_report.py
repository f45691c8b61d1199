"""The report of a survey program as a document: the page's figures, and comments nobody picked."""

from __future__ import annotations

import hashlib
from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from feedback.models import Recovery, Topic
from feedback.models.survey_responses import ResponseQuerySet
from feedback.redaction import mask_text
from feedback.survey_field import FieldWork
from feedback.survey_pictures import pictures_of
from feedback.survey_results import Results
from feedback.survey_topics import agreements
from lib import pdf

METHOD = (
    "Counted are accepted answers of people whom the program drew by chance, on the path taken. "
    "Shares have 95 % Wilson intervals, Net Promoter Scores adjusted Wald intervals, means 95 % t "
    "intervals. Below five answers no interval is given. Comments are chosen by the hash of their "
    "response, not by hand, and masked. Net Promoter and NPS are marks of their owners."
)
MOST_COMMENTS = 20


def survey_report_html(
    found: Results,
    rows: ResponseQuerySet,
    facts: list[tuple[str, str]],
    field: FieldWork,
    *,
    at: datetime,
) -> str:
    """`rows` are the responses that the reader may see, `field` is of the same period."""
    survey, piece = found.survey, found.piece
    context = {
        "title": f"Survey report: {survey.name}",
        "subject": f"{piece.from_on} to {piece.until_on}",
        "facts": facts,
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "results": found,
        "pictures": pictures_of(found),
        "field": field,
        "topics": [one for one in agreements(survey, Topic.objects.all()) if one.count],
        "comments": comments_by_hash(found, rows),
        "recoveries": recovery_figures(found),
    }
    return render_to_string("pdf/survey_report.html", context)


def survey_report_pdf(
    found: Results,
    rows: ResponseQuerySet,
    facts: list[tuple[str, str]],
    field: FieldWork,
    *,
    at: datetime,
) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(survey_report_html(found, rows, facts, field, at=at), generated_at=at)


def comments_by_hash(found: Results, rows: ResponseQuerySet) -> list[dict[str, Any]]:
    """Up to twenty comments in the order of the hash of their id."""
    mine = found.piece.narrow_responses(rows.accepted().filter(survey=found.survey))
    ids = mine.exclude(comment="").values_list("pk", flat=True)
    chosen = sorted(ids, key=lambda pk: hashlib.sha256(str(pk).encode()).hexdigest())[
        :MOST_COMMENTS
    ]
    shown = mine.filter(pk__in=chosen)
    return [
        {
            "value": row.value,
            "driver": row.get_driver_by_customer_display(),
            "text": mask_text(row.comment),
        }
        for row in sorted(shown, key=lambda row: chosen.index(row.pk))
    ]


def recovery_figures(found: Results) -> dict[str, int]:
    rows = Recovery.objects.filter(
        alert__survey=found.survey,
        opened_at__date__gte=found.piece.from_on,
        opened_at__date__lte=found.piece.until_on,
    )
    return {
        "opened": rows.count(),
        "resolved": rows.filter(resolved_at__isnull=False).count(),
        "recovered": rows.filter(outcome="recovered").count(),
    }
