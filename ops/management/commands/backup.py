"""Make a backup now; exit 1 if none was made."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from ops.backup import making


class Command(BaseCommand):
    help = "Write a sealed backup of the database while everybody works on, and remove old ones."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--to", type=Path, default=Path(settings.BACKUP_DIR))
        parser.add_argument(
            "--media",
            choices=["copy", "manifest"],
            default="manifest",
            help="take the stored files along, or only list them with their hashes",
        )

    def handle(self, *args: Any, to: Path, media: str, **options: Any) -> None:
        try:
            made = making.make(to, with_media=media == "copy")
        except making.BackupFailed as error:
            raise CommandError(f"No backup was made. {error}") from error
        making.rotate(to, timezone.now())
        self.stdout.write(str(made))
