"""When a failed job is tried again; pure."""

from __future__ import annotations

SPREAD_PERCENT = 20


def job_delay(failed_attempts: int, base_seconds: float = 30, spread: float = 0.0) -> float:
    """Seconds until the next attempt after `failed_attempts` failures: 30, 120, 480 ...

    `spread` from -1 to 1 moves the result by up to 20 %, so that jobs that failed together do not
    come back together. Raises ValueError without a failed attempt.
    """
    if failed_attempts < 1:
        raise ValueError("A delay needs at least one failed attempt.")
    exact = base_seconds * 4 ** (failed_attempts - 1)
    return exact * (100 + SPREAD_PERCENT * spread) / 100
