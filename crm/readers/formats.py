"""The formats that can be imported, and the one way to read any of them.

`read` completes every record and removes card numbers, so that what leaves it may be stored.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from os import SEEK_END
from typing import BinaryIO

from crm.readers import (
    abcd,
    amazon_connect,
    anonymous_bank,
    asterisk_cdr,
    attune_json,
    contact_lens,
    delimited,
    harper_valley,
    queue_log,
    subtitles,
    vcon,
)
from crm.readers.base import InteractionRecord, Item, Reader, ReaderOptions, UnreadableFile
from crm.readers.complete import complete
from crm.readers.without_cards import without_cards
from lib.tabular import LIMITS


@dataclass(frozen=True, slots=True)
class Format:
    """One format: its name in commands and the API, and what people read."""

    name: str
    label: str
    kinds: tuple[str, ...]
    read: Reader
    default_source: str
    default_zone: str = "UTC"
    needs_mapping: bool = False
    # Its times may stand without a date, which the run then gives.
    takes_date: bool = False


FORMATS: dict[str, Format] = {
    each.name: each
    for each in (
        Format(
            "attune_json",
            "Attune JSON",
            ("interactions",),
            attune_json.read,
            attune_json.DEFAULT_SOURCE,
        ),
        Format(
            "harper_valley",
            "Harper Valley calls (JSON)",
            ("interactions",),
            harper_valley.read,
            harper_valley.DEFAULT_SOURCE,
        ),
        Format(
            "abcd",
            "ABCD chats (JSON)",
            ("interactions",),
            abcd.read,
            abcd.DEFAULT_SOURCE,
            takes_date=True,
        ),
        Format(
            "anonymous_bank",
            "Anonymous Bank calls (table)",
            ("interactions",),
            anonymous_bank.read,
            anonymous_bank.DEFAULT_SOURCE,
            default_zone=anonymous_bank.DEFAULT_ZONE,
        ),
        Format(
            "asterisk_cdr",
            "Asterisk call detail records (CSV)",
            ("interactions",),
            asterisk_cdr.read,
            asterisk_cdr.DEFAULT_SOURCE,
        ),
        Format(
            "queue_log",
            "Asterisk queue_log",
            ("interactions",),
            queue_log.read,
            queue_log.DEFAULT_SOURCE,
        ),
        Format(
            "amazon_connect",
            "Amazon Connect contact records (JSON)",
            ("interactions",),
            amazon_connect.read,
            amazon_connect.DEFAULT_SOURCE,
        ),
        Format(
            "contact_lens",
            "Amazon Connect Contact Lens (JSON)",
            ("transcripts",),
            contact_lens.read,
            contact_lens.DEFAULT_SOURCE,
        ),
        Format("vcon", "vCon (JSON)", ("interactions",), vcon.read, vcon.DEFAULT_SOURCE),
        Format(
            "subtitles",
            "WebVTT or SRT",
            ("transcripts",),
            subtitles.read,
            subtitles.DEFAULT_SOURCE,
        ),
        Format(
            "delimited",
            "Table: CSV, TSV or XLSX, by a column mapping",
            ("interactions", "customers", "organizations", "agent_states"),
            delimited.read,
            delimited.DEFAULT_SOURCE,
            needs_mapping=True,
            takes_date=True,
        ),
    )
}


class UnknownFormat(ValueError):
    """No reader has this name; the text lists those that exist."""

    def __init__(self, name: str) -> None:
        super().__init__(
            f'There is no format "{name}". Choose one of {", ".join(sorted(FORMATS))}.'
        )


def format_named(name: str) -> Format:
    """The format of that name; raises UnknownFormat."""
    try:
        return FORMATS[name]
    except KeyError:
        raise UnknownFormat(name) from None


def read(name: str, file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Read `file` in the format `name`; see `base` for what comes and what is raised."""
    chosen = format_named(name)
    _check_size(file)
    if not options.zone:
        options = replace(options, zone=chosen.default_zone)
    for item in chosen.read(file, options):
        yield ready(item, options.now)


def ready(item: Item, now: datetime | None) -> Item:
    """A record made whole, and anything without card numbers: it may be stored."""
    if type(item) is InteractionRecord:
        complete(item, now)
    return without_cards(item)


def _check_size(file: BinaryIO) -> None:
    begin = file.tell()
    size = file.seek(0, SEEK_END) - begin
    file.seek(begin)
    if size > LIMITS.file_bytes:
        raise UnreadableFile(
            f"The file is larger than {LIMITS.file_bytes // 1_000_000} MB. Split it into parts.",
            code="file_too_large",
        )
