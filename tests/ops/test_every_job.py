"""Every job of the house may be run twice: by a second bell, a late worker, an impatient person."""

from uuid import uuid4

import pytest
from django.apps import apps
from django.db import transaction
from django.utils import timezone

from ops.jobs import all_jobs, enqueue, leases, running
from ops.models import JobRun, JobState
from tests.ops.job_samples import load_all

SAMPLES = load_all()
JOBS = [job.name for job in all_jobs() if not job.name.startswith("sample.")]
# A copy of the whole database cannot be made inside the transaction that wraps a test.
OUTSIDE = ["ops.backup"]
# What the job layer itself writes.
MACHINERY = {"ops.JobRun", "django_q.OrmQ"}


def tables() -> dict[str, list[tuple]]:
    """Every row of every table but those of the job layer."""
    return {
        model._meta.label: sorted(model._base_manager.values_list(), key=repr)
        for model in apps.get_models()
        if model._meta.managed and model._meta.label not in MACHINERY
    }


def do(run: JobRun) -> None:
    """Run it from the start, as if it had never been done."""
    JobRun.objects.filter(pk=run.pk).update(
        state=JobState.WAITING, attempts=0, finished_at=None, cursor={}, available_at=timezone.now()
    )
    claim = leases.claim(str(run.pk))
    running.perform(claim)
    run.refresh_from_db()
    while run.state == JobState.WAITING:
        running.perform(leases.claim(str(run.pk)))
        run.refresh_from_db()


def test_every_job_has_a_sample_and_every_sample_a_job():
    assert sorted(SAMPLES) == JOBS


@pytest.mark.django_db
@pytest.mark.parametrize("name", [name for name in JOBS if name not in OUTSIDE])
def test_a_job_run_twice_leaves_what_it_left_once(name, settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    run_twice(name)


@pytest.mark.race
@pytest.mark.parametrize("name", OUTSIDE)
def test_a_job_outside_transactions_does_so_too(name, race_database, settings, tmp_path):
    settings.MEDIA_ROOT = settings.BACKUP_DIR = str(tmp_path / "kept")
    run_twice(name)


def run_twice(name):
    ids = SAMPLES[name]()
    with transaction.atomic():
        run = enqueue(name, key=uuid4().hex, **ids)

    do(run)
    once = tables()
    do(run)

    assert tables() == once
