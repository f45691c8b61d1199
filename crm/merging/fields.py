"""Which of two values a merged customer has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from crm import custom_fields
from crm.models import Customer, CustomFieldDefinition
from crm.models.custom_fields import Target

WINNER, LOSER = "winner", "loser"
CUSTOM = "custom."
FIELDS = {
    "first_name": "First name",
    "last_name": "Last name",
    "display_name": "Shown as",
    "preferred_language": "Language",
    "preferred_channel": "Channel",
    "time_zone": "Time zone",
    "is_vip": "VIP",
}
# What goes along with another field.
WITH = {"is_vip": ("vip_reason", "vip_until_on")}


@dataclass(frozen=True)
class Difference:
    """A field in which the two differ; `chosen` is the side that is preselected."""

    name: str
    label: str
    winner: str
    loser: str
    chosen: str


def differences(winner: Customer, loser: Customer) -> list[Difference]:
    """The fields in which the two differ, custom fields last; one query."""
    found = [
        Difference(name, label, _words(ours), _words(theirs), _preselected(name, ours, theirs))
        for name, label in FIELDS.items()
        if (ours := getattr(winner, name)) != (theirs := getattr(loser, name))
    ]
    for definition in CustomFieldDefinition.objects.of(Target.CUSTOMER):
        ours, theirs = winner.custom.get(definition.key), loser.custom.get(definition.key)
        if ours != theirs:
            name = CUSTOM + definition.key
            found.append(
                Difference(
                    name,
                    definition.label,
                    custom_fields.shown(definition, ours),
                    custom_fields.shown(definition, theirs),
                    _preselected(name, ours, theirs),
                )
            )
    return found


def _preselected(name: str, ours: Any, theirs: Any) -> str:
    """The winner's value, or the loser's where the winner has none; being a VIP always."""
    if name == "is_vip":
        return WINNER if ours else LOSER
    return LOSER if ours in (None, "", []) else WINNER


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return str(value or "")


def merged_values(winner: Customer, loser: Customer, choices: Mapping[str, str]) -> dict[str, Any]:
    """The winner's columns as they will be, those that change and no other."""
    taken = {each.name: choices.get(each.name, each.chosen) for each in differences(winner, loser)}
    values: dict[str, Any] = {}
    custom = dict(winner.custom)
    for name, side in taken.items():
        if side != LOSER:
            continue
        if name.startswith(CUSTOM):
            key = name.removeprefix(CUSTOM)
            custom[key] = loser.custom.get(key)
        else:
            for column in (name, *WITH.get(name, ())):
                values[column] = getattr(loser, column)
    custom = {key: value for key, value in custom.items() if value is not None}
    if custom != winner.custom:
        values["custom"] = custom
    return values
