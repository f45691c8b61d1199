"""Bring back what dead workers left behind."""

from __future__ import annotations

import logging
from uuid import UUID

from django.db import transaction

from ops.jobs import bells, outcomes
from ops.jobs.leases import Claim
from ops.models import QUEUES, JobRun

logger = logging.getLogger(__name__)
MAX_RUNS = 100


def sweep() -> None:
    """End the attempts of lapsed leases, then ring for due runs that lost their bell."""
    lapsed = JobRun.objects.lapsed().order_by("leased_until")
    for run_id in lapsed.values_list("pk", flat=True)[:MAX_RUNS]:
        end_lapsed(run_id)
    for queue in QUEUES:
        if rung := bells.ring_again(queue):
            logger.info("job_bells_rung_again %s %s", queue, rung)


def end_lapsed(run_id: UUID) -> bool:
    """Count a silent worker's attempt as failed; False if it spoke up or lost it meanwhile."""
    with transaction.atomic():
        run = JobRun.objects.lapsed().select_for_update(skip_locked=True).filter(pk=run_id).first()
        if run is None:
            return False
        claim = Claim(run, run.claim_no, shows_life=False)
        outcomes.end_attempt(claim, "LeaseLapsed", "Its worker fell silent.")
    return True
