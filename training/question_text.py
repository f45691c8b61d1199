"""Questions as their authors write them, one line for each option, and as grading reads them.

The author's text is kept beside body and key, so that it can be edited as it was written. A `*`
before a line marks a right option; docs/how-to/quizzes.md shows every kind.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from fractions import Fraction
from typing import Any

from training import grading
from training.grading import UnreadableNumber, cleaned, read_number

MOST_OPTIONS = 30
MOST_VARIANTS = 20
GAP = re.compile(r"\[([^\[\]\n]+)\]")
GRADED_BY_PEOPLE = ("essay", "file")
Json = dict[str, Any]


class BadQuestion(ValueError):
    """The question cannot be asked like this; the text says why."""


@dataclass(frozen=True)
class Written:
    """What the author typed beside the prompt."""

    text: str = ""
    mode: str = ""
    penalty: Decimal = Decimal(0)
    value: str = ""
    absolute: Decimal | None = None
    relative_percent: Decimal | None = None
    case_sensitive: bool = False
    ignore_accents: bool = False


@dataclass(frozen=True)
class Parsed:
    """`body` may be shown before the review, `key` may not."""

    body: Json = field(default_factory=dict)
    key: Json = field(default_factory=dict)


def parse(kind: str, written: Written) -> Parsed:
    """Body and key of a question; raises BadQuestion."""
    try:
        parser = _PARSERS[kind]
    except KeyError:
        raise BadQuestion(f"No kind of question is named {kind!r}.") from None
    return parser(written)


def lines_of(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _options(rows: list[str]) -> list[Json]:
    if len(rows) > MOST_OPTIONS:
        raise BadQuestion(f"At most {MOST_OPTIONS} options fit.")
    seen: set[str] = set()
    for row in rows:
        if not row:
            raise BadQuestion("An option is empty.")
        if cleaned(row) in seen:
            raise BadQuestion(f"“{row}” stands there twice.")
        seen.add(cleaned(row))
    return [{"id": f"o{number}", "text": row} for number, row in enumerate(rows, 1)]


def _marked(written: Written) -> tuple[list[Json], list[str]]:
    rows = lines_of(written.text)
    options = _options([row.removeprefix("*").strip() for row in rows])
    right = [o["id"] for o, row in zip(options, rows, strict=True) if row.startswith("*")]
    if len(options) < 2:
        raise BadQuestion("Write two options or more, one on each line.")
    if not right:
        raise BadQuestion("Put a * before the right option.")
    if len(right) == len(options):
        raise BadQuestion("Every option is right. Add a wrong one.")
    return options, right


def _penalty(written: Written) -> str:
    if not 0 <= written.penalty <= 1:
        raise BadQuestion("The penalty is a part of the points, from 0 to 1.")
    return str(written.penalty)


def _single(written: Written) -> Parsed:
    options, right = _marked(written)
    if len(right) > 1:
        raise BadQuestion("Only one option may be right. Choose the kind with several.")
    return Parsed({"options": options}, {"correct": right[0], "penalty": _penalty(written)})


def _true_false(written: Written) -> Parsed:
    said = written.value.strip().lower()
    if said not in ("true", "false"):
        raise BadQuestion("Say whether the statement is true or false.")
    options = [{"id": "true", "text": "True"}, {"id": "false", "text": "False"}]
    return Parsed({"options": options}, {"correct": said, "penalty": _penalty(written)})


def _multiple(written: Written) -> Parsed:
    options, right = _marked(written)
    mode = written.mode or "balanced"
    if mode not in ("balanced", "right_minus_wrong", "all_or_nothing"):
        raise BadQuestion("Choose how several options are marked.")
    return Parsed(
        {"options": options}, {"correct": right, "mode": mode, "penalty": _penalty(written)}
    )


def _variants(rows: Iterable[str]) -> list[Json]:
    """Texts with their credit: "two weeks" or "two weeks = 0.5"."""
    found = []
    for row in rows:
        text, _, credit = row.partition("=")
        worth = _credit(credit.strip()) if credit.strip() else Fraction(1)
        if not text.strip():
            raise BadQuestion("An answer is empty.")
        found.append({"text": text.strip(), "credit": str(grading.rounded(worth, 4))})
    if not found:
        raise BadQuestion("Write at least one right answer.")
    if len(found) > MOST_VARIANTS:
        raise BadQuestion(f"At most {MOST_VARIANTS} answers fit.")
    if not any(Decimal(one["credit"]) == 1 for one in found):
        raise BadQuestion("No answer gives the full mark.")
    return found


def _credit(text: str) -> Fraction:
    try:
        worth = read_number(text)
    except UnreadableNumber:
        raise BadQuestion(f"“{text}” is no credit from 0 to 1.") from None
    if not 0 <= worth <= 1:
        raise BadQuestion(f"“{text}” is no credit from 0 to 1.")
    return worth


def _comparing(written: Written) -> Json:
    return {"case_sensitive": written.case_sensitive, "ignore_accents": written.ignore_accents}


def _short_text(written: Written) -> Parsed:
    return Parsed({}, {"variants": _variants(lines_of(written.text)), **_comparing(written)})


def _numeric(written: Written) -> Parsed:
    try:
        value = read_number(written.value)
    except UnreadableNumber as error:
        raise BadQuestion(str(error)) from None
    bounds = (written.absolute, written.relative_percent)
    if any(bound is not None and bound < 0 for bound in bounds):
        raise BadQuestion("A tolerance is not below 0.")
    if written.absolute is not None and written.relative_percent is not None:
        raise BadQuestion("Give one tolerance: absolute or in percent.")
    key: Json = {"value": f"{value.numerator}/{value.denominator}"}
    if written.absolute is not None:
        key["absolute"] = str(written.absolute)
    if written.relative_percent is not None:
        key["relative_percent"] = str(written.relative_percent)
    return Parsed({}, key)


def _match(written: Written) -> Parsed:
    rows = lines_of(written.text)
    pairs = [[part.strip() for part in row.split("=", 1)] for row in rows]
    if len(pairs) < 2 or any(len(pair) != 2 or not all(pair) for pair in pairs):
        raise BadQuestion("Write two pairs or more as “left = right”, one on each line.")
    left = [
        {"id": f"l{number}", "text": option["text"]}
        for number, option in enumerate(_options([pair[0] for pair in pairs]), 1)
    ]
    texts = list(dict.fromkeys(pair[1] for pair in pairs))
    right = [{"id": f"r{number}", "text": text} for number, text in enumerate(texts, 1)]
    ids = {one["text"]: one["id"] for one in right}
    key = {one["id"]: ids[pair[1]] for one, pair in zip(left, pairs, strict=True)}
    return Parsed({"left": left, "right": right}, {"pairs": key})


def _order(written: Written) -> Parsed:
    items = _options(lines_of(written.text))
    mode = written.mode or "pairs"
    if mode not in ("exact", "position", "pairs"):
        raise BadQuestion("Choose how an order is marked.")
    if len(items) < 2:
        raise BadQuestion("Write two items or more in the right order.")
    return Parsed({"items": items}, {"order": [one["id"] for one in items], "mode": mode})


def _gap_fill(written: Written) -> Parsed:
    """ "It takes [five|5] days {2} …": variants between bars, a weight in braces behind a gap."""
    pieces = GAP.split(written.text.strip())
    texts, inside = pieces[::2], pieces[1::2]
    if not inside:
        raise BadQuestion("Put the words to be found into [brackets].")
    if len(inside) > MOST_OPTIONS:
        raise BadQuestion(f"At most {MOST_OPTIONS} gaps fit.")
    gaps, shown = [], [texts[0]]
    for number, words in enumerate(inside):
        behind, weight = texts[number + 1], "1"
        if found := re.match(r"\{(\d{1,4}(?:\.\d{1,2})?)\}", behind):
            weight, behind = found[1], behind[found.end() :]
        if Decimal(weight) == 0:
            raise BadQuestion("A gap's weight is above 0.")
        gaps.append({"weight": weight, "variants": _variants(words.split("|"))})
        shown.append(behind)
    return Parsed({"texts": shown}, {"gaps": gaps, **_comparing(written)})


def _by_people(written: Written) -> Parsed:
    return Parsed()


_PARSERS: Mapping[str, Callable[[Written], Parsed]] = {
    "single": _single,
    "true_false": _true_false,
    "multiple": _multiple,
    "short_text": _short_text,
    "numeric": _numeric,
    "match": _match,
    "order": _order,
    "gap_fill": _gap_fill,
    "essay": _by_people,
    "file": _by_people,
}
KINDS = tuple(_PARSERS)
