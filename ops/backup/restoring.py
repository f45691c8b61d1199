"""Bring a backup back: everything is checked before the first write, and again after the last."""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection, transaction
from django.db.migrations.loader import MigrationLoader
from django.utils import timezone

from ops import copies, integrity, tombstones
from ops.backup import manifest
from ops.backup.making import postgres_environment
from ops.backup.manifest import Damaged
from ops.models import Delivery, DeliveryState, JobRun, JobState


@dataclass
class Restored:
    """What a restore did, and what it found afterwards."""

    made_at: datetime
    ended_again: int = 0
    findings: list[integrity.Finding] = field(default_factory=list)


def restore(
    folder: Path, tombstone_file: Path, *, may_replace: bool, as_copy: bool = False
) -> Restored:
    """Raises Damaged before anything was written."""
    content = manifest.opened(folder)
    refuse_newer(content)
    try:
        lines = tombstones.read(tombstone_file)
    except tombstones.UnreadableTombstones as error:
        raise Damaged(str(error)) from error
    if not may_replace and not is_empty():
        raise Damaged("The database is not empty. Empty it, or say --replace with the site's name.")
    load(folder, content)
    compare(content)
    call_command("migrate", verbosity=0)
    restore_media(folder, content)
    made_at, now = datetime.fromisoformat(content["made_at"]), timezone.now()
    with transaction.atomic():
        calm_down()
        if as_copy:
            copies.mark(made_at=made_at, at=now)
        else:
            copies.unmark()
        ended = tombstones.replay(lines, since=made_at, now=now)
    return Restored(made_at, ended, list(integrity.check()))


def refuse_newer(content: dict[str, Any]) -> None:
    """A database that knows more migrations than this code is of a newer release."""
    if content["engine"] != connection.vendor:
        raise Damaged(f"The backup is of {content['engine']}, this place runs {connection.vendor}.")
    known = {f"{app}.{name}" for app, name in MigrationLoader(None).disk_migrations}
    installed = {config.label for config in apps.get_app_configs()}
    unknown = [
        name
        for name in content["migrations"]
        if name not in known and name.partition(".")[0] in installed
    ]
    if unknown:
        raise Damaged(f"The backup is of a newer release: {unknown[0]} is not known here.")


def is_empty() -> bool:
    with connection.cursor() as cursor:
        if "accounts_user" not in connection.introspection.table_names(cursor):
            return True
        cursor.execute("SELECT COUNT(*) FROM accounts_user")
        return not cursor.fetchone()[0]


def load(folder: Path, content: dict[str, Any]) -> None:
    source = folder / content["database"]
    if connection.vendor == "sqlite":
        target = Path(connection.settings_dict["NAME"])
        connection.close()
        for leftover in (target.with_name(target.name + end) for end in ("-wal", "-shm")):
            leftover.unlink(missing_ok=True)
        partial = target.with_name(target.name + ".partial")
        shutil.copyfile(source, partial)
        partial.replace(target)
        return
    name = connection.settings_dict["NAME"]
    with connection.cursor() as cursor:
        cursor.execute("DROP SCHEMA public CASCADE")
        cursor.execute("CREATE SCHEMA public")
    connection.close()
    subprocess.run(  # noqa: S603 - Own words and the settings' own database.
        ["pg_restore", "--no-owner", "--exit-on-error", "-d", name, source],  # noqa: S607
        check=True,
        capture_output=True,
        env=postgres_environment(),
    )


def compare(content: dict[str, Any]) -> None:
    """Raises Damaged unless rows and sums are those of the manifest."""
    found = manifest.facts(manifest.ask_here)
    wrong = [table for table, rows in content["rows"].items() if found["rows"].get(table) != rows]
    wrong += [name for name, value in content["sums"].items() if found["sums"].get(name) != value]
    if wrong:
        raise Damaged(f"What was loaded differs from the manifest: {', '.join(wrong[:5])}.")


def restore_media(folder: Path, content: dict[str, Any]) -> None:
    if content["with_media"] and (folder / "media").is_dir():
        shutil.copytree(folder / "media", settings.MEDIA_ROOT, dirs_exist_ok=True)


def calm_down() -> None:
    """Nobody is signed in, nothing runs, and what may have left the house is not sent again."""
    Session.objects.all().delete()
    running = JobRun.objects.filter(state=JobState.RUNNING)
    running.update(state=JobState.WAITING, leased_until=None)
    Delivery.objects.filter(state=DeliveryState.CLAIMED).update(state=DeliveryState.UNCLEAR)
    mails = JobRun.objects.filter(job="ops.send_mail", state=JobState.WAITING)
    now = timezone.now()
    for run in mails:
        Delivery.objects.get_or_create(
            kind="mail",
            key=run.key,
            defaults={"state": DeliveryState.UNCLEAR, "claimed_at": now, "run": run},
        )
    mails.update(state=JobState.CANCELLED, finished_at=now)
