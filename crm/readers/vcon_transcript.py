"""Turns of the transcripts that a vCon carries as analysis, in the shapes that are in use."""

from collections.abc import Iterator
from datetime import datetime
from itertools import groupby

from crm.readers.base import JsonValue, TurnRecord
from crm.readers.fields import LARGEST_MS, FieldError, Fields, check_text
from crm.readers.json_stream import parse_line
from crm.readers.vcon_dialog import Party

_TEXT_KEYS = ("text", "message", "transcript", "body", "content")
_LISTS = ("turns", "segments", "utterances", "transcript", "words")


def transcript_turns(
    fields: Fields, parties: list[Party], starts: list[datetime], started_at: datetime
) -> list[TurnRecord]:
    """The turns of all transcripts, their times counted from the start of the interaction."""
    found: list[TurnRecord] = []
    for analysis in fields.objects("analysis"):
        if analysis.text("type") == "transcript":
            place = _dialog_place(analysis, len(starts))
            behind = (starts[place] - started_at).total_seconds() if starts else 0
            found += _turns(analysis, parties, round(behind * 1000))
    return found


def _dialog_place(analysis: Fields, count: int) -> int:
    given = analysis.value.get("dialog")
    first = given[0] if isinstance(given, list) and given else given
    if isinstance(first, int) and not isinstance(first, bool) and 0 <= first < count:
        return first
    return 0


def _turns(analysis: Fields, parties: list[Party], behind_ms: int) -> Iterator[TurnRecord]:
    body = _body(analysis)
    path = analysis.at("body")
    if isinstance(body, str):
        check_text(body, path)
        if body.strip():
            yield TurnRecord("unknown", body.strip())
        return
    listed = _listed(body)
    if listed is None:
        raise FieldError(path, "unsupported", "This is not a list of turns, nor of words.")
    pieces = [Fields(each, f"{path}[{place}]") for place, each in enumerate(listed)]
    if pieces and all("word" in piece.value for piece in pieces):
        for _, words in groupby(pieces, key=lambda piece: str(piece.value.get("speaker"))):
            group = list(words)
            text = " ".join(word.text("word") for word in group)
            yield _turn(group[0], group[-1], text, parties, behind_ms)
    else:
        for piece in pieces:
            yield _turn(piece, piece, _text(piece), parties, behind_ms)


def _body(analysis: Fields) -> JsonValue:
    """The body, which may be JSON in a text."""
    body = analysis.value.get("body")
    if isinstance(body, str) and analysis.text("encoding").lower() == "json":
        try:
            return parse_line(body)
        except ValueError as error:
            raise analysis.refuse(
                "body", "line_unreadable", f"The JSON is broken: {error}"
            ) from None
    return body


def _listed(body: JsonValue) -> list[JsonValue] | None:
    if isinstance(body, dict):
        lists = (body.get(key) for key in _LISTS)
        return next((each for each in lists if isinstance(each, list)), None)
    return body if isinstance(body, list) else None


def _text(piece: Fields) -> str:
    return next((piece.text(key, multiline=True) for key in _TEXT_KEYS if key in piece.value), "")


def _turn(
    first: Fields, last: Fields, text: str, parties: list[Party], behind_ms: int
) -> TurnRecord:
    start, end = _milliseconds(first, "start"), _milliseconds(last, "end")
    if start is not None and end is not None and end < start:
        raise last.refuse("end", "order_of_times", "The turn ends before it starts.")
    speaker = _speaker(first.value.get("speaker"), parties)
    return TurnRecord(
        speaker=speaker.role if speaker else "unknown",
        text=text,
        start_ms=None if start is None else start + behind_ms,
        end_ms=None if end is None else end + behind_ms,
        agent=speaker.key if speaker and speaker.role == "agent" else "",
    )


def _milliseconds(piece: Fields, key: str) -> int | None:
    """Seconds as milliseconds, half up."""
    seconds = piece.number(key)
    if seconds is None:
        return None
    if not 0 <= seconds <= LARGEST_MS / 2000:
        raise piece.refuse(key, "order_of_times", "The turn lies outside the conversation.")
    return int(seconds * 1000 + 0.5)


def _speaker(named: JsonValue, parties: list[Party]) -> Party | None:
    """The party by its place, its name or its role."""
    if isinstance(named, int) and not isinstance(named, bool):
        return parties[named] if 0 <= named < len(parties) else None
    wanted = str(named).casefold()
    by_name = (each for each in parties if each.name and each.name.casefold() == wanted)
    return next(by_name, None) or next((each for each in parties if each.role == wanted), None)
