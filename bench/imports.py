"""Import speed: rows a second of the importer, and of a bare bulk_create of the very same rows.

    python -m bench.imports [--file PATH] [--format NAME] [--rounds N]

Runs on the database of DATABASE_URL, in a database of its own that is made and dropped again.
Prints one JSON object. "bare" reads the file with csv.reader (a JSON file with json) and stores the
interactions, legs, visits and customers that the import made, with nothing in between.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import time
from pathlib import Path
from statistics import median

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.settings")

import django

django.setup()

from django.db import connection, transaction  # noqa: E402
from django.db.models import Model  # noqa: E402
from django.test.runner import DiscoverRunner  # noqa: E402
from django.utils import timezone  # noqa: E402

from crm.actions import imports  # noqa: E402
from crm.importing.files import keep_file  # noqa: E402
from crm.importing.options import ImportOptions  # noqa: E402
from crm.importing.work import work  # noqa: E402
from crm.models import (  # noqa: E402
    Customer,
    ImportRow,
    ImportRun,
    Interaction,
    Leg,
    QueueVisit,
)

DATA = Path(os.environ.get("ATTUNE_REAL_DATA", "../shared/data"))
MODELS = (Customer, Interaction, Leg, QueueVisit)
AT_ONCE = 5_000


class Stopwatch:
    """Wall and processor seconds since it was made."""

    def __init__(self) -> None:
        self.wall, self.cpu = time.perf_counter(), time.process_time()

    def stop(self) -> tuple[float, float]:
        return time.perf_counter() - self.wall, time.process_time() - self.cpu


def imported(path: Path, format_name: str) -> tuple[tuple[float, float], ImportRun]:
    """Seconds that an import takes, from the stored file to the finished run."""
    with path.open("rb") as stream:
        file = keep_file(stream, name=path.name, by=None)
    run = imports.stage_import(
        file=file,
        format_name=format_name,
        options=ImportOptions(missing_agents="create"),
        by=None,
        at=timezone.now(),
    )
    begin = Stopwatch()
    run = imports.start_import(run=run, by=None, at=timezone.now(), in_background=False)
    for _ in work(run, timezone.now):
        pass
    seconds = begin.stop()
    run.refresh_from_db()
    return seconds, run


def taken_rows() -> dict[type[Model], list[dict[str, object]]]:
    """The rows as they stand, with their ids."""
    return {
        model: list(model._base_manager.order_by("pk").values(*columns(model))) for model in MODELS
    }


def columns(model: type[Model]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields]


def bare(path: Path, rows: dict[type[Model], list[dict[str, object]]]) -> tuple[float, float]:
    """Seconds to read the file and to bulk_create the same rows, 5,000 in a transaction."""
    begin = Stopwatch()
    with path.open(newline="") as file:
        for _ in csv.reader(file, delimiter="\t"):
            pass
    for model, values in rows.items():
        for start in range(0, len(values), AT_ONCE):
            with transaction.atomic():
                model._base_manager.bulk_create(
                    [model(**each) for each in values[start : start + AT_ONCE]]
                )
    return begin.stop()


def empty() -> None:
    """Remove the rows of the four tables and of the imports, children first."""
    with transaction.atomic():
        for model in (QueueVisit, Leg, Interaction, Customer, ImportRow, ImportRun):
            model._base_manager.all()._raw_delete("default")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=DATA / "anonymous_bank/february_1999.tsv")
    parser.add_argument("--format", default="anonymous_bank")
    parser.add_argument("--rounds", type=int, default=3)
    chosen = parser.parse_args()
    runner = DiscoverRunner(verbosity=0, interactive=False)
    databases = runner.setup_databases()
    try:
        print(json.dumps(measure(chosen.file, chosen.format, chosen.rounds), indent=1))
    finally:
        runner.teardown_databases(databases)


def measure(path: Path, format_name: str, rounds: int) -> dict[str, object]:
    ours, theirs = [], []
    for _ in range(rounds):
        seconds, run = imported(path, format_name)
        ours.append(seconds)
        rows = taken_rows()
        # The run stays, for the rows point at it.
        with transaction.atomic():
            for model in (QueueVisit, Leg, Interaction, Customer):
                model._base_manager.all()._raw_delete("default")
        theirs.append(bare(path, rows))
        empty()
    wall, cpu = (
        [median(side[which] for side in sides) for sides in (ours, theirs)] for which in (0, 1)
    )
    return {
        "database": connection.vendor,
        "rows": run.read,
        "stored": {model.__name__: len(values) for model, values in rows.items()},
        "import_rows_per_second": round(run.read / wall[0]),
        "bare_rows_per_second": round(run.read / wall[1]),
        "ratio": round(wall[1] / wall[0], 2),
        "ratio_of_processor_seconds": round(cpu[1] / cpu[0], 2),
        "ratio_wanted": 0.5,
    }


if __name__ == "__main__":
    main()
