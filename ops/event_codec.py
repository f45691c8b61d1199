"""Facts as JSON and back, by the types that their fields declare; pure."""

from __future__ import annotations

import types
from collections.abc import Mapping, Sequence, Set
from dataclasses import fields, is_dataclass
from datetime import date, datetime, time
from decimal import Decimal
from enum import Enum
from typing import Any, Union, get_args, get_origin, get_type_hints
from uuid import UUID


def as_json(value: Any) -> Any:
    """The value as JSON: instants in ISO 8601, decimals and UUIDs as text, sets sorted."""
    if is_dataclass(value) and not isinstance(value, type):
        return {part.name: as_json(getattr(value, part.name)) for part in fields(value)}
    if isinstance(value, Enum):
        return value.value
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal | UUID):
        return str(value)
    if isinstance(value, Mapping):
        return {str(key): as_json(item) for key, item in value.items()}
    if isinstance(value, Set):
        return sorted(as_json(item) for item in value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [as_json(item) for item in value]
    if value is None or isinstance(value, str | int | float):
        return value
    raise TypeError(f"A fact cannot carry a {type(value).__name__}.")


def rebuild(hint: Any, value: Any) -> Any:
    """The value of type `hint` that `as_json` wrote; fields that a class lost are left out."""
    if value is None or hint is Any:
        return value
    origin, parts = get_origin(hint), get_args(hint)
    if origin in (Union, types.UnionType):
        return rebuild(next(part for part in parts if part is not type(None)), value)
    if origin is not None:
        return rebuild_container(origin, parts, value)
    if isinstance(hint, type) and is_dataclass(hint):
        hints = get_type_hints(hint)
        return hint(**{name: rebuild(hints[name], value[name]) for name in hints if name in value})
    if hint in (datetime, date, time):
        return hint.fromisoformat(value)
    if hint in (Decimal, UUID) or (isinstance(hint, type) and issubclass(hint, Enum)):
        return hint(value)
    return hint(value) if hint in (tuple, frozenset, set) else value


def rebuild_container(origin: Any, parts: tuple[Any, ...], value: Any) -> Any:
    if issubclass(origin, Mapping):
        return {key: rebuild(parts[1], item) for key, item in value.items()}
    if issubclass(origin, tuple) and Ellipsis not in parts:
        return tuple(rebuild(part, item) for part, item in zip(parts, value, strict=True))
    if issubclass(origin, tuple | Set):
        kind = tuple if issubclass(origin, tuple) else frozenset
        return kind(rebuild(parts[0], item) for item in value)
    if issubclass(origin, Sequence):
        items = [rebuild(parts[0], item) for item in value]
        return items if origin is list else tuple(items)
    return value  # Literal and the like are scalars.
