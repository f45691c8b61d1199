"""Named places in a page where upper apps show their fragments.

`config/wiring.py` calls `place("interaction.side", ...)`; the page's template asks `panels_for`.
Each panel is fetched by htmx on its own, so that one that fails leaves the page whole.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass


@dataclass(frozen=True)
class Panel:
    """A fragment: the URL that renders it for one record's id, and the verb its reader needs."""

    url_name: str
    title: str
    verb: str


_slots: dict[str, list[Panel]] = defaultdict(list)


def place(slot: str, panel: Panel) -> None:
    """Put `panel` into `slot`; the same panel twice stands there once."""
    if panel not in _slots[slot]:
        _slots[slot].append(panel)


def panels_for(slot: str) -> list[Panel]:
    return list(_slots[slot])
