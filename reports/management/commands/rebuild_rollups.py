"""Make facts anew from raw rows, for all days or some; safe while others write, safe to stop."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from reports.rollups import FAMILIES, building, rebuild, spans

WRONG_USE = 2


class Command(BaseCommand):
    help = "Make facts anew from raw rows. Stopped anywhere, each day is old or new, never half."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--family", help=", ".join(FAMILIES) + "; all of them by default")
        parser.add_argument("--from", dest="begin", type=date.fromisoformat)
        parser.add_argument("--to", dest="end", type=date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> None:
        families = [options["family"]] if options["family"] else list(FAMILIES)
        days = days_of(options["begin"], options["end"])
        built = 0
        try:
            for on in days:
                built += rebuild([on], families=families, at=timezone.now())
        except building.UnknownFamily as error:
            raise CommandError(str(error), returncode=WRONG_USE) from None
        self.stdout.write(f"{built} facts of {len(days)} days made.")


def days_of(begin: date | None, end: date | None) -> list[date]:
    """Every site day from the first to the last with an interaction, or those named."""
    known = spans.days_with_interactions()
    if begin and end:
        return list(spans.each_day(begin, end))
    return list(spans.each_day(begin or known[0], end or known[1])) if known else []
