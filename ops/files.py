"""Stored files: durable before their row exists, under random paths, read only by a rule."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import re
import secrets
import shutil
import tempfile
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import IO, Any, BinaryIO

from django.conf import settings
from django.db import transaction

from ops.models import StoredFile

CHUNK_BYTES = 1024 * 1024
LEAST_FREE_BYTES = 500 * 1024 * 1024
LEAST_FREE_PERCENT = 5
TEMPORARY = "incoming"
MAX_NAME = 255
UNPRINTABLE = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
MEDIA_TYPE = re.compile(r"(?=.{1,80}\Z)[a-z]+/[a-z0-9][a-z0-9.+-]*")

MayRead = Callable[[Any, StoredFile], bool]
BeforeRead = Callable[[Any, StoredFile], None]


class NoSpace(Exception):
    """The disk is nearly full; pages answer 507."""

    def __str__(self) -> str:
        return "The server has too little disk space left to store a file. Tell your operator."


@dataclass(frozen=True)
class Rule:
    """Who may read the files of one kind, and what must be written down before they do."""

    may_read: MayRead
    before_read: BeforeRead | None


_rules: dict[str, Rule] = {}


def register_rule(kind: str, may_read: MayRead, before_read: BeforeRead | None = None) -> None:
    """Let the owner of `kind` decide who reads its files; a kind without a rule is never served.

    `before_read(user, stored)` runs before any content is sent, for the read-access log; if it
    raises, nothing is sent.
    """
    _rules[kind] = Rule(may_read, before_read)


def known_kinds() -> list[str]:
    return sorted(_rules)


def may_read(user: Any, stored: StoredFile) -> bool:
    rule = _rules.get(stored.kind)
    return rule is not None and rule.may_read(user, stored)


def note_read(user: Any, stored: StoredFile) -> None:
    """Do what the kind's owner asked for before its content is sent."""
    rule = _rules[stored.kind]
    if rule.before_read is not None:
        rule.before_read(user, stored)


def store(
    file: BinaryIO | IO[bytes] | bytes, *, name: str, media_type: str, kind: str, by_id: int | None
) -> StoredFile:
    """Write the bytes to disk for good, then make their row.

    Reads `file` from where it stands to its end. The row belongs to the caller's transaction; if
    that rolls back, the nightly sweep removes the file. Raises NoSpace, ValueError.
    """
    if not MEDIA_TYPE.fullmatch(media_type):
        raise ValueError(f"{media_type!r} is not a media type.")
    check_space()
    source = io.BytesIO(file) if isinstance(file, bytes) else file
    path = random_path()
    size, digest = write_durably(source, full_path(path))
    return StoredFile.objects.create(
        path=path,
        name=clean_name(name),
        media_type=media_type,
        bytes=size,
        sha256=digest,
        created_by_id=by_id,
        kind=kind,
    )


def remove(stored: StoredFile) -> None:
    """Delete the row, and the bytes as soon as that is committed."""
    path = full_path(stored.path)
    stored.delete()
    transaction.on_commit(partial(path.unlink, missing_ok=True))


def open_file(stored: StoredFile) -> BinaryIO:
    """The file's bytes, open for reading; raises FileNotFoundError if the disk lost them."""
    return full_path(stored.path).open("rb")


def full_path(path: str) -> Path:
    return Path(settings.MEDIA_ROOT) / path


def random_path() -> str:
    letters = secrets.token_hex(20)
    return f"{letters[:2]}/{letters[2:]}"


def check_space() -> None:
    """Raise NoSpace below 5 % or 500 MB of free disk."""
    root = Path(settings.MEDIA_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    disk = shutil.disk_usage(root)
    if disk.free < LEAST_FREE_BYTES or disk.free * 100 < disk.total * LEAST_FREE_PERCENT:
        raise NoSpace


def write_durably(source: IO[bytes], target: Path) -> tuple[int, str]:
    """Copy to a temporary file, flush it to disk, and only then give it its name.

    Returns the number of bytes and their SHA-256 in hex. Leaves nothing behind if it fails.
    """
    folder = full_path(TEMPORARY)
    folder.mkdir(parents=True, exist_ok=True)
    number, temporary = tempfile.mkstemp(dir=folder)
    try:
        with os.fdopen(number, "wb") as copy:
            result = copy_and_digest(source, copy)
            copy.flush()
            os.fsync(copy.fileno())
        target.parent.mkdir(parents=True, exist_ok=True)
        Path(temporary).rename(target)
    except BaseException as error:
        Path(temporary).unlink(missing_ok=True)
        if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
            raise NoSpace from error
        raise
    flush_folder(target.parent)
    return result


def copy_and_digest(source: IO[bytes], copy: IO[bytes]) -> tuple[int, str]:
    size, digest = 0, hashlib.sha256()
    while chunk := source.read(CHUNK_BYTES):
        copy.write(chunk)
        digest.update(chunk)
        size += len(chunk)
    return size, digest.hexdigest()


def flush_folder(folder: Path) -> None:
    """Make the new name itself survive a power cut."""
    number = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def clean_name(name: str) -> str:
    """A file name fit to show: no path, no control or direction characters, at most 255 long."""
    name = unicodedata.normalize("NFC", name.encode("utf-8", "replace").decode())
    last = re.split(r"[/\\]", name)[-1]
    kept = "".join(letter for letter in last if unicodedata.category(letter) not in UNPRINTABLE)
    kept = " ".join(kept.split()).strip(". ")
    if len(kept) > MAX_NAME:
        stem, dot, ending = kept.rpartition(".")
        tail = dot + ending if dot and len(ending) <= 10 else ""
        kept = (stem if tail else kept)[: MAX_NAME - len(tail)] + tail
    return kept or "file"
