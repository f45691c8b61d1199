"""What happened elsewhere, as plain data that this app understands."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class FactArrived:
    """One fact about one agent; `config/wiring.py` makes it from the event of another app.

    `version` None is the next one. `is_withdrawn` takes the fact back.
    """

    fact_key: str
    kind: str
    agent_id: int
    occurred_at: datetime
    payload: Mapping[str, Any] = field(default_factory=dict)
    version: int | None = None
    is_withdrawn: bool = False
