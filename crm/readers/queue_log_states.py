"""Makes stretches of agents' states of the member and pause lines of a queue_log."""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta

from crm.readers.base import AgentStateRecord, JsonValue, LegRecord, UnreadableFile
from crm.readers.queue_log_calls import CallEvent
from crm.readers.vocabulary import AGENT_STATES

AVAILABLE = frozenset({"ADDMEMBER", "AGENTLOGIN", "AGENTCALLBACKLOGIN", "UNPAUSE", "UNPAUSEALL"})
OFFLINE = frozenset({"REMOVEMEMBER", "AGENTLOGOFF", "AGENTCALLBACKLOGOFF"})
PAUSES = frozenset({"PAUSE", "PAUSEALL"})
WRAP_BEGINS_WITHIN = timedelta(seconds=2)


class AgentStates:
    """What each agent is doing, and wrap-up work that is told by a pause.

    Settings of the run: `pause_states` maps the reason of a pause to a state (default break);
    `wrap_reasons` lists the reasons that mean wrap-up after a call.
    """

    def __init__(self, settings: Mapping[str, JsonValue], source: str) -> None:
        self._source = source
        self._state_of = _pause_states(settings)
        reasons = settings.get("wrap_reasons")
        listed = reasons if isinstance(reasons, list) else []
        self._wrap_reasons = {str(reason).casefold() for reason in listed}
        self._now: dict[str, AgentStateRecord] = {}
        self._last_leg: dict[str, tuple[LegRecord, datetime]] = {}
        self._wrapping: dict[str, tuple[LegRecord, datetime]] = {}

    def knows(self, name: str) -> bool:
        return name in AVAILABLE or name in OFFLINE or name in PAUSES

    def leg_ended(self, leg: LegRecord, at: datetime) -> None:
        """Remember a leg, for a pause right behind it may be its wrap-up."""
        self._last_leg[leg.agent] = (leg, at)

    def take(self, event: CallEvent) -> Iterator[AgentStateRecord]:
        """Yield the stretch that the event ends, if it ends one."""
        agent, at = event.agent, event.at
        if event.name in PAUSES:
            reason = event.data[0].strip().casefold() if event.data else ""
            if reason in self._wrap_reasons and self._begin_wrap(agent, at):
                return
            yield from self._change(agent, self._state_of.get(reason, "break"), event, at)
        else:
            self._end_wrap(agent, at)
            state = "available" if event.name in AVAILABLE else "offline"
            yield from self._change(agent, state, event, at)

    def open_states(self) -> Iterator[AgentStateRecord]:
        """What nobody has ended."""
        yield from self._now.values()

    def _begin_wrap(self, agent: str, at: datetime) -> bool:
        leg, ended_at = self._last_leg.get(agent, (None, at))
        if leg is None or at - ended_at > WRAP_BEGINS_WITHIN:
            return False
        self._wrapping[agent] = (leg, at)
        return True

    def _end_wrap(self, agent: str, at: datetime) -> None:
        if agent in self._wrapping:
            leg, began_at = self._wrapping.pop(agent)
            leg.wrap_seconds = int((at - began_at).total_seconds())
            leg.wrap_source = "derived"

    def _change(
        self, agent: str, state: str, event: CallEvent, at: datetime
    ) -> Iterator[AgentStateRecord]:
        before = self._now.get(agent)
        if before is not None and before.state == state:
            return
        self._now[agent] = AgentStateRecord(agent, state, at, source=self._source, line=event.line)
        if before is not None and before.started_at < at:
            before.ended_at = at
            yield before


def _pause_states(settings: Mapping[str, JsonValue]) -> dict[str, str]:
    given = settings.get("pause_states") or {}
    if not isinstance(given, Mapping) or not set(map(str, given.values())) <= AGENT_STATES:
        states = ", ".join(sorted(AGENT_STATES))
        raise UnreadableFile(
            f"The reasons of pauses must be mapped to states: {states}.", code="mapping"
        )
    return {str(reason).casefold(): str(state) for reason, state in given.items()}
