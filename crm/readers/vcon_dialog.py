"""Parties and dialog of a vCon: who took part, what was recorded or written, and when."""

import base64
import binascii
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import floor

from crm.readers.base import JsonValue, LegRecord, LegSpanRecord, RecordingRecord, TurnRecord
from crm.readers.fields import Fields

LONGEST_SECONDS = 10_000_000
AGENT_ROLES = frozenset({"agent", "employee", "representative", "supervisor"})
CUSTOMER_ROLES = frozenset({"customer", "client", "consumer", "caller"})
KINDS = frozenset({"recording", "text", "transfer", "incomplete"})


@dataclass(frozen=True, slots=True)
class Party:
    """A person of the conversation; `role` is agent, customer or unknown."""

    role: str
    name: str
    tel: str
    mailto: str

    @property
    def key(self) -> str:
        """How the source names an agent."""
        return self.mailto or self.tel or self.name


@dataclass(slots=True)
class Dialog:
    """One piece of the conversation."""

    kind: str
    started_at: datetime
    ended_at: datetime | None
    media_type: str
    disposition: str
    content_hash: str
    recording: RecordingRecord | None = None
    leg: LegRecord | None = None
    turn: TurnRecord | None = None


def parties_of(fields: Fields) -> list[Party]:
    return [_party(each) for each in fields.objects("parties")]


def _party(fields: Fields) -> Party:
    role = fields.text("role").casefold()
    known = "agent" if role in AGENT_ROLES else "customer" if role in CUSTOMER_ROLES else "unknown"
    return Party(
        role=known,
        name=fields.text("name"),
        tel=fields.text("tel").removeprefix("tel:"),
        mailto=fields.text("mailto").removeprefix("mailto:"),
    )


def dialog_of(fields: Fields, parties: list[Party]) -> Dialog:
    """One entry of `dialog`; raises FieldError."""
    started_at = fields.moment("start")
    seconds = _duration(fields)
    dialog = Dialog(
        kind=fields.choice("type", KINDS, ""),
        started_at=started_at,
        ended_at=None if seconds is None else started_at + timedelta(seconds=seconds),
        media_type=(fields.text("mediatype") or fields.text("mimetype")).lower(),
        disposition=fields.text("disposition"),
        content_hash=_content_hash(fields),
    )
    if dialog.kind == "recording":
        dialog.leg = _leg(fields, dialog, seconds, parties)
        dialog.recording = _recording(fields, dialog, seconds)
    elif dialog.kind == "text":
        dialog.turn = _turn(fields, parties)
    return dialog


def _duration(fields: Fields) -> int | None:
    """Whole seconds; a fraction is cut off."""
    duration = fields.number("duration")
    if duration is None:
        return None
    if abs(duration) > LONGEST_SECONDS:
        raise fields.refuse("duration", "number_unreadable", f"This is over {LONGEST_SECONDS:,}.")
    return max(0, floor(duration))


def _content_hash(fields: Fields) -> str:
    found = fields.value.get("content_hash")
    first: JsonValue = found[0] if isinstance(found, list) and found else found
    return first if isinstance(first, str) else ""


def _leg(fields: Fields, dialog: Dialog, seconds: int | None, parties: list[Party]) -> LegRecord:
    agent = next((each for each in _taking_part(fields, parties) if each.role == "agent"), None)
    spans = list(_holds(fields, dialog))
    held = sum(int((span.ends_at - span.starts_at).total_seconds()) for span in spans)
    return LegRecord(
        agent=agent.key if agent else "",
        agent_name=agent.name if agent else "",
        answered_at=dialog.started_at,
        ended_at=dialog.ended_at,
        talk_seconds=None if seconds is None else max(0, seconds - held),
        hold_seconds=held if spans else None,
        hold_count=len(spans) if spans else None,
        longest_hold_seconds=max(
            (int((span.ends_at - span.starts_at).total_seconds()) for span in spans), default=None
        ),
        spans=spans,
    )


def _taking_part(fields: Fields, parties: list[Party]) -> list[Party]:
    """The parties of a dialog; all of them if it names none."""
    named = fields.value.get("parties")
    places = named if isinstance(named, list) else [named]
    found = [
        parties[place]
        for place in places
        if isinstance(place, int) and not isinstance(place, bool) and 0 <= place < len(parties)
    ]
    return found or parties


def _holds(fields: Fields, dialog: Dialog) -> Iterator[LegSpanRecord]:
    """From hold to unhold of each party; a hold that nobody ends lasts to the end."""
    began: dict[int | None, datetime] = {}
    for each in fields.objects("party_history"):
        party, event, at = each.whole("party"), each.text("event"), each.moment("time")
        if event == "hold":
            began.setdefault(party, at)
        elif event in ("unhold", "drop") and party in began:
            yield LegSpanRecord("hold", began[party], max(at, began.pop(party)))
    if dialog.ended_at:
        for at in began.values():
            yield LegSpanRecord("hold", at, max(at, dialog.ended_at))


def _recording(fields: Fields, dialog: Dialog, seconds: int | None) -> RecordingRecord | None:
    url = fields.text("url")
    if not url.startswith(("https://", "http://")):
        return None
    return RecordingRecord(
        url=url,
        media_type=dialog.media_type,
        starts_at=dialog.started_at,
        duration_seconds=seconds,
        sha256=_sha256(dialog.content_hash),
    )


def _sha256(content_hash: str) -> str:
    """The hash as hexadecimal digits if it is a SHA-256."""
    algorithm, _, encoded = content_hash.partition("-")
    if algorithm.lower() not in ("sha256", "sha-256"):
        return ""
    try:
        digest = base64.b64decode(encoded + "=" * (-len(encoded) % 4), altchars=b"-_")
    except (ValueError, binascii.Error):
        return ""
    return digest.hex() if len(digest) == 32 else ""


def _turn(fields: Fields, parties: list[Party]) -> TurnRecord:
    """A written message; its originator is the first party unless it says otherwise."""
    writers = _taking_part(fields, parties)
    originator = fields.whole("originator")
    if originator is not None and 0 <= originator < len(parties):
        writer: Party | None = parties[originator]
    else:
        writer = writers[0] if writers else None
    return TurnRecord(
        speaker=writer.role if writer else "unknown",
        text=_body(fields),
        sent_at=fields.exact_instant("start"),
        agent=writer.key if writer and writer.role == "agent" else "",
    )


def _body(fields: Fields) -> str:
    """The words of a message; a body that is not plain text is left out."""
    body = fields.text("body", multiline=True)
    if fields.text("encoding").lower() != "base64url":
        return body
    try:
        decoded = base64.b64decode(body + "=" * (-len(body) % 4), altchars=b"-_").decode()
    except ValueError:
        raise fields.refuse("body", "line_unreadable", "This is not base64url text.") from None
    if "\0" in decoded:
        raise fields.refuse("body", "line_unreadable", "This holds a NUL character.")
    return decoded
