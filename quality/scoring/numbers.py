"""Exact numbers: read from JSON, rounded once, written as short plain text. No floats."""

import re
from collections.abc import Iterable
from decimal import Decimal
from fractions import Fraction
from functools import lru_cache
from math import lcm

PLAIN_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,39})(\.[0-9]{1,40})?", re.ASCII)
MOST_DIGITS = 40
TENS = (1, 10, 100, 1_000, 10_000)
_TEXT_DECIMALS = 12


class BadValue(ValueError):
    """The text is a sentence for the user, `code` the word for programs."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


def read_number(raw: object, decimals: int) -> Fraction:
    """The exact value of a JSON number or a plain decimal string; raises BadValue."""
    if type(raw) is int and abs(raw) < 10**MOST_DIGITS:
        return Fraction(raw)
    if isinstance(raw, str):
        if not PLAIN_NUMBER.fullmatch(raw):
            raise BadValue("not_a_number", "Give a number such as 7 or 2.5.")
        raw = Decimal(raw)
    if type(raw) is int:
        raise BadValue("out_of_limits", "This number has too many digits.")
    if not isinstance(raw, Decimal) or not raw.is_finite():
        raise BadValue("not_a_number", "Give a number such as 7 or 2.5.")
    if len(raw.as_tuple().digits) > 2 * MOST_DIGITS or abs(raw.adjusted()) > MOST_DIGITS:
        if raw == 0:
            return Fraction(0)
        raise BadValue("out_of_limits", "This number has too many digits.")
    value = Fraction(raw)
    if 10**decimals % value.denominator:
        raise BadValue("out_of_limits", f"At most {decimals} decimals are kept.")
    return value


def add_up(values: Iterable[Fraction]) -> Fraction:
    """The exact sum; over one common denominator, which is much quicker than pair by pair."""
    known = list(values)
    bottom = lcm(*[value.denominator for value in known])
    return Fraction(
        sum([value.numerator * (bottom // value.denominator) for value in known]), bottom
    )


def rounded(value: Fraction, decimals: int) -> Decimal:
    """Rounded half away from zero, with exactly so many decimals."""
    return rounded_ratio(value.numerator, value.denominator, decimals)


def rounded_ratio(top: int, bottom: int, decimals: int) -> Decimal:
    """The same for top / bottom, where bottom is above 0."""
    digits = (2 * abs(top) * TENS[decimals] + bottom) // (2 * bottom)
    return _decimal(-digits if top < 0 else digits, decimals)


@lru_cache(maxsize=50_000)
def _decimal(digits: int, decimals: int) -> Decimal:
    return Decimal(f"{digits}E-{decimals}")


def plain(value: Fraction) -> str:
    """Shortest decimal text of a value that ends within 12 decimals: 80, 0.5, -2.25."""
    if value.denominator == 1:
        return str(value.numerator)
    digits = f"{abs(value.numerator) * 10**_TEXT_DECIMALS // value.denominator:013d}"
    sign = "-" if value < 0 else ""
    return f"{sign}{digits[:-_TEXT_DECIMALS]}.{digits[-_TEXT_DECIMALS:].rstrip('0')}"


def plain_decimal(value: Decimal) -> str:
    """Shortest text of a rounded figure: 8.0000 reads 8."""
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text
