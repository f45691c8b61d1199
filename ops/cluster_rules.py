"""What the queue library's settings must hold for jobs to be done once; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from lib.cluster import min_retry

OTHER_BROKERS = ("broker_class", "redis", "django_redis", "sqs", "iron_mq", "mongo")
FIXED = {
    "scheduler": (False, "schedules stand in config/schedules.py alone"),
    "bulk": (1, "a worker that dies must not take other runs' bells with it"),
    "ack_failures": (True, "attempts are counted by JobRun, not by the queue"),
    "save_limit": (-1, "results stand in JobRun"),
    "catch_up": (False, "schedules stand in config/schedules.py alone"),
    "sync": (False, "a job must not run inside the transaction that asks for it"),
    "max_attempts": (0, "attempts are counted by JobRun, not by the queue"),
}
WHEN_ABSENT = {"sync": False, "max_attempts": 0}


def cluster_faults(q_cluster: Mapping[str, Any], alias: str = "default") -> list[str]:
    """Sentences about settings that break a rule, for each queue; `alias` is the jobs' database."""
    shared = dict(q_cluster)
    others = shared.pop("ALT_CLUSTERS", {})
    faults = broker_faults(shared, alias)
    for queue, settings in {str(shared.get("name")): {}, **others}.items():
        faults += [f"Queue {queue}: {fault}" for fault in queue_faults(shared | settings)]
    return faults


def broker_faults(settings: Mapping[str, Any], alias: str) -> list[str]:
    if settings.get("orm") != alias or any(settings.get(other) for other in OTHER_BROKERS):
        return [
            f"Q_CLUSTER must use the ORM broker on the database {alias!r}, since a job and its "
            "bell commit together."
        ]
    return []


def queue_faults(settings: Mapping[str, Any]) -> list[str]:
    faults = [
        f"{name} must be {value!r}, since {reason}."
        for name, (value, reason) in FIXED.items()
        if settings.get(name, WHEN_ABSENT.get(name)) != value
    ]
    numbers = [settings.get(name) for name in ("workers", "queue_limit", "timeout", "retry")]
    workers, limit, timeout, retry = (n if isinstance(n, int) else 0 for n in numbers)
    if workers < 1 or timeout < 1:
        return [*faults, "workers and timeout must be positive whole numbers."]
    if limit != workers:
        return [*faults, f"queue_limit must be the number of workers, {workers}."]
    least = min_retry(workers, limit, timeout)
    if retry < least:
        faults.append(f"retry must be at least {least} s, or a run is handed out while it runs.")
    return faults
