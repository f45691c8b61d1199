"""The arithmetic of a score: `score`, `score_many`, `verify_receipt`, `parse_request`.

Reading order for people: judging (what each answer is worth), weights (how much it counts),
critical (what a failure takes along), reckoning (the sum), engine (rounding), receipts (the proof).
"""

from quality.scoring.answers import Answer
from quality.scoring.bulk import Row, read_row, score_many
from quality.scoring.card import Card
from quality.scoring.checking import verify_receipt
from quality.scoring.engine import Score, score, score_card
from quality.scoring.problems import InvalidRequest, Problem
from quality.scoring.reading import compile_version
from quality.scoring.receipts import ENGINE, Receipt
from quality.scoring.requests import Request, parse_request
from quality.scoring.results import CriterionFigures, Figures, SectionFigures

__all__ = [
    "ENGINE",
    "Answer",
    "Card",
    "CriterionFigures",
    "Figures",
    "InvalidRequest",
    "Problem",
    "Receipt",
    "Request",
    "Row",
    "Score",
    "SectionFigures",
    "compile_version",
    "parse_request",
    "read_row",
    "score",
    "score_card",
    "score_many",
    "verify_receipt",
]
