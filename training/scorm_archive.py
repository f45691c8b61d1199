"""Zip archives of strangers: names are judged before, bytes are counted while unpacking.

Nothing that an archive says about sizes is believed. Pure: it knows folders, no Django.
"""

from __future__ import annotations

import os
import re
import stat
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from training.scorm_findings import bad, shown

MB = 1024 * 1024
CHUNK_BYTES = 256 * 1024
DIRECTORY_END = b"PK\x05\x06"
DIRECTORY_END_64 = b"PK\x06\x06"
LOCATOR_64 = b"PK\x06\x07"
LONGEST_COMMENT = 65_535
LARGEST_DIRECTORY = 8 * MB
LONGEST_PART_BYTES = 240
SMALL_MEMBER = MB
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
UTF_8 = 0x800
DRIVE = re.compile(r"[A-Za-z]:")
RESERVED = re.compile(r"(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\..*)?\Z")


@dataclass(frozen=True)
class Limits:
    """The most that a package may be; sizes in bytes."""

    upload: int = 300 * MB
    files: int = 5000
    total: int = 1024 * MB
    file: int = 300 * MB
    ratio: int = 100
    path: int = 240
    depth: int = 20


LIMITS = Limits()


@dataclass(frozen=True)
class Member:
    """`name` as it is written in the archive, `key` as it is stored: NFC, case folded."""

    name: str
    key: str
    info: zipfile.ZipInfo


@dataclass(frozen=True)
class Unpacked:
    """How far the unpacking is: the member just written, files and bytes up to here."""

    name: str
    files: int
    bytes: int


def key_of(name: str) -> str:
    """The stored name: two names that some system takes for one have one key."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())


# --- The table of contents -----------------------------------------------------------------------


def opened(file: IO[bytes], limits: Limits = LIMITS) -> zipfile.ZipFile:
    """The archive, if its directory is small enough to read. Raises BadPackage."""
    size = file.seek(0, os.SEEK_END)
    if size > limits.upload:
        raise bad("too_large", f"The file is larger than {limits.upload // MB} MB.")
    if _directory_bytes(file, size) > LARGEST_DIRECTORY:
        raise bad("too_many_files", f"The package has more than {limits.files:,} files.")
    file.seek(0)
    try:
        return zipfile.ZipFile(file)
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, struct.error):
        raise _not_zip() from None


def _not_zip() -> Exception:
    return bad("not_zip", "This is not a zip file, or it is damaged. Export the package again.")


def _directory_bytes(file: IO[bytes], size: int) -> int:
    """The size that the archive's directory claims; what is not there cannot be read later."""
    file.seek(max(0, size - LONGEST_COMMENT - 22))
    tail = file.read()
    place = tail.rfind(DIRECTORY_END)
    if place < 0 or len(tail) < place + 22:
        raise _not_zip()
    claimed = int(struct.unpack_from("<L", tail, place + 12)[0])
    if place >= 20 and tail[place - 20 : place - 16] == LOCATOR_64:
        offset = int(struct.unpack_from("<Q", tail, place - 12)[0])
        if offset > size:
            raise _not_zip()
        file.seek(offset)
        record = file.read(56)
        if not record.startswith(DIRECTORY_END_64) or len(record) < 56:
            raise _not_zip()
        claimed = max(claimed, int(struct.unpack_from("<Q", record, 40)[0]))
    return min(claimed, size)


def members(archive: zipfile.ZipFile, limits: Limits = LIMITS) -> list[Member]:
    """Every file of the archive, each under a safe name. Raises BadPackage."""
    found: list[Member] = []
    keys: dict[str, str] = {}
    folders: dict[str, str] = {}
    for info in archive.infolist():
        name = _name_of(info)
        _judge_kind(info, name)
        is_folder = name.endswith("/")
        plain = name.removesuffix("/")
        _judge_name(plain, limits)
        key = key_of(plain)
        _judge_twins(name, key, keys, folders, is_folder=is_folder)
        if not is_folder:
            found.append(Member(name, key, info))
            if len(found) > limits.files:
                raise bad("too_many_files", f"The package has more than {limits.files:,} files.")
    return found


def _name_of(info: zipfile.ZipInfo) -> str:
    """The written name. Many tools write UTF-8 without saying so."""
    name = info.orig_filename
    if info.flag_bits & UTF_8:
        return name
    try:
        return name.encode("cp437").decode("utf-8")
    except UnicodeError:
        return name


def _judge_kind(info: zipfile.ZipInfo, name: str) -> None:
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise bad("link_member", f"“{shown(name)}” is a link or a device, not a file.", name)
    if info.flag_bits & ENCRYPTED:
        raise bad("encrypted", f"“{shown(name)}” is locked by a password.", name)
    if info.compress_type not in METHODS:
        raise bad(
            "bad_method", f"“{shown(name)}” is packed in an unusual way; use a plain zip.", name
        )


def _judge_name(name: str, limits: Limits) -> None:
    parts = name.split("/")
    outside = name.startswith("/") or "\\" in name or DRIVE.match(name) or ".." in parts
    if outside:
        raise bad("traversal", f"“{shown(name)}” leads out of the package.", name)
    if len(name) > limits.path or len(parts) > limits.depth:
        raise bad(
            "name_too_long",
            f"“{shown(name)}” has more than {limits.path} characters or {limits.depth} folders.",
            name,
        )
    for part in parts:
        folded = key_of(part)
        if len(folded.encode("utf-8", "surrogatepass")) > LONGEST_PART_BYTES:
            raise bad("name_too_long", f"“{shown(name)}” has too long a name.", name)
        if part in ("", ".") or part.endswith((".", " ")) or RESERVED.match(folded):
            raise bad("bad_name", f"“{shown(name)}” cannot be stored on every system.", name)
    if any(unicodedata.category(letter) in ("Cc", "Cs") for letter in name):
        raise bad("bad_name", f"“{shown(name)}” has characters that no name may have.", name)


def _judge_twins(
    name: str, key: str, keys: dict[str, str], folders: dict[str, str], *, is_folder: bool
) -> None:
    """No two files with one name, and no file where a folder is."""
    parts = key.split("/")
    above = ["/".join(parts[:count]) for count in range(1, len(parts))]
    other = keys.get(key) or next((keys[one] for one in above if one in keys), None)
    if other is None and not is_folder:
        other = folders.get(key)
    if other is not None:
        sentence = f"“{shown(name)}” and “{shown(other)}” are one name on many systems."
        raise bad("duplicate_name", sentence, name)
    for one in [*above, *([key] if is_folder else [])]:
        folders.setdefault(one, name)
    if not is_folder:
        keys[key] = name


# --- The contents --------------------------------------------------------------------------------


def read_member(archive: zipfile.ZipFile, member: Member, most: int) -> bytes:
    """A member's bytes, but no more than `most` and one; raises BadPackage if it is damaged."""
    try:
        with archive.open(member.info) as source:
            return source.read(most + 1)
    except (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError, ValueError):
        raise _damaged(member) from None


def unpack(
    archive: zipfile.ZipFile, found: list[Member], folder: Path, limits: Limits = LIMITS
) -> Iterator[Unpacked]:
    """Write every member below `folder` under its key. Raises BadPackage, and then stops.

    Bytes are counted as they come out; `folder` may hold a part when it raises.
    """
    packed, total = _size_of(archive), 0
    for number, member in enumerate(found, start=1):
        target = folder / member.key
        target.parent.mkdir(parents=True, exist_ok=True)
        total += _unpack_one(archive, member, target, total, packed, limits)
        yield Unpacked(member.name, number, total)


def _unpack_one(
    archive: zipfile.ZipFile, member: Member, target: Path, before: int, packed: int, limits: Limits
) -> int:
    written = 0
    own = min(member.info.compress_size, packed)
    # The claimed size would end the reading early; the stream itself says where it ends.
    info = copy(member.info)
    info.file_size = limits.file + CHUNK_BYTES
    try:
        with archive.open(info) as source, target.open("xb") as sink:
            while chunk := source.read(CHUNK_BYTES):
                written += len(chunk)
                _judge_size(member, written, own, before, packed, limits)
                sink.write(chunk)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, ValueError):
        raise _damaged(member) from None
    return written


def _judge_size(
    member: Member, written: int, own: int, before: int, packed: int, limits: Limits
) -> None:
    name = member.name
    if written > limits.file:
        raise bad("too_large", f"“{shown(name)}” has more than {limits.file // MB} MB.", name)
    if before + written > limits.total:
        raise bad("too_large", f"Unpacked, the package has more than {limits.total // MB} MB.")
    too_dense = written > SMALL_MEMBER and written > limits.ratio * own
    if too_dense or before + written > max(limits.ratio * packed, SMALL_MEMBER):
        sentence = f"“{shown(name)}” unpacks to more than {limits.ratio} times its size."
        raise bad("ratio", sentence, name)


def _damaged(member: Member) -> Exception:
    return bad("damaged", f"“{shown(member.name)}” is damaged. Export it again.", member.name)


def _size_of(archive: zipfile.ZipFile) -> int:
    file: Any = archive.fp
    return int(file.seek(0, os.SEEK_END))
