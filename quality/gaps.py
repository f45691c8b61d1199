"""What is still missing before an evaluation can be submitted."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from quality import scoring
from quality.content import Content
from quality.models import Answer

LEAST_FAULT_COMMENT = 10


@dataclass(frozen=True)
class Gap:
    """`code` is answer, comment, evidence, root_cause or fault_comment."""

    key: str
    code: str
    sentence: str

    def as_dict(self) -> dict[str, str]:
        return {"key": self.key, "code": self.code, "sentence": self.sentence}


def gaps_of(
    content: Content,
    answers: Mapping[str, Answer],
    score: scoring.Score,
    evidence_counts: Mapping[int, int],
    *,
    has_transcript: bool,
) -> list[Gap]:
    """Every gap in the order of reading; hidden criteria and labels have none.

    `evidence_counts` counts by answer id. Evidence is not asked for where there is no transcript.
    """
    found: list[Gap] = []
    for key, criterion in content.criteria.items():
        figures = score.criteria[key]
        if figures.state == "hidden" or criterion["kind"] == "label":
            continue
        answer = answers.get(key)
        if answer is None or not answer.is_given:
            if criterion["is_required"]:
                found.append(Gap(key, "answer", f"“{criterion['text']}” has no answer."))
            continue
        has_evidence = bool(evidence_counts.get(answer.pk)) or not has_transcript
        found += _gaps_of_answer(criterion, answer, figures.is_failed, has_evidence)
    return found


def untouched_defaults(answers: Mapping[str, Answer], score: scoring.Score) -> int:
    """How many presets nobody has looked at."""
    return sum(
        answer.origin == "default" and score.criteria[key].state != "hidden"
        for key, answer in answers.items()
    )


def root_causes_of(criterion: Mapping[str, Any], answer: Answer) -> list[dict[str, str]]:
    """The picklist that the picked options open."""
    return [
        cause
        for option in criterion["options"]
        if option["key"] in answer.option_keys
        for cause in option.get("root_causes") or []
    ]


def _gaps_of_answer(
    criterion: Mapping[str, Any], answer: Answer, is_failed: bool, has_evidence: bool
) -> Iterator[Gap]:
    key, text = criterion["key"], criterion["text"]
    comment = answer.comment_public.strip()
    rule = criterion["comment_rule"]
    if not comment and (rule == "required" or (rule == "required_on_fail" and is_failed)):
        yield Gap(key, "comment", f"“{text}” needs a comment.")
    if is_failed and criterion["evidence_rule"] == "required_on_fail" and not has_evidence:
        yield Gap(key, "evidence", f"“{text}” failed and needs evidence from the transcript.")
    if not answer.is_na and root_causes_of(criterion, answer) and not answer.root_cause:
        yield Gap(key, "root_cause", f"“{text}” needs a root cause.")
    is_laid_elsewhere = is_failed and answer.fault_owner not in (None, "agent")
    if is_laid_elsewhere and len(comment) < LEAST_FAULT_COMMENT:
        sentence = f"“{text}” is laid to the {answer.fault_owner}: say why in a comment."
        yield Gap(key, "fault_comment", sentence)
