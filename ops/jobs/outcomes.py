"""How an attempt ends: done, again later, dead, interrupted, or put back to go on."""

from __future__ import annotations

import json
import logging
import random
from collections.abc import Mapping
from typing import Any

from django.db import transaction

from lib import events
from lib.scrub import scrub
from ops import clock
from ops.delays import job_delay
from ops.events import JobDied
from ops.jobs import bells
from ops.jobs.leases import Claim
from ops.jobs.queue import scalars
from ops.models import MAX_ATTEMPTS, MAX_INTERRUPTIONS, JobRun, JobState
from ops.timers import timers

logger = logging.getLogger(__name__)
MAX_CURSOR_BYTES = 2048


class BadResult(Exception):
    """A job returned or yielded what cannot be kept."""


def finish(claim: Claim, result: Mapping[str, Any] | None, **changes: Any) -> None:
    """End the run well; raises LeaseLost or BadResult."""
    if result is not None and not isinstance(result, Mapping):
        raise BadResult(f"{claim.run.job} returned a {type(result).__name__}, not a mapping.")
    claim.write(
        state=JobState.DONE,
        leased_until=None,
        finished_at=clock.now(),
        progress_percent=100,
        result=scalars(dict(result or {})),
        **changes,
    )


def advance(claim: Claim, cursor: dict[str, Any], percent: int, text: str) -> None:
    """Keep where the run stands, and its lease; a moved cursor gives the attempts back."""
    if len(json.dumps(cursor).encode()) > MAX_CURSOR_BYTES:
        raise BadResult(f"The cursor of {claim.run.job} is longer than {MAX_CURSOR_BYTES} bytes.")
    moved = {"attempts": 1} if cursor != claim.run.cursor else {}
    percent = min(max(int(percent), 0), 100)
    claim.renew(cursor=cursor, progress_percent=percent, progress_text=text[:200], **moved)
    claim.run.cursor = cursor
    claim.run.attempts = moved.get("attempts", claim.run.attempts)


def put_back(claim: Claim) -> None:
    """Let another attempt go on from the cursor, at no cost."""
    with transaction.atomic():
        claim.write(
            state=JobState.WAITING,
            leased_until=None,
            attempts=claim.run.attempts - 1,
            available_at=clock.now(),
            rung_at=clock.now(),
        )
        bells.ring(JobRun.objects.get(pk=claim.run.pk))


def fail(claim: Claim, error: BaseException) -> None:
    """Count the attempt as failed: again later, or dead after the third; raises LeaseLost."""
    with transaction.atomic():
        end_attempt(claim, type(error).__name__, str(error))


def end_attempt(claim: Claim, error_class: str, error_text: str) -> None:
    """Close an attempt that did not succeed, in the caller's transaction; raises LeaseLost."""
    told = {"error_class": error_class[:120], "error_text": scrub(error_text)[:2000]}
    if claim.run.attempts >= MAX_ATTEMPTS:
        die(claim, told)
    else:
        seconds = job_delay(claim.run.attempts, timers().retry, random.uniform(-1, 1))  # noqa: S311 - Not a secret.
        wait_again(claim, seconds, told)


def interrupt(claim: Claim) -> None:
    """Give back the attempt of a run whose worker we stopped ourselves; raises LeaseLost."""
    with transaction.atomic():
        count = {"interruptions": claim.run.interruptions + 1, "attempts": claim.run.attempts - 1}
        if count["interruptions"] >= MAX_INTERRUPTIONS:
            told = {"error_class": "Interrupted", "error_text": "Its worker was stopped 10 times."}
            die(claim, told | count)
        else:
            wait_again(claim, 0, count)


def wait_again(claim: Claim, seconds: float, changes: Mapping[str, Any]) -> None:
    due = clock.ahead(seconds)
    claim.write(state=JobState.WAITING, leased_until=None, available_at=due, rung_at=due, **changes)
    bells.ring(JobRun.objects.get(pk=claim.run.pk))


def die(claim: Claim, changes: Mapping[str, Any]) -> None:
    """Give the run up, tell the log in one line and everyone who subscribed."""
    claim.write(state=JobState.DEAD, leased_until=None, finished_at=clock.now(), **changes)
    run = claim.run
    events.publish(JobDied(at=clock.read(), by_id=None, run_id=str(run.pk), job=run.job))
    facts = {"job": run.job, "run": str(run.pk), "error": changes["error_class"]}
    logger.error("job_died %(job)s %(run)s %(error)s", facts)
