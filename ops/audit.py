"""The audit trail as ops sees it: accounts stands above and registers its writer in the wiring."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.db import models

Writer = Callable[..., Any]
Trail = Callable[[str, str], str]
_writer: list[Writer] = []
_trail: list[Trail] = []


class NoAuditWriter(RuntimeError):
    """An act of a person would have gone unrecorded."""


def use_writer(writer: Writer) -> None:
    """Name the function with the signature of `record` that writes one audit entry."""
    _writer[:] = [writer]


def use_trail(trail: Trail) -> None:
    """Name the function that knows the page with a record's entries, by model label and id."""
    _trail[:] = [trail]


def trail_url(label: str, pk: str) -> str:
    """Where a record's entries are shown."""
    return _trail[0](label, pk) if _trail else "/"


def record(
    *,
    verb: str,
    record: models.Model,
    by: Any,
    at: datetime,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    reason: str = "",
) -> None:
    """Write who did what in the current transaction; raises NoAuditWriter if nobody can."""
    if not _writer:
        raise NoAuditWriter("config/wiring.py registers no audit writer with ops.")
    _writer[0](verb=verb, record=record, by=by, at=at, before=before, after=after, reason=reason)
