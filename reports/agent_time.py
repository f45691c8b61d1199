"""What an agent's day was made of: handling, available, logged in; docs/algorithms/kpis.md.

Everything is whole seconds. Spans are half-open; overlapping ones count once, except in `load`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from reports.kpis import union_seconds

HANDLING_STATES = frozenset({"handling", "wrap_up"})
Seconds = tuple[int, int]


@dataclass(frozen=True)
class Stint:
    """An agent was in one state in [start, end) and could handle `slots` contacts at once."""

    state: str
    start: int
    end: int
    slots: int = 1

    @property
    def span(self) -> Seconds:
        return self.start, self.end


@dataclass(frozen=True)
class AgentTime:
    """`load` counts contacts at the same time each by itself; `slot_seconds` what could be."""

    handling: int
    load: int
    available: int
    logged_in: int
    slot_seconds: int


def agent_time(
    stints: Sequence[Stint], contacts: Sequence[Seconds], start: int, end: int
) -> AgentTime:
    """Of [start, end). Contacts are handling, whatever the states say at that time."""

    def union(spans: Sequence[Seconds]) -> int:
        return union_seconds(spans, start, end)

    handling_spans = [*contacts, *(one.span for one in stints if one.state in HANDLING_STATES)]
    handling = union(handling_spans)
    each_contact = sum(union([contact]) for contact in contacts)
    available = [one.span for one in stints if one.state == "available"]
    present = [one for one in stints if one.state != "offline"]
    logged_in = union([*(one.span for one in present), *contacts])
    most = max((one.slots for one in present), default=1)
    further = sum(
        union([one.span for one in present if one.slots >= slots]) for slots in range(2, most + 1)
    )
    return AgentTime(
        handling=handling,
        load=each_contact + handling - union(contacts),
        available=union([*handling_spans, *available]) - handling,
        logged_in=logged_in,
        slot_seconds=logged_in + further,
    )
