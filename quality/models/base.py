"""Fields and checks that several tables of quality share."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Length

from lib.models import Stamped
from quality.scoring.numbers import plain_decimal

MOST_POINTS = Decimal(1_000_000)

models.CharField.register_lookup(Length)
models.TextField.register_lookup(Length)

is_a_key = RegexValidator(
    r"\A[a-zA-Z0-9._-]{1,40}\Z",
    "A key is 1 to 40 letters, digits, dots, dashes and underscores.",
)


class RowVersioned(Stamped):
    """Rows that two people may edit; `row_version`, since a version here is a scorecard's."""

    row_version = models.PositiveIntegerField(default=1, editable=False)

    class Meta:
        abstract = True


def key_field() -> models.CharField[str, str]:
    return models.CharField(max_length=40, validators=[is_a_key])


def points_field(**options: Any) -> models.DecimalField[Any, Any]:
    """Points and weights: four decimals, at most a million either way."""
    return models.DecimalField(max_digits=11, decimal_places=4, **options)


def percent_field(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=8, decimal_places=4, null=True, blank=True, **options)


def within(name: str, low: int | Decimal, high: int | Decimal) -> Q:
    """The field is empty or between low and high, both included."""
    return Q(**{f"{name}__isnull": True}) | Q(**{f"{name}__gte": low, f"{name}__lte": high})


def together(*names: str) -> Q:
    """Either all of these fields are set or none is."""
    return Q(**{f"{name}__isnull": True for name in names}) | Q(
        **{f"{name}__isnull": False for name in names}
    )


def at_most(name: str, length: int) -> Q:
    """SQLite stores over-long text without a word, so the table refuses it."""
    return Q(**{f"{name}__length__lte": length})


def as_text(number: Decimal | int | str | None) -> str | None:
    """Shortest plain text of a decimal column; None stays None."""
    return None if number is None else plain_decimal(Decimal(number))
