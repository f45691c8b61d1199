"""Reads transcripts in WebVTT and SRT; the name of the file says whose they are.

Settings of the run: `external_id` of the interaction (default: the file's name without its ending)
and `speakers`, which maps names in the file to agent, customer or system.
"""

import html
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import BinaryIO

from crm.readers.base import (
    Item,
    ReaderOptions,
    RowError,
    TranscriptRecord,
    TurnRecord,
    UnreadableFile,
)
from crm.readers.fields import LARGEST_MS
from crm.readers.text import text_lines
from crm.readers.turns import out_of_order, side_offsets
from crm.readers.vocabulary import SPEAKERS

DEFAULT_SOURCE = "subtitles"
MOST_CUES = 100_000

_TIME = r"(?:(\d{1,4}):)?([0-5]?\d):([0-5]\d)[.,](\d{1,3})"
_TIMING = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(?:\s.*)?")
_VOICE = re.compile(r"<v(?:\.[^\s>]*)?\s+([^>]+)>")
_TAG = re.compile(r"<[^<>]*>")
_NAMED = re.compile(r"([^\s:][^:\n]{0,39}):\s+(.*)", re.DOTALL)
_PLAIN_NAMES = {"agent": "agent", "customer": "customer", "caller": "customer"}
_NOT_CUES = ("NOTE", "STYLE", "REGION")


@dataclass(slots=True)
class _Block:
    """Lines between two blank ones."""

    line: int
    lines: list[str] = field(default_factory=list)


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield the errors of the file, then its transcript if at least one cue could be read."""
    external_id = str(options.settings.get("external_id") or PurePath(options.file_name).stem)
    speakers = _speakers(options)
    turns: list[TurnRecord] = []
    for block in _blocks(text_lines(file, options.encoding)):
        found = _turn(block, speakers)
        if isinstance(found, RowError):
            yield found
        elif found is not None:
            turns.append(found)
        if len(turns) > MOST_CUES:
            raise UnreadableFile(f"There are more than {MOST_CUES:,} cues.", line=block.line)
    if not turns:
        raise UnreadableFile("There is no cue in the file. Is it WebVTT or SRT?")
    if not external_id:
        raise UnreadableFile("Say to which interaction the transcript belongs.", code="required")
    yield TranscriptRecord(
        external_id,
        "subtitles",
        turns=turns,
        turns_out_of_order=out_of_order(turns),
        side_offsets_ms=side_offsets(turns),
        source=options.source or DEFAULT_SOURCE,
        line=1,
    )


def _speakers(options: ReaderOptions) -> dict[str, str]:
    given = options.settings.get("speakers") or {}
    if not isinstance(given, Mapping) or not set(map(str, given.values())) <= SPEAKERS:
        raise UnreadableFile("Speakers are agent, customer, system or unknown.", code="mapping")
    named = {str(name).casefold(): str(speaker) for name, speaker in given.items()}
    return _PLAIN_NAMES | named


def _blocks(lines: Iterator[tuple[int, str]]) -> Iterator[_Block]:
    block: _Block | None = None
    for number, text in lines:
        if text.strip():
            block = block or _Block(number)
            block.lines.append(text)
        elif block:
            yield block
            block = None
    if block:
        yield block


def _turn(block: _Block, speakers: Mapping[str, str]) -> TurnRecord | RowError | None:
    """The turn of a cue; None for headers and notes."""
    first = block.lines[0].lstrip("\ufeff").strip()
    if first.startswith("WEBVTT") or first.split()[0] in _NOT_CUES:
        return None
    place = next((n for n, text in enumerate(block.lines[:2]) if "-->" in text), None)
    if place is None:
        return _error(block, "line_unreadable", "There is text without a time line above it.")
    match = _TIMING.fullmatch(block.lines[place])
    if match is None:
        return _error(
            block, "line_unreadable", "This is not a time line such as 00:01.000 --> 00:04.000."
        )
    start, end = _milliseconds(match, 1), _milliseconds(match, 5)
    if end < start:
        return _error(block, "order_of_times", "The cue ends before it starts.")
    if end > LARGEST_MS:
        return _error(block, "number_unreadable", "The cue lies too far behind the start.")
    speaker, text = _spoken(" ".join(line.strip() for line in block.lines[place + 1 :]), speakers)
    return TurnRecord(speaker, text, start, end)


def _error(block: _Block, code: str, message: str) -> RowError:
    return RowError(block.line, "", code, message, raw="\n".join(block.lines)[:2000])


def _milliseconds(match: re.Match[str], group: int) -> int:
    hours, minutes, seconds = (int(match[group + place] or 0) for place in range(3))
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + int(match[group + 3].ljust(3, "0"))


def _spoken(text: str, speakers: Mapping[str, str]) -> tuple[str, str]:
    """The speaker and the words, without tags; a name that is not mapped stays in the text."""
    voice = _VOICE.match(text)
    plain = html.unescape(_TAG.sub("", text)).strip()
    if voice:
        plain = f"{html.unescape(voice[1]).strip()}: {plain}"
    named = _NAMED.fullmatch(plain)
    if named and named[1].strip().casefold() in speakers:
        return speakers[named[1].strip().casefold()], named[2].strip()
    return "unknown", plain
