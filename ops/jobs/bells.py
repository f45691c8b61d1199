"""Bells: the queue library's rows, which only tell a worker to look at a run."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils import timezone
from django_q.brokers.orm import ORM
from django_q.models import OrmQ
from django_q.tasks import async_task

from ops import clock
from ops.jobs import registry
from ops.models import JobRun
from ops.timers import timers

RUN = "ops.jobs.run"
MAX_BELLS_PER_SWEEP = 50


class ForeignTask(RuntimeError):
    """Something other than `ops.jobs.run` was handed to the queue library."""


class LaterBroker(ORM):
    """The queue library's own broker, whose bells ring at `at`; they wait in `bells`."""

    at: datetime
    bells: list[OrmQ]

    def enqueue(self, task: str) -> int:
        self.bells.append(OrmQ(key=self.list_key, payload=task, lock=self.at))
        return len(self.bells)


def ring(*runs: JobRun) -> None:
    """Write the bells that will wake workers when the runs are due. One insert."""
    bells: list[OrmQ] = []
    for run in runs:
        _hang(run, bells)
    OrmQ.objects.bulk_create(bells)


def _hang(run: JobRun, bells: list[OrmQ]) -> None:
    broker = LaterBroker(run.queue)
    broker.at, broker.bells = max(run.available_at, timezone.now()), bells
    async_task(
        RUN,
        str(run.pk),
        task_name=f"{run.job} {run.pk}"[:100],
        q_options={
            "broker": broker,
            "cluster": run.queue,
            "timeout": registry.seconds_allowed(run.job, run.queue),
        },
    )


def refuse_foreign_tasks(sender: Any, task: dict[str, Any], **kwargs: Any) -> None:
    """Let nothing into the queue but a bare bell; raises ForeignTask."""
    is_bell = task["func"] == RUN and len(task["args"]) == 1 and not task["kwargs"]
    if not is_bell or task.keys() & {"hook", "chain", "group", "sync", "cached"}:
        raise ForeignTask(f"Only {RUN} may be queued, not {task['func']!r}; use ops.jobs.enqueue.")
    UUID(task["args"][0])


def ring_again(queue: str) -> int:
    """Ring for due runs whose bell was lost with a killed worker; returns how many.

    While a free bell is left, the workers are merely busy, and more bells would help nobody.
    """
    if OrmQ.objects.filter(key=queue, lock__lte=timezone.now()).exists():
        return 0
    overdue = JobRun.objects.due(seconds_ago=timers().bell).filter(queue=queue)
    silent = overdue.filter(rung_at__lt=clock.ahead(-timers().bell)).order_by("available_at")
    runs = list(silent[:MAX_BELLS_PER_SWEEP])
    ring(*runs)
    JobRun.objects.filter(pk__in=[run.pk for run in runs]).update(rung_at=clock.now())
    return len(runs)
