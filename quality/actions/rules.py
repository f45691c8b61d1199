"""What the verbs of every kind of rule share: hold the row, write it anew, switch it."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any, TypeVar, cast

from django.db import models

from accounts import audit
from accounts.models import User
from quality.models.rules import Rule
from quality.refusals import Stale

RuleT = TypeVar("RuleT", bound=Rule)


class RuleChangedElsewhere(Stale):
    def __init__(self) -> None:
        super().__init__("Somebody else changed this rule first. Look at it again.")


def locked_rule(rule: RuleT, *related: str) -> RuleT:
    """The row as it is now, held until the transaction ends."""
    rows = type(rule)._default_manager.select_related(*related).select_for_update(of=("self",))
    return cast(RuleT, rows.get(pk=rule.pk))


def write_anew(rule: Rule, values: Mapping[str, Any], seen: int) -> dict[str, Any]:
    """Put the values into a held rule, unsaved; returns what they were where they differ.

    Raises RuleChangedElsewhere if somebody else was first.
    """
    if rule.row_version != seen:
        raise RuleChangedElsewhere
    before = {name: getattr(rule, name) for name in values if getattr(rule, name) != values[name]}
    for name, value in values.items():
        setattr(rule, name, value)
    rule.row_version += 1
    return before


def switch(rule: Rule, is_active: bool, reason: str, *, verb: str, by: User, at: datetime) -> None:
    """Switch a held rule on or off and say so in the audit trail."""
    before = {"is_active": rule.is_active}
    rule.is_active, rule.off_reason = is_active, reason
    rule.row_version += 1
    rule.save(update_fields=["is_active", "off_reason", "row_version", "updated_at"])
    after = {"is_active": is_active}
    audit.record(verb=verb, record=rule, by=by, at=at, before=before, after=after, reason=reason)


def scalars(values: Mapping[str, Any]) -> dict[str, Any]:
    """Columns as the audit trail keeps them: rows by id, decimals as text."""
    return {name: _scalar(value) for name, value in values.items()}


def _scalar(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    if isinstance(value, list | tuple):
        return [_scalar(item) for item in value]
    return str(value) if isinstance(value, Decimal) else value
