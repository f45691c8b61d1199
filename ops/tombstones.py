"""What stays ended even if an older backup comes back: ids alone, in a file beside the database.

Each line is one JSON object with `kind`, `at` and ids. `manage.py restore` does every line anew
that is younger than the backup.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings

from ops import copies

Replay = Callable[[Mapping[str, Any], datetime], bool]
_replays: dict[str, Replay] = {}


class UnreadableTombstones(Exception):
    """The file is missing or damaged; the text names the line."""


def use_replay(kind: str, replay: Replay) -> None:
    """Name the function that ends again what a line of this kind says; True if it had to."""
    _replays[kind] = replay


def append(kind: str, at: datetime, **ids: Any) -> None:
    """Write one line down for good, where the operator keeps such a file.

    What ends in a copy of a place ended nowhere else: the file may be the original's.
    """
    if not settings.TOMBSTONE_FILE or copies.is_copy():
        return
    path = Path(settings.TOMBSTONE_FILE)
    path.parent.mkdir(parents=True, exist_ok=True)
    line = json.dumps({"kind": kind, "at": at.isoformat(), **ids}) + "\n"
    descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    try:
        os.write(descriptor, line.encode())
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read(path: Path) -> list[dict[str, Any]]:
    """Every line of the file; raises UnreadableTombstones."""
    try:
        return list(_lines(path.read_text(encoding="utf-8")))
    except FileNotFoundError as error:
        raise UnreadableTombstones(
            f"There is no file {path}. Name the one that ATTUNE_TOMBSTONE_FILE led to; an "
            "empty one if nothing ever ended there."
        ) from error
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableTombstones(f"{path}: {error}") from error


def _lines(text: str) -> Iterator[dict[str, Any]]:
    for number, line in enumerate(text.splitlines(), start=1):
        try:
            found = json.loads(line)
            datetime.fromisoformat(found["at"])
            yield found | {"kind": str(found["kind"])}
        except (ValueError, KeyError, TypeError) as error:
            raise UnreadableTombstones(f"Line {number} is damaged: {error}") from error


def replay(lines: list[dict[str, Any]], *, since: datetime, now: datetime) -> int:
    """End again what ended after `since`; returns how many lines had something to do."""
    done = 0
    for line in lines:
        if datetime.fromisoformat(line["at"]) >= since and line["kind"] in _replays:
            done += bool(_replays[line["kind"]](line, now))
    return done
