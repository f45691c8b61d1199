"""Jobs by real workers: a poisoned job harms no other, and a cluster that hangs is replaced."""

import signal
from pathlib import Path

import pytest
from django.utils import timezone
from django_q.models import Schedule

from ops.models import JobState
from tests.ops.clusters import (
    PATIENCE,
    due_soon,
    effects,
    environ,
    is_done,
    new_run,
    one_more_is_done,
    processes,
    samples,
    send,
    start,
    state,
)
from tests.races import wait_until

__all__ = ["environ", "samples", "start"]
pytestmark = pytest.mark.race


def add_foreign_schedules():
    """Rows of the queue library that would run a command, and would break its scheduler."""
    for arguments in ("('touch /tmp/attune-owned',)", "not (readable"):
        Schedule.objects.create(func="os.system", args=arguments, next_run=timezone.now())


def test_good_jobs_are_done_beside_one_that_kills_its_worker(start, tmp_path):
    log = tmp_path / "starts"
    add_foreign_schedules()
    good = [new_run("sample.make_effect", number=number) for number in range(30)]
    poison = new_run("sample.kill_worker", log=str(log))
    supervisor = start()

    wait_until(lambda: all(state(run) == JobState.DONE for run in good), PATIENCE)
    wait_until(lambda: state(poison) == JobState.DEAD, PATIENCE)
    supervisor.terminate()

    assert supervisor.wait(PATIENCE) == 0
    assert effects() == list(range(30))
    assert log.read_text() == "started\n" * 3
    assert not Path("/tmp/attune-owned").exists()
    assert "foreign_schedules_ignored 2" in (tmp_path / "log-0").read_text()


def test_a_cluster_that_hangs_is_replaced(start, tmp_path):
    supervisor = start()
    one_more_is_done()
    run = due_soon()

    send(signal.SIGSTOP, processes(supervisor)["workers"])

    is_done(run)
    assert "cluster_silent default" in (tmp_path / "log-0").read_text()
