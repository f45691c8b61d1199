"""What a job of style `steps` yields at the end of each chunk."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Step:
    """The end of one chunk, which commits together with this cursor.

    `cursor` (JSON of at most 2 KB) is where the job goes on, after a crash too. `percent` and
    `text` are what the waiting person sees. `outside` is called after the commit, with no
    transaction open: the place for network and file conversion; `yield` returns its result.
    """

    cursor: dict[str, Any] = field(default_factory=dict)
    percent: int = 0
    text: str = ""
    outside: Callable[[], Any] | None = None
