"""What people answer to a question: its shape, and the mark that the key gives it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

from lib.sentences import said
from training import grading
from training.question_text import GRADED_BY_PEOPLE

Json = Mapping[str, Any]
LONGEST_ESSAY = 20_000
LONGEST_TEXT = 1_000


class BadResponse(ValueError):
    """The response has not the shape of an answer to this question."""


def checked(kind: str, body: Json, response: object) -> dict[str, Any]:
    """The response as it is stored; an empty one is {}. Raises BadResponse, UnreadableNumber."""
    if not isinstance(response, dict):
        raise BadResponse(said("An answer is an object."))
    if not response:
        return {}
    try:
        return _SHAPES[kind](body, response)
    except (KeyError, TypeError) as error:
        raise BadResponse(said("The answer does not fit the question.")) from error


def fraction(kind: str, body: Json, key: Json, response: Json) -> Fraction | None:
    """The mark from −1 to 1; None where a person must mark, 0 for a blank."""
    if kind in GRADED_BY_PEOPLE:
        return Fraction(0) if not response else None
    if not response:
        return Fraction(0)
    return _MARKS[kind](body, key, response)


def is_blank(response: Json) -> bool:
    return not response


# --- Shapes --------------------------------------------------------------------------------------


def _require(holds: bool) -> None:
    if not holds:
        raise BadResponse(said("The answer does not fit the question."))


def _ids(rows: list[Json]) -> set[str]:
    return {str(row["id"]) for row in rows}


def _one(body: Json, response: Json) -> dict[str, Any]:
    chosen = response["option"]
    if chosen == "":
        return {}
    _require(isinstance(chosen, str) and chosen in _ids(body["options"]))
    return {"option": chosen}


def _many(body: Json, response: Json) -> dict[str, Any]:
    chosen = response["options"]
    _require(isinstance(chosen, list) and set(chosen) <= _ids(body["options"]))
    return {"options": sorted(set(chosen))} if chosen else {}


def _text(longest: int) -> Callable[[Json, Json], dict[str, Any]]:
    def shape(body: Json, response: Json) -> dict[str, Any]:
        text = response["text"]
        _require(isinstance(text, str) and len(text) <= longest and "\x00" not in text)
        return {"text": text} if text.strip() else {}

    return shape


def _number(body: Json, response: Json) -> dict[str, Any]:
    found = _text(100)(body, response)
    if found:
        grading.read_number(found["text"])
    return found


def _pairs(body: Json, response: Json) -> dict[str, Any]:
    given = {left: right for left, right in response["pairs"].items() if right}
    _require(set(given) <= _ids(body["left"]) and set(given.values()) <= _ids(body["right"]))
    return {"pairs": given} if given else {}


def _items(body: Json, response: Json) -> dict[str, Any]:
    given = response["order"]
    _require(isinstance(given, list) and sorted(given) == sorted(_ids(body["items"])))
    return {"order": given}


def _gaps(body: Json, response: Json) -> dict[str, Any]:
    given = response["gaps"]
    _require(isinstance(given, list) and len(given) == len(body["texts"]) - 1)
    _require(all(isinstance(text, str) and len(text) <= LONGEST_TEXT for text in given))
    return {"gaps": given} if any(text.strip() for text in given) else {}


def _file(body: Json, response: Json) -> dict[str, Any]:
    _require(isinstance(response["file"], str) and len(response["file"]) <= 40)
    return {"file": response["file"], "name": str(response.get("name", ""))[:255]}


_SHAPES: Mapping[str, Callable[[Json, Json], dict[str, Any]]] = {
    "single": _one,
    "true_false": _one,
    "multiple": _many,
    "short_text": _text(LONGEST_TEXT),
    "numeric": _number,
    "match": _pairs,
    "order": _items,
    "gap_fill": _gaps,
    "essay": _text(LONGEST_ESSAY),
    "file": _file,
}


# --- Marks ---------------------------------------------------------------------------------------


def _mark_one(body: Json, key: Json, response: Json) -> Fraction:
    return grading.single(response.get("option"), key["correct"], Fraction(key["penalty"]))


def _mark_many(body: Json, key: Json, response: Json) -> Fraction:
    correct = set(key["correct"])
    wrong = _ids(body["options"]) - correct
    penalty = Fraction(key["penalty"])
    return grading.multiple(response["options"], correct, wrong, key["mode"], penalty)


def _mark_words(text: str, variants: list[Json], key: Json) -> Fraction:
    return grading.short_text(
        text,
        [(one["text"], Fraction(one["credit"])) for one in variants],
        case_sensitive=key["case_sensitive"],
        ignore_accents=key["ignore_accents"],
    )


def _mark_text(body: Json, key: Json, response: Json) -> Fraction:
    return _mark_words(response["text"], key["variants"], key)


def _mark_number(body: Json, key: Json, response: Json) -> Fraction:
    absolute, relative = key.get("absolute"), key.get("relative_percent")
    return grading.numeric(
        response["text"],
        Fraction(key["value"]),
        None if absolute is None else Fraction(absolute),
        None if relative is None else Fraction(relative),
    )


def _mark_pairs(body: Json, key: Json, response: Json) -> Fraction:
    return grading.match(response["pairs"], key["pairs"])


def _mark_order(body: Json, key: Json, response: Json) -> Fraction:
    return grading.order(response["order"], key["order"], key["mode"])


def _mark_gaps(body: Json, key: Json, response: Json) -> Fraction:
    gaps = key["gaps"]
    marks = [
        _mark_words(text, gap["variants"], key)
        for text, gap in zip(response["gaps"], gaps, strict=True)
    ]
    return grading.gap_fill(marks, [Fraction(gap["weight"]) for gap in gaps])


_MARKS: Mapping[str, Callable[[Json, Json, Json], Fraction]] = {
    "single": _mark_one,
    "true_false": _mark_one,
    "multiple": _mark_many,
    "short_text": _mark_text,
    "numeric": _mark_number,
    "match": _mark_pairs,
    "order": _mark_order,
    "gap_fill": _mark_gaps,
}
