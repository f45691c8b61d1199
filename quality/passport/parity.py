"""Re-scores exported results of another system with an imported version, and compares.

Results come as `{"results": [{id, form, score_percent, answers, facts, criteria}]}`: answers as the
stateless scoring takes them, `criteria` optionally what each criterion earned there, in percent.
"""

from collections.abc import Mapping
from decimal import Decimal
from fractions import Fraction
from typing import Any, NamedTuple

from quality.scoring import InvalidRequest, compile_version, score_card
from quality.scoring.answer_reading import read_answers
from quality.scoring.card import Card
from quality.scoring.facts import read_facts
from quality.scoring.numbers import BadValue, read_number
from quality.scoring.problems import Fields, Notes, Problem

TOLERANCE = Fraction(1, 100)
MOST_RESULTS = 5_000
EQUAL, DIFFERENT, NOT_COMPARABLE = "equal", "different", "not_comparable"
RESULT_FIELDS = frozenset({"id", "form", "score_percent", "answers", "facts", "criteria"})


class Row(NamedTuple):
    """One result: theirs and ours in percent, and why or where they part."""

    id: str
    outcome: str
    theirs: str | None = None
    ours: str | None = None
    first_difference: str | None = None
    reason: str = ""


def compare(document: Mapping[str, Any], data: object) -> list[Row]:
    """One row for each result, in their order. Raises InvalidRequest where the list is none."""
    card = compile_version(document)
    notes = Notes()
    fields = Fields(data, "", notes, frozenset({"results", "form"}))
    if not fields.has("results"):
        fields.problem("results", "wrong_kind", "A list of results is needed.")
    rows = fields.items("results", MOST_RESULTS)
    notes.raise_any()
    return [_row(card, str(document.get("name", "")), path, raw) for path, raw in rows]


def counts(rows: list[Row]) -> dict[str, int]:
    return {
        outcome: sum(row.outcome == outcome for row in rows)
        for outcome in (EQUAL, DIFFERENT, NOT_COMPARABLE)
    }


def _row(card: Card, name: str, path: str, raw: object) -> Row:
    label = str(raw.get("id", path))[:80] if isinstance(raw, Mapping) else path
    try:
        return _compared(card, name, path, raw, label)
    except InvalidRequest as invalid:
        problem: Problem = invalid.problems[0]
        return Row(label, NOT_COMPARABLE, reason=f"{problem.path}: {problem.message}")


def _compared(card: Card, name: str, path: str, raw: object, label: str) -> Row:
    notes = Notes()
    fields = Fields(raw, path, notes, RESULT_FIELDS)
    form = fields.raw.get("form")
    if form is not None and name and form != name:
        return Row(label, NOT_COMPARABLE, reason=f"It was made with the form “{str(form)[:80]}”.")
    theirs = fields.number("score_percent", 0, 1000, decimals=20)
    if not fields.has("score_percent"):
        fields.problem("score_percent", "not_a_number", "Its score is missing.")
    answers = read_answers(card, fields.raw.get("answers"), notes)
    facts = read_facts(fields.raw.get("facts"), notes)
    notes.raise_any()
    figures = score_card(card, answers, facts)
    if theirs is None or figures.score_percent is None:
        return Row(label, NOT_COMPARABLE, reason="Nothing that counts was answered.")
    shown = (str(fields.raw["score_percent"]), str(figures.score_percent))
    first = _first_difference(card, figures.criteria, fields.raw.get("criteria"))
    if first is None and _is_near(figures.score_percent, theirs):
        return Row(label, EQUAL, *shown)
    return Row(label, DIFFERENT, *shown, first_difference=first or "the score")


def _first_difference(card: Card, ours: Mapping[str, Any], theirs: object) -> str | None:
    """The first criterion, in the order of reading, that earned something else there."""
    if not isinstance(theirs, Mapping):
        return None
    for item in card.items:
        if item.key not in theirs:
            continue
        given, found = theirs[item.key], ours[item.key].percent
        if given is None or found is None:
            if given is not found:
                return item.key
            continue
        try:
            is_near = _is_near(found, read_number(given, 20))
        except BadValue:
            is_near = False
        if not is_near:
            return item.key
    return None


def _is_near(ours: Decimal, theirs: Fraction) -> bool:
    return abs(Fraction(ours) - theirs) <= TOLERANCE
