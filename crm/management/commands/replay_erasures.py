"""After a restore from a backup: erase again whoever was erased since that backup was made."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction
from django.utils import timezone

from crm.actions import privacy
from crm.privacy import tombstones
from lib import request_context


class Command(BaseCommand):
    help = "Erase again, after a restore, the people whose tombstones say that they were erased."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--json", action="store_true", help="print the counts as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        erased = 0
        with request_context.working(request_id="replay_erasures", source="command"):
            for pk in list(tombstones.returned()):
                with transaction.atomic():
                    for _ in privacy.erase(pk, timezone.now(), []):
                        pass
                    privacy.close_record(pk, by=None, at=timezone.now())
                erased += 1
        if options["json"]:
            self.stdout.write(json.dumps({"erased": erased}))
        else:
            self.stdout.write(f"{erased:,} customers were erased again.")
