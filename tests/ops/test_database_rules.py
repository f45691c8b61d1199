"""A database that cannot keep the promises stops the start."""

import sqlite3
from contextlib import closing

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError, connection

from ops import database_rules
from tests.races import leading_to


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


def test_pages_on_postgres_have_a_limit_for_statements(race_database):
    if connection.vendor != "postgresql":
        pytest.skip("needs PostgreSQL")
    database_rules._limit_statements(connection)

    with connection.cursor() as cursor:
        cursor.execute("SHOW statement_timeout")
        assert cursor.fetchone() == ("20s",)
