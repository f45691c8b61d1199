"""Figures for a monitor, in the text form of Prometheus; no label holds an id.

They are read from the database and the disk, so that every web process tells the same.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, Min
from django.http import Http404, HttpRequest, HttpResponse

from ops import clock, health, measures
from ops.models import OPEN_STATES, QUEUES, Delivery, JobRun, JobState, WebhookAttempt
from ops.views import may_see_details

Gauge = Callable[[], int]
_gauges: dict[str, tuple[str, Gauge]] = {}


def use_gauge(name: str, help: str, count: Gauge) -> None:
    """Let /metrics show one more figure, by an indexed question."""
    _gauges[name] = (help, count)


def metrics(request: HttpRequest) -> HttpResponse:
    """For whoever sends the metrics token; for everybody else there is nothing here."""
    if not may_see_details(request):
        raise Http404
    text = "".join(f"{line}\n" for line in lines())
    return HttpResponse(text, content_type="text/plain; version=0.0.4; charset=utf-8")


def lines() -> Iterator[str]:
    now = clock.read()
    yield from gauge("attune_ready", "1 if every check of /readyz holds.", ready())
    yield from jobs_by_state()
    yield from gauge("attune_queue_age_seconds", "Age of the oldest due job.", queue_ages())
    signs = {
        f'{{queue="{queue}"}}': seconds
        for queue, seconds in health.signs_of_life(now).items()
        if seconds is not None
    }
    yield from gauge("attune_sign_of_life_age_seconds", "Since the last sign of a queue.", signs)
    day = WebhookAttempt.objects.filter(due_at__gte=now - timedelta(days=1)).order_by()
    yield from gauge("attune_webhook_tries_day", "Tries of the last day.", by(day, "state"))
    open_deliveries = Delivery.objects.exclude(state="sent").order_by()
    yield from gauge("attune_deliveries", "Deliveries not sent.", by(open_deliveries, "state"))
    yield from gauge("attune_disk_free_bytes", "Free below the stored files.", free_bytes())
    for name, (text, count) in sorted(_gauges.items()):
        yield from gauge(name, text, {"": count()})
    yield from measures.lines()


def gauge(name: str, text: str, values: dict[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} gauge"
    for labels, value in sorted(values.items()):
        yield f"{name}{labels} {value:g}"


def by(rows: object, column: str) -> dict[str, float]:
    counted = rows.values(column).annotate(n=Count("pk"))  # type: ignore[attr-defined]
    return {f'{{{column}="{row[column]}"}}': row["n"] for row in counted}


def ready() -> dict[str, float]:
    return {"": float(health.readiness().is_ready)}


def jobs_by_state() -> Iterator[str]:
    open_or_dead = JobRun.objects.filter(state__in=[*OPEN_STATES, JobState.DEAD]).order_by()
    counted = open_or_dead.values("job", "state").annotate(n=Count("pk"))
    values: dict[str, float] = {
        f'{{job="{row["job"]}",state="{row["state"]}"}}': row["n"] for row in counted
    }
    yield from gauge("attune_jobs", "Jobs that wait, run or are dead.", values)


def queue_ages() -> dict[str, float]:
    now = clock.read()
    due = JobRun.objects.due().order_by().values("queue").annotate(first=Min("available_at"))
    ages = {row["queue"]: (now - row["first"]).total_seconds() for row in due}
    return {f'{{queue="{queue}"}}': max(ages.get(queue, 0), 0) for queue in QUEUES}


def free_bytes() -> dict[str, float]:
    root = Path(settings.MEDIA_ROOT)
    return {"": shutil.disk_usage(root if root.exists() else settings.BASE_DIR).free}
