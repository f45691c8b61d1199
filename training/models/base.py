"""Fields that several tables of training share."""

from __future__ import annotations

from typing import Any

from django.db import models

from quality.models.base import RowVersioned, at_most, together, within

__all__ = ["RowVersioned", "at_most", "percent", "points", "together", "within"]


def percent(**options: Any) -> models.DecimalField[Any, Any]:
    """0 to 100 with two decimals."""
    return models.DecimalField(max_digits=5, decimal_places=2, **options)


def points(**options: Any) -> models.DecimalField[Any, Any]:
    return models.DecimalField(max_digits=8, decimal_places=4, **options)
