"""Facts of the demo center, its thresholds and targets, unusual days, risk and a first report."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from config.demo.center import DAYS
from config.demo.people import DemoPeople
from crm.models import Customer
from reports import rollups
from reports.actions import anomalies, comments, risk
from reports.models import Annotation, QueueThreshold, ReportSchedule, Target
from reports.periods import months_back

TARGETS = (
    ("sl3-tq-lte", 80, 70),
    ("asa1", 40, 90),
    ("ab1", 6, 10),
    ("aht1", 420, 540),
    ("fcr1-w7-customer-any", 75, 60),
    ("qa1", 85, 75),
)
THRESHOLDS = {"Billing": 30, "Orders and delivery": 30, "Technical help": 45}


def make_figures(people: DemoPeople, customers: list[Customer], until: date, now: datetime) -> None:
    """Facts of every day up to `until`, and what people decided about them."""
    first = until - timedelta(days=DAYS - 1)
    for name, seconds in THRESHOLDS.items():
        QueueThreshold.objects.create(
            queue=people.queues[name], threshold_seconds=seconds, effective_on=first
        )
    for slug, target, limit in TARGETS:
        Target.objects.create(
            definition=slug, target_value=target, limit_value=limit, effective_on=first
        )
    days = [first + timedelta(days=index) for index in range(DAYS + 1)]
    rollups.rebuild(days, at=now)
    for back in range(7):
        anomalies.judge_day(on=until - timedelta(days=back), at=now)
    risk.score_customers(customers=[customer.pk for customer in customers], at=now)
    _make_notes(people, until, now)


def _make_notes(people: DemoPeople, until: date, now: datetime) -> None:
    lead = people.supervisors["Billing"]
    Annotation.objects.create(
        on_date=until - timedelta(days=20), text="New greeting in the voice menu", by=lead
    )
    ReportSchedule.objects.create(
        name="Monthly operations", kind="operations", rhythm="monthly", owner=lead
    ).recipients.add(lead)
    if people.admin is not None:
        comments.comment_month(
            month=months_back(until, 2)[0],
            text="Waits rose with the spring orders; two people join Technical help next month.",
            by=people.admin,
            at=now,
        )
