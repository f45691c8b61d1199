"""Run one claimed job in its style. `run` is all that the queue library ever executes."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from typing import Any

from django.db import connection, connections, transaction
from django.utils import translation

from lib import counters, faults, request_context
from lib.speaking import SOURCE
from lib.transactions import again_on_conflict
from ops import measures
from ops.jobs import delivering, leases, outcomes, registry
from ops.jobs.giving_way import Turns
from ops.jobs.leases import Claim, LeaseLost
from ops.jobs.registry import Job
from ops.jobs.steps import Step
from ops.models import DeliveryState

logger = logging.getLogger(__name__)
SHARE_OF_TIMEOUT = 0.8


class TooSlow(Exception):
    """A job of style steps came no step further within its time."""


def run(job_run_id: str) -> None:
    """Do the run if it is free and due, and keep how it ended; never raises.

    A second bell for the same run, early, late or at once, finds nothing to do.
    """
    try:
        claim = leases.claim(job_run_id)
        faults.reach("run.claimed")
        if claim is not None:
            timed_attempt(claim)
    except LeaseLost:
        logger.warning("job_lease_lost %s", job_run_id)
    except Exception:  # The run stays as it is; the supervisor's sweep brings it back.
        logger.exception("job_bookkeeping_failed %s", job_run_id)
        close_free_connections()
    measures.keep_when_due()


def timed_attempt(claim: Claim) -> None:
    """Work, and count for /metrics how long it took; raises LeaseLost."""
    began = time.monotonic()
    labels = {"job": claim.run.job, "outcome": "good" if attempt(claim) else "failed"}
    counters.add("attune_job_attempt_seconds_count", **labels)
    counters.add("attune_job_attempt_seconds_sum", time.monotonic() - began, **labels)


def attempt(claim: Claim) -> bool:
    """Work, and turn an error into the run's next state; raises LeaseLost."""
    try:
        perform(claim)
        return True
    except LeaseLost:
        raise
    except (Exception, SystemExit) as error:  # The queue library's timeout is a SystemExit.
        if isinstance(error, SystemExit):
            close_free_connections()
        logger.warning("job_attempt_failed %s", claim.run, exc_info=True)
        outcomes.fail(claim, error)
        return False


def perform(claim: Claim) -> None:
    """Work in the job's style; what the job raises comes through.

    Documents and files are in English whoever they are for; mails turn to their readers' languages.
    """
    styles = {"atomic": perform_atomic, "steps": perform_steps, "deliver": perform_deliver}
    job = registry.find(claim.run.job)
    request_id = claim.run.request_id or claim.run.pk.hex
    with (
        request_context.working(request_id=request_id, source="job"),
        translation.override(SOURCE),
    ):
        allow_queries(job.timeout_seconds)
        styles[job.style](claim, job)


def perform_atomic(claim: Claim, job: Job) -> None:
    def effect_and_end() -> None:
        with transaction.atomic():
            result = job.function(**claim.run.args)
            faults.reach("run.before_done")
            outcomes.finish(claim, result)

    again_on_conflict(effect_and_end)
    faults.reach("run.after_done")


def perform_steps(claim: Claim, job: Job) -> None:
    """Let the generator work chunk by chunk, and go on in another attempt when time runs out."""
    began_at, first_cursor = time.monotonic(), dict(claim.run.cursor)
    chunks = job.function(dict(claim.run.cursor), **claim.run.args)
    answer, turns = None, Turns()
    while True:
        with transaction.atomic():
            try:
                step: Step = chunks.send(answer)
            except StopIteration as end:
                outcomes.finish(claim, end.value)
                return
            outcomes.advance(claim, step.cursor, step.percent, step.text)
            faults.reach("run.before_step")
        faults.reach("run.after_step")
        if time.monotonic() - began_at >= SHARE_OF_TIMEOUT * job.timeout_seconds:
            chunks.close()
            if claim.run.cursor == first_cursor:
                raise TooSlow(f"No step further in {job.timeout_seconds} s.")
            outcomes.put_back(claim)
            return
        answer = work_outside(claim, step.outside)
        turns.give_way()


def work_outside(claim: Claim, function: Callable[[], Any] | None) -> Any:
    if function is None:
        return None
    with leases.heartbeat(claim):
        return function()


def perform_deliver(claim: Claim, job: Job) -> None:
    """Send the one thing at most once; whoever comes late only learns what became of it."""
    delivery, is_ours = delivering.claim_delivery(job.delivers, claim.run)
    faults.reach("run.delivery_claimed")
    if is_ours:
        with leases.heartbeat(claim):
            delivering.send(delivery, job.function, claim.run.args)
        delivery.state = DeliveryState.SENT
    faults.reach("run.before_done")
    outcomes.finish(claim, {"delivery": str(delivery.state)})


def allow_queries(seconds: int) -> None:
    """Let a statement of this job take as long as the job may; pages allow theirs less."""
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('statement_timeout', %s, false)", [f"{seconds}s"])


def close_free_connections() -> None:
    """Drop connections that may have been interrupted in the middle of a query."""
    for one in connections.all(initialized_only=True):
        if not one.in_atomic_block:
            one.close()
