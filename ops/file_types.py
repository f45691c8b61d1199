"""What a file is by its content, whatever its name says."""

from __future__ import annotations

import codecs
import zipfile
from typing import IO

MB = 1024 * 1024
HEAD_BYTES = 4096
MAX_BYTES = 25 * MB
MAX_RECORDING_BYTES = 500 * MB

# Media type to the endings its files may have.
ENDINGS: dict[str, frozenset[str]] = {
    "image/png": frozenset({"png"}),
    "image/jpeg": frozenset({"jpg", "jpeg"}),
    "image/webp": frozenset({"webp"}),
    "application/pdf": frozenset({"pdf"}),
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": frozenset({"xlsx"}),
    "audio/wav": frozenset({"wav"}),
    "audio/mpeg": frozenset({"mp3"}),
    "audio/mp4": frozenset({"m4a", "mp4"}),
    "audio/ogg": frozenset({"ogg", "oga"}),
    "video/mp4": frozenset({"mp4"}),
    "video/webm": frozenset({"webm"}),
    "text/plain": frozenset({"txt"}),
    "text/csv": frozenset({"csv"}),
    "text/vtt": frozenset({"vtt"}),
    "application/json": frozenset({"json"}),
}
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
TEXT_ENDINGS = {
    "txt": "text/plain",
    "csv": "text/csv",
    "vtt": "text/vtt",
    "json": "application/json",
}
SIGNATURES = (
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"%PDF-", "application/pdf"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"OggS", "audio/ogg"),
    (8, b"WEBP", "image/webp"),
    (8, b"WAVE", "audio/wav"),
    (4, b"ftypM4A", "audio/mp4"),
    (4, b"ftyp", "video/mp4"),
)


def media_type_of(file: IO[bytes], name: str) -> str | None:
    """The media type of the content, if it is one we take and `name` ends as it should.

    Leaves `file` at its beginning.
    """
    file.seek(0)
    head = file.read(HEAD_BYTES)
    ending = name.rpartition(".")[2].lower()
    found = binary_type(head) or zip_type(file, head) or text_type(head, ending)
    file.seek(0)
    return found if found is not None and ending in ENDINGS[found] else None


def binary_type(head: bytes) -> str | None:
    for offset, mark, media_type in SIGNATURES:
        if head[offset : offset + len(mark)] == mark:
            is_riff = media_type in ("image/webp", "audio/wav")
            return media_type if not is_riff or head.startswith(b"RIFF") else None
    if head.startswith(b"\x1aE\xdf\xa3") and b"webm" in head[:64]:
        return "video/webm"
    # The frame header of an MP3 without a tag: eleven ones, then layer III.
    is_mp3 = len(head) > 1 and head[0] == 0xFF and head[1] & 0xE6 == 0xE2
    return "audio/mpeg" if is_mp3 else None


def zip_type(file: IO[bytes], head: bytes) -> str | None:
    """A workbook without macros; other archives are not taken."""
    if not head.startswith(b"PK\x03\x04"):
        return None
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            names = {name.lower() for name in archive.namelist()}
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError):
        return None
    has_macros = any(name.endswith("vbaproject.bin") for name in names)
    return XLSX if "xl/workbook.xml" in names and not has_macros else None


def text_type(head: bytes, ending: str) -> str | None:
    """Text in UTF-8 without control characters, told apart by the name's ending."""
    media_type = TEXT_ENDINGS.get(ending)
    text = decoded(head)
    if media_type is None or text is None:
        return None
    start = text.lstrip("\ufeff").lstrip()
    if media_type == "text/vtt" and not start.startswith("WEBVTT"):
        return None
    if media_type == "application/json" and not start.startswith(("{", "[")):
        return None
    return media_type


def decoded(head: bytes) -> str | None:
    """The head as text; a character that the cut split does not count."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    try:
        text = decoder.decode(head, final=len(head) < HEAD_BYTES)
    except UnicodeDecodeError:
        return None
    return None if any(letter < " " and letter not in "\t\r\n\f" for letter in text) else text


def largest(media_type: str) -> int:
    """Bytes that a file of this type may have unless its owner says otherwise."""
    is_recording = media_type.startswith(("audio/", "video/"))
    return MAX_RECORDING_BYTES if is_recording else MAX_BYTES
