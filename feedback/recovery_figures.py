"""How recoveries go: in time, resolved, won back with its interval, and the causes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from feedback import indices
from feedback.models import Recovery
from feedback.recovery_times import times_of
from lib import charts


def recovery_figures(rows: Sequence[Recovery], now: datetime) -> dict[str, Any]:
    """What the page of recoveries and the dashboard show of these rows; one query."""
    measured = [row for row in rows if row.outcome and row.outcome != "no_answer"]
    recovered = sum(row.outcome == "recovered" for row in measured)
    share = indices.share(recovered, len(measured))
    times = times_of(rows)
    causes = Counter(row.root_cause.name for row in rows if row.root_cause)
    return {
        "open_count": sum(row.resolved_at is None for row in rows),
        "overdue_count": sum(
            row.contacted_at is None and row.resolved_at is None and row.due_at < now
            for row in rows
        ),
        "in_time": sum(
            row.contacted_at is not None and row.contacted_at <= row.due_at for row in rows
        ),
        "contacted": len(times.to_contact),
        "resolved": len(times.to_resolution),
        "contact_hours": indices.shown(times.contact_median),
        "resolve_hours": indices.shown(times.resolution_median),
        "recovered": indices.shown(None if share.value is None else 100 * share.value),
        "recovered_low": None if share.low is None else 100 * share.low,
        "recovered_high": None if share.high is None else 100 * share.high,
        "recovered_point": None if share.value is None else 100 * share.value,
        "measured": len(measured),
        "causes": charts.pareto(
            [name for name, _ in causes.most_common()],
            [n for _, n in causes.most_common()],
            title="Root causes",
        )
        if causes
        else None,
    }
