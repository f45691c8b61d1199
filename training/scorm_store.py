"""Packages on disk: one folder for each, named by its SHA-256, made whole or not at all."""

from __future__ import annotations

import shutil
import tempfile
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from ops import files
from ops.models import StoredFile
from training import scorm_archive, scorm_manifest
from training.scorm_archive import MB, Unpacked, key_of
from training.scorm_findings import BadPackage, bad
from training.scorm_manifest import Manifest

INCOMING = "incoming-"
PART_BYTES = 50 * MB
PART_FILES = 500


def root() -> Path:
    return Path(settings.MEDIA_ROOT) / "scorm"


def folder_of(sha256: str) -> Path:
    return root() / sha256


def file_in(sha256: str, path: str) -> Path | None:
    """The file that a package has under a path, whatever the case of its letters; None without."""
    key = key_of(path)
    parts = key.split("/")
    if "\\" in key or "\x00" in key or any(part in ("", ".", "..") for part in parts):
        return None
    found = folder_of(sha256).joinpath(*parts)
    try:
        return found if found.is_file() and not found.is_symlink() else None
    except OSError:  # Longer than any name on this disk.
        return None


@dataclass(frozen=True)
class Ready:
    """A package that stands in its folder."""

    manifest: Manifest
    files: int
    bytes: int


class Unpacking:
    """The work of one import, in parts; `go_on` says how far it is, or what came of it."""

    def __init__(self, stored: StoredFile) -> None:
        self.stored = stored
        self.parts = self._work()

    def go_on(self) -> int | Ready | BadPackage:
        """Percent done so far; at the end the package, or why there is none.

        After a refusal nothing is left on the disk. Raises NoSpace.
        """
        try:
            return next(self.parts)
        except BadPackage as refusal:
            return refusal

    def _work(self) -> Iterator[int | Ready]:
        files.check_space()
        root().mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=INCOMING, dir=root()))
        try:
            with files.open_file(self.stored) as file, scorm_archive.opened(file) as archive:
                yield from self._unpacked(archive, folder)
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _unpacked(self, archive: zipfile.ZipFile, folder: Path) -> Iterator[int | Ready]:
        found = scorm_archive.members(archive)
        names = {member.key: member.name for member in found}
        place = scorm_manifest.place_of(names)
        member = next(one for one in found if one.key == place)
        data = scorm_archive.read_member(archive, member, scorm_manifest.LARGEST_BYTES)
        manifest = scorm_manifest.parse(data, names)
        yield 5
        told, last = 0, Unpacked("", 0, 0)
        for last in scorm_archive.unpack(archive, found, folder):
            if last.bytes - told >= PART_BYTES or last.files % PART_FILES == 0:
                told = last.bytes
                yield 5 + 90 * last.files // len(found)
        settle(folder, self.stored.sha256)
        yield Ready(manifest, last.files, last.bytes)


def settle(folder: Path, sha256: str) -> None:
    """Give a complete folder its name; the same bytes that stand there already stay."""
    for path in folder.rglob("*"):
        files.flush_folder(path)
    target = folder_of(sha256)
    folder.chmod(0o755)
    if not target.exists():
        folder.rename(target)
        files.flush_folder(root())


def remove(sha256: str) -> None:
    shutil.rmtree(folder_of(sha256), ignore_errors=True)


def unpack_again(stored: StoredFile) -> None:
    """Bring back the folder of a package from its file. Raises BadPackage, NoSpace."""
    work = Unpacking(stored)
    while not isinstance(result := work.go_on(), Ready):
        if isinstance(result, BadPackage):
            raise result


def strays(known: set[str], older_than_seconds: int) -> list[Path]:
    """Folders that no package owns, or that an interrupted import left, if old enough."""
    if not root().is_dir():
        return []
    limit = time.time() - older_than_seconds
    return [
        folder
        for folder in sorted(root().iterdir())
        if folder.name not in known and folder.stat().st_mtime < limit
    ]


def too_large(upload_bytes: int) -> BadPackage | None:
    """Why an upload is not even stored."""
    most = scorm_archive.LIMITS.upload
    if upload_bytes <= most:
        return None
    return bad("too_large", f"The file is larger than {most // MB} MB.")
