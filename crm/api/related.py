"""Ids in a body must be visible to whoever sends them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.models import User


def narrowed(
    fields: dict[str, Any],
    context: Mapping[str, Any],
    rows: Mapping[str, Callable[[User], QuerySet[Any]]],
) -> dict[str, Any]:
    """Fields of related records, each over the rows that the person may name."""
    view = context.get("view")
    if view is None or getattr(view, "swagger_fake_view", False):
        return fields
    for name, visible in rows.items():
        field = fields.get(name)
        if field is not None and not field.read_only:
            field.queryset = visible(view.person)
    return fields
