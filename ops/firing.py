"""Fire schedules: whoever inserts the slot enqueues its job, however many supervisors look."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Min

from ops import copies
from ops.jobs import enqueue
from ops.models import JobRun, JobState, ScheduleSlot
from ops.schedules import ON_TIME, Schedule

logger = logging.getLogger(__name__)


class Clockwork:
    """One supervisor's view of the schedules; remembers what it has seen settled."""

    def __init__(self, schedules: list[Schedule]) -> None:
        self.schedules = schedules
        self.settled: dict[str, datetime] = {}

    def fire_due(self, now: datetime) -> int:
        """Fire every slot that is due by `now`; returns how many this supervisor fired.

        A schedule that fails is logged and tried again at the next look; the others go on.
        """
        fired = 0
        for schedule in self.schedules:
            try:
                fired += self.fire_one(schedule, now)
            except Exception:
                logger.exception("schedule_failed %s", schedule.name)
        return fired

    def fire_one(self, schedule: Schedule, now: datetime) -> int:
        settled = self.settled.get(schedule.name)
        slots = [slot for slot in schedule.due_slots(now) if settled is None or slot > settled]
        if not slots:
            return 0
        rests = not schedule.kept_in_copies and copies.is_copy()
        due = [] if rests else open_slots(schedule, slots, now)
        fired = sum(fire(schedule, slot) for slot in due)
        self.settled[schedule.name] = slots[-1]
        return fired


def open_slots(schedule: Schedule, slots: list[datetime], now: datetime) -> list[datetime]:
    """Those of `slots` that nobody has fired.

    A schedule seen for the first time begins now: what was due before it existed is not missed.
    """
    rows = ScheduleSlot.objects.filter(schedule=schedule.name)
    first = rows.aggregate(first=Min("slot_at"))["first"]
    if first is None:
        if now - slots[-1] > ON_TIME:
            ScheduleSlot.objects.get_or_create(schedule=schedule.name, slot_at=slots[-1])
            return []
        return slots[-1:]
    known = set(rows.filter(slot_at__in=slots).values_list("slot_at", flat=True))
    return [slot for slot in slots if slot > first and slot not in known]


def fire(schedule: Schedule, slot: datetime) -> bool:
    """Enqueue the job of one slot, unless another supervisor was faster."""
    key = f"{schedule.name} {slot:%Y-%m-%dT%H:%M:%SZ}"
    try:
        with transaction.atomic():
            row = ScheduleSlot.objects.create(schedule=schedule.name, slot_at=slot)
            if not (schedule.skip_while_waiting and is_waiting(schedule.job)):
                row.run = enqueue(schedule.job, key=key, **schedule.args)
                row.save(update_fields=["run"])
    except IntegrityError:
        return False
    return True


def is_waiting(job: str) -> bool:
    return JobRun.objects.filter(job=job, state=JobState.WAITING).exists()
