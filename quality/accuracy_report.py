"""Critical-error accuracy as a document: families against their targets, and what caused errors."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string

from lib import pdf
from quality import analytics
from quality.accuracy_study import DISCLAIMER, accuracy_of
from quality.models.evaluations import EvaluationQuerySet
from quality.slice_form import SliceForm
from quality.team_study import failures_of, faults_of, texts_of

METHOD = (
    "Accuracy of a family: the share of counting evaluations with an applicable criterion of it in "
    "which none failed, with a 95 % Wilson interval. On target from the target on, at risk down to "
    "the tolerance below it. Families are never averaged."
)


def accuracy_report_html(rows: EvaluationQuerySet, form: SliceForm, at: datetime) -> str:
    """`form` is valid; `rows` are those whose quality the reader may see."""
    piece = form.slice()
    cells = analytics.by_criterion(piece.narrow(rows).order_by())
    texts = texts_of(cells)
    context = {
        "title": "Critical-error accuracy",
        "subject": f"{piece.from_on} to {piece.until_on}",
        "facts": form.in_words(),
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "disclaimer": DISCLAIMER,
        "piece": piece,
        "accuracy": accuracy_of(rows, piece),
        "causes": [failures_of(cells, texts), faults_of(cells, texts)],
    }
    return render_to_string("pdf/accuracy_report.html", context)


def accuracy_report_pdf(rows: EvaluationQuerySet, form: SliceForm, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(accuracy_report_html(rows, form, at), generated_at=at)
