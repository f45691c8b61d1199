"""Repeat a transaction that the database gave up for the sake of another."""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from typing import TypeVar

from django.db import OperationalError, transaction

T = TypeVar("T")
TRIES = 3
SERIALIZATION_FAILURE, DEADLOCK = "40001", "40P01"


def again_on_conflict(work: Callable[[], T]) -> T:
    """Call `work`, which opens its own outermost transaction, up to three times.

    Only serialization failures, deadlocks and a busy SQLite are repeated, 20-200 ms apart; inside
    a surrounding transaction nothing is, since only the whole of it could be.
    """
    for left in reversed(range(TRIES)):
        try:
            return work()
        except OperationalError as error:
            if not left or not is_conflict(error) or transaction.get_connection().in_atomic_block:
                raise
            time.sleep(random.uniform(0.02, 0.2))  # noqa: S311 - Not a secret.
    raise AssertionError("The last try returns or raises.")


def is_conflict(error: OperationalError) -> bool:
    """Whether the transaction was given up for another one, and may simply be repeated."""
    code = getattr(error.__cause__, "sqlstate", None)
    if code is not None:
        return code in {SERIALIZATION_FAILURE, DEADLOCK}
    return "database is locked" in str(error) or "database table is locked" in str(error)
