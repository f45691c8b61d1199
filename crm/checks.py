"""Start-up checks of the customer record."""

from __future__ import annotations

from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register

from crm.merging.rules import columns_without_rule


@register(Tags.models)
def every_column_of_customers_has_a_merge_rule(**kwargs: Any) -> list[CheckMessage]:
    """A row that a merge forgets would be lost with the customer who gives way."""
    return [
        Error(
            f"{model}.{field} points at a customer and has no merge rule.",
            hint="Register a crm.merging.rules.MergeRule for it in config/wiring.py.",
            id="crm.E001",
        )
        for model, field in columns_without_rule()
    ]
