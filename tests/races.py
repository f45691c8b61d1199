"""Several connections and processes at one database, on both engines.

A race test takes the fixture `race_database`, marks itself `race`, and has a twin that switches
one guard off and must then see what the guard prevents.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from django.test import TransactionTestCase

THREADS = 16
PATIENCE_SECONDS = 30
HESITATION_SECONDS = 0.3


@pytest.fixture
def original_untouched() -> Iterator[None]:
    """Spare the emptying of every table: the test works in a copy."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(TransactionTestCase, "_fixture_teardown", lambda self: None)
        yield


@pytest.fixture
def race_database(original_untouched, transactional_db, tmp_path: Path) -> Iterator[str]:
    """A copy of the test database that many connections share; yields its DATABASE_URL.

    What a race test commits, breaks or drops is thrown away with the copy.
    """
    copy = sqlite_copy if connection.vendor == "sqlite" else postgres_copy
    with copy(tmp_path) as url:
        yield url


@contextmanager
def sqlite_copy(folder: Path) -> Iterator[str]:
    """SQLite's test database lives in memory, where threads are in each other's way."""
    path, memory = folder / "race.sqlite3", connections["default"]
    memory.ensure_connection()
    with closing(sqlite3.connect(path)) as copy:
        memory.connection.backup(copy)
    with leading_to(str(path)):
        yield f"sqlite:///{path}"


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Keep the database as it begins on PostgreSQL: rows taken back go on filling its pages.

    A copy of it takes a fraction of the time that a copy of the used one would.
    """
    if connection.vendor != "postgresql":
        yield
        return
    with django_db_blocker.unblock():
        name = connections["default"].settings_dict["NAME"]
        copy_database(name, f"{name}_fresh")
        yield
        administer(f'DROP DATABASE "{name}_fresh" WITH (FORCE)')


@contextmanager
def postgres_copy(folder: Path) -> Iterator[str]:
    original = connections["default"]
    name = original.settings_dict["NAME"]
    copy = f"{name}_race"
    copy_database(f"{name}_fresh", copy)
    try:
        with leading_to(copy):
            place = original.settings_dict
            sign_in = f"{place['USER']}:{place['PASSWORD']}@{place['HOST']}:{place['PORT'] or 5432}"
            yield f"postgresql://{sign_in}/{copy}"
    finally:
        administer(f'DROP DATABASE "{copy}" WITH (FORCE)')


def copy_database(name: str, copy: str) -> None:
    connections["default"].close()
    administer(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')
    administer(f'CREATE DATABASE "{copy}" TEMPLATE "{name}"')


def administer(statement: str) -> None:
    with connections["default"]._nodb_cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def leading_to(name: str) -> Iterator[None]:
    """Let the default connection of every thread lead to another database."""
    original = connections["default"]
    before = original.settings_dict["NAME"]
    original.settings_dict["NAME"] = name
    del connections["default"]
    try:
        yield
    finally:
        connections["default"].close()
        original.settings_dict["NAME"] = before
        connections["default"] = original


def together(function: Callable[[int], Any], count: int, threads: int = THREADS) -> list[Any]:
    """Call `function(0)` to `function(count - 1)` in threads that start at one moment.

    Returns what each returned, or the exception it raised. Without a guard each hesitates before
    it writes for the first time, so that all have read by then on a slow machine too.
    """
    threads = min(threads, count)
    barrier = threading.Barrier(threads)
    is_twin = bool(os.environ.get("ATTUNE_TEST_GUARDS_OFF")) and connection.vendor == "postgresql"

    def work(number: int) -> Any:
        if number < threads:
            barrier.wait(PATIENCE_SECONDS)
        try:
            with connection.execute_wrapper(Hesitation()) if is_twin else nullcontext():
                return function(number)
        except Exception as error:
            return error
        finally:
            connections.close_all()

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(work, range(count)))


class Hesitation:
    """Waits before the first statement that writes."""

    def __init__(self) -> None:
        self.seconds = HESITATION_SECONDS

    def __call__(self, execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
        if sql.startswith(("INSERT", "UPDATE", "DELETE")):
            time.sleep(self.seconds)
            self.seconds = 0.0
        return execute(sql, *rest)


def in_child(function: Callable[[], Any], **environ: str) -> int:
    """Call `function` in a forked process with `environ` added; returns its pid."""
    connections.close_all()
    pid = os.fork()
    if pid:
        return pid
    status = 1
    try:
        os.environ.update(environ)
        function()
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid: int) -> int:
    """Wait for a child; its exit code, negative for the signal that ended it."""
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def stopped(pid: int) -> bool:
    """Wait until a child stops or ends; whether it stopped."""
    return os.WIFSTOPPED(os.waitpid(pid, os.WUNTRACED)[1])


def wait_until(condition: Callable[[], Any], seconds: float = PATIENCE_SECONDS) -> Any:
    """Ask `condition` again and again; returns its first true answer, fails without one."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if answer := condition():
            return answer
        time.sleep(0.02)
    raise AssertionError(f"Not within {seconds} s.")


def drop_constraint(model: Any, name: str) -> None:
    """Take away the guard of a twin whose guard is a constraint of the database."""
    declared = model._meta.constraints
    constraint = next(one for one in declared if one.name == name)
    # SQLite makes the table anew from what the model declares.
    model._meta.constraints = [one for one in declared if one is not constraint]
    try:
        with connection.schema_editor() as editor:
            editor.remove_constraint(model, constraint)
    finally:
        model._meta.constraints = declared
