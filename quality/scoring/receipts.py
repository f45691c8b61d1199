"""The receipt: eleven steps in exact fractions, and two hashes that seal them."""

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from hashlib import sha256

from quality.scoring.answers import answer_data
from quality.scoring.card import Card, canonical
from quality.scoring.facts import Value, fact_data
from quality.scoring.judging import EXCUSED, HIDDEN, IMPUTED, NOT_APPLICABLE, SCORED, Line
from quality.scoring.numbers import plain
from quality.scoring.reckoning import Reckoning
from quality.scoring.results import Figures

ENGINE = "attune-score/1"
Step = dict[str, object]


@dataclass(frozen=True)
class Receipt:
    input_sha256: str
    steps: list[Step]
    sha256: str
    engine: str = ENGINE

    def as_dict(self) -> dict[str, object]:
        return {
            "engine": self.engine,
            "input_sha256": self.input_sha256,
            "steps": self.steps,
            "sha256": self.sha256,
        }


def digest(text: str) -> str:
    return sha256(text.encode()).hexdigest()


def canonical_input(card: Card, lines: list[Line], facts: Mapping[str, Value]) -> str:
    """All that can change the score and nothing else; wording, text answers and comments cannot."""
    data: dict[str, object] = {
        "answers": {
            line.item.key: answer_data(line.answer, line.item.criterion.kind, line.is_failed)
            for line in lines
            if line.answer
        },
        "engine": ENGINE,
    }
    if named := fact_data(facts, card.facts_named):
        data["facts"] = named
    parts = [f'"{name}":{canonical(part)}' for name, part in data.items()]
    return "{" + ",".join([*parts, f'"scorecard":{card.canonical_text}']) + "}"


def make_receipt(input_text: str, steps: list[Step], figures: Figures) -> Receipt:
    input_sha256 = digest(input_text)
    sealed = {
        "engine": ENGINE,
        "input_sha256": input_sha256,
        "steps": steps,
        "result": figures.result(),
    }
    return Receipt(input_sha256, steps, digest(canonical(sealed)))


def exact(value: Fraction | None) -> str | None:
    """A reduced fraction, 700/9; a whole number stands alone."""
    return None if value is None else str(value)


def write_steps(
    card: Card, lines: list[Line], reckoning: Reckoning, figures: Figures
) -> list[Step]:
    """The eleven steps in their fixed order, from what was visible to the outcome."""
    return [*steps_of_answers(card, lines, reckoning), *steps_of_score(card, reckoning, figures)]


def steps_of_answers(card: Card, lines: list[Line], reckoning: Reckoning) -> list[Step]:
    not_applicable = [line for line in lines if line.state in (NOT_APPLICABLE, IMPUTED)]
    return [
        {"rule": "visible", "hidden": [line.item.key for line in lines if line.state == HIDDEN]},
        {
            "rule": "not_applicable",
            "criteria": [line.item.key for line in not_applicable],
            "policy": card.na_policy,
        },
        {
            "rule": "excused",
            "criteria": {
                line.item.key: line.fault_owner for line in lines if line.state == EXCUSED
            },
        },
        {
            "rule": "points",
            "criteria": {
                line.item.key: [exact(line.worth.earned), exact(line.worth.possible)]
                for line in lines
                if line.worth and line.state in (SCORED, IMPUTED)
            },
        },
        {
            "rule": "weights",
            "criteria": {key: exact(weight) for key, weight in reckoning.weights.items()},
        },
    ]


def steps_of_score(card: Card, reckoning: Reckoning, figures: Figures) -> list[Step]:
    cap, mark = card.cap_percent, card.pass_percent
    percent = None if figures.score_percent is None else str(figures.score_percent)
    return [
        {"rule": "sum", "percent": exact(reckoning.sum_percent)},
        {"rule": "bonus", "added": exact(reckoning.bonus_percent)},
        {
            "rule": "critical",
            "fired": [effect.as_dict() for effect in reckoning.fired],
            "percent": exact(reckoning.after_critical),
        },
        {
            "rule": "limits",
            "floor": "0",
            "cap": "none" if cap is None else plain(cap),
            "percent": exact(reckoning.percent),
        },
        {"rule": "rounding", "decimals": card.decimals, "mode": "half_up", "percent": percent},
        {
            "rule": "outcome",
            "pass_percent": None if mark is None else plain(mark),
            "outcome": figures.outcome,
            "band": figures.band,
        },
    ]
