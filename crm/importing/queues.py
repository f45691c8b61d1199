"""Which queue a source means by a name, whatever its case."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from crm.importing.tally import Made
from crm.readers.base import InteractionRecord
from routing.models import Queue


class QueueDirectory:
    """All queues by their folded names; a center has dozens, so one query reads them all."""

    def __init__(self) -> None:
        self.ids = {name.casefold(): pk for pk, name in Queue.objects.values_list("pk", "name")}

    def queue(self, name: str) -> int | None:
        return self.ids.get(name.casefold())

    def create_missing(self, names: Iterable[str]) -> set[Made]:
        """Make a queue for each name that is not one yet."""
        made: set[Made] = set()
        for name in names:
            if name.casefold() not in self.ids:
                self.ids[name.casefold()] = Queue.objects.create(name=name).pk
                made.add(("queues", name.casefold()))
        return made


def queues_named(record: InteractionRecord) -> Iterator[str]:
    """Every queue that a record names; a transfer target may be a person, so it is not one."""
    if record.queue:
        yield record.queue
    yield from (leg.queue for leg in record.legs if leg.queue)
    yield from (visit.queue for visit in record.visits or () if visit.queue)
