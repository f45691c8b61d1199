"""What a start makes of a database that is behind this code, or ahead of it."""

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import OperationalError, connection
from django.db.migrations.recorder import MigrationRecorder

from ops import database_rules, health

pytestmark = pytest.mark.django_db
LAST = ("ops", "9999_of_a_newer_release")


@pytest.fixture
def unmigrated(monkeypatch):
    """As if a release had brought a migration that nobody has applied."""
    rows = MigrationRecorder(connection).migration_qs
    newest = rows.filter(app="ops").order_by("name").last()
    rows.filter(app="ops", name=newest.name).delete()
    monkeypatch.setattr(health, "_migrated", set())


@pytest.fixture
def newer():
    MigrationRecorder(connection).record_applied(*LAST)


def asked(path):
    """The status line and the body that the web process answers with."""
    told = []

    def application(environ, start_response):
        start_response("200 OK", [])
        return [b"page"]

    gate = database_rules.behind_migrations(application)
    body = b"".join(gate({"PATH_INFO": path}, lambda status, headers: told.append(status)))
    return told[0], body.decode()


def test_web_answers_503_with_a_sentence_until_the_database_is_migrated(unmigrated):
    status, body = asked("/")

    assert status == "503 Service Unavailable"
    assert "run manage.py migrate" in body
    assert asked("/healthz") == ("200 OK", "page")
    assert asked("/readyz") == ("200 OK", "page")
    assert asked("/static/css/base.css") == ("200 OK", "page")


def test_readyz_names_migrations_even_where_no_table_exists(unmigrated, client, settings):
    settings.METRICS_TOKEN = "monitor"
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE ops_jobrun RENAME TO ops_not_yet_there")

    told = client.get("/readyz", headers={"Authorization": "Bearer monitor"})

    assert (told.status_code, told.json()["checks"]["database"]) == (503, "ok")
    assert "run manage.py migrate" in told.json()["checks"]["migrations"]


def test_web_asks_no_more_once_it_is_migrated(monkeypatch, django_assert_num_queries):
    monkeypatch.setattr(health, "_migrated", set())
    assert asked("/") == ("200 OK", "page")

    with django_assert_num_queries(0):
        assert asked("/") == ("200 OK", "page")


def test_a_database_that_is_away_is_left_to_the_page(monkeypatch):
    def away():
        raise OperationalError("connection refused")

    monkeypatch.setattr(health, "migrations", away)

    assert asked("/") == ("200 OK", "page")


def test_jobs_do_not_start_before_the_database_is_migrated(unmigrated):
    with pytest.raises(ImproperlyConfigured, match=r"run manage\.py migrate"):
        call_command("run_jobs", queue="default")


def test_nothing_starts_on_a_newer_database(newer):
    with pytest.raises(ImproperlyConfigured, match=r"newer release: ops\.9999_of"):
        database_rules.require_fit_database()
    with pytest.raises(ImproperlyConfigured, match="newer release"):
        call_command("run_jobs", queue="default")


def test_rows_of_apps_that_are_gone_are_no_reason_to_refuse():
    MigrationRecorder(connection).record_applied("an_old_app", "0001_initial")

    assert database_rules.database_faults() == []
