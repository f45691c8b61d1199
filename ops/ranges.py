"""Byte ranges of a file, as HTTP asks for them; pure."""

from __future__ import annotations

import re

RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})")


class Unsatisfiable(Exception):
    """The range begins behind the end of the file."""


def byte_range(header: str, size: int) -> tuple[int, int] | None:
    """First byte asked for and the one behind the last; None if the whole file is to be sent.

    What is not one plain range is ignored, as the standard allows. Raises Unsatisfiable.
    """
    found = RANGE.fullmatch(header.strip())
    if found is None or found.group(0) == "bytes=-":
        return None
    first, last = found.groups()
    if not first:
        start, end = max(size - int(last), 0), size
    else:
        start, end = int(first), min(int(last) + 1, size) if last else size
        if last and int(last) < start:
            return None
    if start >= size or end <= start:
        raise Unsatisfiable
    return start, end
