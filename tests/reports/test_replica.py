"""Pages of reports read a second database that follows the first, and do without it."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, router
from django.utils import timezone

from accounts.models import User
from reports import replica
from reports.models import ReportRun
from tests.factories.accounts import UserFactory
from tests.factories.reports import ReportRunFactory

pytestmark = pytest.mark.django_db(transaction=True)
URL = "/reports/runs/"


@pytest.fixture
def reading(settings):
    """The settings of a place with a replica, whose alias each test fills."""
    settings.DATABASE_ROUTERS = ["reports.replica.ReportsRouter"]
    settings.MIDDLEWARE = [*settings.MIDDLEWARE, "reports.replica.ReplicaMiddleware"]
    replica.trust_again()
    yield
    replica.trust_again()


def follow(**changes):
    """Let the alias lead to a database like our own but for the changes."""
    wrapper = connection.copy(alias=replica.ALIAS)
    wrapper.settings_dict |= changes
    connections[replica.ALIAS] = wrapper


@pytest.fixture
def second_database(reading, tmp_path):
    """The replica as it was when `copy` was called: nothing follows it there."""

    def copy():
        if connection.vendor == "postgresql":
            copy_into_a_schema()
        else:
            copy_into_a_file(tmp_path / "replica.sqlite3")

    yield copy
    forget()
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("DROP SCHEMA IF EXISTS followed CASCADE")


def copy_into_a_schema():
    with connection.cursor() as cursor:
        cursor.execute("CREATE SCHEMA followed")
        cursor.execute("CREATE TABLE followed.reports_reportrun AS TABLE public.reports_reportrun")
    follow(
        OPTIONS=connection.settings_dict["OPTIONS"] | {"options": "-c search_path=followed,public"}
    )


def copy_into_a_file(path):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT name, sql FROM sqlite_master WHERE type = 'table' AND sql IS NOT NULL"
        )
        tables = [row for row in cursor.fetchall() if not row[0].startswith("sqlite_")]
        tables = [row for row in tables if "_fts" not in row[0]]
        rows = {}
        for name, _ in tables:
            cursor.execute(f'SELECT * FROM "{name}"')
            rows[name] = cursor.fetchall()
    follow(NAME=str(path))
    with connections[replica.ALIAS].cursor() as cursor:
        cursor.execute("PRAGMA foreign_keys = OFF")
        for name, statement in tables:
            cursor.execute(statement)
            for row in rows[name]:
                marks = ", ".join(["%s"] * len(row))
                cursor.execute(f'INSERT INTO "{name}" VALUES ({marks})', row)


def forget():
    connections[replica.ALIAS].close()
    del connections[replica.ALIAS]


@pytest.fixture
def unreachable(reading, tmp_path):
    if connection.vendor == "postgresql":
        follow(HOST="127.0.0.1", PORT="1")
    else:
        follow(NAME=str(tmp_path / "nowhere" / "replica.sqlite3"))
    yield
    forget()


@pytest.fixture
def admin(client):
    person = UserFactory(roles=["admin"])
    client.force_login(person)
    return person


def test_a_page_of_reports_reads_the_replica_and_says_as_of_when(client, admin, second_database):
    run = ReportRunFactory(title="As it was", requested_by=admin)
    second_database()
    ReportRun.objects.filter(pk=run.pk).update(title="As it is")

    page = client.get(URL).content.decode()

    assert ("As it was" in page, "As it is" in page) == (True, False)
    assert "Data as of" in page


def test_whoever_has_just_written_reads_the_database(client, admin, second_database):
    run = ReportRunFactory(title="As it was", requested_by=admin)
    second_database()
    ReportRun.objects.filter(pk=run.pk).update(title="As it is")
    client.post("/reports/runs/order/", {})
    kept = client.cookies[replica.WROTE]

    page = client.get(URL).content.decode()
    assert ("As it is" in page, "Data as of" in page) == (True, False)
    assert (kept["max-age"], kept["samesite"], kept["httponly"]) == (5, "Lax", True)
    del client.cookies[replica.WROTE]  # As the browser does after five seconds.
    assert "As it was" in client.get(URL).content.decode()


def test_a_replica_that_is_away_is_done_without(client, admin, unreachable, caplog):
    ReportRunFactory(title="As it is", requested_by=admin)

    page = client.get(URL).content.decode()
    client.get(URL)

    assert ("As it is" in page, "Data as of" in page) == (True, False)
    said = [record for record in caplog.records if record.name == "reports.replica"]
    assert len(said) == 1  # Left alone for the second page.


def test_a_replica_that_goes_under_a_page_is_done_without(client, admin, unreachable, monkeypatch):
    ReportRunFactory(title="As it is", requested_by=admin)
    standing = replica.Standing(as_of=timezone.now(), is_stale=False)
    monkeypatch.setattr(replica, "standing_of_replica", lambda: standing)

    answer = client.get(URL)

    page = answer.content.decode()
    assert (answer.status_code, "As it is" in page, "Data as of" in page) == (200, True, False)


def test_a_replica_far_behind_is_told(client, admin, second_database, monkeypatch):
    second_database()
    behind = replica.Standing(as_of=timezone.now() - timedelta(minutes=2), is_stale=True)
    monkeypatch.setattr(replica, "standing_of_replica", lambda: behind)

    assert "The replica is behind" in client.get(URL).content.decode()


def test_only_tables_of_reports_are_read_there_and_nothing_is_written(reading):
    before = replica._is_read.set(True)
    try:
        places = [router.db_for_read(model) for model in (ReportRun, User)]
        assert places == [replica.ALIAS, DEFAULT_DB_ALIAS]
        assert router.db_for_write(ReportRun) == DEFAULT_DB_ALIAS
        assert not router.allow_migrate(replica.ALIAS, "reports")
    finally:
        replica._is_read.reset(before)
    assert router.db_for_read(ReportRun) == DEFAULT_DB_ALIAS


def test_pages_of_other_areas_are_read_from_the_database(client, admin, unreachable, caplog):
    assert client.get("/").status_code == 200
    assert not [record for record in caplog.records if record.name == "reports.replica"]


def test_a_place_without_a_replica_has_none_of_it():
    assert replica.ALIAS not in settings.DATABASES
    assert "reports.replica.ReplicaMiddleware" not in settings.MIDDLEWARE
