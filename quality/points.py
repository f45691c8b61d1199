"""Leave out of a version what a person is not to see while scoring."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

POINTS = frozenset(
    {"points", "max_points", "weight", "fail_below_percent", "pass_percent", "bands"}
)


def without_points(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same document without points, weights and marks, at every level."""
    return {name: _without(value) for name, value in document.items() if name not in POINTS}


def _without(value: Any) -> Any:
    if isinstance(value, Mapping):
        return without_points(value)
    return [_without(one) for one in value] if isinstance(value, list) else value
