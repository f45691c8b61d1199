"""Bring a backup back; exit 2 if it was refused before the first write, 1 if rules do not hold."""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ops.backup import making, manifest, restoring


class Command(BaseCommand):
    help = "Restore a backup into an empty database, end again what ended since, and check it all."
    requires_system_checks: list[str] = []
    requires_migrations_checks = False

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path)
        parser.add_argument("--tombstones", type=Path, required=True)
        parser.add_argument(
            "--replace", metavar="SITE", default="", help="the site's address, to overwrite it"
        )

        parser.add_argument(
            "--as-copy",
            action="store_true",
            help="a second place to look at: no mail, webhooks or schedules, and a banner says so",
        )

    def handle(self, *args: Any, folder: Path, tombstones: Path, **options: Any) -> None:
        site, as_copy = options["replace"], options["as_copy"]
        if site and site != settings.BASE_URL:
            raise CommandError(f"This site is {settings.BASE_URL}, not {site}.", returncode=2)
        try:
            done = restoring.restore(folder, tombstones, may_replace=bool(site), as_copy=as_copy)
        except manifest.Damaged as refusal:
            raise CommandError(f"Refused. {refusal}", returncode=2) from refusal
        for finding in done.findings:
            self.stdout.write(f"{finding.rule}: {finding.table} {finding.pk} {finding.text}")
        self.stdout.write(
            f"Restored what was kept on {done.made_at:%Y-%m-%d %H:%M} UTC; "
            f"{done.ended_again} endings done again, {len(done.findings)} findings."
        )
        if done.findings:
            sys.exit(1)
        making.note_drill(folder.resolve().parent, timezone.now())
