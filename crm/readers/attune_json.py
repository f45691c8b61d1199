"""Reads Attune's own JSON: one object with a list of interactions, or one object per line.

Strict where the keys are ours, free inside `custom`. Docs: docs/how-to/import-formats.md.
"""

from collections.abc import Iterator
from itertools import chain
from typing import BinaryIO

from crm.readers.attune_record import agent_state, interaction
from crm.readers.base import (
    AgentStateRecord,
    InteractionRecord,
    Item,
    JsonValue,
    ReaderOptions,
    RowError,
)
from crm.readers.fields import FieldError, Fields
from crm.readers.json_objects import RAW_LENGTH, has_object_per_line, json_lines
from crm.readers.json_stream import JsonStream, elements, members
from crm.readers.text import text_chunks

DEFAULT_SOURCE = "attune"
VERSION = 1

HEADER_KEYS = frozenset({"attune", "source", "interactions", "agent_states"})


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield the file's interactions and agent states; see `base` for what else may come."""
    if has_object_per_line(file):
        yield from _read_lines(file, options)
    else:
        yield from _read_document(file, options)


def _read_document(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    begin = file.tell()
    stream = JsonStream(text_chunks(file, options.encoding))
    source = options.source
    for key in members(stream):
        if key == "interactions":
            source = source or _late_source(file, begin, options)
            for line, value in elements(stream):
                yield _item(value, line, source or DEFAULT_SOURCE)
        elif key == "agent_states":
            source = source or _late_source(file, begin, options)
            for line, value in elements(stream):
                yield _state_item(value, line, source or DEFAULT_SOURCE)
        else:
            in_header = _header(stream, key)
            source = source or in_header
    if stream.peek():
        stream.refuse("There is more after the end of the object.")


def _header(stream: JsonStream, key: str) -> str:
    """Take a key of the outer object; returns the source if it is that."""
    if key not in HEADER_KEYS:
        stream.refuse(
            f'The key "{key}" is not known here. Interactions belong into a list "interactions".'
        )
    value = stream.value()
    if key == "attune":
        if value != VERSION:
            stream.refuse(f'"attune" must be {VERSION}, the version of the format.')
        return ""
    if not isinstance(value, str):
        stream.refuse('"source" must be text in quotes.')
    return value


def _late_source(file: BinaryIO, begin: int, options: ReaderOptions) -> str:
    """Look for a source that stands behind the lists, in a walk of its own over the file."""
    resume = file.tell()
    file.seek(begin)
    stream = JsonStream(text_chunks(file, options.encoding))
    found = ""
    for key in members(stream):
        if key == "source":
            found = str(stream.value())
            break
        if stream.peek() == "[":
            for _ in elements(stream):
                pass
        else:
            stream.value()
    file.seek(resume)
    return found


def _read_lines(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    for item in json_lines(file, options.encoding):
        if isinstance(item, RowError):
            yield item
        else:
            yield from _line_items(item[1], item[0], options.source)


def _line_items(value: JsonValue, line: int, source: str) -> Iterator[Item]:
    """A line holds one interaction, or an object with lists of them."""
    if not isinstance(value, dict) or not value.keys() & {"interactions", "agent_states"}:
        yield _item(value, line, source or DEFAULT_SOURCE)
        return
    try:
        fields = Fields(value)
        fields.allow(HEADER_KEYS)
        source = source or fields.text("source") or DEFAULT_SOURCE
        if fields.whole("attune") not in (None, VERSION):
            raise fields.refuse("attune", "unsupported", f"The version must be {VERSION}.")
        found = [item.value for item in fields.objects("interactions")]
        states = [item.value for item in fields.objects("agent_states")]
    except FieldError as error:
        yield RowError(line, error.column, error.code, error.message)
        return
    yield from chain(
        (_item(dict(item), line, source) for item in found),
        (_state_item(dict(item), line, source) for item in states),
    )


def _item(value: JsonValue, line: int, source: str) -> InteractionRecord | RowError:
    try:
        return interaction(value, line, source)
    except FieldError as error:
        name = value.get("external_id") if isinstance(value, dict) else None
        raw = f"external_id {name}" if isinstance(name, str) else ""
        return RowError(line, error.column, error.code, error.message, raw=raw[:RAW_LENGTH])


def _state_item(value: JsonValue, line: int, source: str) -> AgentStateRecord | RowError:
    try:
        return agent_state(value, line, source)
    except FieldError as error:
        return RowError(line, error.column, error.code, error.message)
