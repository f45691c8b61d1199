"""An import that is killed with -9 and started again ends equal to one that was left alone."""

import os
import signal
import subprocess
import sys
import time
from contextlib import closing
from functools import partial
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection

from tests.crm.runs import attune_json, call

pytestmark = pytest.mark.slow
ROOT = Path(__file__).resolve().parents[2]
ROWS = 3_000
OF_INTERACTION = "JOIN crm_interaction ON crm_interaction.id = interaction_id"
# What is compared: every table of the import, by names instead of ids, for a chunk that was
# killed may have used some ids up.
CONTENTS = {
    "interactions": (
        "SELECT crm_interaction.external_id, outcome, subject, talk_seconds, routing_queue.name, "
        "crm_customer.external_id FROM crm_interaction JOIN routing_queue ON "
        "routing_queue.id = queue_id JOIN crm_customer ON crm_customer.id = customer_id"
    ),
    "legs": f"SELECT external_id, position, crm_leg.talk_seconds FROM crm_leg {OF_INTERACTION}",
    "visits": (
        "SELECT external_id, position, crm_queuevisit.wait_seconds, crm_queuevisit.outcome "
        f"FROM crm_queuevisit {OF_INTERACTION}"
    ),
    "customers": "SELECT external_id, interaction_count FROM crm_customer",
    "reports": "SELECT line, outcome, code FROM crm_importrow",
    "run": "SELECT state, read, created, updated, skipped, failed, checkpoint FROM crm_importrun",
}


@pytest.fixture
def place(transactional_db, tmp_path):
    """The environment of an Attune with an empty database of its own, on the engine under test."""
    if connection.vendor == "sqlite":
        connection.cursor().execute("VACUUM INTO %s", [f"{tmp_path}/attune.sqlite3"])
        yield environment_of(tmp_path, f"sqlite:///{tmp_path}/attune.sqlite3")
        return
    settings, name = connection.settings_dict, f"attune_kill_{os.getpid()}"
    template = settings["NAME"]
    connection.close()
    on_server(f'CREATE DATABASE "{name}" TEMPLATE "{template}"')
    host = f"{settings['USER']}:{settings['PASSWORD']}@{settings['HOST']}:{settings['PORT']}"
    yield environment_of(tmp_path, f"postgresql://{host}/{name}")
    on_server(f'DROP DATABASE "{name}" WITH (FORCE)')


def environment_of(folder, url):
    return os.environ | {
        "DATABASE_URL": url,
        "ATTUNE_DATA_DIR": str(folder / "data"),
        "DJANGO_SETTINGS_MODULE": "tests.settings",
    }


def on_server(statement):
    """A statement outside any transaction, on the server's own database."""
    import psycopg  # Only where PostgreSQL is the engine under test.

    settings = connection.settings_dict
    with closing(
        psycopg.connect(
            host=settings["HOST"],
            port=settings["PORT"] or 5432,
            user=settings["USER"],
            password=settings["PASSWORD"],
            dbname="postgres",
            autocommit=True,
        )
    ) as server:
        server.execute(statement)


def rows_of(environment, statement):
    url = environment["DATABASE_URL"]
    if url.startswith("sqlite"):
        import sqlite3  # Only where SQLite is the engine under test.

        with closing(sqlite3.connect(url.removeprefix("sqlite:///"), timeout=20)) as database:
            return database.execute(statement).fetchall()
    import psycopg  # Only where PostgreSQL is the engine under test.

    with closing(psycopg.connect(url)) as database:
        return database.execute(statement).fetchall()


def own_rows(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cursor.fetchall()


def started(environment, path):
    words = "--format", "attune_json", "--agents", "unlinked", "--skip-checks"
    return subprocess.Popen(
        [sys.executable, "manage.py", "import_interactions", str(path), *words],
        cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
    )  # fmt: skip


def kill_after(environment, path, checkpoint):
    """Start the import and kill it with -9 once so many rows are behind it."""
    worker = started(environment, path)
    try:
        deadline = time.monotonic() + 60
        while not (done := rows_of(environment, "SELECT checkpoint FROM crm_importrun")) or (
            done[0][0] < checkpoint
        ):
            assert worker.poll() is None, "It ended before it could be killed."
            assert time.monotonic() < deadline
            time.sleep(0.01)
    finally:
        worker.send_signal(signal.SIGKILL)
        worker.wait()


def contents(rows_of):
    return {name: sorted(rows_of(query), key=repr) for name, query in CONTENTS.items()}


@pytest.fixture
def path(tmp_path):
    """Rows of every sort: new, changed later in the file, refused, with customers that recur."""
    interactions = [
        call(
            number % 2_900,
            subject=f"Row {number}",
            customer={"external_id": str(number % 300)},
            language="x" * 13 if number % 997 == 0 else "en",
        )
        for number in range(ROWS)
    ]
    path = tmp_path / "calls.json"
    path.write_bytes(attune_json(interactions))
    return path


def test_a_killed_import_ends_equal_to_an_unbroken_one(place, path):
    for checkpoint in (1, 2_000):
        kill_after(place, path, checkpoint)
    resumed = started(place, path)
    assert resumed.wait(timeout=120) == 1, "Some rows are wrong on purpose."
    broken = contents(partial(rows_of, place))

    with pytest.raises(SystemExit):
        call_command("import_interactions", path, format="attune_json", agents="unlinked")
    clean = contents(own_rows)

    assert broken["run"][0][0] == "finished"
    assert broken == clean
