"""Do a draw again from its seed and tell whether it comes out the same."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from quality.models import Draw
from quality.replays import AgainstData, Replay, SeedIsSecret, against_data, replay

FINDING, WRONG_USE = 1, 2
SHOWN_LEGS = 20


class Command(BaseCommand):
    help = "Draw a stored sample again from its seed. Ends with 0 if identical, 1 if not."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("draw", type=int, help="the number of the draw")
        parser.add_argument(
            "--against-data",
            action="store_true",
            help="run the filters of then over the data of now, and list what differs",
        )
        parser.add_argument("--json", action="store_true", help="print the findings as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        draw = Draw.objects.select_related("commitment__plan", "plan__scorecard").filter(
            pk=options["draw"]
        )
        found = draw.first()
        if found is None:
            raise CommandError(f"There is no draw {options['draw']}.", returncode=WRONG_USE)
        try:
            result = replay(found)
        except SeedIsSecret as secret:
            raise CommandError(str(secret), returncode=WRONG_USE) from None
        data = against_data(found) if options["against_data"] else None
        if options["json"]:
            self.stdout.write(json.dumps(as_json(result, data), indent=2))
        else:
            self._tell(result, data)
        if not result.is_identical:
            sys.exit(FINDING)

    def _tell(self, result: Replay, data: AgainstData | None) -> None:
        draw = result.draw
        for line in result.differences:
            self.stdout.write(f"different: {line}")
        if result.is_identical:
            self.stdout.write(
                f"identical: {draw.picked} of {draw.frame_n} legs, seed {draw.commitment.seed}, "
                f"frame {draw.frame_sha256}"
            )
        if data is not None:
            for name in ("erased", "late", "moved"):
                self.stdout.write(f"{name}: {told(getattr(data, name))}")


def told(legs: list[int]) -> str:
    if not legs:
        return "none"
    shown = ", ".join(str(leg) for leg in legs[:SHOWN_LEGS])
    more = f" and {len(legs) - SHOWN_LEGS:,} more" if len(legs) > SHOWN_LEGS else ""
    return f"{len(legs):,} ({shown}{more})"


def as_json(result: Replay, data: AgainstData | None) -> dict[str, Any]:
    draw = result.draw
    answer: dict[str, Any] = {
        "draw": draw.pk,
        "identical": result.is_identical,
        "differences": result.differences,
        "seed": draw.commitment.seed,
        "seed_sha256": draw.commitment.seed_sha256,
        "plan_sha256": draw.plan_sha256,
        "frame_n": draw.frame_n,
        "frame_sha256": draw.frame_sha256,
        "picks": [pick["leg"] for pick in draw.picks],
    }
    if data is not None:
        answer |= {"erased": data.erased, "late": data.late, "moved": data.moved}
    return answer
