"""The register of processing: config/processing.yaml, held against the tables as they are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml
from django.apps import apps
from django.conf import settings

from accounts.events import UserErased
from crm.privacy.rules import erasers
from lib import events

CLASSES = ("personal", "special", "secret")
EFFECTS = {"empty": "emptied", "pseudonym": "pseudonym", "delete": "deleted", "keep": "kept"}


@dataclass(frozen=True)
class Column:
    """One column: its class, `none` among them, and what an erasure makes of it."""

    table: str
    name: str
    kind: str
    effect: str


@dataclass(frozen=True)
class Table:
    label: str
    why: str
    by: tuple[str, ...]
    columns: tuple[Column, ...]

    @property
    def is_personal(self) -> bool:
        return any(column.kind != "none" for column in self.columns)


@dataclass(frozen=True)
class Activity:
    """What people's data is used for, and the tables that hold it."""

    name: str
    about: str
    purpose: str
    kept: str
    tables: tuple[Table, ...]


def read(path: Path | None = None) -> list[Activity]:
    """The register as it is written; a KeyError or TypeError for what is no register at all."""
    path = path or Path(settings.BASE_DIR) / "config" / "processing.yaml"
    told = yaml.safe_load(path.read_text(encoding="utf-8"))
    return [_activity(name, entry) for name, entry in told.items()]


def _activity(name: str, entry: Mapping[str, Any]) -> Activity:
    tables = (_table(label, told, entry["why"]) for label, told in entry["tables"].items())
    return Activity(name, entry["about"], entry["purpose"], entry["kept"], tuple(tables))


def _table(label: str, told: Mapping[str, Any], why: str) -> Table:
    columns = [Column(label, name, "none", "keep") for name in told.get("none", "").split()]
    for kind in CLASSES:
        for effect, names in told.get(kind, {}).items():
            columns += [Column(label, name, kind, effect) for name in names.split()]
    by = tuple(told.get("by", "").split())
    return Table(label, told.get("why", why), by, tuple(columns))


def faults(register: Iterable[Activity]) -> list[str]:
    """One sentence for everything in which the register and the tables differ."""
    tables = [table for activity in register for table in activity.tables]
    return [*_differences(tables), *(fault for one in tables for fault in _unerased(one))]


def _differences(tables: list[Table]) -> Iterator[str]:
    told = [(column.table, column.name) for table in tables for column in table.columns]
    real = set(_real_columns())
    for table, name in sorted(real - set(told)):
        yield f"{table}.{name} has no class: say in config/processing.yaml what it tells of whom."
    for table, name in sorted(set(told) - real):
        yield f"{table}.{name} stands in config/processing.yaml, but there is no such column."
    for table, name in sorted({one for one in told if told.count(one) > 1}):
        yield f"{table}.{name} has more than one class."


def _real_columns() -> Iterator[tuple[str, str]]:
    for model in apps.get_models():
        if not model._meta.proxy:
            for field in model._meta.local_fields:
                if not field.is_relation and not field.primary_key:
                    yield model._meta.label, field.name


def _unerased(table: Table) -> Iterator[str]:
    effects = {column.effect for column in table.columns if column.kind != "none"}
    for effect in sorted(effects - EFFECTS.keys()):
        yield f"{table.label}: an erasure cannot {effect} anything; use {', '.join(EFFECTS)}."
    if effects - {"keep"} and not table.by:
        yield f"{table.label}: name in `by` who erases it."
    for name in table.by:
        if name not in known_erasers():
            yield f"{table.label}: nobody is called {name} who erases anything."


def known_erasers() -> set[str]:
    """The erasers of customers by name, and the apps that forget somebody who worked here."""
    apps_that_forget = {name.partition(".")[0] for name in events.durable_names(UserErased)}
    return {eraser.name for eraser in erasers()} | apps_that_forget | {"accounts"}


def as_markdown(register: Iterable[Activity]) -> str:
    """The register for people: a heading per activity, a line per table that tells of somebody."""
    lines = ["# Register of processing"]
    for activity in register:
        lines += ["", f"## {activity.name.replace('_', ' ').capitalize()}", ""]
        lines += [activity.purpose, f"Data of {activity.about}. Kept: {activity.kept}", ""]
        lines += ["| Table | Personal | Erased | Stays | Why it stays |", "|---|---|---|---|---|"]
        lines += [_line(table) for table in activity.tables if table.is_personal]
        if plain := [table.label for table in activity.tables if not table.is_personal]:
            lines += ["", f"Nothing of a person: {', '.join(plain)}."]
    return "\n".join(lines) + "\n"


def _line(table: Table) -> str:
    personal = [column for column in table.columns if column.kind != "none"]
    marked = [c.name if c.kind == "personal" else f"{c.name} ({c.kind})" for c in personal]
    gone = [f"{c.name}: {EFFECTS[c.effect]}" for c in personal if c.effect != "keep"]
    kept = [c.name for c in personal if c.effect == "keep"]
    cells = (", ".join(marked), ", ".join(gone), ", ".join(kept), table.why if kept else "")
    return f"| {table.label} | {' | '.join(cells)} |"
