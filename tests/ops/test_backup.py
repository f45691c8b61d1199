"""A backup comes back whole, or is refused before the first write."""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import actions
from ops.backup import making, manifest, restoring
from tests.factories.accounts import ApiTokenFactory, UserFactory

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kept(race_database, tmp_path, settings, capsys):
    """A backup of a small place, and the file of what ended there afterwards."""
    if connection.vendor != "sqlite":
        pytest.skip("The drill on PostgreSQL restores by pg_restore; see docs/how-to/backup.md.")
    settings.TOMBSTONE_FILE = str(tmp_path / "tombstones.jsonl")
    boss = UserFactory(email="boss@attune.example", roles=["admin"])
    gone = UserFactory(email="gone@attune.example", roles=["agent", "trainer"])
    token = ApiTokenFactory(owner=boss)
    call_command("backup", to=tmp_path / "backups")
    made = Path(capsys.readouterr().out.strip())
    now = timezone.now()
    actions.end_role(user=gone, role="trainer", by=boss, at=now)
    actions.deactivate_user(user=gone, by=boss, at=now)
    actions.revoke_token(token=token, by=boss, at=now)
    return made, Path(settings.TOMBSTONE_FILE)


@pytest.mark.race
@pytest.mark.slow
def test_restored_place_has_every_row_and_what_ended_stays_ended(kept, tmp_path):
    made, tombstones = kept
    database = tmp_path / "second.sqlite3"
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "tests.settings",
        "DATABASE_URL": f"sqlite:///{database}",
        "ATTUNE_DATA_DIR": str(tmp_path / "data"),
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "restore", made, "--tombstones", tombstones],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
    )

    assert "3 endings done again, 0 findings" in done.stdout, done.stdout + done.stderr
    with closing(sqlite3.connect(database)) as restored:
        roles = restored.execute(
            "SELECT g.name FROM auth_group g JOIN accounts_user_groups m ON m.group_id = g.id"
            " JOIN accounts_user u ON u.id = m.user_id WHERE u.email LIKE 'gone%'"
        ).fetchall()
        active = restored.execute("SELECT is_active FROM accounts_user ORDER BY email").fetchall()
        revoked = restored.execute("SELECT revoked_at FROM accounts_apitoken").fetchone()
    assert roles == [("agent",)]
    assert active == [(1,), (0,)]
    assert revoked != (None,)


@pytest.mark.race
def test_damaged_newer_and_unfit_backups_are_refused_before_the_first_write(kept, tmp_path):
    made, tombstones = kept
    rng, before = random.Random(7), manifest.facts(manifest.ask_here)

    def refused(folder, lines=tombstones, *, may_replace=True):
        with pytest.raises(manifest.Damaged) as refusal:
            restoring.restore(folder, lines, may_replace=may_replace)
        return str(refusal.value)

    for number in range(20):
        copy = tmp_path / str(number)
        shutil.copytree(made, copy)
        path = rng.choice([path for path in copy.iterdir() if path.stat().st_size])
        data = bytearray(path.read_bytes())
        data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        path.write_bytes(data if number % 2 else data[: rng.randrange(len(data))])
        assert refused(copy)
    newer = tmp_path / "newer"
    shutil.copytree(made, newer)
    content = json.loads(json.loads((newer / "manifest.json").read_text())["content"])
    content["migrations"].append("accounts.9999_from_the_future")
    (newer / "manifest.json").write_bytes(manifest.sealed(content))
    assert "newer release" in refused(newer)
    assert "absent" in refused(made, tmp_path / "absent")
    assert "not empty" in refused(made, may_replace=False)
    assert manifest.facts(manifest.ask_here) == before


def test_fourteen_days_and_eight_weeks_are_kept(tmp_path):
    newest = datetime(2026, 3, 16, 1, tzinfo=UTC)  # A Monday.
    for days in range(100):
        (tmp_path / f"attune-{newest - timedelta(days=days):%Y%m%dT%H%M%SZ}").mkdir()

    making.rotate(tmp_path, newest)

    kept = sorted(path.name[7:15] for path in tmp_path.iterdir())
    weekly = ["20260201", "20260208", "20260215", "20260222", "20260301"]
    daily = [f"202603{day:02}" for day in range(3, 17)]
    assert kept == weekly + daily


def test_failed_backup_is_told_and_leaves_nothing(tmp_path):
    blocked = tmp_path / "file"
    blocked.touch()

    with pytest.raises(making.BackupFailed):
        making.make(blocked / "below", with_media=False)

    assert list(tmp_path.iterdir()) == [blocked]
