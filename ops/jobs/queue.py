"""Put a job in line, in the transaction of the change that asks for it."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from lib import faults, request_context
from ops import clock
from ops.jobs import bells, registry
from ops.models import JobRun

MAX_KEY = 200
MAX_JSON_BYTES = 2048


class NotInTransaction(RuntimeError):
    """A job was enqueued where a rollback of its cause would leave it behind."""


class KeyReused(Exception):
    """The same job and key were enqueued before with other arguments."""


def enqueue(
    name: str,
    /,
    *,
    key: str,
    at: datetime | None = None,
    requested_by_id: int | None = None,
    **ids: Any,
) -> JobRun:
    """Put the job `name` in line for `at` (None = now), once for each `key`, and return its run.

    The run exists if and only if the surrounding transaction commits. A known (name, key) returns
    the existing run, whatever its state, and queues nothing. `ids` are JSON scalars of 2 KB
    together: ids, never personal data. Raises NotInTransaction, UnknownJob, KeyReused, and
    TypeError or ValueError for arguments that cannot be kept. Three queries, two of them inserts.
    """
    return enqueue_all(name, {key: ids}, at=at, requested_by_id=requested_by_id)[0]


def enqueue_all(
    name: str,
    wanted: Mapping[str, dict[str, Any]],
    *,
    at: datetime | None = None,
    requested_by_id: int | None = None,
) -> list[JobRun]:
    """Like `enqueue` for several keys of one job with their ids; as few queries."""
    job = registry.find(name)
    if not transaction.get_connection().in_atomic_block:
        raise NotInTransaction(f"Enqueue {name} inside transaction.atomic().")
    new = [
        JobRun(
            job=name,
            key=checked_key(key),
            args=scalars(ids),
            queue=job.queue,
            available_at=at or clock.now(),
            rung_at=at or clock.now(),
            requested_by_id=requested_by_id,
            request_id=request_context.current().request_id,
        )
        for key, ids in wanted.items()
    ]
    JobRun.objects.bulk_create(new, ignore_conflicts=True)
    found = {run.key: run for run in JobRun.objects.filter(job=name, key__in=list(wanted))}
    for one in new:
        run = found[one.key]
        if run.pk != one.pk and run.args != one.args:
            raise KeyReused(f"{name} {one.key!r} was enqueued before with other arguments.")
    if fresh := [found[one.key] for one in new if found[one.key].pk == one.pk]:
        faults.reach("enqueue.before_bell")
        bells.ring(*fresh)
        faults.reach("enqueue.after_bell")
    return [found[key] for key in wanted]


def checked_key(key: str) -> str:
    if not isinstance(key, str) or not 0 < len(key) <= MAX_KEY:
        raise ValueError(f"A job's key is text of 1 to {MAX_KEY} characters.")
    check_text("key", key)
    return key


def scalars(values: dict[str, Any]) -> dict[str, Any]:
    """The values if each is a JSON scalar and all fit into 2 KB; raises TypeError, ValueError."""
    for name, value in values.items():
        if not isinstance(value, str | int | float | None):
            raise TypeError(f"{name} is a {type(value).__name__}; jobs take ids and other scalars.")
        if isinstance(value, float) and not math.isfinite(value):
            raise ValueError(f"{name} is not a finite number.")
        if isinstance(value, str):
            check_text(name, value)
    size = len(json.dumps(values).encode())
    if size > MAX_JSON_BYTES:
        raise ValueError(f"{size} bytes are too many; {MAX_JSON_BYTES} fit.")
    return values


def check_text(name: str, value: str) -> None:
    """Refuse what a JSON column cannot hold: NUL, and halves of surrogate pairs."""
    if "\x00" in value or any("\ud800" <= character <= "\udfff" for character in value):
        raise ValueError(f"{name} holds a character that cannot be stored.")
