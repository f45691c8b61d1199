"""Make the timeline entries of customers anew from the rows they tell of."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from crm import timeline


class Command(BaseCommand):
    help = "Make timeline entries anew from the rows they tell of; twice gives the same entries."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        counts = timeline.rebuild()
        if options["json"]:
            self.stdout.write(json.dumps(counts))
            return
        for kind, count in counts.items():
            self.stdout.write(f"{kind}: {count:,}")
