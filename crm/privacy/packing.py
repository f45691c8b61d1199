"""Packs the copy of a person's data: JSON and CSV of every list, a readable PDF, own recordings."""

from __future__ import annotations

import json
import tempfile
import zipfile
from collections.abc import Mapping, Sequence
from datetime import datetime
from itertools import islice
from typing import Any

from django.template.loader import render_to_string

from crm.models import Customer
from crm.privacy.rules import exporters
from lib import pdf
from lib.tabular import csv_lines
from ops import files
from ops.models import StoredFile

KIND = "person_export"
MEDIA_TYPE = "application/zip"
IN_MEMORY = 16 * 1024 * 1024
MOST_ROWS_IN_PDF = 300


def pack(customer: Customer, *, at: datetime, by_id: int | None) -> StoredFile:
    """Write the archive to a stored file; called outside any transaction."""
    with tempfile.SpooledTemporaryFile(max_size=IN_MEMORY) as target:
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            parts = [_add_list(archive, exporter, customer.pk) for exporter in exporters()]
            archive.writestr("dossier.pdf", dossier(customer, parts, at))
            archive.writestr("README.txt", README.format(reference=customer.reference))
        target.seek(0)
        name = f"{customer.reference}-{at:%Y-%m-%d}.zip"
        return files.store(target, name=name, media_type=MEDIA_TYPE, kind=KIND, by_id=by_id)


README = (
    "This archive holds what is stored about {reference}. Each list stands there as JSON and as\n"
    "CSV (UTF-8); dossier.pdf is the same to read. Recordings are in the folder recordings.\n"
)


def _add_list(
    archive: zipfile.ZipFile, exporter: Any, customer_id: int
) -> tuple[str, list[dict[str, Any]], int]:
    """Add one list in both forms, with its files; returns what the PDF shows of it."""
    rows = [dict(row) for row in exporter.rows(customer_id)]
    archive.writestr(
        f"{exporter.name}.json", json.dumps(rows, ensure_ascii=False, indent=1, default=str)
    )
    header = list(dict.fromkeys(name for row in rows for name in row))
    lines = csv_lines([header, *([_cell(row.get(name)) for name in header] for row in rows)])
    archive.writestr(f"{exporter.name}.csv", b"".join(lines))
    for number, stored in enumerate(exporter.files(customer_id) if exporter.files else (), 1):
        _add_file(archive, f"{exporter.name}/{number:03d}-{stored.name}", stored)
    return exporter.title, list(islice(rows, MOST_ROWS_IN_PDF)), len(rows)


def _add_file(archive: zipfile.ZipFile, name: str, stored: StoredFile) -> None:
    """A file that the disk has lost is left out; the list names it."""
    try:
        with files.open_file(stored) as source, archive.open(name, "w") as target:
            while chunk := source.read(files.CHUNK_BYTES):
                target.write(chunk)
    except FileNotFoundError:
        return


def _cell(value: Any) -> Any:
    return json.dumps(value, ensure_ascii=False) if isinstance(value, list | dict) else value


def dossier(
    customer: Customer, parts: Sequence[tuple[str, list[dict[str, Any]], int]], at: datetime
) -> bytes:
    """The readable form, at most 300 rows of each list; longer ones are whole in the CSV."""
    context = {
        "title": f"Data about {customer.reference}",
        "subject": str(customer),
        "as_of": at,
        "generated_at": at,
        "LANGUAGE_CODE": "en",
        "most": MOST_ROWS_IN_PDF,
        "parts": [
            (title, [list(_told(row)) for row in rows], count)
            for title, rows, count in parts
            if count
        ],
    }
    return pdf.render(render_to_string("pdf/person.html", context), generated_at=at)


def _told(row: Mapping[str, Any]) -> Any:
    """Label and value of what a row says; empty cells say nothing."""
    for name, value in row.items():
        if value not in (None, "", [], {}):
            yield name.replace("_", " ").capitalize(), _cell(value)
