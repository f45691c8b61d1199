"""Import files of interactions: the same work as the page, in this process."""

from __future__ import annotations

import hashlib
import json
import sys
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from crm.actions import imports
from crm.importing import work
from crm.importing.files import keep_file
from crm.importing.options import BadOption, ImportOptions
from crm.models.imports import ImportMapping, ImportRow, ImportRun, ImportState, RowOutcome
from crm.readers.formats import FORMATS, UnknownFormat, format_named
from lib import request_context
from ops.jobs.giving_way import Turns

SHOWN_ERRORS = 10
WRONG_USE = 2
FINDING = 1


class Command(BaseCommand):
    help = "Import interactions from files. Ends with 0 if all rows were taken, 1 if some failed."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
        parser.add_argument("--format", required=True, help=", ".join(sorted(FORMATS)))
        parser.add_argument("--mapping", default="", help="name of a saved column mapping")
        parser.add_argument("--source", default="", help="the system the rows come from")
        parser.add_argument("--zone", default="", help="IANA zone of times without an offset")
        parser.add_argument("--date", default="", help="date of times without one: 2026-03-16")
        parser.add_argument(
            "--phone-region", default="", help="country of numbers without a code, such as DE"
        )
        parser.add_argument("--encoding", default="", help="for text that is not UTF-8")
        parser.add_argument(
            "--agents", default="fail", help="unknown agents: fail, unlinked, create"
        )
        parser.add_argument("--queues", default="create", help="unknown queues: as agents")
        parser.add_argument("--customers", default="create", help="create or unlinked")
        parser.add_argument("--agent-team", default="", help="the team that created agents join")
        parser.add_argument("--dry-run", action="store_true", help="check only; nothing is kept")
        parser.add_argument("--again", action="store_true", help="import a file once more")
        parser.add_argument("--json", action="store_true", help="print the counters as JSON")

    def handle(self, *args: Any, **options: Any) -> None:
        self.as_json = options["json"]
        try:
            chosen = ImportOptions(
                zone=options["zone"],
                encoding=options["encoding"],
                default_on=options["date"],
                phone_region=options["phone_region"].upper(),
                missing_agents=options["agents"],
                missing_queues=options["queues"],
                missing_customers=options["customers"],
                agent_team=options["agent_team"],
            )
            chosen.check()
            format_named(options["format"])
        except (BadOption, UnknownFormat) as error:
            raise CommandError(str(error), returncode=WRONG_USE) from None
        with request_context.working(request_id="", source="import"):
            runs = [self._import(path, chosen, options) for path in options["files"]]
        self._tell(runs)
        if any(run.failed or run.state == ImportState.FAILED for run in runs):
            sys.exit(FINDING)

    def _import(self, path: Path, chosen: ImportOptions, options: dict[str, Any]) -> ImportRun:
        """Import one file, or go on with the import of it that was cut off."""
        if not path.is_file():
            raise CommandError(f"There is no file {path}.", returncode=WRONG_USE)
        with path.open("rb") as stream:
            sha256 = hashlib.file_digest(stream, "sha256").hexdigest()
        run = self._unfinished(sha256, options) or self._stage(path, chosen, options)
        if run.state != ImportState.RUNNING:
            self._start(run, options)
        turns = Turns()  # People may be working while an operator imports.
        for progress in work.work(run, timezone.now):
            run = progress
            self._show_progress(run)
            turns.give_way()
        return run

    def _unfinished(self, sha256: str, options: dict[str, Any]) -> ImportRun | None:
        """The real run of the same bytes that never came to its end."""
        if options["dry_run"]:
            return None
        run = ImportRun.objects.filter(
            file_sha256=sha256, format=options["format"], state=ImportState.RUNNING
        ).first()
        if run:
            self.stderr.write(f"Going on with import {run.pk} after {run.checkpoint:,} rows.")
        return run

    def _stage(self, path: Path, chosen: ImportOptions, options: dict[str, Any]) -> ImportRun:
        with path.open("rb") as stream:
            file = keep_file(stream, name=path.name, by=None)
        return imports.stage_import(
            file=file,
            format_name=options["format"],
            source=options["source"],
            options=chosen,
            mapping=self._mapping(options["mapping"]),
            by=None,
            at=timezone.now(),
        )

    def _mapping(self, name: str) -> dict[str, Any]:
        if not name:
            return {}
        try:
            found = ImportMapping.objects.get(name=name)
        except ImportMapping.DoesNotExist:
            names = ", ".join(ImportMapping.objects.values_list("name", flat=True)) or "none yet"
            raise CommandError(
                f'There is no mapping "{name}". Saved mappings: {names}.', returncode=WRONG_USE
            ) from None
        return found.as_json()

    def _start(self, run: ImportRun, options: dict[str, Any]) -> None:
        try:
            if options["dry_run"]:
                imports.check_import(run=run, by=None, at=timezone.now(), in_background=False)
            else:
                imports.start_import(
                    run=run,
                    by=None,
                    at=timezone.now(),
                    again=options["again"],
                    in_background=False,
                )
        except imports.ImportedBefore as error:
            raise CommandError(f"{error} (--again)", returncode=WRONG_USE) from None
        except imports.MappingMissing as error:
            raise CommandError(f"{error} (--mapping)", returncode=WRONG_USE) from None

    def _show_progress(self, run: ImportRun) -> None:
        if self.stderr.isatty() and run.is_working:
            self.stderr.write(f"\r{run.file_name}: {run.read:,} rows", ending="")

    def _tell(self, runs: list[ImportRun]) -> None:
        if self.as_json:
            self.stdout.write(json.dumps({"runs": [as_json(run) for run in runs]}))
            return
        for run in runs:
            counters = ", ".join(f"{name} {value:,}" for name, value in run.counters.items())
            self.stdout.write(f"{run.file_name}: {run.get_state_display().lower()}; {counters}")
            if run.message:
                self.stdout.write(f"  {run.message}")
            for row in first_errors(run):
                self.stdout.write(f"  {place(row)}: {row.message} [{row.code}]")


def as_json(run: ImportRun) -> dict[str, Any]:
    return {
        "run": run.pk,
        "file": run.file_name,
        "state": run.state,
        **run.counters,
        "side": run.side,
        "message": run.message,
    }


def first_errors(run: ImportRun) -> list[ImportRow]:
    return list(run.rows.filter(outcome=RowOutcome.FAILED)[:SHOWN_ERRORS])


def place(row: ImportRow) -> str:
    return f"line {row.line}" + (f", column {row.column}" if row.column else "")
