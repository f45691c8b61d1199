"""The supervisor of `manage.py run_jobs`: keeps the clusters of workers alive and honest."""

from __future__ import annotations

import logging
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from django.conf import settings
from django.db import DatabaseError, close_old_connections
from django.db.models import Max, Min

from lib import processes
from ops import clock, disk_reserve, schedules
from ops.firing import Clockwork
from ops.jobs import outcomes
from ops.jobs.leases import Claim, LeaseLost
from ops.models import JobRun, JobState
from ops.sweeping import sweep
from ops.timers import timers

logger = logging.getLogger(__name__)
RESTART_PAUSE_SECONDS = 1


class Cluster:
    """One queue's worker processes, in a session of their own."""

    def __init__(self, queue: str) -> None:
        self.queue = queue
        self.process: subprocess.Popen[bytes] | None = None
        self.started_at = 0.0
        self.sign_before: datetime | None = None

    def start(self) -> None:
        environ = os.environ | {"Q_CLUSTER_NAME": self.queue}
        manage = str(settings.BASE_DIR / "manage.py")
        command = [sys.executable, manage, "qcluster", "--skip-checks"]  # We have checked already.
        self.sign_before = self.last_sign()
        self.process = processes.start_session(command, environ)
        self.started_at = time.monotonic()
        logger.info("cluster_started %s %s", self.queue, self.process.pid)

    @property
    def has_ended(self) -> bool:
        return self.process is None or self.process.poll() is not None

    def stop(self) -> None:
        """Ask the cluster's main process alone to end its work.

        A SIGTERM to the whole group would take the workers away from under it, and hang it.
        """
        if self.process is not None and not self.has_ended:
            self.process.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End every process of the session at once, and give their runs' attempts back."""
        if self.process is None:
            return
        runs = self.running_here()
        processes.kill_session(self.process)
        for run in runs:
            try:
                outcomes.interrupt(Claim(run, run.claim_no, shows_life=False))
            except LeaseLost:
                continue  # It ended just before.

    def running_here(self) -> list[JobRun]:
        """Runs whose worker lives in this cluster's session; none if the database is away."""
        host = socket.gethostname()[:100]
        held = JobRun.objects.filter(state=JobState.RUNNING, runner__startswith=f"{host}:")
        try:
            return [run for run in held if self.owns(int(run.runner.rpartition(":")[2]))]
        except DatabaseError:  # Their leases lapse instead, at the cost of an attempt.
            logger.exception("cluster_killed_unasked %s", self.queue)
            return []

    def owns(self, pid: int) -> bool:
        try:
            return self.process is not None and os.getsid(pid) == self.process.pid
        except ProcessLookupError:
            return False

    def is_stuck(self) -> bool:
        """Whether something has long been due without any sign of life on this queue.

        Only reads: a stopped worker may hold the one lock for writing that SQLite has.
        """
        due = self.due_since()
        if due is None:
            return False
        sign = self.last_sign()
        silence = (clock.read() - max(due, sign or due)).total_seconds()
        patience = timers().silence + (timers().start if sign == self.sign_before else 0)
        return min(silence, time.monotonic() - self.started_at) >= patience

    def due_since(self) -> datetime | None:
        """Since when a run waits for a worker, or a running one for its worker's next word."""
        runs = JobRun.objects.filter(queue=self.queue)
        waiting = runs.due().aggregate(first=Min("available_at"))["first"]
        leased = runs.filter(state=JobState.RUNNING).aggregate(first=Min("leased_until"))["first"]
        renewed = leased and leased - timedelta(seconds=timers().lease)
        return min(filter(None, [waiting, renewed]), default=None)

    def last_sign(self) -> datetime | None:
        """The last end of an attempt or renewed lease, of any supervisor's workers."""
        runs = JobRun.objects.filter(queue=self.queue)
        sign: datetime | None = runs.aggregate(last=Max("last_sign_at"))["last"]
        return sign


class Supervisor:
    """Watches its clusters until it is told to stop."""

    def __init__(self, queues: Sequence[str]) -> None:
        self.clusters = [Cluster(queue) for queue in queues]
        self.clockwork = Clockwork(schedules.all_schedules())
        self.is_stopping = False
        self.swept_at = float("-inf")

    def run(self) -> None:
        """Start the clusters and look after them; returns when all have ended after `stop`."""
        for cluster in self.clusters:
            cluster.start()
        try:
            while not self.is_stopping:
                self.look()
                time.sleep(min(1, timers().sweep))
        finally:
            self.end()

    def stop(self) -> None:
        """Called by a signal in the middle of anything, so it takes no lock."""
        self.is_stopping = True

    def look(self) -> None:
        """One round; an error, of the database above all, is logged and the next round goes on."""
        try:
            close_old_connections()
            for cluster in self.clusters:
                self.revive(cluster)
            if time.monotonic() - self.swept_at >= timers().sweep:
                self.swept_at = time.monotonic()
                self.look_after_jobs()
        except Exception:
            logger.exception("supervisor_round_failed")

    def revive(self, cluster: Cluster) -> None:
        """Start a cluster anew whose main process has ended, whatever is left of it."""
        if cluster.has_ended:
            logger.error("cluster_ended %s", cluster.queue)
            cluster.kill()
            time.sleep(RESTART_PAUSE_SECONDS)
            cluster.start()

    def look_after_jobs(self) -> None:
        disk_reserve.look_after()
        for cluster in self.clusters:
            if cluster.is_stuck():
                logger.error("cluster_silent %s", cluster.queue)
                cluster.kill()
                cluster.start()
        sweep()
        self.clockwork.fire_due(clock.read())

    def end(self) -> None:
        """Let the clusters finish their work for the grace period, then end them."""
        for cluster in self.clusters:
            cluster.stop()
        deadline = time.monotonic() + timers().grace
        while time.monotonic() < deadline and not all(c.has_ended for c in self.clusters):
            time.sleep(0.1)
        for cluster in self.clusters:
            cluster.kill()
