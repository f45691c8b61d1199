"""Reads a form file: at most 2 MB of JSON, 20 levels deep, every number exact."""

from decimal import Decimal

from quality.scoring.problems import InvalidRequest, Notes, Problem
from quality.scoring.requests import check_tree, parse_json

MOST_BYTES = 2 * 1024 * 1024
DEEPEST = 20
MOST_DIGITS = 20


def parse(body: bytes) -> object:
    """Plain data; whole numbers as int, others as decimal text. Raises InvalidRequest."""
    if len(body) > MOST_BYTES:
        message = f"A form has at most {MOST_BYTES} bytes; this has {len(body)}."
        raise InvalidRequest([Problem("", "too_large", message)])
    data = parse_json(body.removeprefix(b"\xef\xbb\xbf"))
    check_tree(data, DEEPEST)
    notes = Notes()
    plain = _plain(data, "", notes)
    notes.raise_any()
    return plain


def _plain(value: object, path: str, notes: Notes) -> object:
    if isinstance(value, dict):
        return {
            name: _plain(item, f"{path}.{name[:60]}" if path else name[:60], notes)
            for name, item in value.items()
        }
    if isinstance(value, list):
        return [_plain(item, f"{path}[{index}]", notes) for index, item in enumerate(value)]
    if isinstance(value, str):
        if "\0" in value:
            notes.add(path, "bad_json", "A text here holds the character NUL.")
        return value
    return value if value is None or isinstance(value, bool) else _number(value, path, notes)


def _number(value: object, path: str, notes: Notes) -> int | str:
    if not isinstance(value, Decimal) or not value.is_finite():
        notes.add(path, "not_a_number", "Give a number such as 7 or 2.5.")
        return 0
    if abs(value.adjusted()) > MOST_DIGITS or len(value.as_tuple().digits) > 2 * MOST_DIGITS:
        notes.add(path, "out_of_limits", "This number has too many digits.")
        return 0
    if value == value.to_integral_value():
        return int(value)
    return format(value.normalize(), "f")
