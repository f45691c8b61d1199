"""What training does in the background for packages made elsewhere."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Generator
from functools import partial
from typing import Any

from django.utils import timezone

from ops.jobs import Step, job
from training import scorm_store
from training.actions import scorm_packages
from training.models import ScormImport, ScormPackage
from training.scorm_findings import BadPackage
from training.scorm_store import Ready, Unpacking

logger = logging.getLogger(__name__)
STRAY_SECONDS = 7 * 24 * 3600


@job("training.import_scorm", queue="slow", style="steps")
def import_scorm(cursor: dict[str, Any], *, import_id: int) -> Generator[Step, Any, None]:
    """Take a package in, or say why not; after a crash it begins again."""
    row = ScormImport.objects.select_related("file", "ordered_by").get(pk=import_id)
    if not row.is_working or row.file is None:
        return
    work, percent = Unpacking(row.file), 0
    while True:
        # The cursor never moves, so that a package that kills its worker uses up its attempts.
        result = yield Step({}, percent, "Unpacking and checking", outside=work.go_on)
        if isinstance(result, BadPackage):
            scorm_packages.refuse_import(row=row, findings=result.findings, at=timezone.now())
            return
        if isinstance(result, Ready):
            scorm_packages.finish_import(row=row, ready=result, at=timezone.now())
            return
        percent = result


@job("training.sweep_scorm", queue="slow", style="steps")
def sweep_scorm(cursor: dict[str, Any]) -> Generator[Step, Any, dict[str, Any]]:
    """Remove folders that nobody owns; bring back those that a restore did not bring."""
    known = set(ScormPackage.objects.values_list("sha256", flat=True))
    strays = scorm_store.strays(known, STRAY_SECONDS)
    for folder in strays:
        logger.warning("scorm_folder_without_row %s", folder.name)
        yield Step({}, text=folder.name, outside=partial(shutil.rmtree, folder))
    brought = 0
    for package in ScormPackage.objects.select_related("file").order_by("pk"):
        if not scorm_store.folder_of(package.sha256).is_dir():
            logger.error("scorm_folder_missing %s", package.pk)
            yield Step(
                {},
                text=package.title,
                outside=partial(scorm_store.unpack_again, package.file),
            )
            brought += 1
    return {"removed": len(strays), "brought_back": brought}
