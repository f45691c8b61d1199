"""Cell values: as text, and safe from being taken for formulas by a spreadsheet."""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal

CellValue = str | int | float | Decimal | bool | date | time | timedelta | None

_LOOKS_LIKE_FORMULA = re.compile("'*[=+\\-@\t\r\n＝＋－＠]")
_PREFIXED_FORMULA = re.compile("'+[=+\\-@\t\r\n＝＋－＠]")


def protect_cell(text: str) -> str:
    """Put an apostrophe before text that a spreadsheet could run as a formula.

    That is text starting with = + - @, TAB, CR, LF or a full-width form of these, also behind any
    number of apostrophes, so that `unprotect_cell` always finds the way back.
    """
    return "'" + text if _LOOKS_LIKE_FORMULA.match(text) else text


def unprotect_cell(text: str) -> str:
    """Undo `protect_cell`; any other text is returned unchanged."""
    return text[1:] if _PREFIXED_FORMULA.match(text) else text


def cell_text(value: CellValue) -> str:
    """A value as a cell of text: numbers with a point, dates in ISO 8601, None as nothing.

    Only text is protected; a number such as -5 stays a number.
    """
    if isinstance(value, str):
        return protect_cell(str(value))
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return _rarer_cell_text(value)


def _rarer_cell_text(value: object) -> str:
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, timedelta):
        return duration_text(value)
    return protect_cell(str(value))


def duration_text(value: timedelta) -> str:
    """A duration as H:MM:SS, hours beyond a day included, with a sign if it is negative."""
    sign = "-" if value < timedelta(0) else ""
    minutes, seconds = divmod(round(abs(value).total_seconds()), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{sign}{hours}:{minutes:02}:{seconds:02}"
