"""A database that cannot keep the promises stops the start."""

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from ops import database_rules
from tests.races import leading_to

ROOT = Path(__file__).parents[2]


def test_the_database_of_the_tests_is_fit(race_database):
    assert database_rules.database_faults() == []


@pytest.mark.django_db
def test_sqlite_without_wal_stops_the_start(tmp_path, monkeypatch, settings):
    if connection.vendor != "sqlite":
        pytest.skip("SQLite alone has a journal mode")
    path = tmp_path / "old.sqlite3"
    with closing(sqlite3.connect(path)) as old:
        old.execute("CREATE TABLE t (x)")
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "init_command", "")

    with leading_to(str(path)), pytest.raises(ImproperlyConfigured, match="network disk"):
        database_rules.require_fit_database()


@pytest.mark.django_db
def test_an_old_postgres_stops_the_start(monkeypatch):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    monkeypatch.setattr(database_rules, "OLDEST_POSTGRES", 99)

    with pytest.raises(ImproperlyConfigured, match="too old"):
        database_rules.require_fit_database()


def test_a_database_that_does_not_answer_is_no_reason_to_refuse(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(database_rules, "sqlite_faults", away)
    monkeypatch.setattr(database_rules, "postgres_faults", away)

    assert database_rules.database_faults() == []


@pytest.mark.django_db
def test_a_server_whose_host_is_gone_is_noticed():
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    connection.ensure_connection()

    told = connection.connection.info.get_parameters()

    assert (told["tcp_user_timeout"], told["connect_timeout"]) == ("10000", "5")
    assert [told[f"keepalives_{name}"] for name in ("idle", "interval", "count")] == ["5", "2", "3"]


@pytest.mark.django_db
def test_threads_share_a_pool_where_one_is_asked_for():
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    code = (
        "from django.db import connection; connection.ensure_connection(); "
        "print(connection.pool.max_size > 0, connection.settings_dict['CONN_MAX_AGE'])"
    )
    place = connection.settings_dict
    url = f"postgresql://{place['USER']}:{place['PASSWORD']}@{place['HOST']}/{place['NAME']}"

    done = subprocess.run(
        [sys.executable, "manage.py", "shell", "-v0", "-c", code],
        cwd=ROOT,
        env=os.environ | {"DATABASE_URL": url, "ATTUNE_DATABASE_POOL": "1"},
        capture_output=True,
        text=True,
    )

    assert done.stdout.split() == ["True", "0"], done.stderr


def test_pages_on_postgres_have_a_limit_for_statements(race_database):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    database_rules._limit_statements(connection)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("20s",)
