"""Planted damage is found, each by its rule; a sound database holds."""

import json
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder

from ops import health, integrity
from tests.factories.accounts import UserFactory
from tests.factories.ops import JobRunFactory, StoredFileFactory

pytestmark = pytest.mark.django_db


def rules_broken(area="ops"):
    return {finding.rule for finding in integrity.check(area)}


def test_sound_database_holds(capsys):
    UserFactory(roles=["admin"])
    JobRunFactory()

    call_command("check_integrity", json=True)

    assert json.loads(capsys.readouterr().out) == []


def test_missing_file_is_found():
    row = StoredFileFactory(path="00/absent", bytes=3)

    (finding,) = integrity.check("ops")

    assert (finding.rule, finding.pk) == ("stored_files", str(row.pk))


def test_file_of_another_size_is_found():
    row = StoredFileFactory(path="00/short", bytes=3)
    path = Path(settings.MEDIA_ROOT) / row.path
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")

    found = [finding.text for finding in integrity.check("ops")]
    path.unlink()

    assert found == ["its file has 1 bytes, not 3"]


@pytest.mark.skipif(connection.vendor != "sqlite", reason="PostgreSQL never lets it in.")
def test_row_that_breaks_a_constraint_is_found():
    run = JobRunFactory()
    with connection.cursor() as cursor:
        cursor.execute("PRAGMA ignore_check_constraints = ON")
        cursor.execute("UPDATE ops_jobrun SET progress_percent = 300 WHERE id = %s", [run.pk.hex])
        cursor.execute("PRAGMA ignore_check_constraints = OFF")

    assert rules_broken() == {"check_constraints"}


def test_site_without_an_administrator_is_found():
    UserFactory(roles=["agent"])

    assert rules_broken("accounts") == {"an_administrator"}


def test_findings_end_with_exit_one():
    UserFactory(roles=["agent"])

    with pytest.raises(SystemExit) as end:
        call_command("check_integrity", area="accounts")

    assert end.value.code == 1


def test_database_that_is_not_migrated_is_told_so(monkeypatch):
    monkeypatch.setattr(health, "_migrated", set())  # What this process has seen before.
    MigrationRecorder.Migration.objects.filter(app="ops").delete()

    with pytest.raises(CommandError, match="migrate") as end:
        call_command("check_integrity")

    assert end.value.returncode == 2
