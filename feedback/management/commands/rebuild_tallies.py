"""Make the counts of surveys anew from their answers, or compare them."""

from __future__ import annotations

import json
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from feedback.actions import keeping
from feedback.models import Survey


class Command(BaseCommand):
    help = "Make the counts of surveys anew from their answers; with --check only compare them."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; exit 1 if any differs"
        )
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        found: dict[str, int] = {}
        for survey in Survey.objects.order_by("code"):
            if options["check"]:
                found[survey.code] = sum(1 for _ in keeping.differences(survey))
            else:
                found[survey.code] = keeping.rebuild_tallies(survey)
        if options["json"]:
            self.stdout.write(json.dumps(found))
        else:
            for code, count in found.items():
                self.stdout.write(
                    f"{code}: {count} counts differ{'' if options['check'] else 'ed'}"
                )
        if options["check"] and any(found.values()):
            raise SystemExit(1)
