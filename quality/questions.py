"""A scorecard with its answers, in the shape that pages show: sections, questions, options."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext_lazy as _

from quality import scoring
from quality.assisting import Proposal
from quality.content import Content
from quality.desk import Desk
from quality.gaps import root_causes_of
from quality.models import Answer, Evidence
from quality.models.base import as_text

FIGURE_STATES = ("scored", "imputed", "excused")
NO_PROPOSALS: Mapping[str, Sequence[Proposal]] = {}
FAULT_OWNERS = (
    ("agent", "Agent"),
    ("process", "Process"),
    ("tool", "Tool"),
    ("customer", "Customer"),
)
FAULT_WORDS = {
    "agent": _("agent"),
    "process": _("process"),
    "tool": _("tool"),
    "customer": _("customer"),
}


@dataclass(frozen=True)
class Choice:
    """One option as a numbered button; `shortcut` is the key that picks it."""

    key: str
    label: str
    points: str
    tone: str
    shortcut: str
    is_picked: bool
    is_fail: bool
    root_causes: list[dict[str, str]]

    @property
    def causes_json(self) -> str:
        return json.dumps(self.root_causes, ensure_ascii=False)


@dataclass(frozen=True)
class Question:
    """One criterion with what was answered to it."""

    number: int
    criterion: Mapping[str, Any]
    answer: Answer | None
    figures: scoring.CriterionFigures
    choices: list[Choice]
    evidence: list[Evidence] = field(default_factory=list)
    proposals: Sequence[Proposal] = ()

    @property
    def key(self) -> str:
        return str(self.criterion["key"])

    @property
    def is_hidden(self) -> bool:
        return self.figures.state == "hidden"

    @property
    def is_critical(self) -> bool:
        return bool(self.criterion["critical_family"] or self.criterion["fail_trigger"] != "none")

    @property
    def is_untouched(self) -> bool:
        return self.answer is not None and self.answer.origin == "default"

    @property
    def fault_owner_word(self) -> str:
        owner = self.figures.fault_owner or ""
        return str(FAULT_WORDS.get(owner, owner))

    @property
    def root_causes(self) -> list[dict[str, str]]:
        return root_causes_of(self.criterion, self.answer) if self.answer else []

    @property
    def number_text(self) -> str:
        return as_text(self.answer.number) or "" if self.answer else ""

    @property
    def picked_labels(self) -> list[str]:
        return [choice.label for choice in self.choices if choice.is_picked]

    @property
    def root_cause_label(self) -> str:
        chosen = self.answer.root_cause if self.answer else ""
        return next((cause["label"] for cause in self.root_causes if cause["key"] == chosen), "")


@dataclass(frozen=True)
class Part:
    """A section or subsection with its own questions."""

    section: Mapping[str, Any]
    questions: list[Question]
    is_top: bool
    figures: scoring.SectionFigures | None = None

    @property
    def key(self) -> str:
        return str(self.section["key"])


def parts_of(
    desk: Desk,
    score: scoring.Score,
    proposals: Mapping[str, Sequence[Proposal]] = NO_PROPOSALS,
) -> list[Part]:
    """Every section in the order of reading. One query for all evidence, with its turns.

    `proposals` of assist rules are by criterion key.
    """
    evidence = evidence_by_answer(desk.answers.values())
    numbers = iter(range(1, len(desk.content.criteria) + 1))
    parts = []
    for top in desk.content.document["sections"]:
        for section in (top, *top["sections"]):
            questions = [
                _question(next(numbers), criterion, desk, score, evidence, proposals)
                for criterion in section["criteria"]
            ]
            figures = score.sections.get(section["key"])
            parts.append(Part(section, questions, section is top, figures))
    return parts


def parts_of_draft(content: Content) -> list[Part]:
    """The sections of a draft with unanswered questions, for its preview."""
    blank = scoring.CriterionFigures("unanswered")
    numbers = iter(range(1, len(content.criteria) + 1))
    return [
        Part(
            section,
            [
                Question(next(numbers), criterion, None, blank, _choices(criterion, None))
                for criterion in section["criteria"]
            ],
            section is top,
        )
        for top in content.document["sections"]
        for section in (top, *top["sections"])
    ]


def evidence_by_answer(answers: Iterable[Answer]) -> Mapping[int, list[Evidence]]:
    found: dict[int, list[Evidence]] = defaultdict(list)
    ids = [answer.pk for answer in answers if answer.pk]
    rows = Evidence.objects.filter(answer__in=ids).select_related("turn_from", "turn_to")
    for row in rows:
        found[row.answer_id].append(row)
    return found


def _question(
    number: int,
    criterion: Mapping[str, Any],
    desk: Desk,
    score: scoring.Score,
    evidence: Mapping[int, list[Evidence]],
    proposals: Mapping[str, Sequence[Proposal]],
) -> Question:
    key = criterion["key"]
    answer = desk.answers.get(key)
    return Question(
        number=number,
        criterion=criterion,
        answer=answer,
        figures=score.criteria[key],
        choices=_choices(criterion, answer),
        evidence=evidence.get(answer.pk, []) if answer else [],
        proposals=proposals.get(key, ()),
    )


def _choices(criterion: Mapping[str, Any], answer: Answer | None) -> list[Choice]:
    if criterion["kind"] not in ("single", "multi"):
        return []
    picked = answer.option_keys if answer else []
    return [
        Choice(
            key=option["key"],
            label=option["label"],
            points=option["points"],
            tone=option["tone"],
            shortcut=str((number + 1) % 10) if number < 10 else "",
            is_picked=option["key"] in picked,
            is_fail=option["is_fail"],
            root_causes=option["root_causes"],
        )
        for number, option in enumerate(criterion["options"])
    ]
