"""Compare facts with raw rows; ends with 1 if they differ."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import date
from random import sample
from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from reports.models import FactDay
from reports.rollups import check_days

FINDING = 1


class Command(BaseCommand):
    help = "Compare facts with raw rows, as JSON. What differs is marked and made anew."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--from", dest="begin", type=date.fromisoformat)
        parser.add_argument("--to", dest="end", type=date.fromisoformat)
        parser.add_argument("--sample", type=int, default=100, help="percent of the days")

    def handle(self, *args: Any, **options: Any) -> None:
        rows = FactDay.objects.all()
        if options["begin"]:
            rows = rows.filter(on_date__gte=options["begin"])
        if options["end"]:
            rows = rows.filter(on_date__lte=options["end"])
        days = sorted(set(rows.values_list("on_date", flat=True)))
        wanted = sample(days, -(-len(days) * options["sample"] // 100))
        report = check_days(wanted, at=timezone.now())
        self.stdout.write(json.dumps(report.as_dict(), indent=1))
        if report.findings:
            sys.exit(FINDING)
