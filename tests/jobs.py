"""Run jobs inside a test, in its own process and transaction."""

from __future__ import annotations

from ops import clock
from ops.jobs import leases, running
from ops.models import JobRun, JobState


def run_waiting_jobs(*, job: str = "", limit: int = 100) -> list[JobRun]:
    """Do every waiting run that is due, also those that the done ones enqueue; oldest first.

    An error of a job comes through to the test. `job` narrows it to one name. Returns the runs.
    """
    done: list[JobRun] = []
    while run := next_run(job):
        assert len(done) < limit, f"More than {limit} jobs: does one enqueue itself? {run}"
        claim = leases.claim(str(run.pk))
        assert claim is not None, f"{run} could not be claimed."
        running.perform(claim)
        run.refresh_from_db()
        done.append(run)
    return done


def next_run(job: str) -> JobRun | None:
    due = JobRun.objects.filter(state=JobState.WAITING, available_at__lte=clock.read())
    if job:
        due = due.filter(job=job)
    return due.order_by("created_at", "pk").first()
