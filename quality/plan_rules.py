"""What a plan says at this moment, in the documents that a draw keeps and hashes."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.conf import settings

from quality.models import SamplingPlan, SeedCommitment
from quality.models.base import as_text
from quality.plan_periods import SliceSpan, period_end, slices_of


def filters_document(plan: SamplingPlan) -> dict[str, Any]:
    """The plan's filters with its teams and with what counts as too short to be evaluated."""
    teams = sorted(plan.teams.values_list("pk", flat=True))
    return {**({"teams": teams} if teams else {}), **plan.filters, **least_lengths()}


def least_lengths() -> dict[str, int]:
    """What this site takes for too short to be evaluated."""
    return {
        "min_talk_seconds": settings.SAMPLE_MIN_TALK_SECONDS,
        "min_customer_turns": settings.SAMPLE_MIN_CUSTOMER_TURNS,
    }


def rule_document(plan: SamplingPlan, slices: int) -> dict[str, Any]:
    """Everything else that decides about a draw; numbers with decimals are text."""
    shares = plan.shares.filter(evaluator__is_active=True, weight__gt=0).order_by("evaluator")
    overrides = plan.overrides.order_by("pk")
    return {
        "scorecard": plan.scorecard_id,
        "quota_kind": plan.quota_kind,
        "quota_n": plan.quota_n,
        "quota_percent": as_text(plan.quota_percent),
        "quota_min": plan.quota_min,
        "period": plan.period,
        "slices": slices,
        "order": plan.order,
        "priority_field": plan.priority_field,
        "double_percent": as_text(plan.double_percent),
        "shares": [[share.evaluator_id, as_text(share.weight)] for share in shares],
        "overrides": [
            [one.agent_id, one.quota_n, one.from_on.isoformat(), one.until_on.isoformat()]
            for one in overrides
        ],
    }


def spans_of(commitment: SeedCommitment) -> list[SliceSpan]:
    """The slices of the period, in the site's time zone."""
    return slices_of(
        commitment.plan.period, commitment.period_start_on, commitment.slices, settings.TIME_ZONE
    )


def drawable_spans(commitment: SeedCommitment) -> list[SliceSpan]:
    """Slices that were not over when the seed was fixed; the others are never drawn."""
    return [span for span in spans_of(commitment) if span.end_at > commitment.committed_at]


def started_from(commitment: SeedCommitment) -> datetime | None:
    """Set where the seed was fixed after its period had begun."""
    begins = spans_of(commitment)[0].start_at
    return commitment.committed_at if commitment.committed_at > begins else None


def day_after(commitment: SeedCommitment) -> date:
    """The first day after the period."""
    return period_end(commitment.plan.period, commitment.period_start_on)
