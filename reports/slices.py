"""Which facts a figure is about: a period, and what narrows it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from reports.periods import Period

OF_QUEUES = "Waiting belongs to queues, not to people."
OF_VISITS = "Segments are counted in queues alone: take the segment out to see people’s work."
OF_PEOPLE = "What agents do with their time belongs to people, not to queues or channels."


@dataclass(frozen=True)
class Slice:
    """`queues` are the ones that may be read and were chosen; None is every queue.

    `owned` are the queues that the chosen team alone works on; figures of waiting are theirs.
    `teams` are those whose people's figures may be read, None for all. `also` is another period
    whose days are read with those of `period`. `segment` 0 is every customer.
    """

    period: Period
    queues: frozenset[int] | None = None
    channel: str = ""
    direction: str = "inbound"
    team: int | None = None
    agent: int | None = None
    teams: frozenset[int] | None = None
    owned: frozenset[int] = frozenset()
    has_chosen_queue: bool = False
    also: Period | None = None
    segment: int = 0

    def over(self, period: Period) -> Slice:
        """The same in another period."""
        return replace(self, period=period)

    @property
    def is_about_people(self) -> bool:
        return self.team is not None or self.agent is not None

    def of_days(self) -> dict[str, Any]:
        if self.also is not None:
            return {"on_date__in": sorted({*self.period, *self.also})}
        return {"on_date__gte": self.period.start, "on_date__lte": self.period.end}

    def of_queues(self) -> dict[str, Any] | None:
        """Conditions on facts of queues; None where waiting is nobody's of the chosen people."""
        if self.agent is not None or (self.team is not None and not self.owned):
            return None
        chosen = self.of_days() | {"segment_key": self.segment}
        queues = self.queues
        if self.team is not None:
            queues = self.owned if queues is None else queues & self.owned
        if queues is not None:
            chosen["queue_key__in"] = queues
        if self.channel:
            chosen["channel"] = self.channel
        return chosen

    def of_work(
        self, *, with_direction: bool = True, by_people: bool = False
    ) -> dict[str, Any] | None:
        """Conditions on facts of what people did, told of single people or teams or of all.

        None where a segment was chosen.
        """
        if self.segment:
            return None
        chosen = self.of_days()
        if self.queues is not None and not self.is_about_people:
            chosen["queue_key__in"] = self.queues
        if self.channel:
            chosen["channel"] = self.channel
        if self.direction and with_direction:
            chosen["direction"] = self.direction
        if self.team is not None:
            chosen["team_key"] = self.team
        if self.agent is not None:
            chosen["agent_key"] = self.agent
        if self.teams is not None and (by_people or self.is_about_people):
            chosen["team_key__in"] = self.teams
        return chosen

    def of_time(self) -> dict[str, Any] | None:
        """Conditions on facts of agents' time; None where a filter is about something else."""
        if self.has_chosen_queue or self.channel or self.segment:
            return None
        chosen = self.of_days()
        if self.team is not None:
            chosen["team_key"] = self.team
        if self.agent is not None:
            chosen["agent_key"] = self.agent
        if self.teams is not None:
            chosen["team_key__in"] = self.teams
        return chosen
