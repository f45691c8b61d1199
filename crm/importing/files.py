"""The bytes of an import: kept once, opened for every pass."""

from __future__ import annotations

from typing import BinaryIO

from accounts.models import User
from crm.models.imports import ImportRun
from ops import files
from ops.models import StoredFile

KIND = "import"
MEDIA_TYPE = "application/octet-stream"


class FileGone(Exception):
    """The stored file is not there any more."""

    def __init__(self, run: ImportRun) -> None:
        super().__init__(f"The file {run.file_name} is no longer stored. Upload it again.")


def keep_file(stream: BinaryIO, *, name: str, by: User | None) -> StoredFile:
    """Store what is to be imported; only the importer reads it."""
    return files.store(
        stream, name=name, media_type=MEDIA_TYPE, kind=KIND, by_id=by.pk if by else None
    )


def open_file(run: ImportRun) -> BinaryIO:
    """The stored bytes of the run's file; raises FileGone."""
    if run.file is None:
        raise FileGone(run)
    try:
        return files.open_file(run.file)
    except FileNotFoundError:
        raise FileGone(run) from None
