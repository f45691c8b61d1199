"""What every test folder shares."""

import pytest
from django.db.backends.sqlite3.base import DatabaseOperations
from hypothesis import settings

from ops import copies
from tests.guards import no_network_in_a_transaction
from tests.migrated import keep_between_runs
from tests.races import django_db_setup, original_untouched, race_database

__all__ = [
    "django_db_setup",
    "no_network_in_a_transaction",
    "original_untouched",
    "race_database",
]

# A busy machine is slow without being wrong.
settings.register_profile("attune", deadline=None)
settings.load_profile("attune")
keep_between_runs()

# Pages ask once per process; which test is the first must not matter to those that count queries.
copies._shown.append(None)

_sql_flush = DatabaseOperations.sql_flush


def _flush_past_triggers(self, style, tables, **options):
    """Triggers that lock rows for ever would also stop the emptying of SQLite between tests."""
    with self.connection.cursor() as cursor:
        cursor.execute("SELECT name, sql FROM sqlite_master WHERE type = 'trigger'")
        triggers = cursor.fetchall()
    drops = [f"DROP TRIGGER {name}" for name, _sql in triggers]
    statements = _sql_flush(self, style, tables, **options)
    return [*drops, *statements, *(sql for _name, sql in triggers)]


@pytest.fixture(autouse=True, scope="session")
def flush_past_triggers():
    """`transactional_db` empties tables by DELETE on SQLite and by TRUNCATE on PostgreSQL."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(DatabaseOperations, "sql_flush", _flush_past_triggers)
        yield
