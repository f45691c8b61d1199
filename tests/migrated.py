"""A migrated SQLite database, kept between runs: migrating takes longer than most test files.

The kept file is named by the content of every migration, and a list of them lies beside it: with
new migrations a run starts from the newest database whose migrations are all unchanged.
`migrate` still runs on the copy and applies the rest, and what follows every migration.
"""

import json
import os
import sqlite3
from contextlib import closing
from hashlib import sha256
from pathlib import Path

from django.conf import settings
from django.db import connections
from django.db.backends.sqlite3.creation import DatabaseCreation

ROOT = Path(__file__).resolve().parent.parent
NEWEST_KEPT = 3

_make = DatabaseCreation.create_test_db


def contents() -> dict[str, str]:
    """All that makes a database of an empty one: the packages and each migration, by its hash."""
    paths = [ROOT / "requirements.txt", *sorted(ROOT.glob("*/migrations/*.py"))]
    return {
        str(path.relative_to(ROOT)): sha256(path.read_bytes()).hexdigest()[:16] for path in paths
    }


def start_of(made_of: dict[str, str]) -> Path | None:
    """The newest kept database that was made by some of these contents and nothing else."""
    kept = sorted(
        settings.DATA_DIR.glob("migrated-*.sqlite3"), key=lambda path: path.stat().st_mtime
    )
    for path in reversed(kept):
        listed = path.with_suffix(".json")
        if listed.exists() and json.loads(listed.read_text()).items() <= made_of.items():
            return path
    return None


def create_test_db(self: DatabaseCreation, *args, **options) -> str:
    """Start from the kept database, or keep this one for the next run."""
    name = self._get_test_db_name()
    if not self.is_in_memory_db(name):
        return _make(self, *args, **options)
    made_of = contents()
    digest = sha256(json.dumps(made_of).encode()).hexdigest()[:16]
    kept = settings.DATA_DIR / f"migrated-{digest}.sqlite3"
    # The database in memory lives as long as a connection to it is open.
    with closing(sqlite3.connect(name, uri=True)) as memory:
        if start := start_of(made_of):
            with closing(sqlite3.connect(start)) as file:
                file.backup(memory)
        made = _make(self, *args, **options)
        if not kept.exists():
            keep(memory, kept, made_of)
    return made


def keep(memory: sqlite3.Connection, kept: Path, made_of: dict[str, str]) -> None:
    """Workers may come here at one moment: each writes its own file, the last one stays."""
    own = kept.with_suffix(f".{os.getpid()}")
    with closing(sqlite3.connect(own)) as file:
        memory.backup(file)
    own.replace(kept)
    own.write_text(json.dumps(made_of))
    own.replace(kept.with_suffix(".json"))
    older = sorted(kept.parent.glob("migrated-*.sqlite3"), key=lambda path: path.stat().st_mtime)
    for path in older[:-NEWEST_KEPT]:
        path.unlink(missing_ok=True)
        path.with_suffix(".json").unlink(missing_ok=True)


def keep_between_runs() -> None:
    if connections["default"].vendor == "sqlite":
        DatabaseCreation.create_test_db = create_test_db
