"""What changed from one revision of an evaluation to the next: who, when, why, answer by answer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from quality.calibrating import words_of
from quality.content import content_of
from quality.models import Answer, Evaluation, EvaluationRevision
from quality.questions import FAULT_WORDS


@dataclass(frozen=True)
class AnswerChange:
    """One answer before and after; `comment_changed` where only the agent's comment did."""

    text: str
    before: str
    after: str
    comment_changed: bool


@dataclass(frozen=True)
class RevisionStep:
    """A submitted revision beside the one before it; the first has nothing to compare with."""

    revision: EvaluationRevision
    before: EvaluationRevision | None
    changes: list[AnswerChange]


def steps_of(evaluation: Evaluation) -> list[RevisionStep]:
    """Every submitted revision, newest first; two queries however many there are."""
    rows = evaluation.revisions.filter(submitted_at__isnull=False).select_related("author")
    revisions = list(rows.order_by("number"))
    answers = _answers(revisions)
    criteria = content_of(evaluation.version).criteria
    steps = [
        RevisionStep(now, was, _changes(criteria, answers[was.pk], answers[now.pk]) if was else [])
        for was, now in zip([None, *revisions], revisions, strict=False)
    ]
    return steps[::-1]


def _answers(revisions: list[EvaluationRevision]) -> dict[int, dict[str, Answer]]:
    found: dict[int, dict[str, Answer]] = {revision.pk: {} for revision in revisions}
    rows = Answer.objects.filter(revision__in=revisions).annotate(key=F("criterion__key"))
    for row in rows:
        found[row.revision_id][row.key] = row
    return found


def _changes(
    criteria: Mapping[str, Mapping[str, Any]],
    before: Mapping[str, Answer],
    after: Mapping[str, Answer],
) -> list[AnswerChange]:
    changes = []
    for key, criterion in criteria.items():
        was, now = before.get(key), after.get(key)
        words = (_words(criterion, was), _words(criterion, now))
        comments = [answer.comment_public if answer else "" for answer in (was, now)]
        if words[0] != words[1] or comments[0] != comments[1]:
            changes.append(AnswerChange(criterion["text"], *words, comments[0] != comments[1]))
    return changes


def _words(criterion: Mapping[str, Any], answer: Answer | None) -> str:
    if answer is None:
        return "–"
    words = words_of(criterion, answer.as_document(criterion["kind"]))
    owner = answer.fault_owner
    if not owner or owner == "agent":
        return words
    owner = str(FAULT_WORDS.get(owner, owner))
    return _("{words} (fault of the {owner})").format(words=words, owner=owner)
