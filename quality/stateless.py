"""Answers to anybody: draw a sample, or tell how far raters agree, from what the request holds.

Each function takes the body of a request and returns the answer as JSON text in UTF-8; it raises
InvalidRequest with every problem found. Scoring stands in quality/scoring and is read alike.
"""

import json
from fractions import Fraction

from quality import agreement, sampling
from quality.scoring.numbers import BadValue, plain, read_number
from quality.scoring.problems import FAR, Fields, InvalidRequest, Notes, Problem
from quality.scoring.requests import MOST_BYTES, check_tree, parse_json

MOST_IDS = 20_000
MOST_RATERS = 30
MOST_ITEMS = 2_000
MOST_RATINGS = 10_000
MOST_CATEGORIES = 100
LONGEST_RATING = 100
HIGHEST_ID = 10**15 - 1
MEASURES = ("percent_agreement", "kappa", "alpha_nominal", "alpha_ordinal", "icc")
NUMERIC_MEASURES = ("alpha_ordinal", "icc")
TOO_FEW, NO_VARIATION = "fewer than 2 shared items", "the ratings do not vary"

Rating = str | Fraction | None


def read_object(body: bytes, known: frozenset[str]) -> Fields:
    """The request's object, with notes that collect what is wrong with its fields."""
    if len(body) > MOST_BYTES:
        message = f"A request has at most {MOST_BYTES} bytes."
        raise InvalidRequest([Problem("", "too_large", message)])
    data = parse_json(body)
    check_tree(data)
    return Fields(data, "", Notes(), known)


def as_json(answer: dict[str, object]) -> bytes:
    return json.dumps(answer, ensure_ascii=False, separators=(",", ":")).encode()


# --- Samples -------------------------------------------------------------------------------------


def sample(body: bytes) -> bytes:
    """`{seed, ids, n}` gives the ids in drawing order, the first n as picks, and the hashes."""
    fields = read_object(body, frozenset({"seed", "ids", "n"}))
    seed = _seed(fields)
    ids = _ids(fields)
    n = _whole(fields, "n", fields.raw.get("n"), MOST_IDS)
    fields.notes.raise_any()
    ordered = sampling.order(seed, ids)
    return as_json(
        {
            "order": ordered,
            "picks": sampling.first_unused(ordered, n, ()),
            "frame_n": len(ids),
            "frame_sha256": sampling.frame_hash(ids),
            "seed_sha256": sampling.commitment(seed),
        }
    )


def _seed(fields: Fields) -> str:
    seed = fields.text("seed", 32)
    try:
        return sampling.checked(seed)
    except ValueError as bad:
        if seed:
            fields.problem("seed", "out_of_limits", str(bad))
        return ""


def _ids(fields: Fields) -> list[int]:
    """The ids of the frame; none may stand in it twice."""
    if not fields.has("ids"):
        fields.problem("ids", "wrong_kind", "A list of ids is needed.")
    ids: list[int] = []
    seen: set[int] = set()
    for index, (_path, value) in enumerate(fields.items("ids", MOST_IDS)):
        found = _whole(fields, f"ids[{index}]", value, HIGHEST_ID)
        if found in seen:
            fields.problem(f"ids[{index}]", "duplicate_key", "This id stands in the frame twice.")
        seen.add(found)
        ids.append(found)
    return ids


def _whole(fields: Fields, name: str, value: object, high: int) -> int:
    """A whole number from 0 to `high`; a problem and 0 where it is none."""
    if value is None:
        fields.problem(name, "wrong_kind", "A whole number is needed here.")
        return 0
    number = fields.as_number(name, value, 0, high, 0)
    return 0 if number is None else int(number)


# --- Agreement -----------------------------------------------------------------------------------


def agree(body: bytes) -> bytes:
    """`{measure, ratings}` gives the measure's value, or null with the reason.

    Ratings stand as raters x items, null where a rater left an item out.
    """
    fields = read_object(body, frozenset({"measure", "ratings"}))
    measure = fields.required_word("measure", MEASURES)
    ratings = _ratings(fields, measure)
    fields.notes.raise_any()
    shared = len(agreement.shared_items(ratings))
    figures = _figures(measure, ratings)
    reason = NO_VARIATION if shared > 1 else TOO_FEW
    return as_json(
        {
            "measure": measure,
            "raters": len(ratings),
            "items": len(ratings[0]),
            "shared_items": shared,
            **figures,
            "reason": reason if figures["value"] is None else None,
        }
    )


def _figures(measure: str, ratings: list[list[Rating]]) -> dict[str, float | None]:
    """The value, and for kappa what it is made of; six decimals."""
    if measure == "percent_agreement":
        return {"value": _rounded(agreement.percent_agreement(ratings))}
    if measure == "icc":
        return {"value": _rounded(agreement.icc(list(zip(*ratings, strict=True))))}
    if measure.startswith("alpha"):
        level = measure.removeprefix("alpha_")
        return {"value": _rounded(agreement.alpha(ratings, level))}
    found = agreement.kappa(agreement.table_of(ratings[0], ratings[1]))
    if found is None:
        return {"value": None, "observed": None, "expected": None}
    return {
        "value": _rounded(found.kappa),
        "observed": _rounded(found.observed),
        "expected": _rounded(found.expected),
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _ratings(fields: Fields, measure: str) -> list[list[Rating]]:
    """Equally long rows, one a rater; problems where the table has another shape."""
    rows = [
        _row(fields, index, value, measure in NUMERIC_MEASURES)
        for index, (_path, value) in enumerate(fields.items("ratings", MOST_RATERS))
    ]
    most = 2 if measure == "kappa" else MOST_RATERS
    if not 2 <= len(rows) <= most:
        message = "Kappa needs exactly 2 raters." if most == 2 else f"Give 2 to {most} raters."
        fields.problem("ratings", "out_of_limits", message)
        return [[]]
    _check_shape(fields, rows)
    return rows


def _check_shape(fields: Fields, rows: list[list[Rating]]) -> None:
    for index, row in enumerate(rows):
        if len(row) != len(rows[0]):
            message = f"All raters need a place for each item: {len(rows[0])}, here {len(row)}."
            fields.problem(f"ratings[{index}]", "out_of_limits", message)
    if sum(map(len, rows)) > MOST_RATINGS:
        fields.problem("ratings", "too_large", f"At most {MOST_RATINGS} ratings are possible.")
    if len({rating for row in rows for rating in row} - {None}) > MOST_CATEGORIES:
        message = f"At most {MOST_CATEGORIES} different ratings are possible."
        fields.problem("ratings", "too_large", message)


def _row(fields: Fields, index: int, value: object, is_numeric: bool) -> list[Rating]:
    if not isinstance(value, list):
        fields.problem(f"ratings[{index}]", "wrong_kind", "A list of ratings is expected here.")
        return []
    if len(value) > MOST_ITEMS:
        message = f"At most {MOST_ITEMS} items are possible, here are {len(value)}."
        fields.problem(f"ratings[{index}]", "too_large", message)
        return []
    return [
        _rating(fields, f"ratings[{index}][{place}]", rating, is_numeric)
        for place, rating in enumerate(value)
    ]


def _rating(fields: Fields, name: str, value: object, is_numeric: bool) -> Rating:
    """A number where the measure counts; else a category, as text, whichever way it was written."""
    if value is None:
        return None
    if is_numeric:
        return fields.as_number(name, value, -FAR, FAR, 4)
    if isinstance(value, str) and len(value) <= LONGEST_RATING:
        return value
    try:
        return plain(read_number(value, 4))
    except BadValue:
        message = f"A rating is a number, or a text of at most {LONGEST_RATING} characters."
        fields.problem(name, "wrong_kind", message)
        return None
