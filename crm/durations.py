"""Sums the seconds of an interaction's legs; told in prose in docs/algorithms/durations.md."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

NOT_ANSWERED = "not_answered"
TRANSFER_ENDS = frozenset({"blind_transfer", "attended_transfer", "transfer"})


class TimedLeg(Protocol):
    """What `totals` reads of a leg: a record of an importer or a row of the database."""

    @property
    def answered_at(self) -> datetime | None: ...
    @property
    def end(self) -> str: ...
    @property
    def ring_seconds(self) -> int | None: ...
    @property
    def talk_seconds(self) -> int | None: ...
    @property
    def hold_seconds(self) -> int | None: ...
    @property
    def hold_count(self) -> int | None: ...
    @property
    def wrap_seconds(self) -> int | None: ...


@dataclass(slots=True)
class Totals:
    """The header of an interaction. Seconds are None where no leg knows them."""

    ring_seconds: int | None
    talk_seconds: int | None
    hold_seconds: int | None
    wrap_seconds: int | None
    handle_seconds: int | None
    hold_count: int | None
    transfer_count: int
    leg_count: int
    answered_count: int
    flags: tuple[str, ...]

    @property
    def mean_handle_seconds(self) -> float | None:
        """Handle time per answered leg; None without one or without a known part."""
        if self.handle_seconds is None or not self.answered_count:
            return None
        return self.handle_seconds / self.answered_count


def totals(legs: Sequence[TimedLeg]) -> Totals:
    """Sum the legs of one interaction.

    A sum is None if every part is. Handle time is talk + hold + wrap of the answered legs, where an
    unknown part counts 0. A negative part counts as unknown and sets the flag `negative_duration`.
    """
    ring = talk = hold = wrap = handle = holds = None
    transfers = answered = 0
    for leg in legs:
        ring = plus(ring, leg.ring_seconds)
        talk = plus(talk, leg.talk_seconds)
        hold = plus(hold, leg.hold_seconds)
        wrap = plus(wrap, leg.wrap_seconds)
        holds = plus(holds, leg.hold_count)
        transfers += leg.end in TRANSFER_ENDS
        if leg.end != NOT_ANSWERED:
            answered += 1
            handle = plus(plus(plus(handle, leg.talk_seconds), leg.hold_seconds), leg.wrap_seconds)
    return Totals(
        ring_seconds=ring,
        talk_seconds=talk,
        hold_seconds=hold,
        wrap_seconds=wrap,
        handle_seconds=handle,
        hold_count=holds,
        transfer_count=transfers,
        leg_count=len(legs),
        answered_count=answered,
        flags=("negative_duration",) if any(map(has_negative, legs)) else (),
    )


def is_answered(leg: TimedLeg) -> bool:
    """An agent took this leg, also where the moment is missing."""
    return leg.end != NOT_ANSWERED


def plus(total: int | None, value: int | None) -> int | None:
    """Add a value to a sum that is None until something is known; a negative one is not."""
    if value is None or value < 0:
        return total
    return value if total is None else total + value


def has_negative(leg: TimedLeg) -> bool:
    """Some part of the leg is negative, which no part can be."""
    return (
        (leg.talk_seconds or 0) < 0
        or (leg.hold_seconds or 0) < 0
        or (leg.wrap_seconds or 0) < 0
        or (leg.ring_seconds or 0) < 0
        or (leg.hold_count or 0) < 0
    )
