"""Facts that one app publishes and others react to, joined in config/wiring.py alone.

A fact is a frozen dataclass of ids and scalars. `publish` is called inside the transaction of the
verb that made the fact. A *durable* handler becomes a job in that same transaction, through the
sink that ops registers; a *hint* handler runs after commit and may be lost.
"""

from __future__ import annotations

import logging
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

from django.db import transaction

logger = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class Event:
    """What every fact carries: when it happened and who did it (None = the system)."""

    at: datetime
    by_id: int | None
    event_id: str = field(default_factory=lambda: uuid.uuid4().hex)


EventT = TypeVar("EventT", bound=Event)
Handler = Callable[[Any], None]
Recorder = Callable[[list[Any]], None]
DurableSink = Callable[[Event, list[str]], None]


class PublishedOutsideTransaction(RuntimeError):
    """A fact was published where no transaction could carry it."""


_durable: dict[type[Event], dict[str, Handler]] = defaultdict(dict)
_hints: dict[type[Event], list[Handler]] = defaultdict(list)
_recorders: dict[type[Event], Recorder] = {}
_sink: list[DurableSink] = []


def handler_name(handler: Handler) -> str:
    return f"{handler.__module__}.{handler.__qualname__}"


def subscribe(fact: type[EventT], handler: Callable[[EventT], None], *, durable: bool) -> None:
    """Let `handler` react to `fact`; subscribing twice changes nothing."""
    if durable:
        _durable[fact][handler_name(handler)] = handler
    elif handler not in _hints[fact]:
        _hints[fact].append(handler)


def record_with(fact: type[EventT], recorder: Recorder) -> None:
    """Let `recorder` write inside the transaction of every `fact`; one recorder per class.

    It is called with the facts of this class that were published together, in their order.
    """
    _recorders[fact] = recorder


def use_durable_sink(sink: DurableSink) -> None:
    """Name the function that turns an event and its handlers' names into jobs."""
    _sink[:] = [sink]


@contextmanager
def durable_facts_to(sink: DurableSink) -> Iterator[None]:
    """Let another sink take the facts of a block that makes a whole center at once, say.

    No recorder hears of them: they are nothing that has just happened.
    """
    before, recorders = list(_sink), dict(_recorders)
    use_durable_sink(sink)
    _recorders.clear()
    try:
        yield
    finally:
        _sink[:] = before
        _recorders.update(recorders)


def fact_name(fact: type[Event]) -> str:
    return f"{fact.__module__}.{fact.__qualname__}"


def durable_handler(name: str, told: str) -> tuple[type[Event], Handler]:
    """The class of the fact named `told` and the function behind a durable handler's name.

    A fact whose class has moved since it was kept is the only one its handler reacts to. KeyError
    if nobody subscribed, or if the handler reacts to several facts and none has that name.
    """
    heard = {fact_name(fact): fact for fact, handlers in _durable.items() if name in handlers}
    if told not in heard and len(heard) != 1:
        raise KeyError(name, told)
    fact = heard[told] if told in heard else next(iter(heard.values()))
    return fact, _durable[fact][name]


def durable_names(fact: type[Event]) -> list[str]:
    """The durable handlers of `fact` by name, in the order of subscribing."""
    return list(_durable.get(fact, {}))


def is_heard(fact: type[Event]) -> bool:
    """Whether anybody reacts to `fact`; a bulk verb need not build facts that nobody hears."""
    return bool(_durable.get(fact) or _hints.get(fact) or fact in _recorders)


def publish(event: Event) -> None:
    """Hand `event` to everyone who subscribed to its class.

    Raises PublishedOutsideTransaction where no transaction is open.
    """
    publish_all([event])


def publish_all(facts: Sequence[Event]) -> None:
    """Publish many facts of one transaction; what is asked once per class is not asked per fact."""
    if facts and not transaction.get_connection().in_atomic_block:
        raise PublishedOutsideTransaction(type(facts[0]).__name__)
    for kind in dict.fromkeys(map(type, facts)):
        if recorder := _recorders.get(kind):
            recorder([fact for fact in facts if type(fact) is kind])
    for fact in facts:
        _tell(fact)


def _tell(event: Event) -> None:
    if names := list(_durable[type(event)]):
        for sink in _sink:
            sink(event, names)
    for handler in _hints[type(event)]:
        transaction.on_commit(partial(_hint, handler, event))


def _hint(handler: Handler, event: Event) -> None:
    try:
        handler(event)
    except Exception:  # A lost hint must never harm the change that was just committed.
        logger.exception("hint_handler_failed", extra={"handler": handler_name(handler)})


def as_scalars(event: Event) -> dict[str, Any]:
    """The fact as JSON scalars and lists, instants in ISO 8601."""
    return {
        name: value.isoformat() if isinstance(value, datetime) else value
        for name, value in asdict(event).items()
    }
