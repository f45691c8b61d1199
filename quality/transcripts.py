"""Turns of the evaluated interaction, with the times that people see."""

from __future__ import annotations

from crm.models import Interaction, Transcript, Turn

TURNS_AT_ONCE = 200


def current_transcript(interaction: Interaction | None) -> Transcript | None:
    if interaction is None:
        return None
    return interaction.transcripts.filter(is_current=True).first()


def turns_after(transcript: Transcript, position: int) -> list[Turn]:
    """The next turns that are not internal, each with `shown_seconds`."""
    rows = transcript.turns.filter(position__gt=position, is_internal=False).order_by("position")
    turns = list(rows[:TURNS_AT_ONCE])
    for turn in turns:
        start = shown_start_ms(turn, transcript)
        turn.shown_seconds = None if start is None else start / 1000  # type: ignore[attr-defined]
    return turns


def shown_start_ms(turn: Turn, transcript: Transcript) -> int | None:
    """Milliseconds from the start; the agent's clock is moved by what a person chose."""
    if turn.start_ms is None:
        return None
    return turn.start_ms + (transcript.agent_offset_ms if turn.speaker == "agent" else 0)


def shown_end_ms(turn: Turn, transcript: Transcript) -> int | None:
    if turn.end_ms is None:
        return shown_start_ms(turn, transcript)
    return turn.end_ms + (transcript.agent_offset_ms if turn.speaker == "agent" else 0)
