"""Facts of reports that other apps may react to; ids and scalars only."""

from __future__ import annotations

from dataclasses import dataclass

from lib.events import Event


@dataclass(frozen=True, kw_only=True)
class ReportReady(Event):
    """A report was made, in whole or in part."""

    run_id: int


@dataclass(frozen=True, kw_only=True)
class ReportFailed(Event):
    """A report was ordered and no document of it was made."""

    run_id: int


@dataclass(frozen=True, kw_only=True)
class AnomalyFlagged(Event):
    """A day of a queue lay outside its usual band."""

    flag_id: int
    definition: str
    queue_id: int


@dataclass(frozen=True, kw_only=True)
class RiskBandRaised(Event):
    """A customer came into a higher band of dissatisfaction risk; `reasons` are rule names."""

    customer_id: int
    old_band: str
    new_band: str
    reasons: list[str]
