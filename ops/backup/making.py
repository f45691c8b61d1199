"""Make a backup while everybody works on: one snapshot, counted, sealed, and named last."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils import timezone

from lib.release import RELEASE
from ops.backup import manifest
from ops.models import StoredFile

DAILY, WEEKLY = 14, 8
PREFIX = "attune-"
MEDIA_LIST = "media.jsonl"
DRILL = "restored.json"


class BackupFailed(Exception):
    """No backup was made, and nothing half-made was left."""


def make(folder: Path, *, with_media: bool) -> Path:
    """A new backup below `folder`; raises BackupFailed."""
    at = timezone.now()
    final = folder / f"{PREFIX}{at:%Y%m%dT%H%M%SZ}"
    if final.exists():
        return final  # One backup a second is enough.
    partial = final.with_suffix(".partial")
    try:
        partial.mkdir(parents=True)
        write(partial, at, with_media=with_media)
        sync(partial)
        partial.rename(final)
        sync(folder)
    except (OSError, subprocess.SubprocessError, sqlite3.Error) as error:
        shutil.rmtree(partial, ignore_errors=True)
        raise BackupFailed(f"{type(error).__name__}: {error}") from error
    return final


def write(folder: Path, at: datetime, *, with_media: bool) -> None:
    part, facts = (dump_postgres if connection.vendor == "postgresql" else dump_sqlite)(folder)
    write_media(folder, with_media=with_media)
    parts = {name: manifest.digest_of(folder / name) for name in (part, MEDIA_LIST)}
    content = {
        "format": manifest.FORMAT,
        "release": RELEASE,
        "made_at": at.isoformat(),
        "engine": connection.vendor,
        "database": part,
        "with_media": with_media,
        "parts": parts,
        **facts,
    }
    (folder / manifest.MANIFEST).write_bytes(manifest.sealed(content))


def dump_sqlite(folder: Path) -> tuple[str, dict[str, Any]]:
    """VACUUM INTO is the one safe copy of a live file; what is counted is the copy."""
    name = "database.sqlite3"
    with connection.cursor() as cursor:
        cursor.execute("VACUUM INTO %s", [str(folder / name)])
    with closing(sqlite3.connect(folder / name)) as copy:
        return name, manifest.facts(lambda query: copy.execute(query).fetchall())


def dump_postgres(folder: Path) -> tuple[str, dict[str, Any]]:
    """pg_dump and the counts look at the same exported snapshot."""
    name = "database.dump"
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        snapshot = cursor.fetchone()[0]
        command = ["pg_dump", "-Fc", "--no-owner", f"--snapshot={snapshot}", f"-f{folder / name}"]
        subprocess.run(  # noqa: S603 - Own words and the settings' own database.
            [*command, connection.settings_dict["NAME"]],
            check=True,
            capture_output=True,
            env=postgres_environment(),
        )
        return name, manifest.facts(manifest.ask_here)


def postgres_environment() -> dict[str, str]:
    """Where PostgreSQL's own programs find the database; the password never stands in a command."""
    place = connection.settings_dict
    named = {"PGHOST": "HOST", "PGPORT": "PORT", "PGUSER": "USER", "PGPASSWORD": "PASSWORD"}
    return os.environ | {name: str(place[key]) for name, key in named.items() if place[key]}


def write_media(folder: Path, *, with_media: bool) -> None:
    """A line for each stored file, and with `copy` the files themselves."""
    root = Path(settings.MEDIA_ROOT)
    with (folder / MEDIA_LIST).open("w", encoding="utf-8") as out:
        for row in StoredFile.objects.order_by("pk").iterator(chunk_size=1000):
            line = {"path": row.path, "bytes": row.bytes, "sha256": row.sha256}
            out.write(json.dumps(line) + "\n")
            if with_media and (root / row.path).is_file():
                target = folder / "media" / row.path
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(root / row.path, target)


def sync(folder: Path) -> None:
    """Have every file below on disk, not only in memory."""
    for path in [*folder.rglob("*"), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def rotate(folder: Path, now: datetime) -> list[Path]:
    """Keep the newest of each of 14 days and of each of 8 weeks; returns what was removed."""
    found = sorted(made_at(folder), reverse=True)
    kept = set(newest_each(found, DAILY, "%Y-%m-%d")) | set(newest_each(found, WEEKLY, "%G-%V"))
    removed = [path for at, path in found if path not in kept]
    half = [path for path in folder.glob(f"{PREFIX}*.partial") if is_old(path, now)]
    for path in [*removed, *half]:
        shutil.rmtree(path)
    return removed


def made_at(folder: Path) -> Iterator[tuple[datetime, Path]]:
    for path in folder.glob(f"{PREFIX}*Z"):
        yield datetime.strptime(path.name, f"{PREFIX}%Y%m%dT%H%M%S%z"), path


def newest(folder: Path) -> datetime | None:
    """When the newest backup of this place was made."""
    return max((at for at, _path in made_at(folder)), default=None)


def note_drill(folder: Path, at: datetime) -> None:
    """Write beside the backups that one of them was restored and found sound."""
    with contextlib.suppress(OSError):  # The backups may lie where nobody may write.
        (folder / DRILL).write_text(json.dumps({"restored_at": at.isoformat()}))


def drilled_at(folder: Path) -> datetime | None:
    """When a backup of this place was last restored and found sound."""
    try:
        return datetime.fromisoformat(json.loads((folder / DRILL).read_text())["restored_at"])
    except (OSError, ValueError, KeyError):
        return None


def newest_each(found: list[tuple[datetime, Path]], most: int, span: str) -> list[Path]:
    spans: dict[str, Path] = {}
    for at, path in found:
        spans.setdefault(at.strftime(span), path)
    return list(spans.values())[:most]


def is_old(path: Path, now: datetime) -> bool:
    return now.timestamp() - path.stat().st_mtime > timedelta(days=1).total_seconds()
