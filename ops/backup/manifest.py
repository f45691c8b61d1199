"""What a backup says about itself, sealed with a key made from the audit key."""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection

MANIFEST = "manifest.json"
FORMAT = "attune.backup/1"
Ask = Callable[[str], list[tuple[Any, ...]]]
_sums: dict[str, str] = {}


class Damaged(Exception):
    """The backup is not what was made, or not for this release; nothing was written."""


def use_sum(name: str, query: str) -> None:
    """Let every backup carry the one value of this SQL query, such as the sum of a ledger."""
    _sums[name] = query


def facts(ask: Ask) -> dict[str, Any]:
    """Rows of every table, registered sums and applied migrations, by a function that asks SQL."""
    applied = ask("SELECT app, name FROM django_migrations")
    return {
        "rows": {table: ask(f'SELECT COUNT(*) FROM "{table}"')[0][0] for table in tables()},  # noqa: S608 - Own names.
        "sums": {name: str(ask(query)[0][0]) for name, query in sorted(_sums.items())},
        "migrations": sorted(f"{app}.{name}" for app, name in applied),
    }


def ask_here(query: str) -> list[tuple[Any, ...]]:
    """Ask the database of this place."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return list(cursor.fetchall())


def tables() -> list[str]:
    """Tables of our models that the database has."""
    with connection.cursor() as cursor:
        present = set(connection.introspection.table_names(cursor))
    models = apps.get_models(include_auto_created=True)
    own = {model._meta.db_table for model in models if model._meta.managed}
    return sorted(own & present)


def digest_of(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1024 * 1024):
            found.update(block)
    return found.hexdigest()


def sealed(content: dict[str, Any]) -> bytes:
    """The manifest as bytes, its seal inside."""
    body = json.dumps(content, sort_keys=True, indent=1)
    return json.dumps({"content": body, "seal": _seal(body)}, indent=1).encode()


def opened(folder: Path) -> dict[str, Any]:
    """The manifest of a backup, its seal and every part checked; raises Damaged."""
    try:
        outer = json.loads((folder / MANIFEST).read_bytes())
        body, seal = str(outer["content"]), str(outer["seal"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise Damaged(f"The manifest cannot be read: {error}") from error
    if not hmac.compare_digest(seal, _seal(body)):
        raise Damaged("The manifest's seal does not fit: it was changed, or ATTUNE_AUDIT_KEY was.")
    content: dict[str, Any] = json.loads(body)
    if content["format"] != FORMAT:
        raise Damaged(f"This is {content['format']}, which this release does not read.")
    for name, expected in content["parts"].items():
        path = folder / name
        if not path.is_file() or digest_of(path) != expected:
            raise Damaged(f"{name} is missing, cut short or changed.")
    return content


def _seal(body: str) -> str:
    key = hashlib.sha256(b"attune.backup:" + settings.AUDIT_KEY.encode()).digest()
    return hmac.new(key, body.encode(), hashlib.sha256).hexdigest()
