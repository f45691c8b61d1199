"""Let others write between the chunks of a long job, where only one may write at a time."""

from __future__ import annotations

import time

from django.db import connection

HELD_SECONDS = 0.5
# Whoever waits for SQLite asks again every 100 ms, and fails after the timeout of the settings.
PAUSE_SECONDS = 0.12


class Turns:
    """How long this job has kept the database to itself, chunk upon chunk."""

    def __init__(self) -> None:
        self.since = time.monotonic()

    def give_way(self) -> None:
        """Pause on SQLite so that those who wait come in; after half a second's work at most."""
        if connection.vendor == "sqlite" and time.monotonic() - self.since >= HELD_SECONDS:
            time.sleep(PAUSE_SECONDS)
            self.since = time.monotonic()
