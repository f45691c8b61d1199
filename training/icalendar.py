"""Invitations to live sessions as iCalendar (RFC 5545, 5546): lines of at most 75 octets, CRLF."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

LONGEST_OCTETS = 75
MAKER = "-//Attune//Training//EN"


@dataclass(frozen=True)
class Meeting:
    """What an invitation tells; moments are aware."""

    uid: str
    sequence: int
    title: str
    starts_at: datetime
    ends_at: datetime
    place: str
    url: str
    organizer: tuple[str, str]
    attendee: tuple[str, str]
    changed_at: datetime


def invitation(meeting: Meeting, *, is_canceled: bool = False) -> bytes:
    """A whole calendar with one event: a request, or its cancellation."""
    lines = [
        "BEGIN:VCALENDAR",
        "VERSION:2.0",
        f"PRODID:{MAKER}",
        f"METHOD:{'CANCEL' if is_canceled else 'REQUEST'}",
        "BEGIN:VEVENT",
        f"UID:{meeting.uid}",
        f"SEQUENCE:{meeting.sequence}",
        f"DTSTAMP:{_moment(meeting.changed_at)}",
        f"DTSTART:{_moment(meeting.starts_at)}",
        f"DTEND:{_moment(meeting.ends_at)}",
        f"SUMMARY:{_text(meeting.title)}",
        f"STATUS:{'CANCELLED' if is_canceled else 'CONFIRMED'}",
        f"ORGANIZER;CN={_parameter(meeting.organizer[0])}:mailto:{_address(meeting.organizer[1])}",
        f"ATTENDEE;CN={_parameter(meeting.attendee[0])};PARTSTAT=ACCEPTED:"
        f"mailto:{_address(meeting.attendee[1])}",
    ]
    if meeting.place:
        lines.append(f"LOCATION:{_text(meeting.place)}")
    if meeting.url:
        lines.append(f"URL:{_address(meeting.url)}")
    lines += ["END:VEVENT", "END:VCALENDAR"]
    return b"".join(folded(line) for line in lines)


def folded(line: str) -> bytes:
    """One content line with its CRLF, folded between characters."""
    found: list[bytes] = []
    here = b""
    for letter in line:
        octets = letter.encode()
        room = LONGEST_OCTETS - (1 if found else 0)
        if len(here) + len(octets) > room:
            found.append(here)
            here = b""
        here += octets
    return b"\r\n ".join([*found, here]) + b"\r\n"


def _moment(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"


def _text(text: str) -> str:
    """Escaped, on one line."""
    for plain, escaped in (("\\", "\\\\"), (";", "\\;"), (",", "\\,"), ("\r", ""), ("\n", "\\n")):
        text = text.replace(plain, escaped)
    return "".join(letter for letter in text if letter.isprintable())


def _parameter(text: str) -> str:
    """A quoted parameter; quotes and control characters have no escape there."""
    return '"' + "".join(one for one in text if one.isprintable() and one != '"') + '"'


def _address(text: str) -> str:
    return "".join(one for one in text if one.isprintable() and one != " ")
