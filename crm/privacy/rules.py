"""Which rows hold data of a customer, and how each app gives them out and empties them.

Every app registers its own in `config/wiring.py`. The export of a person's data asks all exporters,
an erasure all erasers, in the order of registering.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ops.models import StoredFile

# The rows of one customer as JSON scalars, lists and objects, oldest first.
Rows = Callable[[int], Iterable[Mapping[str, Any]]]
Files = Callable[[int], Iterable[StoredFile]]
# Empty up to `limit` rows of a customer that still hold something; how many they were.
Erase = Callable[[int, int], int]


@dataclass(frozen=True)
class Exporter:
    """One list in the export of a person; `name` is its file, "feedback_responses" for example."""

    name: str
    title: str
    rows: Rows
    files: Files | None = None


@dataclass(frozen=True)
class Eraser:
    """One step of an erasure.

    `erase(customer_id, limit)` runs in a transaction of its own and is called until it returns 0,
    again from the start after a crash: rows that hold nothing any more are not touched twice. It
    keeps what figures stand on (times, channels, scores, codes) and removes what tells of a person.
    """

    name: str
    title: str
    erase: Erase


_exporters: dict[str, Exporter] = {}
_erasers: dict[str, Eraser] = {}


def register_exporter(exporter: Exporter) -> None:
    """Add a list to every export; the same name twice is the last one."""
    _exporters[exporter.name] = exporter


def register_eraser(eraser: Eraser) -> None:
    """Add a step to every erasure; the same name twice is the last one."""
    _erasers[eraser.name] = eraser


def exporters() -> list[Exporter]:
    return list(_exporters.values())


def erasers() -> list[Eraser]:
    return list(_erasers.values())
