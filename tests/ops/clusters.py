"""Real supervisors, clusters and workers at a race database, for tests that kill them.

Import `samples`, `environ` and `start` as fixtures; `start()` starts a supervisor.
"""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from django.conf import settings
from django.db import transaction
from django.utils import timezone

from ops.jobs import enqueue, registry
from ops.models import JobRun, JobState, StoredFile
from tests.ops.sample_app import jobs as sample_jobs
from tests.races import wait_until

PATIENCE = 60  # Seconds; a busy machine is slow without being wrong.
WORKERS = settings.Q_CLUSTER["workers"]
MANAGE = str(Path(settings.BASE_DIR) / "manage.py")
SAMPLES = {name: job for name, job in registry._jobs.items() if name.startswith("sample.")}
for name in SAMPLES:  # The product's registry knows them only while a test here runs.
    del registry._jobs[name]


@pytest.fixture(autouse=True)
def samples(monkeypatch):
    monkeypatch.setattr(registry, "_jobs", registry._jobs | SAMPLES)
    assert sample_jobs is not None


@pytest.fixture
def environ(race_database, tmp_path):
    return os.environ | {
        "DATABASE_URL": race_database,
        "DJANGO_SETTINGS_MODULE": "tests.ops.cluster_settings",
        "ATTUNE_LOG_LEVEL": os.environ.get("ATTUNE_LOG_LEVEL", "WARNING"),
        "ATTUNE_DATA_DIR": str(tmp_path / "data"),
    }


@pytest.fixture
def start(environ, tmp_path):
    """Start supervisors; what is left of them at the end is killed, session by session."""
    started = []

    def run_jobs():
        with (tmp_path / f"log-{len(started)}").open("wb") as log:
            started.append(
                subprocess.Popen(
                    [sys.executable, MANAGE, "run_jobs", "--queue", "default", "--skip-checks"],
                    env=environ,
                    stdout=log,
                    stderr=subprocess.STDOUT,
                )
            )
        return started[-1]

    yield run_jobs
    for supervisor in started:
        groups = {os.getpgid(pid) for pid in descendants(supervisor.pid)}
        if supervisor.poll() is None:
            supervisor.kill()
            supervisor.wait()
        for group in groups - {os.getpgid(0)}:
            kill_group(group)


def kill_group(group):
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def children(pid):
    listed = Path(f"/proc/{pid}/task/{pid}/children")
    try:
        return [int(child) for child in listed.read_text().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def descendants(pid):
    found = children(pid)
    return found + [below for child in found for below in descendants(child)]


def new_run(job, **ids):
    with transaction.atomic():
        return enqueue(job, key=uuid4().hex, **ids)


def state(run):
    return JobRun.objects.get(pk=run.pk).state


def one_more_is_done():
    """Enqueue one job and wait until it is done."""
    is_done(new_run("sample.make_effect", number=-1))


def due_soon():
    """A run for the moment after next: whoever stops may take the database's lock with them."""
    at = timezone.now() + timedelta(seconds=2)
    with transaction.atomic():
        return enqueue("sample.make_effect", key=uuid4().hex, at=at, number=-1)


def is_done(run):
    wait_until(lambda: state(run) == JobState.DONE, PATIENCE)


def effects():
    """The numbers that jobs left behind, smallest first; -1 is the one more."""
    found = StoredFile.objects.filter(kind="effect").values_list("name", flat=True)
    return sorted(int(name) for name in found)


def processes(supervisor):
    """The processes of a supervisor's one cluster by their part in it."""
    cluster = wait_until(lambda: children(supervisor.pid))[0]
    sentinel = wait_until(lambda: children(cluster))[0]
    wait_until(lambda: len(children(sentinel)) == WORKERS + 2)
    *workers, monitor, pusher = sorted(children(sentinel))
    return {
        "supervisor": [supervisor.pid],
        "cluster": [cluster],
        "sentinel": [sentinel],
        "worker": workers[:1],
        "workers": workers,
        "monitor": [monitor],
        "pusher": [pusher],
    }


def send(number, pids):
    for pid in pids:
        os.kill(pid, number)
