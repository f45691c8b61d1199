"""A worker's claim on one run: taken by compare-and-set, renewed, and lost to a successor."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import F
from django.db.models.functions import Coalesce

from lib import faults
from ops import clock
from ops.models import JobRun, JobState
from ops.timers import timers

logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Another worker has this run now; what this one wrote since its last commit must go."""


@dataclass(frozen=True)
class Claim:
    """The run as it was claimed, and the number that fences off whoever held it before.

    `shows_life` is False for a supervisor that ends the attempt of a silent worker.
    """

    run: JobRun
    claim_no: int
    shows_life: bool = True

    def write(self, **changes: Any) -> None:
        """Change the run, a sign of life; raises LeaseLost if it is no longer ours."""
        if self.shows_life:
            changes["last_sign_at"] = clock.now()
        rows = JobRun.objects.filter(pk=self.run.pk)
        if faults.guard_is_on("fence"):
            rows = rows.filter(state=JobState.RUNNING, claim_no=self.claim_no)
        if not rows.update(**changes):
            raise LeaseLost(f"{self.run} was taken over by another worker.")

    def renew(self, **changes: Any) -> None:
        """Keep the run for another lease; raises LeaseLost."""
        self.write(leased_until=clock.ahead(timers().lease), **changes)


def claim(run_id: str) -> Claim | None:
    """Take the run if it waits and is due, and count the attempt; None if there is nothing to do.

    Two queries. The caller's transaction, if any, decides when others see the claim.
    """
    run = JobRun.objects.filter(pk=run_id).first()
    if run is None or (run.state != JobState.WAITING and faults.guard_is_on("claim")):
        return None
    number = run.claim_no + 1
    free = JobRun.objects.filter(pk=run.pk)
    if faults.guard_is_on("claim"):
        free = free.due().filter(claim_no=run.claim_no)
    taken = free.update(
        state=JobState.RUNNING,
        claim_no=number,
        attempts=F("attempts") + 1,
        leased_until=clock.ahead(timers().lease),
        runner=runner_name(),
        started_at=Coalesce(F("started_at"), clock.now()),
        error_class="",
        error_text="",
    )
    if not taken:
        return None
    run.state, run.claim_no, run.attempts = JobState.RUNNING, number, run.attempts + 1
    return Claim(run, number)


def runner_name() -> str:
    return f"{socket.gethostname()[:100]}:{os.getpid()}"


@contextmanager
def heartbeat(held: Claim) -> Iterator[None]:
    """Renew the lease from a second thread while a block works outside any transaction."""
    stop = threading.Event()
    thread = threading.Thread(target=_beat, args=(held, stop), daemon=True)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


def _beat(held: Claim, stop: threading.Event) -> None:
    try:
        while not stop.wait(timers().lease / 3):
            held.renew()
    except Exception:  # The holder finds out at its next write; a heartbeat has nobody to tell.
        logger.warning("job_heartbeat_ended", exc_info=True)
    finally:
        connection.close()
