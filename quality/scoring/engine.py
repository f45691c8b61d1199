"""Scores one evaluation: read, judge, reckon, round, and write the receipt."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields

from quality.scoring.answer_reading import read_answers
from quality.scoring.answers import Answer
from quality.scoring.card import Card
from quality.scoring.facts import Value, read_facts
from quality.scoring.judging import EXCUSED, Line, excuse, impute, judge
from quality.scoring.problems import Notes
from quality.scoring.reading import compile_version
from quality.scoring.receipts import Receipt, canonical_input, make_receipt, write_steps
from quality.scoring.reckoning import Reckoning, reckon
from quality.scoring.results import Figures
from quality.scoring.rounding import round_figures


@dataclass(slots=True)
class Score(Figures):
    """All figures with the receipt that proves them."""

    receipt: Receipt

    @classmethod
    def of(cls, figures: Figures, receipt: Receipt) -> "Score":
        return cls(**{f.name: getattr(figures, f.name) for f in fields(figures)}, receipt=receipt)

    def as_dict(self) -> dict[str, object]:
        return {"result": self.result(), "receipt": self.receipt.as_dict()}

    def as_json(self) -> bytes:
        """The answer of the stateless API, byte for byte."""
        return json.dumps(self.as_dict(), separators=(",", ":"), ensure_ascii=False).encode()


def score(
    version: Mapping[str, object] | Card,
    answers: Mapping[str, object],
    facts: Mapping[str, object] | None = None,
) -> Score:
    """Score one evaluation, given as plain data in the shape of `quality.documents`.

    A compiled version is used as it is. Percentages are Decimals rounded half away from zero to
    `decimals`, or None when nothing applied. Raises InvalidRequest, which lists every problem.
    """
    card = compile_version(version)
    notes = Notes()
    given = read_answers(card, answers, notes)
    known = read_facts(facts, notes)
    notes.raise_any()
    return score_card(card, given, known)


def score_card(card: Card, answers: Mapping[str, Answer], facts: Mapping[str, Value]) -> Score:
    """Score what has been read already."""
    work = work_out(card, answers, facts)
    steps = write_steps(card, work.lines, work.reckoning, work.figures)
    input_text = canonical_input(card, work.everyone, facts)
    return Score.of(work.figures, make_receipt(input_text, steps, work.figures))


@dataclass(frozen=True, slots=True)
class Work:
    """`everyone` has nobody excused; `lines` and `reckoning` are the agent's own view."""

    everyone: list[Line]
    lines: list[Line]
    reckoning: Reckoning
    figures: Figures


def work_out(card: Card, answers: Mapping[str, Answer], facts: Mapping[str, Value]) -> Work:
    """All steps but the receipt. The interaction's own score is the same with nobody excused."""
    everyone = judge(card, answers, facts)
    lines = impute(card, excuse(everyone))
    reckoning = reckon(card, lines)
    interaction = reckoning.percent
    if any(line.state == EXCUSED for line in lines):
        interaction = reckon(card, impute(card, everyone)).percent
    return Work(everyone, lines, reckoning, round_figures(card, lines, reckoning, interaction))
