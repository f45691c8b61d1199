"""A backup comes back whole, or is refused before the first write."""

import json
import os
import random
import shutil
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

from accounts import actions
from accounts.models import ApiToken, User
from ops import copies
from ops.backup import making, manifest, restoring
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.races import administer, leading_to

ROOT = Path(__file__).parents[2]


@pytest.fixture
def kept(race_database, tmp_path, settings, capsys):
    """A backup of a small place, and the file of what ended there afterwards."""
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


@pytest.fixture
def second(race_database, tmp_path):
    """The name and DATABASE_URL of an empty database beside this one."""
    if connection.vendor == "sqlite":
        path = tmp_path / "second.sqlite3"
        yield str(path), f"sqlite:///{path}"
        return
    name = f"{connection.settings_dict['NAME']}_second"
    administer(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')
    administer(f'CREATE DATABASE "{name}"')
    yield name, race_database.rpartition("/")[0] + f"/{name}"
    administer(f'DROP DATABASE "{name}" WITH (FORCE)')


def restored(made, tombstones, url, data, *options):
    """Restore in a process of its own, as an operator does; what it wrote."""
    done = subprocess.run(
        [sys.executable, "manage.py", "restore", made, "--tombstones", tombstones, *options],
        cwd=ROOT,
        env=os.environ
        | {
            "DJANGO_SETTINGS_MODULE": "tests.settings",
            "DATABASE_URL": url,
            "ATTUNE_DATA_DIR": str(data),
        },
        capture_output=True,
        text=True,
    )
    return done.stdout + done.stderr


@pytest.mark.race
@pytest.mark.slow
def test_restored_place_has_every_row_and_what_ended_stays_ended(kept, second, tmp_path):
    name, url = second

    told = restored(*kept, url, tmp_path / "data")

    assert "3 endings done again, 0 findings" in told
    with leading_to(name):
        gone, boss = (User.objects.get(email__startswith=one) for one in ("gone", "boss"))
        assert gone.roles == {"agent"}
        assert (boss.is_active, gone.is_active) == (True, False)
        assert ApiToken.objects.get().revoked_at is not None
        assert not copies.is_copy()


@pytest.mark.race
@pytest.mark.slow
def test_restored_copy_is_a_copy_until_it_is_restored_as_itself(kept, second, tmp_path):
    name, url = second

    told = restored(*kept, url, tmp_path / "data", "--as-copy")
    with leading_to(name):
        assert "0 findings" in told
        assert copies.is_copy()

    told = restored(*kept, url, tmp_path / "data", "--replace", settings.BASE_URL)
    with leading_to(name):
        assert "0 findings" in told
        assert not copies.is_copy()


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
    assert "absent. Name the one" in refused(made, tmp_path / "absent")
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
