"""The file of a dispute as a document: the thread, answers before and after, both receipts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.template.loader import render_to_string

from accounts.models import User
from lib import pdf
from quality import access
from quality.calibrating import words_of
from quality.content import content_of
from quality.desk import desk_of
from quality.disputing import NOT_APPLICABLE
from quality.models import Dispute, DisputeItem, Evaluation
from quality.sheets import sheet_facts

METHOD = (
    "Both receipts can be checked: their answers, sent to /api/v1/quality/score/, give the same "
    "hash. Unless the version says otherwise, a decision never lowers a score, never fails a "
    "passed result and never fires a new critical error."
)


@dataclass(frozen=True)
class ItemRow:
    item: DisputeItem
    text: str
    given: str
    proposed: str
    decided: str


@dataclass(frozen=True)
class Round:
    dispute: Dispute
    decider: str
    rows: list[ItemRow]


def rounds_of(evaluation: Evaluation, reader: User) -> list[Round]:
    """Every round with its items in words; three queries and one for each round."""
    disputes = evaluation.disputes.select_related(
        "filed_by", "decider", "revision", "decided_revision", "moved_to_leg__agent"
    )
    return [
        Round(dispute, access.decider_name(reader, dispute, evaluation), _rows(dispute, evaluation))
        for dispute in disputes.prefetch_related("items__criterion").order_by("filed_at", "pk")
    ]


def dispute_record_html(evaluation: Evaluation, *, reader: User, at: datetime) -> str:
    """Everything that was filed and decided about one result; without private notes."""
    revision = evaluation.current_revision
    assert revision is not None
    context = {
        "title": f"Disputes about {evaluation.public_ref}",
        "subject": f"{evaluation.agent_name}, {evaluation.scorecard.name}",
        "facts": sheet_facts(evaluation, revision, reader),
        "as_of": evaluation.updated_at,
        "generated_at": at,
        "method": METHOD,
        "rounds": rounds_of(evaluation, reader),
    }
    return render_to_string("pdf/dispute_record.html", context)


def dispute_record_pdf(evaluation: Evaluation, *, reader: User, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(dispute_record_html(evaluation, reader=reader, at=at), generated_at=at)


def _rows(dispute: Dispute, evaluation: Evaluation) -> list[ItemRow]:
    criteria = content_of(evaluation.version).criteria
    answers = desk_of(evaluation, dispute.revision).answer_documents()
    return [
        ItemRow(
            item=item,
            text=item.criterion.text,
            given=words_of(criteria[item.criterion.key], answers.get(item.criterion.key)),
            proposed=_option(criteria[item.criterion.key], item.proposed_option),
            decided=_option(criteria[item.criterion.key], item.decided_option),
        )
        for item in dispute.items.all()
    ]


def _option(criterion: dict[str, object], option: str) -> str:
    if not option:
        return "–"
    answer = {"na": True} if option == NOT_APPLICABLE else {"option": option}
    return words_of(criterion, answer)
