"""The evaluation sheet: one result as a document that can be handed over."""

from __future__ import annotations

from datetime import datetime

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from lib import pdf
from lib.templatetags.look import duration
from quality import access
from quality.desk import desk_of
from quality.models import Evaluation, EvaluationRevision
from quality.questions import parts_of
from quality.receipts import receipt_rows
from quality.results import result_of
from quality.revisions import steps_of

CHART_WIDTH = 760.0
METHOD = (
    "Scored in exact fractions and rounded once. Anyone can check it: the receipt file of this "
    "evaluation, sent to /api/v1/quality/score/, gives the same hash. Written words never enter it."
)


def evaluation_sheet_html(
    evaluation: Evaluation, revision: EvaluationRevision, *, reader: User, at: datetime
) -> str:
    """The sheet as HTML, without private comments; the evaluator masked where `reader` asks."""
    desk = desk_of(evaluation, revision).read_by(reader)
    score = desk.score()
    steps = revision.receipt["receipt"]["steps"] if revision.receipt else []
    context = {
        "title": f"{evaluation.scorecard.name}: {evaluation.agent_name}",
        "subject": f"Evaluation {evaluation.public_ref}, revision {revision.number}",
        "facts": sheet_facts(evaluation, revision, reader),
        "as_of": evaluation.updated_at,
        "generated_at": at,
        "method": METHOD,
        "evaluation": evaluation,
        "revision": revision,
        "LANGUAGE_CODE": evaluation.version.language,
        "result": result_of(desk, score, chart_width=CHART_WIDTH),
        "parts": parts_of(desk, score),
        "steps": receipt_rows(steps, desk.content),
        "revision_steps": steps_of(evaluation),
    }
    return render_to_string("pdf/evaluation_sheet.html", context)


def sheet_facts(
    evaluation: Evaluation, revision: EvaluationRevision, reader: User
) -> list[tuple[str, str]]:
    """What the head of the sheet tells; moments in the center's time zone."""
    is_shown = access.may_view_evaluator(reader, evaluation)
    version = evaluation.version
    return [
        *_work(evaluation),
        ("Agent, team then", f"{evaluation.agent_name}, {evaluation.team_name or 'no team'}"),
        (
            "Evaluated by",
            f"{evaluation.evaluator.short_name if is_shown else 'the quality team'}, "
            f"{moment(revision.submitted_at)}",
        ),
        ("Scorecard", f"{evaluation.scorecard.name}, version {version.number}"),
        ("Selection", evaluation.get_selection_display()),
        ("Released", moment(evaluation.released_at)),
        ("Acknowledged", _acknowledged(evaluation)),
    ]


def _work(evaluation: Evaluation) -> list[tuple[str, str]]:
    leg = evaluation.leg
    if leg is None:
        return []
    interaction = leg.interaction
    kind = f"{interaction.get_channel_display()}, {interaction.get_direction_display().lower()}"
    return [
        ("Interaction", f"{interaction.reference}, {kind}"),
        ("When", moment(evaluation.handled_at)),
        ("Talk, hold", f"{duration(leg.talk_seconds)}, {duration(leg.hold_seconds)}"),
    ]


def _acknowledged(evaluation: Evaluation) -> str:
    said = f": “{evaluation.acknowledge_comment}”" if evaluation.acknowledge_comment else ""
    return moment(evaluation.acknowledged_at) + said


def moment(at: datetime | None) -> str:
    if at is None:
        return "not yet"
    local = timezone.localtime(at)
    return f"{local:%Y-%m-%d %H:%M} {local.tzname()}"


def evaluation_sheet_pdf(
    evaluation: Evaluation, revision: EvaluationRevision, *, reader: User, at: datetime
) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    html = evaluation_sheet_html(evaluation, revision, reader=reader, at=at)
    return pdf.render(html, generated_at=at)
