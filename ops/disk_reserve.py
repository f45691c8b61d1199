"""A file that only holds room, so that an operator can still work when the disk runs full."""

from __future__ import annotations

import logging
import os
import shutil
from pathlib import Path

from django.conf import settings

logger = logging.getLogger(__name__)
MB = 1024 * 1024
RESERVE_BYTES = 64 * MB
RELEASE_BELOW_BYTES = 32 * MB
KEEP_ABOVE_BYTES = 1024 * MB


def look_after() -> None:
    """Give the room back when the disk is full, and take it again when there is plenty."""
    reserve = Path(settings.DATA_DIR) / "reserve"
    free = shutil.disk_usage(settings.DATA_DIR).free
    if free < RELEASE_BELOW_BYTES and reserve.exists():
        reserve.unlink()
        logger.error("disk_reserve_released: free some space, the disk is full")
    elif free > KEEP_ABOVE_BYTES and not reserve.exists():
        hold(reserve)


def hold(reserve: Path) -> None:
    size = getattr(settings, "DISK_RESERVE_BYTES", RESERVE_BYTES)
    if size:
        with reserve.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, size)
