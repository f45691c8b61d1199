"""Ask every rule of the database: exit 0 if all hold, 1 with findings, 2 on wrong use."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from ops import integrity
from ops.database_rules import migration_faults


class Command(BaseCommand):
    help = "Check keys, states, scores, ledgers, files and the audit chain; changes nothing."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--area", help="one area alone, such as crm")
        parser.add_argument("--json", action="store_true", help="print one JSON list")

    def handle(self, *args: Any, area: str | None, **options: Any) -> None:
        if area is not None and area not in integrity.areas():
            known = ", ".join(integrity.areas())
            raise CommandError(f"There is no area {area}; use one of {known}.", returncode=2)
        if faults := migration_faults():
            raise CommandError(" ".join(faults), returncode=2)
        found = list(integrity.check(area))
        if options["json"]:
            self.stdout.write(json.dumps([finding.as_dict() for finding in found]))
        else:
            for one in found:
                self.stdout.write(f"{one.rule}: {one.table} {one.pk} {one.text}")
            self.stdout.write(f"{len(found)} findings." if found else "Every rule holds.")
        if found:
            sys.exit(1)
