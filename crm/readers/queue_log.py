"""Reads the queue_log of Asterisk: lines of events, put together by call.

Lines of a day or so are held at a time: a call is given out when the log has been silent about it
for 24 hours, or at the end of the file. Member and pause lines become stretches of agents' states.
"""

import heapq
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, NamedTuple

from crm.readers.base import AgentStateRecord, Item, ReaderOptions, RowError, Skip
from crm.readers.queue_log_calls import Call, UnreadableEvent
from crm.readers.queue_log_states import AgentStates
from crm.readers.text import text_lines

DEFAULT_SOURCE = "asterisk"
SILENCE_SECONDS = 86_400
# Lines that may stand out of order by as many lines as this.
DISORDER = 20_000
RAW_LENGTH = 2_000
LAST_EPOCH = 253_402_300_799

CALL_EVENTS = frozenset(
    {
        "ENTERQUEUE",
        "CONNECT",
        "COMPLETECALLER",
        "COMPLETEAGENT",
        "RINGNOANSWER",
        "ABANDON",
        "EXITWITHTIMEOUT",
        "EXITEMPTY",
        "EXITWITHKEY",
        "WITHDRAW",
        "BLINDTRANSFER",
        "ATTENDEDTRANSFER",
        "TRANSFER",
        "DID",
    }
)


class Event(NamedTuple):
    """One line: when, where in the file, and its fields; sorts by the first two."""

    epoch: int
    line: int
    text: str
    call: str
    queue: str
    agent: str
    name: str
    data: tuple[str, ...]

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.epoch, UTC)


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield the calls and agent states of the file, skips for lines that are neither."""
    source = options.source or DEFAULT_SOURCE
    states = AgentStates(options.settings, source)
    calls: dict[str, Call] = {}
    for event in _without_repeats(_in_order(_events(file, options.encoding))):
        if not isinstance(event, Event):
            yield event
            continue
        yield from _silent(calls, event.epoch)
        if event.name in CALL_EVENTS:
            yield from _take(calls, event, source, states)
        else:
            yield from _agent_event(states, event)
    yield from (call.record() for call in calls.values())
    yield from states.open_states()


def _take(
    calls: dict[str, Call], event: Event, source: str, states: AgentStates
) -> Iterator[RowError]:
    """Add an event to its call, which moves behind all others."""
    if not event.call.strip():
        yield RowError(
            event.line, "call", "value_missing", "This line names no call.", raw=event.text
        )
        return
    call = calls.pop(event.call, None) or Call(event.call, source, event.line)
    calls[event.call] = call
    try:
        ended = call.take(event)
    except UnreadableEvent as error:
        yield RowError(event.line, event.name, "number_unreadable", str(error), raw=event.text)
        if call.is_empty:
            del calls[event.call]
    else:
        if ended is not None:
            states.leg_ended(ended, event.at)


def _silent(calls: dict[str, Call], epoch: int) -> Iterator[Item]:
    """Give out the calls of which the log has said nothing for a day."""
    while calls:
        oldest = next(iter(calls))
        if calls[oldest].last_epoch > epoch - SILENCE_SECONDS:
            return
        yield calls.pop(oldest).record()


def _agent_event(states: AgentStates, event: Event) -> Iterator[Skip | AgentStateRecord]:
    if states.knows(event.name):
        yield from states.take(event)
        yield _skip(event, "agent_event", "This line is about an agent; it is kept as a state.")
    else:
        yield _skip(event, "unsupported", f"The event {event.name[:40]} says nothing of a call.")


def _events(file: BinaryIO, encoding: str) -> Iterator[Event | RowError]:
    for number, text in text_lines(file, encoding):
        if text.strip():
            yield _event(number, text)


def _event(number: int, text: str) -> Event | RowError:
    fields = text.strip().split("|")
    if len(fields) < 5:
        return RowError(
            number,
            "",
            "line_unreadable",
            "A line needs epoch, call, queue, agent and event, with | between them.",
            raw=text[:RAW_LENGTH],
        )
    epoch, _, fraction = fields[0].partition(".")
    is_number = epoch.isascii() and epoch.isdecimal() and (not fraction or fraction.isdecimal())
    if not is_number or not 0 < int(epoch[:12]) <= LAST_EPOCH:
        return RowError(
            number,
            "epoch",
            "date_unreadable",
            f'"{fields[0][:40]}" is not a number of seconds since 1970.',
            raw=text[:RAW_LENGTH],
        )
    _, call, queue, agent, name, *data = fields
    return Event(int(epoch), number, text[:RAW_LENGTH], call, queue, agent, name, tuple(data))


def _in_order(events: Iterator[Event | RowError]) -> Iterator[Event | RowError]:
    """Sort by (time, line) within a window; lines that cannot be read go straight on."""
    held: list[Event] = []
    for event in events:
        if isinstance(event, RowError):
            yield event
        elif len(held) < DISORDER:
            heapq.heappush(held, event)
        else:
            yield heapq.heappushpop(held, event)
    while held:
        yield heapq.heappop(held)


def _without_repeats(events: Iterator[Event | RowError]) -> Iterator[Event | RowError | Skip]:
    epoch, seen = 0, set[str]()
    for event in events:
        if isinstance(event, Event):
            if event.epoch != epoch:
                epoch, seen = event.epoch, set()
            if event.text in seen:
                yield _skip(event, "duplicate_in_file", "The same line stands before this one.")
                continue
            seen.add(event.text)
        yield event


def _skip(event: Event, code: str, message: str) -> Skip:
    return Skip(event.line, code, message, raw=event.text)
