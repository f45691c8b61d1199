"""Compare the disk with the table of stored files."""

from __future__ import annotations

import logging
import time
from collections.abc import Iterator
from pathlib import Path

from django.conf import settings

from ops.files import TEMPORARY
from ops.models import StoredFile

logger = logging.getLogger(__name__)
GRACE_SECONDS = 24 * 3600


def sweep(after: str = "") -> Iterator[tuple[str, str]]:
    """Go through the folders behind `after`; yields each with a line on what happened there."""
    root = Path(settings.MEDIA_ROOT)
    folders = [*(f"{number:02x}" for number in range(256)), TEMPORARY]
    for folder in folders[folders.index(after) + 1 if after in folders else 0 :]:
        removed = remove_strays(root / folder)
        missing = report_missing(root / folder)
        if removed or missing or folder == TEMPORARY:
            yield folder, f"{folder}: {removed} files removed, {missing} missing"


def remove_strays(folder: Path) -> int:
    """Remove files older than a day that have no row; a younger one may still get its row."""
    if not folder.is_dir():
        return 0
    paths = {f"{folder.name}/{file.name}": file for file in folder.iterdir()}
    known = set(StoredFile.objects.filter(path__in=paths).values_list("path", flat=True))
    limit = time.time() - GRACE_SECONDS
    strays = [file for path, file in paths.items() if path not in known]
    old = [file for file in strays if file.stat().st_mtime < limit]
    for file in old:
        file.unlink()
    return len(old)


def report_missing(folder: Path) -> int:
    rows = StoredFile.objects.filter(path__startswith=f"{folder.name}/")
    missing = [
        pk for pk, path in rows.values_list("pk", "path") if not (folder.parent / path).is_file()
    ]
    for pk in missing:
        logger.error("stored_file_missing %s", pk)
    return len(missing)
