"""SQLite is told how its tables look."""

import pytest
from django.db import OperationalError, connection

from ops import planner
from ops.jobs import enqueue
from ops.models import Bucket
from tests.factories.ops import BucketFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


def test_sqlite_knows_its_tables_after_the_job_and_postgresql_without():
    BucketFactory.create_batch(3)
    enqueue("ops.renew_statistics", key="now")

    (run,) = run_waiting_jobs()

    assert run.result == {"renewed": connection.vendor == "sqlite"}
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute("SELECT stat FROM sqlite_stat1 WHERE tbl = 'ops_bucket'")
            assert all(stat.split()[0] == "3" for (stat,) in cursor.fetchall())


def test_statistics_take_a_limited_look():
    told = told_by(planner.renew_statistics)

    is_sqlite = connection.vendor == "sqlite"
    assert told == (["PRAGMA analysis_limit = 1000", "ANALYZE"] if is_sqlite else [])


def test_many_new_rows_are_noted_at_once_on_both_databases():
    assert "ANALYZE" in told_by(lambda: planner.note_new_rows(planner.MANY_ROWS))


def test_few_new_rows_are_left_to_the_hourly_look():
    assert told_by(lambda: planner.note_new_rows(planner.MANY_ROWS - 1)) == []


def test_tables_that_cannot_be_had_are_left_to_the_hourly_look():
    def refuse(execute, sql, *rest):
        if sql == "ANALYZE":
            raise OperationalError("database is locked")
        return execute(sql, *rest)

    with connection.execute_wrapper(refuse):
        assert not planner.note_new_rows(planner.MANY_ROWS)
    assert Bucket.objects.count() == 0


def told_by(act):
    told: list[str] = []

    def note(execute, sql, *rest):
        told.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        act()
    return told
