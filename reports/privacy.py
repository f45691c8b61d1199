"""What the customer record asks of reports: merging, giving out, forgetting."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from crm.merging.rules import MergeRule
from crm.privacy.rules import Eraser, Exporter
from reports.models import RiskScore


def risk_rows(customer_id: int) -> Iterable[dict[str, Any]]:
    """Why the person was thought to be dissatisfied."""
    for row in RiskScore.objects.filter(customer=customer_id):
        yield {"score": row.score, "band": row.band, "reasons": row.contributions}


def erase_risk(customer_id: int, limit: int) -> int:
    return RiskScore.objects.filter(customer=customer_id).delete()[0]


# The winner is scored anew in the night; what was said about the loser stays there until then.
MERGE_RULE = MergeRule("reports.RiskScore", title="dissatisfaction risk", moves=False)
EXPORTER = Exporter("reports_risk", "Dissatisfaction risk", risk_rows)
ERASER = Eraser("reports_risk", "Dissatisfaction risk", erase_risk)
