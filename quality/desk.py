"""One open evaluation with everything that scoring it needs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import F

from accounts.models import User
from crm.models import Leg
from quality import scoring
from quality.content import Content, content_of
from quality.facts import facts_of
from quality.models import Answer, Evaluation, EvaluationRevision

WITH_FACTS = ("version__scorecard", "leg__interaction__queue", "leg__queue")


@dataclass
class Desk:
    """`answers` are the stored rows by criterion key; `facts` those that conditions name."""

    evaluation: Evaluation
    revision: EvaluationRevision
    content: Content
    answers: dict[str, Answer] = field(default_factory=dict)
    facts: dict[str, str] = field(default_factory=dict)

    def answer_documents(self) -> dict[str, dict[str, Any]]:
        """Given answers in the shape that scoring reads."""
        documents = {
            key: answer.as_document(self.content.criteria[key]["kind"])
            for key, answer in self.answers.items()
            if key in self.content.criteria
        }
        return {key: document for key, document in documents.items() if document}

    def read_by(self, reader: User) -> Desk:
        """The same desk with the version's wording in the reader's language."""
        return replace(self, content=self.content.in_language(reader.language))

    def score(self) -> scoring.Score:
        """Raises scoring.InvalidRequest if an answer does not fit its criterion."""
        return scoring.score(self.content.card, self.answer_documents(), self.facts)


def desk_of(evaluation: Evaluation, revision: EvaluationRevision) -> Desk:
    """Gather one revision: one query for its answers, none for published content read before.

    Select WITH_FACTS together with the evaluation. A submitted revision keeps its own facts.
    """
    content = content_of(evaluation.version)
    facts = revision.facts if revision.is_submitted else _facts(evaluation.leg, content)
    return Desk(evaluation, revision, content, answers_by_key(revision), facts)


def answers_by_key(revision: EvaluationRevision) -> dict[str, Answer]:
    rows = Answer.objects.filter(revision=revision).annotate(key=F("criterion__key"))
    return {row.key: row for row in rows}


def request_document(desk: Desk) -> dict[str, Any]:
    """What the public scoring endpoint recomputes this revision from."""
    return {
        "scorecard": scoring_document(desk.content.document),
        "answers": desk.answer_documents(),
        "facts": desk.facts,
    }


def scoring_document(document: Mapping[str, Any]) -> dict[str, Any]:
    return dict(document)


def _facts(leg: Leg | None, content: Content) -> dict[str, str]:
    return facts_of(leg, content.card.facts_named) if leg else {}
