"""How far raters of calibrations lie apart, session by session, and each from the group."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean, stdev, variance

from django.utils import timezone

from lib import charts
from quality.models import ScorecardVersion, Seat
from quality.models.evaluations import DISCLOSED_STATES

FEWEST_RATERS = 2
FEWEST_SESSIONS = 5


@dataclass(frozen=True)
class RaterDrift:
    """One rater over several sessions, against the mean of each session.

    `variance` is that of the rater's distances; None below two sessions.
    """

    name: str
    sessions: int
    mean_deviation: float
    variance: float | None

    @property
    def is_shown(self) -> bool:
        return self.sessions >= FEWEST_SESSIONS


@dataclass(frozen=True)
class Drift:
    raters: list[RaterDrift]
    chart: charts.Chart | None


def drift_of(version: ScorecardVersion) -> Drift:
    """From the scores of closed sessions on one version; one query."""
    rows = (
        Seat.objects.filter(
            session__version=version,
            session__state__in=DISCLOSED_STATES,
            submitted_at__isnull=False,
            evaluation__current_revision__score_percent__isnull=False,
        )
        .select_related("rater", "session", "evaluation__current_revision")
        .order_by("session__closed_at", "session_id", "rater__full_name", "pk")
    )
    sessions: dict[int, list[Seat]] = defaultdict(list)
    for seat in rows:
        sessions[seat.session_id].append(seat)
    shared = [seats for seats in sessions.values() if len(seats) >= FEWEST_RATERS]
    return Drift(_raters(shared), _chart(shared))


def _raters(sessions: list[list[Seat]]) -> list[RaterDrift]:
    distances: dict[str, list[float]] = defaultdict(list)
    for seats in sessions:
        middle = fmean(_score(seat) for seat in seats)
        for seat in seats:
            distances[seat.rater.short_name].append(_score(seat) - middle)
    return [
        RaterDrift(name, len(own), fmean(own), variance(own) if len(own) > 1 else None)
        for name, own in sorted(distances.items())
    ]


def _chart(sessions: list[list[Seat]]) -> charts.Chart | None:
    """The standard deviation of the raters' scores, one point for each session."""
    if len(sessions) < 2:
        return None
    series = charts.Series(
        "Standard deviation",
        [stdev(_score(seat) for seat in seats) for seats in sessions],
        counts=[len(seats) for seats in sessions],
    )
    return charts.line(
        [_label(seats[0].session.closed_at) for seats in sessions],
        [series],
        title="How far raters lie apart, session by session",
        note="Standard deviation of the raters' scores in percentage points; n is the raters.",
    )


def _score(seat: Seat) -> float:
    assert seat.evaluation is not None and seat.evaluation.current_revision is not None
    return float(seat.evaluation.current_revision.score_percent or 0)


def _label(at: datetime | None) -> str:
    on = timezone.localdate(at) if at else None
    return f"{on.day} {on:%b}" if on else "–"
