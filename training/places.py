"""A place in an interaction as people paste it: a reference, or the address of a turn or second."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.references import number

_PLACE = re.compile(
    r"(?:.*/)?(?P<reference>I-?\d{1,25})/?(?:\?[^#]*)?"
    r"(?:#(?:turn-(?P<turn>\d{1,9})|t=(?P<second>\d{1,6})(?:\.\d+)?|[\w-]*))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Place:
    """An interaction, and at most one of a turn's position and a recording's second."""

    interaction_id: int
    turn: int | None = None
    second: int | None = None


def place_in(text: str) -> Place | None:
    """`…/interactions/I-0000012/#turn-3` or `…#t=83.2` or `I-12`; None for anything else."""
    found = _PLACE.fullmatch(text.strip())
    interaction_id = None if found is None else number(found["reference"], "I")
    if found is None or interaction_id is None:
        return None
    turn, second = found["turn"], found["second"]
    return Place(
        interaction_id,
        None if turn is None else int(turn),
        None if second is None else int(second),
    )
