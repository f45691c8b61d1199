"""Work the job queues until told to stop."""

from __future__ import annotations

import logging
import signal
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django_q.models import Schedule

from ops.database_rules import require_fit_database, require_migrations
from ops.models import QUEUES
from ops.supervisor import Supervisor

logger = logging.getLogger(__name__)


class Command(BaseCommand):
    help = "Run jobs and schedules; SIGTERM or Ctrl-C lets running work end within 20 seconds."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--queue", choices=QUEUES, help="only this queue; both by default")

    def handle(self, *args: Any, queue: str | None, **options: Any) -> None:
        require_fit_database()
        require_migrations()
        supervisor = Supervisor([queue] if queue else QUEUES)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: supervisor.stop())
        warn_of_foreign_schedules()
        supervisor.run()


def warn_of_foreign_schedules() -> None:
    """Schedule rows of the queue library could run any function; they are never read."""
    if count := Schedule.objects.count():
        logger.warning("foreign_schedules_ignored %s: delete these rows of django_q", count)
