"""Puts the events of one call together: queue visits, legs and how it ended."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Protocol

from crm.readers.base import InteractionRecord, LegRecord, QueueVisitRecord

TRANSFERS = {
    "BLINDTRANSFER": "blind_transfer",
    "ATTENDEDTRANSFER": "attended_transfer",
    "TRANSFER": "transfer",
}
HANG_UPS = {"COMPLETECALLER": "customer", "COMPLETEAGENT": "agent"}
LEFT_OUT = frozenset({"EXITWITHTIMEOUT", "EXITEMPTY", "EXITWITHKEY", "WITHDRAW"})
LONGEST_SECONDS = 10_000_000


class UnreadableEvent(ValueError):
    """An event has a field that cannot be read."""


class CallEvent(Protocol):
    """What a call reads of an event."""

    @property
    def line(self) -> int: ...
    @property
    def epoch(self) -> int: ...
    @property
    def at(self) -> datetime: ...
    @property
    def queue(self) -> str: ...
    @property
    def agent(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def data(self) -> Sequence[str]: ...


class Call:
    """What the log has said of one call so far."""

    def __init__(self, call: str, source: str, line: int) -> None:
        self.call = call
        self.source = source
        self.line = line
        self.last_epoch = 0
        self._legs: list[LegRecord] = []
        self._visits: list[QueueVisitRecord] = []
        self._caller = ""
        self._dialed = ""
        self._talking: LegRecord | None = None
        self._ended_by = "unknown"
        self._last_at: datetime | None = None

    @property
    def is_empty(self) -> bool:
        return not (self._legs or self._visits)

    def take(self, event: CallEvent) -> LegRecord | None:
        """Add an event; returns the leg that it ends. May raise UnreadableEvent, adding nothing."""
        ended = None
        if event.name == "ENTERQUEUE":
            self._visits.append(QueueVisitRecord(event.queue, event.at))
            self._caller = self._caller or _field(event, 1)
        elif event.name == "CONNECT":
            self._connect(event)
        elif event.name in HANG_UPS:
            ended = self._end_leg(event, HANG_UPS[event.name], "")
        elif event.name in TRANSFERS:
            ended = self._end_leg(event, TRANSFERS[event.name], _transferred_to(event))
        elif event.name == "RINGNOANSWER":
            self._not_answered(event)
        elif event.name == "ABANDON":
            self._leave(event, "abandoned", _seconds(event, 2))
            self._ended_by = "customer"
        elif event.name in LEFT_OUT:
            self._leave(event, "overflowed", None)
            self._ended_by = "system"
        elif event.name == "DID":
            self._dialed = _field(event, 0)
        self.last_epoch, self._last_at = event.epoch, event.at
        return ended

    def record(self) -> InteractionRecord:
        """The call as an interaction; one that has not ended is in progress."""
        waiting = any(visit.left_at is None for visit in self._visits)
        is_open = waiting or self._talking is not None or not self._visits
        answered = [leg for leg in self._legs if leg.answered_at]
        starts = [visit.entered_at for visit in self._visits]
        starts += [leg.offered_at for leg in self._legs if leg.offered_at]
        return InteractionRecord(
            self.call,
            outcome="in_progress" if is_open else self._outcome(bool(answered)),
            started_at=min(starts, default=self._last_at),
            queued_at=self._visits[0].entered_at if self._visits else None,
            answered_at=answered[0].answered_at if answered else None,
            ended_at=None if is_open else self._last_at,
            ended_by="unknown" if is_open else self._ended_by,
            queue=self._visits[0].queue if self._visits else "",
            customer_address=self._caller,
            service_address=self._dialed,
            legs=self._legs,
            visits=self._visits,
            source=self.source,
            line=self.line,
            may_continue=True,
        )

    def _outcome(self, was_answered: bool) -> str:
        if was_answered:
            return "handled"
        return "abandoned_in_queue" if self._visits[-1].outcome == "abandoned" else "flowed_out"

    def _connect(self, event: CallEvent) -> None:
        hold, ring = _seconds(event, 0), _seconds(event, 2) if len(event.data) > 2 else None
        self._talking = LegRecord(
            agent=event.agent,
            queue=event.queue,
            offered_at=event.at - timedelta(seconds=ring or 0),
            answered_at=event.at,
            wait_seconds=hold,
            ring_seconds=ring,
        )
        self._legs.append(self._talking)
        visit = self._leave(event, "answered", hold)
        visit.leg = len(self._legs) - 1

    def _not_answered(self, event: CallEvent) -> None:
        ring = _seconds(event, 0) // 1000
        self._legs.append(
            LegRecord(
                agent=event.agent,
                queue=event.queue,
                offered_at=event.at - timedelta(seconds=ring),
                ended_at=event.at,
                ring_seconds=ring,
                end="not_answered",
            )
        )

    def _end_leg(self, event: CallEvent, end: str, transferred_to: str) -> LegRecord:
        hold, talk = _seconds(event, -3), _seconds(event, -2)
        leg = self._talking or self._leg_of_earlier_file(event, hold, talk)
        leg.ended_at = event.at
        leg.talk_seconds = talk
        leg.end = end
        leg.transferred_to = transferred_to
        self._talking = None
        self._ended_by = "transfer" if end in TRANSFERS.values() else end
        return leg

    def _leg_of_earlier_file(self, event: CallEvent, hold: int, talk: int) -> LegRecord:
        """A leg whose beginning another file holds, from what its end tells."""
        answered_at = event.at - timedelta(seconds=talk)
        leg = LegRecord(
            agent=event.agent, queue=event.queue, answered_at=answered_at, wait_seconds=hold
        )
        self._legs.append(leg)
        entered_at = answered_at - timedelta(seconds=hold)
        self._visits.append(
            QueueVisitRecord(
                event.queue, entered_at, answered_at, "answered", hold, len(self._legs) - 1
            )
        )
        return leg

    def _leave(self, event: CallEvent, outcome: str, wait: int | None) -> QueueVisitRecord:
        """End the visit to the event's queue, or one that began in an earlier file."""
        waiting = [visit for visit in self._visits if visit.left_at is None]
        visit = next((each for each in reversed(waiting) if each.queue == event.queue), None)
        if visit is None:
            visit = QueueVisitRecord(event.queue, event.at - timedelta(seconds=wait or 0))
            self._visits.append(visit)
        visit.left_at = event.at
        visit.outcome = outcome
        passed = int((event.at - visit.entered_at).total_seconds())
        visit.wait_seconds = passed if wait is None else wait
        return visit


def _transferred_to(event: CallEvent) -> str:
    """The extension or queue; an attended transfer names only channels."""
    return "" if event.name == "ATTENDEDTRANSFER" else _field(event, 0)


def _field(event: CallEvent, place: int) -> str:
    return event.data[place].strip() if len(event.data) > place else ""


def _seconds(event: CallEvent, place: int) -> int:
    """A number among the data, from the right if negative; the method of a transfer holds pipes."""
    try:
        text = event.data[place]
    except IndexError:
        raise UnreadableEvent(f"{event.name} has too few fields behind it.") from None
    if not (text.isascii() and text.isdecimal()) or int(text[:12]) > LONGEST_SECONDS:
        raise UnreadableEvent(f'{event.name} has "{text[:40]}" where a number is wanted.')
    return int(text)
