"""Run the development server and the jobs together."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand
from django.db import connections

from lib import processes

GRACE_SECONDS = 25


class Command(BaseCommand):
    help = "Start the web server and the jobs for development; Ctrl-C ends both."
    requires_system_checks: list[str] = []  # The web server makes them, once more for each change.

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=8000, help="port to listen on")
        parser.add_argument(
            "--demo", action="store_true", help="migrate and make the demo center first"
        )

    def handle(self, *args: Any, host: str, port: int, demo: bool, **options: Any) -> None:
        if demo:
            call_command("migrate", verbosity=0)
            call_command("seed_demo")
            connections.close_all()
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        parts = [start("runserver", f"{host}:{port}"), start("run_jobs")]
        self.stdout.write(f"\nAttune runs at http://{host}:{port}/ - end it with Ctrl-C.\n")
        self.stdout.flush()
        try:
            while all(part.poll() is None for part in parts):
                time.sleep(0.2)
            failed = True
        except KeyboardInterrupt:
            failed = False
        end(parts)
        if failed:
            sys.exit("The web server or the jobs ended by themselves; see the lines above.")


def start(*command: str) -> subprocess.Popen[bytes]:
    manage = str(settings.BASE_DIR / "manage.py")
    return processes.start_session([sys.executable, manage, *command], os.environ)


def end(parts: list[subprocess.Popen[bytes]]) -> None:
    """Ask both to end, wait, and end what is left; a second Ctrl-C does not wait."""
    for part in parts:
        if part.poll() is None:
            part.send_signal(signal.SIGTERM)
    deadline = time.monotonic() + GRACE_SECONDS
    with contextlib.suppress(KeyboardInterrupt, subprocess.TimeoutExpired):
        for part in parts:
            part.wait(max(deadline - time.monotonic(), 0))
    for part in parts:
        processes.kill_session(part)
