"""Values of custom fields as the database compares them: decimals stand in JSON as text."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation

from django.db.models import Case, DecimalField, Q, When
from django.db.models.fields.json import KeyTextTransform
from django.db.models.functions import Cast
from django.db.models.lookups import Exact, GreaterThanOrEqual, LessThanOrEqual

LARGEST = Decimal(10) ** 14
NUMBER = r"^-?[0-9]{1,14}(\.[0-9]{1,6})?$"
COMPARISONS = {"is": Exact, "at_least": GreaterThanOrEqual, "at_most": LessThanOrEqual}


class NotANumber(ValueError):
    """The text is no decimal number that a custom field could hold."""


def read_number(text: str) -> Decimal:
    """A number as people write it; raises NotANumber."""
    try:
        number = Decimal(text.strip())
    except InvalidOperation:
        raise NotANumber(text) from None
    if not number.is_finite() or abs(number) >= LARGEST:
        raise NotANumber(text)
    return number


def compared(key: str, operator: str, number: Decimal) -> Q:
    """Rows whose decimal under `key` compares so with `number`: 9.5 is less than 10.00.

    Only what is a number is cast, so that no other value breaks the query.
    """
    digits = DecimalField(max_digits=20, decimal_places=6)
    is_number = Q(**{f"custom__{key}__regex": NUMBER})
    value = Case(
        When(is_number, then=Cast(KeyTextTransform(key, "custom"), digits)),
        default=None,
        output_field=digits,
    )
    return Q(COMPARISONS[operator](value, number))
