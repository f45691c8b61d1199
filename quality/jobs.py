"""What quality does in the background."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils import timezone

from ops.jobs import Step, enqueue, job
from quality import integrity
from quality.actions import assignments, calibration, disputes, draws, impact, plans, release
from quality.actions.reminders import remind_evaluators, remind_raters
from quality.models import ImpactRun, SamplingPlan

# --- Sampling ------------------------------------------------------------------------------------


@job("quality.open_periods")
def open_periods() -> dict[str, Any]:
    """Fix the seed of each period that begins within two hours, or that has none yet."""
    now = timezone.now()
    active = SamplingPlan.objects.in_use()
    made = [plans.commit_seed(plan=plan, by=None, at=now) for plan in active]
    return {"seeds": sum(1 for commitment in made if commitment)}


@job("quality.draw_slices")
def draw_slices() -> dict[str, Any]:
    """Order the draws that are due, one job for each period of a plan."""
    now = timezone.now()
    due = {one.commitment.pk for one in draws.due_slices(now)}
    for commitment_id in sorted(due):
        key = f"draw-{commitment_id}-{now:%Y%m%d%H}"
        enqueue("quality.draw_period", key=key, commitment_id=commitment_id)
    return {"periods": len(due)}


@job("quality.draw_period", queue="slow", style="steps")
def draw_period(cursor: dict[str, Any], *, commitment_id: int) -> Iterator[Step]:
    """Draw every slice of a period that is due, oldest first; what is drawn already is not due."""
    now = timezone.now()
    for due in draws.due_slices(now):
        if due.commitment.pk == commitment_id:
            number = due.span.number
            draw = draws.draw_slice(commitment=due.commitment, number=number, at=now)
            yield Step({"slice": number}, text=f"Slice {number}: {draw.picked} of {draw.frame_n:,}")


@job("quality.expire_leases")
def expire_leases() -> dict[str, Any]:
    """Open held assignments again that nobody worked on for two hours."""
    return {"opened": assignments.expire_leases(at=timezone.now())}


@job("quality.remind")
def remind() -> dict[str, Any]:
    """One mail a day to each evaluator with work close to its due date, and to missing raters."""
    now = timezone.now()
    return {"mails": remind_evaluators(at=now), "raters": remind_raters(at=now)}


# --- Results, disputes, calibrations -------------------------------------------------------------


@job("quality.release_due")
def release_due() -> dict[str, Any]:
    """Show the results whose moment has come to their agents."""
    return {"released": release.release_due(at=timezone.now())}


@job("quality.dispute_clock")
def dispute_clock() -> dict[str, Any]:
    """Close the decided disputes that nobody carried further in time."""
    return {"closed": disputes.close_disputes(at=timezone.now())}


@job("quality.close_calibrations")
def close_calibrations() -> dict[str, Any]:
    """Close the sessions whose deadline has passed."""
    return {"closed": calibration.close_due(at=timezone.now())}


# --- Studies -------------------------------------------------------------------------------------


@job("quality.run_impact", queue="slow")
def run_impact(*, run_id: int) -> None:
    """Score past evaluations again under a draft; the study is kept with the order."""
    impact.run_impact(run=ImpactRun.objects.get(pk=run_id))


@job("quality.check_scores", queue="slow")
def check_scores() -> dict[str, Any]:
    """Compute 1,000 stored scores again, drawn by chance; any difference fails the job."""
    return {"checked": integrity.check_sample(size=1000)}
