"""Walk the audit chain and tell whether it holds: exit 0 if it does, 1 if not, 2 on wrong use."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.verification import UnreadableAnchors, Verification, read_anchors, verify


class Command(BaseCommand):
    help = "Recompute the audit chain; exit 1 if anything was changed, removed or inserted."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--anchors", type=Path, help="file of anchors kept elsewhere")
        parser.add_argument("--from", type=int, default=1, dest="first", metavar="N")
        parser.add_argument("--json", action="store_true", help="print one JSON object")

    def handle(self, *args: Any, anchors: Path | None, first: int, **options: Any) -> None:
        if first < 1:
            raise CommandError("--from counts from 1.", returncode=2)
        try:
            lines = anchors.read_text(encoding="utf-8").splitlines() if anchors else []
            written_down = read_anchors(lines)
        except (OSError, UnicodeDecodeError, UnreadableAnchors) as error:
            raise CommandError(f"The anchors cannot be read: {error}", returncode=2) from error
        found = verify(now=timezone.now(), first=first, written_down=written_down)
        self.stdout.write(json.dumps(as_json(found)) if options["json"] else as_text(found))
        if found.faults:
            sys.exit(1)


def as_json(found: Verification) -> dict[str, Any]:
    return {
        "holds": not found.faults,
        "first": found.first,
        "last": found.last,
        "checked": found.checked,
        "erased": found.erased,
        "unsealed": found.unsealed,
        "anchors": found.anchors,
        "head": found.head,
        "first_bad": found.first_bad,
        "faults": [{"sequence": sequence, "text": text} for sequence, text in found.faults],
        "warnings": found.warnings,
    }


def as_text(found: Verification) -> str:
    lines = [f"Checked {found.checked} entries up to {found.last}, {found.anchors} anchors."]
    lines += [f"Warning: {warning}" for warning in found.warnings]
    lines += [f"Entry {sequence}: {text}." for sequence, text in sorted(found.faults)]
    verdict = f"First bad entry: {found.first_bad}." if found.faults else "The chain holds."
    return "\n".join([*lines, verdict])
