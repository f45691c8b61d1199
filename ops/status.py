"""How the house is: every check with a sentence, what waits for a decision, and the last day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db.models import Count, DurationField, ExpressionWrapper, F, Max, Min, QuerySet
from django.db.models.functions import TruncHour

from lib import charts
from ops import health
from ops.backup import making
from ops.models import QUEUES, Delivery, DeliveryState, JobRun, JobState

OK = "ok"
HOURS = 24
OLDEST_BACKUP = timedelta(hours=26)
OLDEST_DRILL = timedelta(days=92)
LONGEST_WAIT_SECONDS = 300
MOST_UNCLEAR = 50
HOW_TO = {
    "database": "deploy",
    "migrations": "deploy",
    "disk": "deploy",
    "clock": "deploy",
    "jobs": "jobs",
    "queues": "jobs",
    "failures": "jobs",
    "mails": "jobs",
    "unclear": "jobs",
    "backup": "backup",
    "drill": "backup",
}
TITLES = {
    "database": "Database",
    "migrations": "Migrations",
    "disk": "Disk",
    "clock": "Clock",
    "jobs": "Sign of life",
    "queues": "Age of the queues",
    "failures": "Dead jobs of the last day",
    "mails": "Mails that failed in the last day",
    "unclear": "Unclear deliveries",
    "backup": "Last backup",
    "drill": "Last restore drill",
}
Ask = Callable[[datetime], tuple[bool, str]]
_asked: dict[str, tuple[str, str, Ask]] = {}


@dataclass(frozen=True)
class Check:
    """One line: whether it is well, what was found, and the page of the manual that helps."""

    title: str
    is_well: bool
    found: str
    how_to: str


def use_check(name: str, title: str, how_to: str, ask: Ask) -> None:
    """Let the page ask one more thing; `ask` answers whether it is well and what it found."""
    _asked[name] = (title, how_to, ask)


def checks_of(now: datetime) -> list[Check]:
    """What is not well first. Some ten queries."""
    found = [
        Check(TITLES[name], word == OK, "" if word == OK else word, HOW_TO[name])
        for name, word in health.readiness().checks.items()
    ]
    for name, ask in OWN.items():
        found.append(Check(TITLES[name], *ask(now), HOW_TO[name]))
    for title, how_to, ask in _asked.values():
        found.append(Check(title, *ask(now), how_to))
    return sorted(found, key=lambda check: check.is_well)


# --- What is asked -------------------------------------------------------------------------------


def queues(now: datetime) -> tuple[bool, str]:
    due = JobRun.objects.due().order_by().values_list("queue").annotate(first=Min("available_at"))
    ages = {queue: max(0, round((now - first).total_seconds())) for queue, first in due}
    told = ", ".join(f"{queue} {charts.seconds(ages.get(queue, 0))}" for queue in QUEUES)
    return max(ages.values(), default=0) <= LONGEST_WAIT_SECONDS, told


def failures(now: datetime) -> tuple[bool, str]:
    dead = JobRun.objects.filter(state=JobState.DEAD, finished_at__gte=now - timedelta(days=1))
    jobs = list(dead.order_by().values_list("job").annotate(n=Count("pk")))
    return not jobs, ", ".join(f"{n} × {job}" for job, n in sorted(jobs))


def mails(now: datetime) -> tuple[bool, str]:
    rows = Delivery.objects.filter(
        kind="mail", state=DeliveryState.FAILED, claimed_at__gte=now - timedelta(days=1)
    )
    n = rows.count()
    return not n, f"{n} could not be sent." if n else ""


def unclear(now: datetime) -> tuple[bool, str]:
    n = unclear_deliveries().count()
    return not n, f"{n} may or may not have left; decide below." if n else ""


def unclear_deliveries() -> QuerySet[Delivery]:
    return Delivery.objects.filter(state=DeliveryState.UNCLEAR).order_by("claimed_at")


def backup(now: datetime) -> tuple[bool, str]:
    return dated(making.newest(Path(settings.BACKUP_DIR)), now, OLDEST_BACKUP, "No backup yet.")


def drill(now: datetime) -> tuple[bool, str]:
    noted = making.drilled_at(Path(settings.BACKUP_DIR))
    return dated(noted, now, OLDEST_DRILL, "No backup of this place was ever restored.")


def dated(at: datetime | None, now: datetime, oldest: timedelta, missing: str) -> tuple[bool, str]:
    if at is None:
        return False, missing
    return now - at <= oldest, f"{at:%Y-%m-%d %H:%M} UTC"


OWN: dict[str, Ask] = {
    "queues": queues,
    "failures": failures,
    "mails": mails,
    "unclear": unclear,
    "backup": backup,
    "drill": drill,
}

# --- The last day --------------------------------------------------------------------------------


def pictures(now: datetime) -> list[charts.Chart]:
    """The longest wait of each queue, and dead jobs, by hour; two queries."""
    hour = now.astimezone(UTC).replace(minute=0, second=0, microsecond=0)
    hours = [hour - timedelta(hours=back) for back in reversed(range(HOURS))]
    labels = [f"{one:%H:%M}" for one in hours]
    begun = JobRun.objects.filter(started_at__gte=hours[0], queue__in=QUEUES).order_by()
    waited = ExpressionWrapper(F("started_at") - F("available_at"), DurationField())
    longest = begun.annotate(hour=TruncHour("started_at", tzinfo=UTC), waited=waited)
    waits = {
        (queue, at): max(0.0, wait.total_seconds())
        for queue, at, wait in longest.values_list("queue", "hour").annotate(n=Max("waited"))
    }
    dead = JobRun.objects.filter(state=JobState.DEAD, finished_at__gte=hours[0]).order_by()
    counted = dead.annotate(hour=TruncHour("finished_at", tzinfo=UTC)).values_list("hour")
    died = dict(counted.annotate(n=Count("pk")))
    drawn = [
        charts.sparkline(
            labels,
            [waits.get((queue, one)) for one in hours],
            title=f"Longest wait, {queue}",
            show=charts.seconds,
            label_header="Hour (UTC)",
        )
        for queue in QUEUES
    ]
    failed = charts.sparkline(
        labels,
        [float(died.get(one, 0)) for one in hours],
        title="Dead jobs",
        show=charts.count,
        label_header="Hour (UTC)",
    )
    return [*drawn, failed]
