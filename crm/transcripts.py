"""Turns as a reader sees them: on one clock, with names, with the searched words marked."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from crm.models import Interaction, Transcript, Turn


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """One turn ready for its template; `at_seconds` counts from the start, None if unknown."""

    position: int
    side: str
    name: str
    at_seconds: float | None
    end_seconds: float | None
    text: str | SafeString
    is_hit: bool
    is_internal: bool


def shown_turns(interaction: Interaction, transcript: Transcript, words: str) -> list[ShownTurn]:
    """All turns in the order of the source; one query."""
    looked_for = re.compile(re.escape(words), re.IGNORECASE) if words else None
    turns = transcript.turns.select_related("agent").order_by("position")
    return [_shown(turn, interaction, transcript, looked_for) for turn in turns]


def _shown(
    turn: Turn, interaction: Interaction, transcript: Transcript, words: re.Pattern[str] | None
) -> ShownTurn:
    is_hit = bool(words and words.search(turn.text))
    return ShownTurn(
        position=turn.position,
        side=turn.speaker,
        name=turn.agent.short_name if turn.agent else turn.get_speaker_display(),
        at_seconds=seconds_from_start(turn, interaction, transcript),
        end_seconds=end_from_start(turn, transcript),
        text=marked(turn.text, words) if words and is_hit else turn.text,
        is_hit=is_hit,
        is_internal=turn.is_internal,
    )


def seconds_from_start(
    turn: Turn, interaction: Interaction, transcript: Transcript
) -> float | None:
    """When the turn begins; the agent's clock is moved by what a person chose."""
    if turn.start_ms is not None:
        offset = transcript.agent_offset_ms if turn.speaker == "agent" else 0
        return (turn.start_ms + offset) / 1000
    if turn.sent_at is not None:
        return (turn.sent_at - interaction.started_at).total_seconds()
    return None


def end_from_start(turn: Turn, transcript: Transcript) -> float | None:
    if turn.end_ms is None:
        return None
    offset = transcript.agent_offset_ms if turn.speaker == "agent" else 0
    return (turn.end_ms + offset) / 1000


def marked(text: str, words: re.Pattern[str]) -> SafeString:
    """The text with each place where the words stand in <mark>, all of it escaped."""
    return format_html_join("", "{}", ((part,) for part in _parts(text, words)))


def _parts(text: str, words: re.Pattern[str]) -> Iterator[str | SafeString]:
    end = 0
    for found in words.finditer(text):
        yield text[end : found.start()]
        yield format_html("<mark>{}</mark>", found.group())
        end = found.end()
    yield text[end:]
