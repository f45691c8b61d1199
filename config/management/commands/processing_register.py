"""manage.py processing_register."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand

from config import processing


class Command(BaseCommand):
    help = "Print what is kept of people, why, how long, and what an erasure makes of each column."

    def handle(self, *args: Any, **options: Any) -> None:
        register = processing.read()
        if found := processing.faults(register):
            self.stderr.write("\n".join(found))
            raise SystemExit(1)
        self.stdout.write(processing.as_markdown(register), ending="")
