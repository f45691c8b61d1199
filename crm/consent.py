"""Whether a person may be contacted on a channel; told in docs/algorithms/consent.md."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

ANY = "any"
GRANTED = "granted"
REFUSALS = frozenset({"withdrawn", "objected"})


@dataclass(frozen=True, slots=True)
class ConsentEvent:
    """A decision for one channel or `any`: granted, withdrawn or objected; `id` settles ties."""

    at: datetime
    channel: str
    decision: str
    expires_at: datetime | None = None
    id: int = 0


def may_contact(events: Iterable[ConsentEvent], channel: str, at: datetime, default: bool) -> bool:
    """Whether the events of one purpose allow the channel at that moment.

    `default` answers where nobody has decided. An opted-out or invalid contact point is refused
    whatever this says; that is for the caller.
    """
    decision = decided(events, channel, at)
    return default if decision is None else decision


def decided(events: Iterable[ConsentEvent], channel: str, at: datetime) -> bool | None:
    """What the person decided for the channel; None if nothing is in force."""
    in_force = [event for event in events if _is_in_force(event, at)]
    specific = _latest(event for event in in_force if event.channel == channel)
    general = _latest(event for event in in_force if event.channel == ANY)
    if specific is None:
        return None if general is None else general.decision == GRANTED
    if specific.decision in REFUSALS:
        return False
    is_overruled = (
        general is not None
        and general.decision in REFUSALS
        and (general.at, general.id) > (specific.at, specific.id)
    )
    return not is_overruled


def kept_refusals(
    left: Sequence[ConsentEvent],
    right: Sequence[ConsentEvent],
    channels: Iterable[str],
    at: datetime,
) -> Iterator[ConsentEvent]:
    """The withdrawals to write when two customers become one.

    A refusal in force on either side stays in force until the person grants that very channel
    again; a later grant for `any` does not lift it.
    """
    for channel in channels:
        if decided(left, channel, at) is False or decided(right, channel, at) is False:
            yield ConsentEvent(at, channel, "withdrawn")


def _is_in_force(event: ConsentEvent, at: datetime) -> bool:
    return event.at <= at and (event.expires_at is None or event.expires_at > at)


def _latest(events: Iterable[ConsentEvent]) -> ConsentEvent | None:
    return max(events, key=lambda event: (event.at, event.id), default=None)
