"""Take the ready-made scorecards in as drafts."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from django.utils import timezone

from quality.actions.samples import load_sample_scorecards


class Command(BaseCommand):
    help = (
        "Make a draft of every ready-made scorecard; those that are there already are left alone."
    )

    def handle(self, *args: Any, **options: Any) -> None:
        made = load_sample_scorecards(by=None, at=timezone.now())
        for scorecard in made:
            self.stdout.write(f"Draft made: {scorecard.name}")
        if not made:
            self.stdout.write("Every ready-made scorecard is already there.")
