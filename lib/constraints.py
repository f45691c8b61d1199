"""Conditions for check constraints: what one database bounds by itself and the other does not."""

from __future__ import annotations

from django.db.models import Q
from django.db.models.functions import Length
from django.db.models.lookups import LessThanOrEqual


def texts_fit(**lengths: int) -> Q:
    """Each named column has at most so many characters, which SQLite alone does not look at."""
    condition = Q()
    for name, length in lengths.items():
        condition &= Q(LessThanOrEqual(Length(name), length))
    return condition
