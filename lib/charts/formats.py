"""Numbers as people read them: one way for axes, labels and tables."""

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

Show = Callable[[float | None], str]

MISSING = "–"


def _rounded(value: float, decimals: int) -> Decimal:
    """Half away from zero; zero has no sign."""
    result = Decimal(repr(value)).quantize(Decimal(1).scaleb(-decimals), ROUND_HALF_UP)
    return abs(result) if result == 0 else result


def _text(value: float, decimals: int) -> str:
    return f"{_rounded(value, decimals):,}".replace("-", "−")


def number(value: float | None) -> str:
    """One decimal: 84.6; an en dash for no value."""
    return MISSING if value is None else _text(value, 1)


def coefficient(value: float | None) -> str:
    """Three decimals: 0.812, as measures of agreement are printed."""
    return MISSING if value is None else _text(value, 3)


def count(value: float | None) -> str:
    """A whole number with thousands: 33,344."""
    return MISSING if value is None else _text(value, 0)


def percent(value: float | None) -> str:
    """One decimal with its sign: 81.2 %."""
    return MISSING if value is None else f"{_text(value, 1)} %"


def signed(value: float | None) -> str:
    """One decimal with plus or minus: +4.0; 0.0 has no sign."""
    if value is None:
        return MISSING
    return f"+{_text(value, 1)}" if _rounded(value, 1) > 0 else _text(value, 1)


def seconds(value: float | None) -> str:
    """Below a minute 40.8 s, from there 5:50, from an hour 1:05:10."""
    if value is None:
        return MISSING
    if abs(_rounded(value, 1)) < 60:
        return f"{_text(value, 1)} s"
    minutes, rest = divmod(int(abs(_rounded(value, 0))), 60)
    hours, minutes = divmod(minutes, 60)
    sign = "−" if value < 0 else ""
    return f"{sign}{hours}:{minutes:02}:{rest:02}" if hours else f"{sign}{minutes}:{rest:02}"


def tick_text(show: Show, value: float) -> str:
    """A value on an axis: as in the table, but without a decimal that says nothing."""
    return show(value).replace(".0 ", " ").removesuffix(".0")
