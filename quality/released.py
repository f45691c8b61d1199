"""A submitted result in the shape that quality rules look at."""

from __future__ import annotations

from decimal import Decimal

from quality.content import content_of
from quality.follow_up import Judged, Result
from quality.models import Evaluation, EvaluationRevision


def result_of(evaluation: Evaluation, revision: EvaluationRevision) -> Result:
    """From stored figures alone: one query for the answers."""
    criteria = content_of(evaluation.version).criteria
    figures = (revision.receipt or {}).get("result", {})
    sections = figures.get("sections", {})
    rows = revision.answers.select_related("criterion").order_by("pk")
    judged = [
        Judged(
            key=row.criterion.key,
            sections=_sections(criteria.get(row.criterion.key)),
            percent=_decimal(figures.get("criteria", {}).get(row.criterion.key, {}).get("percent")),
            is_failed=bool(row.is_failed),
            fault_owner=row.fault_owner,
        )
        for row in rows
    ]
    return Result(
        score_percent=revision.score_percent,
        sections={key: _decimal(one["percent"]) for key, one in sections.items()},
        criteria=judged,
        fired=frozenset(effect["key"] for effect in revision.critical_fired),
    )


def _sections(criterion: dict[str, object] | None) -> tuple[str, ...]:
    """The section that holds the criterion and the one above it."""
    return (str(criterion["section"]), str(criterion["top"])) if criterion else ()


def _decimal(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)
