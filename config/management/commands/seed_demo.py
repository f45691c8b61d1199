"""Fill an empty development database with the demo center."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from accounts.models import User
from config.demo import seeding
from config.demo.center import DOMAIN, PASSWORD
from ops import planner

SIGN_INS = ("agent", "evaluator", "trainer", "supervisor", "admin")


@contextmanager
def statements_unlogged() -> Iterator[None]:
    """Django notes every statement while DEBUG is on, which costs a sixth of the time here."""
    before = settings.DEBUG
    settings.DEBUG = False
    try:
        yield
    finally:
        settings.DEBUG = before


class Command(BaseCommand):
    help = "Make the demo center: the same people and numbers for the same last day; twice is once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--until",
            type=date.fromisoformat,
            help="the last day of traffic, YYYY-MM-DD; yesterday by default",
        )

    def handle(self, *args: Any, until: date | None, **options: Any) -> None:
        if not settings.DEBUG and not settings.IS_TEST:
            raise CommandError("The demo center is for development only: ATTUNE_DEBUG is off.")
        if not seeding.is_seeded():
            if User.objects.exists():
                raise CommandError("This database is in use; the demo center wants an empty one.")
            self.stdout.write("Making the demo center ...")
            with statements_unlogged():
                seeding.seed(until or timezone.localdate() - timedelta(days=1))
            planner.renew_statistics()
        self.stdout.write("Demo sign-ins (password of all: " + PASSWORD + ")")
        for role in SIGN_INS:
            self.stdout.write(f"  {role:<11} {role}@{DOMAIN}")
