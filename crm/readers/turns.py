"""What the times of a transcript's turns tell: their order, and whether two clocks differ.

The reasoning stands in docs/algorithms/turn-clocks.md.
"""

from collections.abc import Sequence
from itertools import pairwise

from crm.readers.base import TurnRecord

# A difference below this is how people talk, not how clocks differ.
SMALLEST_OFFSET_MS = 750


def out_of_order(turns: Sequence[TurnRecord]) -> bool:
    """Some turn starts before the one that stands in front of it."""
    starts = [turn.start_ms for turn in turns if turn.start_ms is not None]
    sent = [turn.sent_at for turn in turns if turn.sent_at is not None]
    return any(b < a for a, b in pairwise(starts)) or any(b < a for a, b in pairwise(sent))


def side_offsets(turns: Sequence[TurnRecord]) -> dict[str, int]:
    """Estimate how late one side's clock runs: {"agent": ms to add to the agent's times}, or {}.

    The order of the turns in the file is taken as the order in which they were spoken. A clock that
    runs late shows in replies that begin before the other has finished in one direction, and in
    long silences in the other. Nothing is claimed without such a reply, nor below 750 ms.
    """
    to_customer, to_agent = _gaps(turns)
    if not to_customer or not to_agent:
        return {}
    if to_agent[0] < min(0, to_customer[0]):
        offset = (to_customer[len(to_customer) // 4] - to_agent[0]) // 2
    elif to_customer[0] < min(0, to_agent[0]):
        offset = (to_customer[0] - to_agent[len(to_agent) // 4]) // 2
    else:
        return {}
    lowest, highest = _bounds(turns)
    if lowest <= highest:
        offset = min(max(offset, lowest), highest)
    return {"agent": offset} if abs(offset) >= SMALLEST_OFFSET_MS else {}


def _gaps(turns: Sequence[TurnRecord]) -> tuple[list[int], list[int]]:
    """Silences where the speaker changes, sorted: agent to customer, customer to agent."""
    spoken = [turn for turn in turns if _has_words(turn)]
    gaps: dict[tuple[str, str], list[int]] = {}
    for before, after in pairwise(spoken):
        if before.end_ms is not None and after.start_ms is not None:
            pair = (before.speaker, after.speaker)
            gaps.setdefault(pair, []).append(after.start_ms - before.end_ms)
    return sorted(gaps.get(("agent", "customer"), [])), sorted(gaps.get(("customer", "agent"), []))


def _has_words(turn: TurnRecord) -> bool:
    return bool(turn.text) and not turn.text.startswith("[")


def _bounds(turns: Sequence[TurnRecord]) -> tuple[int, int]:
    """The offsets for the agent between which the file order would be the order in time."""
    lowest, highest = -(10**12), 10**12
    latest: dict[str, int] = {}
    for turn in turns:
        if turn.start_ms is None:
            continue
        if turn.speaker == "agent" and "customer" in latest:
            lowest = max(lowest, latest["customer"] - turn.start_ms)
        if turn.speaker == "customer" and "agent" in latest:
            highest = min(highest, turn.start_ms - latest["agent"])
        latest[turn.speaker] = max(latest.get(turn.speaker, turn.start_ms), turn.start_ms)
    return lowest, highest
