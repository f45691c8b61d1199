"""Print KPI values as JSON, from the same facts as the pages."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports import rollups, rows
from reports.definitions import BadParameter, UnknownDefinition, parse
from reports.periods import MOST_DAYS, Period
from reports.registry import Registry
from reports.slices import Slice
from routing.models import Queue

WRONG_USE = 2


class Command(BaseCommand):
    help = "Print the values of a KPI as JSON, such as --definition sl3-t20-lte --by day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--definition", required=True, help="a slug such as sl3-t20-lte")
        parser.add_argument("--from", dest="begin", required=True, type=date.fromisoformat)
        parser.add_argument("--to", dest="end", required=True, type=date.fromisoformat)
        parser.add_argument("--by", default="total", choices=rows.DIMENSIONS)
        parser.add_argument("--queue", default="", help="the name of one queue")
        parser.add_argument("--channel", default="")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            definition = parse(options["definition"])
        except (UnknownDefinition, BadParameter) as error:
            raise CommandError(str(error), returncode=WRONG_USE) from None
        period = Period(options["begin"], options["end"])
        if not 1 <= period.days <= MOST_DAYS:
            raise CommandError(
                f"Choose 1 to {MOST_DAYS} days, the first one first.", returncode=WRONG_USE
            )
        queues = self.queues(options["queue"])
        piece = Slice(period, queues, options["channel"], has_chosen_queue=queues is not None)
        registry, (cutoff, _stale) = Registry(period.end), rollups.cutoff(timezone.now())
        found = rows.values(definition, piece, options["by"], registry)
        told = [row.as_dict() | {"cutoff_at": cutoff.isoformat()} for row in found]
        self.stdout.write(json.dumps(told, indent=1))

    def queues(self, name: str) -> frozenset[int] | None:
        if not name:
            return None
        queue = Queue.objects.filter(name__iexact=name).first()
        if queue is None:
            raise CommandError(f"There is no queue named {name!r}.", returncode=WRONG_USE)
        return frozenset({queue.pk})
