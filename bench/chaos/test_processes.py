"""Each process of the job layer dies or stops once; work goes on and nothing is done twice."""

import signal

import pytest

from ops.models import JobRun, JobState
from tests.ops.clusters import (
    PATIENCE,
    descendants,
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
pytestmark = [pytest.mark.race, pytest.mark.slow]


@pytest.mark.parametrize("part", ["worker", "workers", "monitor", "pusher", "sentinel", "cluster"])
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGSTOP])
def test_work_goes_on_whatever_dies_or_stops(start, part, number):
    supervisor = start()
    one_more_is_done()
    run = due_soon()

    send(number, processes(supervisor)[part])

    is_done(run)
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0


def test_another_supervisor_takes_over_from_a_killed_one(start):
    first = start()
    one_more_is_done()
    steps = new_run("sample.count", until=200)
    wait_until(lambda: state(steps) == JobState.RUNNING)

    send(signal.SIGKILL, descendants(first.pid))
    first.kill()
    start()

    wait_until(lambda: state(steps) == JobState.DONE, PATIENCE)
    assert effects() == [-1, *range(200)]


def test_a_planned_stop_interrupts_at_no_cost(start):
    supervisor = start()
    steps = new_run("sample.count", until=400)
    wait_until(lambda: effects())
    supervisor.terminate()
    assert supervisor.wait(PATIENCE) == 0
    stopped = JobRun.objects.get(pk=steps.pk)

    start()

    wait_until(lambda: state(steps) == JobState.DONE, PATIENCE)
    assert (stopped.state, stopped.interruptions, stopped.attempts) == (JobState.WAITING, 1, 0)
    assert effects() == list(range(400))


def test_a_job_over_its_time_is_stopped_and_fails(start):
    run = new_run("sample.sleep")
    start()

    wait_until(lambda: state(run) == JobState.DEAD, PATIENCE)

    assert JobRun.objects.get(pk=run.pk).error_class == "TimeoutException"
    one_more_is_done()


def test_two_supervisors_on_one_host_share_the_work(start):
    runs = [new_run("sample.make_effect", number=number) for number in range(60)]
    supervisors = [start(), start()]

    wait_until(lambda: all(state(run) == JobState.DONE for run in runs), PATIENCE)
    for supervisor in supervisors:
        supervisor.terminate()

    assert [supervisor.wait(PATIENCE) for supervisor in supervisors] == [0, 0]
    assert effects() == list(range(60))
