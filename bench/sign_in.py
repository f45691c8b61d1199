"""Time of a refused sign-in for known, unknown and inactive people, which must not tell them apart.

    python -m bench.sign_in [--tries N]

Runs in a database of its own that is made and dropped again, with the passwords hashed as in
production. Every try comes from another network and names another person, so that no lock sets in.
Prints one JSON object; exit 1 if the medians lie more than a tenth apart or the pages differ.
"""

from __future__ import annotations

import argparse
import json
import logging
import os
import re
import sys
import time
from collections.abc import Callable
from datetime import UTC, datetime
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.test import Client, override_settings  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402

from tests.migrated import keep_between_runs  # noqa: E402

TOKENS = re.compile(r'nonce="[^"]*"|csrfmiddlewaretoken" value="[^"]*"|"X-CSRFToken": "[^"]*"')
MOST_APART = 0.1
HASHERS = ["accounts.passwords.AttuneArgon2Hasher"]
AT = datetime(2026, 5, 4, tzinfo=UTC)
PASSWORD = "long enough a secret"


def people(tries: int) -> None:
    """So many people who may sign in, and as many whose account is closed."""
    from accounts import actions

    for number in range(tries):
        for kind in ("known", "inactive"):
            person = actions.create_user(
                email=f"{kind}{number}@example.com",
                full_name="Some Body",
                roles=["agent"],
                password=PASSWORD,
                by=None,
                at=AT,
            )
            if kind == "inactive":
                actions.deactivate_user(user=person, by=None, at=AT, reason="Left.")


def tried(kind: str, number: int) -> tuple[float, str]:
    """Processor seconds of one refused sign-in, and its page without what is new on every page."""
    group = ("known", "unknown", "inactive").index(kind)
    client = Client(REMOTE_ADDR=f"10.{group}.{number // 250}.{number % 250}")
    data = {"login": f"{kind}{number}@example.com", "password": "not that one at all"}
    begin = time.process_time()
    answer = client.post("/sign-in/", data)
    seconds = time.process_time() - begin
    assert answer.status_code == 422, answer.status_code
    text = TOKENS.sub("", answer.content.decode())
    return seconds, text.replace(data["login"], "")


def measure(tries: int) -> dict[str, object]:
    kinds = ("known", "unknown", "inactive")
    found: dict[str, list[tuple[float, str]]] = {kind: [] for kind in kinds}
    tried("unknown", 249)
    for number in range(tries):
        for kind in kinds:
            found[kind].append(tried(kind, number))
    medians = {kind: median(seconds for seconds, _ in rows) for kind, rows in found.items()}
    pages = {text for rows in found.values() for _, text in rows}
    return {
        "tries": tries,
        **{f"{kind}_ms": round(1000 * seconds, 1) for kind, seconds in medians.items()},
        "apart": round(max(medians.values()) / min(medians.values()) - 1, 3),
        "most_apart": MOST_APART,
        "different_pages": len(pages),
    }


def in_own_database(work: Callable[[], dict[str, object]]) -> dict[str, object]:
    keep_between_runs()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        with override_settings(PASSWORD_HASHERS=HASHERS):
            return work()
    finally:
        runner.teardown_databases(databases)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m bench.sign_in")
    parser.add_argument("--tries", type=int, default=200)
    tries = parser.parse_args().tries
    logging.disable(logging.CRITICAL)

    def work() -> dict[str, object]:
        people(tries)
        return measure(tries)

    found = in_own_database(work)
    print(json.dumps(found))
    apart, pages = found["apart"], found["different_pages"]
    assert isinstance(apart, float)
    return int(apart > MOST_APART or pages != 1)


if __name__ == "__main__":
    sys.exit(main())
