"""Reads a scoring request strictly: JSON text in, checked scorecard, answers and facts out."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from typing import NoReturn

from quality.scoring.answer_reading import read_answers
from quality.scoring.answers import Answer
from quality.scoring.card import Card
from quality.scoring.engine import Score, score_card
from quality.scoring.facts import Value, read_facts
from quality.scoring.problems import Fields, InvalidRequest, Notes, Problem
from quality.scoring.reading import read_card
from quality.scoring.receipts import ENGINE

MOST_BYTES = 256 * 1024
DEEPEST = 32
REQUEST_FIELDS = frozenset({"scorecard", "answers", "facts", "engine"})


@dataclass(frozen=True)
class Request:
    card: Card
    answers: Mapping[str, Answer]
    facts: Mapping[str, Value]

    def score(self) -> Score:
        return score_card(self.card, self.answers, self.facts)


def parse_request(body: bytes) -> Request:
    """Read a request of at most 256 kB; raises InvalidRequest with every problem found."""
    if len(body) > MOST_BYTES:
        refuse("too_large", f"A request has at most {MOST_BYTES} bytes; this has {len(body)}.")
    data = parse_json(body)
    check_tree(data)
    return read_request(data)


def read_request(data: object) -> Request:
    """Read a request that is plain data already."""
    notes = Notes()
    fields = Fields(data, "", notes, REQUEST_FIELDS)
    fields.word("engine", (ENGINE,))
    if not fields.has("scorecard"):
        fields.problem("scorecard", "wrong_kind", "A scorecard is needed.")
        notes.raise_any()
    card = read_card(fields.raw["scorecard"], "scorecard", notes)
    answers = read_answers(card, fields.raw.get("answers"), notes)
    facts = read_facts(fields.raw.get("facts"), notes)
    notes.raise_any()
    return Request(card, answers, facts)


def refuse(code: str, message: str) -> NoReturn:
    raise InvalidRequest([Problem("", code, message)])


# --- JSON ----------------------------------------------------------------------------------------


class Repeating(dict[str, object]):
    """A JSON object in which a key stood twice; `repeated` names it."""

    repeated = ""


class NotNumber:
    """Stands for NaN, Infinity and numbers beyond all bounds, which no field accepts."""


def parse_json(body: bytes) -> object:
    """Exact numbers instead of floats; keys that stand twice are kept in mind."""
    try:
        return json.loads(
            body.decode(),
            object_pairs_hook=_pairs,
            parse_int=_number,
            parse_float=_number,
            parse_constant=lambda _: NotNumber(),
        )
    except RecursionError:
        refuse("too_deep", "The JSON is nested too deeply.")
    except ValueError as bad:
        refuse("bad_json", f"This is not JSON in UTF-8: {bad}.")


def _pairs(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) == len(pairs):
        return found
    repeating = Repeating(found)
    seen: set[str] = set()
    for name, _ in pairs:
        if name in seen:
            repeating.repeated = name
        seen.add(name)
    return repeating


def _number(text: str) -> object:
    try:
        return Decimal(text)
    except InvalidOperation:
        return NotNumber()


def check_tree(data: object, deepest: int = DEEPEST) -> None:
    """Refuse keys given twice, texts with half a character, and nesting beyond all use."""
    notes = Notes()
    waiting: list[tuple[str, object, int]] = [("", data, 0)]
    while waiting:
        path, value, depth = waiting.pop()
        if depth > deepest:
            refuse("too_deep", "The JSON is nested too deeply.")
        if isinstance(value, str) and not _is_whole(value):
            notes.add(path, "bad_json", "A text here holds half a character.")
        elif isinstance(value, list):
            waiting += [(f"{path}[{i}]", item, depth + 1) for i, item in enumerate(value)]
        elif isinstance(value, dict):
            if isinstance(value, Repeating):
                where = _at(path, value.repeated)
                notes.add(where, "duplicate_key", "This key stands twice in one object.")
            if not all(map(_is_whole, value)):
                notes.add(path, "bad_json", "A name here holds half a character.")
                continue
            waiting += [(_at(path, name), item, depth + 1) for name, item in value.items()]
    notes.raise_any()


def _at(path: str, name: str) -> str:
    return f"{path}.{name[:60]}" if path else name[:60]


def _is_whole(text: str) -> bool:
    return text.isascii() or not any("\ud800" <= character <= "\udfff" for character in text)
