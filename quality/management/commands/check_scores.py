"""Compute every stored score again and name what does not follow from its answers."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from quality.integrity import check_revisions, check_versions
from quality.models import EvaluationRevision


class Command(BaseCommand):
    help = "Recompute every submitted revision; exit 1 if a score or a version was changed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="one JSON object on stdout")

    def handle(self, *args: Any, **options: Any) -> None:
        found = []
        for mismatch in (*check_versions(), *check_revisions()):
            found.append(mismatch.as_dict())
            if not options["json"]:
                self.stdout.write(f"{mismatch.reference}: {mismatch.sentence}")
        checked = EvaluationRevision.objects.filter(submitted_at__isnull=False).count()
        if options["json"]:
            self.stdout.write(json.dumps({"checked": checked, "mismatches": found}))
        else:
            self.stdout.write(f"{checked:,} revisions checked, {len(found)} mismatches.")
        if found:
            raise SystemExit(1)
