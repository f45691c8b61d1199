"""Keeps the weights of a percent mode at 100 while one of them is edited."""

from collections.abc import Collection, Mapping
from decimal import ROUND_DOWN, Decimal

HUNDRED = Decimal(100)
STEP = Decimal("0.0001")


def spread(
    weights: Mapping[str, Decimal], key: str, value: Decimal, locked: Collection[str] = ()
) -> dict[str, Decimal]:
    """Set one weight and share what is left of 100 among the unlocked others in proportion.

    Four decimals; what rounding leaves over goes to the largest. The value is limited to what the
    locked ones leave. With nothing unlocked beside it, only the one weight changes.
    """
    held = sum((weights[name] for name in locked if name in weights and name != key), Decimal(0))
    others = [name for name in weights if name != key and name not in locked]
    if not others:
        return {**weights, key: value.quantize(STEP)}
    value = min(max(value, Decimal(0)), max(HUNDRED - held, Decimal(0))).quantize(STEP)
    return {
        **weights,
        key: value,
        **_shared({n: weights[n] for n in others}, HUNDRED - held - value),
    }


def even(keys: Collection[str]) -> dict[str, Decimal]:
    """100 in equal parts."""
    return _shared(dict.fromkeys(keys, Decimal(1)), HUNDRED) if keys else {}


def to_hundred(weights: Mapping[str, Decimal]) -> dict[str, Decimal]:
    """The same weights in proportion, so that they total 100; all zero become equal."""
    return _shared(weights, HUNDRED) if weights else {}


def _shared(weights: Mapping[str, Decimal], total: Decimal) -> dict[str, Decimal]:
    whole = sum(weights.values())
    parts = {
        name: (total * weight / whole if whole else total / len(weights)).quantize(STEP, ROUND_DOWN)
        for name, weight in weights.items()
    }
    largest = max(parts, key=lambda name: parts[name])
    parts[largest] += total - sum(parts.values())
    return parts
