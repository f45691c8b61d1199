"""Verbs of SCORM packages: take one in, say how its word is taken."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from ops import files, jobs
from ops.models import StoredFile
from training.models import ScormImport, ScormItem, ScormPackage
from training.models.scorm import ImportState
from training.scorm_findings import Finding
from training.scorm_manifest import Item
from training.scorm_store import Ready

SWITCHES = ("trusts_status", "completes_silent", "always_keeps")


def order_import(*, file: StoredFile, by: User, at: datetime) -> ScormImport:
    """Have a stored file read in the background; one that was taken in before is there at once."""
    with transaction.atomic():
        row = ScormImport.objects.create(
            file=file, file_name=file.name, sha256=file.sha256, ordered_by=by
        )
        known = ScormPackage.objects.filter(sha256=file.sha256).first()
        if known is not None:
            _end(row, ImportState.DONE, [], package=known, at=at)
            files.remove(file)
        else:
            jobs.enqueue(
                "training.import_scorm",
                key=f"scorm-{row.pk}",
                requested_by_id=by.pk,
                import_id=row.pk,
            )
        audit.record(
            verb="order_scorm_import", record=row, by=by, at=at, after={"sha256": row.sha256}
        )
    return row


def finish_import(*, row: ScormImport, ready: Ready, at: datetime) -> ScormPackage:
    """The package with its items, once for each file; a second import of it finds the first."""
    assert row.file is not None
    with transaction.atomic():
        findings = [finding.as_json() for finding in ready.manifest.findings]
        package, is_new = ScormPackage.objects.get_or_create(
            sha256=row.sha256,
            defaults={
                "edition": ready.manifest.edition,
                "title": ready.manifest.title,
                "file_count": ready.files,
                "bytes": ready.bytes,
                "findings": findings,
                "file": row.file,
                "imported_by": row.ordered_by,
            },
        )
        file = row.file
        _end(row, ImportState.DONE, ready.manifest.findings, package=package, at=at)
        if is_new:
            _make_items(package, ready.manifest.items)
        else:
            files.remove(file)
        after = {"sha256": package.sha256, "edition": package.edition}
        audit.record(verb="import_scorm", record=package, by=row.ordered_by, at=at, after=after)
    return package


def refuse_import(*, row: ScormImport, findings: Iterable[Finding], at: datetime) -> None:
    """Keep why a package was not taken in, and nothing of the package itself."""
    with transaction.atomic():
        file = row.file
        _end(row, ImportState.REFUSED, findings, package=None, at=at)
        if file is not None:
            files.remove(file)
        after = {"codes": [finding["code"] for finding in row.findings]}
        audit.record(verb="refuse_scorm", record=row, by=row.ordered_by, at=at, after=after)


def set_switches(
    *, package: ScormPackage, switches: dict[str, bool], by: User, at: datetime
) -> ScormPackage:
    """How the content's word is taken from now on; what was done stays done."""
    with transaction.atomic():
        locked = ScormPackage.objects.select_for_update().get(pk=package.pk)
        before = {name: getattr(locked, name) for name in SWITCHES}
        for name in SWITCHES:
            setattr(locked, name, switches[name])
        locked.row_version += 1
        locked.save(update_fields=[*SWITCHES, "row_version", "updated_at"])
        audit.record(
            verb="switch_scorm", record=locked, by=by, at=at, before=before, after=switches
        )
    return locked


def _end(
    row: ScormImport,
    state: str,
    findings: Iterable[Finding],
    *,
    package: ScormPackage | None,
    at: datetime,
) -> None:
    row.state, row.package, row.file, row.finished_at = state, package, None, at
    row.findings = [finding.as_json() for finding in findings]
    row.save()


def _make_items(package: ScormPackage, items: list[Item]) -> None:
    made: dict[str, ScormItem] = {}
    for position, item in enumerate(items):
        made[item.identifier] = ScormItem.objects.create(
            package=package,
            parent=made.get(item.parent),
            position=position,
            **_fields(item),
        )


def _fields(item: Item) -> dict[str, Any]:
    return {
        "identifier": item.identifier,
        "depth": item.depth,
        "title": item.title,
        "href": item.href,
        "scorm_type": item.scorm_type,
        "mastery_score": item.mastery_score,
        "scaled_passing_score": item.scaled_passing_score,
        "completion_threshold": item.completion_threshold,
        "launch_data": item.launch_data,
        "max_time_allowed": item.max_time_allowed,
        "time_limit_action": item.time_limit_action,
        "objectives": list(item.objectives),
    }
