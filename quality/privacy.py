"""What an erasure empties in quality, and what a person's export holds of it.

Only words and places go; scores, receipts, draw frames and counts stay and still verify, because
no text ever entered a hash.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Model, Q
from django.utils import timezone

from crm.privacy.rules import Eraser, Exporter
from quality.actions import references
from quality.models import (
    Answer,
    Assignment,
    Dispute,
    DisputeItem,
    Evaluation,
    EvaluationRevision,
    Evidence,
    GoldAnswer,
    Mark,
    ReferenceEvaluation,
)

# Where a row must say something, as a dispute must have a reason.
ERASED = "Erased with the customer's data."
INTERACTION = "leg__interaction__customer"


@dataclass(frozen=True)
class Words:
    """The columns of one table that tell of a customer, each with what it reads afterwards.

    `customer` leads from a row to the customer of its interaction. A column that stands in
    `required` is only emptied where it holds something.
    """

    name: str
    title: str
    model: type[Model]
    customer: str
    blanks: Mapping[str, Any]
    required: frozenset[str] = frozenset()

    def erase(self, customer_id: int, limit: int) -> int:
        """Empty up to `limit` rows that still hold something; returns how many."""
        rows = self.model._default_manager.filter(**{self.customer: customer_id})
        ids = list(rows.filter(self._holds_something()).values_list("pk", flat=True)[:limit])
        for column, blank in self.blanks.items():
            touched = self.model._default_manager.filter(pk__in=ids)
            if column in self.required:
                touched = touched.exclude(**{column: ""})
            touched.update(**{column: blank})
        return len(ids)

    def _holds_something(self) -> Q:
        found = Q()
        for column, blank in self.blanks.items():
            if blank is None:
                found |= Q(**{f"{column}__isnull": False})
            else:
                found |= ~Q(**{f"{column}__in": ["", blank]})
        return found

    def eraser(self) -> Eraser:
        return Eraser(name=f"quality_{self.name}", title=self.title, erase=self.erase)


WORDS = (
    Words(
        "evaluations",
        "comments around evaluations",
        Evaluation,
        INTERACTION,
        {"acknowledge_comment": "", "selection_reason": "", "void_reason": ERASED},
        frozenset({"void_reason"}),
    ),
    Words(
        "revisions",
        "comments on whole interactions",
        EvaluationRevision,
        f"evaluation__{INTERACTION}",
        {"comment_public": "", "comment_private": "", "reason_text": ""},
    ),
    Words(
        "answers",
        "comments and text answers",
        Answer,
        f"revision__evaluation__{INTERACTION}",
        {"text": "", "comment_public": "", "comment_private": ""},
    ),
    Words(
        "evidence",
        "evidence in transcripts",
        Evidence,
        f"answer__revision__evaluation__{INTERACTION}",
        dict.fromkeys(("turn_from", "turn_to", "char_from", "char_to", "start_ms", "end_ms")),
    ),
    Words("marks", "marks", Mark, f"evaluation__{INTERACTION}", {"text": ""}),
    Words(
        "disputes",
        "words of disputes",
        Dispute,
        f"evaluation__{INTERACTION}",
        {"reason": ERASED, "decision_note": "", "private_note": ""},
    ),
    Words(
        "dispute_items",
        "words about disputed answers",
        DisputeItem,
        f"dispute__evaluation__{INTERACTION}",
        {"reason": ERASED, "note": ""},
    ),
    Words("gold", "notes of calibrations", GoldAnswer, f"session__{INTERACTION}", {"note": ""}),
    Words(
        "assignments",
        "reasons of swaps",
        Assignment,
        INTERACTION,
        {"swap_reason": ERASED},
        frozenset({"swap_reason"}),
    ),
)


def erase_references(customer_id: int, limit: int) -> int:
    """Reference evaluations of the person's legs are retired, and their notes emptied."""
    of_person = ReferenceEvaluation.objects.filter(leg__interaction__customer=customer_id)
    in_use = of_person.filter(retired_at__isnull=True).order_by("pk").select_related("leg")[:limit]
    legs = {reference.leg for reference in in_use}
    for leg in legs:
        references.retire_references_of(leg=leg, reason=ERASED, at=timezone.now())
    if legs:
        return len(legs)
    noted = list(of_person.exclude(notes={}).values_list("pk", flat=True)[:limit])
    return ReferenceEvaluation.objects.filter(pk__in=noted).update(notes={})


def erasers() -> list[Eraser]:
    last = Eraser("quality_references", "reference evaluations", erase_references)
    return [*(words.eraser() for words in WORDS), last]


def exported(customer_id: int) -> Iterator[dict[str, Any]]:
    """How the person's interactions were judged, with the comments that the agent may read."""
    rows = Evaluation.objects.scored().filter(leg__interaction__customer=customer_id)
    for row in rows.select_related("scorecard", "current_revision").order_by("handled_at", "pk"):
        revision = row.current_revision
        assert revision is not None
        answers = revision.answers.select_related("criterion").order_by("pk")
        yield {
            "evaluation": row.public_ref,
            "handled_at": row.handled_at.isoformat(),
            "scorecard": row.scorecard.name,
            "comment": revision.comment_public,
            "answers": [
                {"criterion": one.criterion.text, "comment": one.comment_public, "text": one.text}
                for one in answers
                if one.comment_public or one.text
            ],
        }


EXPORTER = Exporter(name="quality_evaluations", title="Evaluations of interactions", rows=exported)
