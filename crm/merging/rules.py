"""What becomes of the rows of a customer who is merged into another one.

Every column that points at a customer has a rule, also those of other apps, which
`config/wiring.py` registers here. A column without one stops `manage.py check` (crm.E001).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q

from crm.models.customers import Customer

# Which rows of the loser do not move; called with the ids of winner and loser.
Stays = Callable[[int, int], Q]


@dataclass(frozen=True)
class MergeRule:
    """The rule of one column.

    With `moves`, the loser's rows go to the winner; without, they stay. A row that is `alike` in
    the named columns to one of the winner's, or that `stays`, remains with the loser: the winner
    has its like. `title` is what people call the rows. `clears` names a true-or-false column that
    becomes false on a moved row where the winner has a true one among rows alike in `within`.
    """

    model: str
    field: str = "customer"
    title: str = ""
    moves: bool = True
    alike: tuple[str, ...] = ()
    stays: Stays | None = None
    clears: str = ""
    within: tuple[str, ...] = ()

    @property
    def rows(self) -> models.QuerySet[Any]:
        return apps.get_model(self.model)._base_manager.all()

    @property
    def key(self) -> tuple[str, str]:
        return self.model.lower(), self.field


_rules: dict[tuple[str, str], MergeRule] = {}


def register(*rules: MergeRule) -> None:
    """Say what becomes of rows when customers merge; the same column twice has the last rule."""
    for rule in rules:
        _rules[rule.key] = rule


def all_rules() -> list[MergeRule]:
    return list(_rules.values())


def columns_of_customers() -> Iterator[tuple[str, str]]:
    """Model and field of every foreign key to Customer, those of many-to-many tables included."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.ForeignKey) and field.related_model is Customer:
                yield model._meta.label_lower, field.name


def columns_without_rule() -> list[tuple[str, str]]:
    return sorted(set(columns_of_customers()) - _rules.keys())
