"""Reads vCon containers: conversations with parties, dialog and analysis (IETF draft vcon).

A signed container is read without checking the signature and flagged `unverified`; an encrypted
one is refused. Links are kept and never fetched.
"""

import base64
from collections.abc import Iterator
from datetime import datetime
from typing import BinaryIO

from crm.readers.base import (
    CustomerRecord,
    InteractionRecord,
    Item,
    JsonValue,
    LegRecord,
    ReaderOptions,
    RowError,
    TurnRecord,
)
from crm.readers.fields import FieldError, Fields
from crm.readers.json_objects import json_objects
from crm.readers.json_stream import parse_line
from crm.readers.turns import out_of_order, side_offsets
from crm.readers.vcon_dialog import Dialog, Party, dialog_of, parties_of
from crm.readers.vcon_transcript import transcript_turns

DEFAULT_SOURCE = "vcon"


def read(file: BinaryIO, options: ReaderOptions) -> Iterator[Item]:
    """Yield one interaction for each container of the file."""
    for found in json_objects(file, options.encoding):
        if isinstance(found, RowError):
            yield found
            continue
        line, value = found
        try:
            fields, flags = _opened(Fields(value))
            yield _interaction(fields, flags, line, options.source or DEFAULT_SOURCE)
        except FieldError as error:
            yield RowError(line, error.column, error.code, error.message)


def _opened(fields: Fields) -> tuple[Fields, tuple[str, ...]]:
    """The container itself, out of a signed one, with the flags this calls for."""
    if "ciphertext" in fields.value:
        raise fields.refuse("ciphertext", "encrypted", "The vCon is encrypted. Decrypt it first.")
    if "payload" not in fields.value:
        return fields, ()
    try:
        text = _base64url(fields.text("payload", required=True)).decode()
        return Fields(parse_line(text), "payload"), ("unverified",)
    except (ValueError, UnicodeDecodeError):
        raise fields.refuse("payload", "line_unreadable", "This is no signed vCon.") from None


def _base64url(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)


def _interaction(
    fields: Fields, flags: tuple[str, ...], line: int, source: str
) -> InteractionRecord:
    parties = parties_of(fields)
    dialogs = [dialog_of(each, parties) for each in fields.objects("dialog")]
    started_at = min((each.started_at for each in dialogs), default=None)
    started_at = started_at or fields.moment("created_at")
    spoken = [each for each in dialogs if each.kind == "recording"]
    starts = [each.started_at for each in dialogs]
    turns = [each.turn for each in dialogs if each.turn]
    turns += transcript_turns(fields, parties, starts, started_at)
    legs = _legs(dialogs, turns, parties)
    return InteractionRecord(
        fields.text("uuid", required=True),
        channel=_channel(dialogs),
        outcome="handled" if spoken or turns else "failed",
        started_at=started_at,
        answered_at=next((leg.answered_at for leg in legs if leg.answered_at), None),
        ended_at=max((each.ended_at for each in dialogs if each.ended_at), default=None),
        subject=fields.text("subject"),
        customer=_customer(parties, source),
        legs=legs,
        turns=turns,
        transcript_format="vcon" if turns else "",
        turns_out_of_order=out_of_order(turns),
        side_offsets_ms=side_offsets(turns),
        recordings=[each.recording for each in spoken if each.recording],
        dispositions=[each.disposition for each in dialogs if each.disposition],
        custom=_hashes(spoken),
        flags=flags,
        source=source,
        updated_at=fields.instant("updated_at"),
        line=line,
    )


def _channel(dialogs: list[Dialog]) -> str:
    media = [each.media_type for each in dialogs]
    if any(each.startswith("video/") for each in media):
        return "video"
    if any(each.startswith("message/") or each == "multipart/mixed" for each in media):
        return "email"
    if dialogs and all(each.kind == "text" for each in dialogs):
        return "chat"
    return "voice"


def _legs(dialogs: list[Dialog], turns: list[TurnRecord], parties: list[Party]) -> list[LegRecord]:
    """One leg for each recording; for written dialog one for the agent who answers first."""
    legs: list[LegRecord] = []
    for dialog in dialogs:
        if dialog.leg:
            legs.append(dialog.leg)
        elif dialog.kind == "transfer" and legs:
            legs[-1].end = "transfer"
    sent: list[datetime] = [turn.sent_at for turn in turns if turn.sent_at]
    first = next((turn for turn in turns if turn.speaker == "agent" and turn.sent_at), None)
    if not legs and first and first.sent_at:
        legs.append(
            LegRecord(
                agent=first.agent,
                agent_name=next((each.name for each in parties if each.key == first.agent), ""),
                answered_at=first.sent_at.replace(microsecond=0),
                ended_at=max(sent).replace(microsecond=0),
            )
        )
    return legs


def _customer(parties: list[Party], source: str) -> CustomerRecord | None:
    party = next((each for each in parties if each.role == "customer"), None)
    if party is None:
        return None
    return CustomerRecord(
        name=party.name,
        phones=[party.tel] if party.tel else [],
        emails=[party.mailto] if party.mailto else [],
        source=source,
    )


def _hashes(dialogs: list[Dialog]) -> dict[str, JsonValue]:
    """Hashes of recordings, kept to prove later that a file is the one that was meant."""
    found: list[JsonValue] = [each.content_hash for each in dialogs if each.content_hash]
    return {"content_hash": found} if found else {}
