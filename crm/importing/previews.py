"""How the first rows of a file are shown, by the kind of record that they became."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any

from crm.readers.base import (
    AgentStateRecord,
    CustomerRecord,
    InteractionRecord,
    Item,
    OrganizationRecord,
    RowError,
)
from lib.templatetags.look import duration

# Label and class of a column, and the text of a record in it.
Column = tuple[str, str, Callable[[Any], str]]


def moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M:%S}" if at else ""


def several(texts: Sequence[str]) -> str:
    return ", ".join(texts)


INTERACTIONS: tuple[Column, ...] = (
    ("External id", "", lambda row: row.external_id),
    ("Started (UTC)", "nowrap", lambda row: moment(row.started_at)),
    ("Channel", "", lambda row: row.channel),
    ("Outcome", "", lambda row: row.outcome),
    ("Queue", "", lambda row: row.queue),
    ("Agent", "", lambda row: several([leg.agent for leg in row.legs if leg.agent])),
    ("Wait", "number", lambda row: duration(row.wait_seconds)),
    ("Talk", "number", lambda row: duration(row.talk_seconds)),
)
CUSTOMERS: tuple[Column, ...] = (
    ("External id", "", lambda row: row.external_id),
    ("Name", "", lambda row: row.name or f"{row.first_name} {row.last_name}".strip()),
    ("Telephone", "", lambda row: several(row.phones)),
    ("E-mail", "", lambda row: several(row.emails)),
    ("Tags", "", lambda row: several(row.tags)),
    ("Own values", "", lambda row: several([f"{k}: {v}" for k, v in row.custom.items()])),
)
ORGANIZATIONS: tuple[Column, ...] = (
    ("External id", "", lambda row: row.external_id),
    ("Name", "", lambda row: row.name),
    ("Domains", "", lambda row: several(row.domains)),
    ("Belongs to", "", lambda row: row.parent),
)
AGENT_STATES: tuple[Column, ...] = (
    ("Agent", "", lambda row: row.agent),
    ("State", "", lambda row: row.state.replace("_", " ")),
    ("From (UTC)", "nowrap", lambda row: moment(row.started_at)),
    ("To (UTC)", "nowrap", lambda row: moment(row.ended_at)),
)
COLUMNS: dict[str, tuple[type, tuple[Column, ...]]] = {
    "interactions": (InteractionRecord, INTERACTIONS),
    "customers": (CustomerRecord, CUSTOMERS),
    "organizations": (OrganizationRecord, ORGANIZATIONS),
    "agent_states": (AgentStateRecord, AGENT_STATES),
}


def columns_of(kind: str) -> list[tuple[str, str]]:
    """Label and class of each column."""
    return [(label, look) for label, look, _ in COLUMNS[kind][1]]


def shown(kind: str, item: Item) -> dict[str, Any]:
    """A line with its cells (label, class, text), or with the sentence why there are none."""
    record, columns = COLUMNS[kind]
    if isinstance(item, record):
        cells = [(label, look, text(item)) for label, look, text in columns]
        return {"line": item.line, "cells": cells}
    place = f"Column {item.column}: " if isinstance(item, RowError) and item.column else ""
    message = getattr(item, "message", "This row is of another kind.")
    return {"line": item.line, "problem": place + message}
