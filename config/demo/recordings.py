"""Recordings for some of the demo's voice interactions: tones stand for the two voices."""

from __future__ import annotations

import io
import math
import wave
from collections.abc import Iterable

from config.demo.people import DemoPeople
from crm.models import Interaction, Recording, Turn
from ops import files

RATE = 8000
SILENCE = 128
PITCH = {"agent": 118, "customer": 196}
SYLLABLES = 4  # Each second.


def make_recordings(people: DemoPeople, interactions: Iterable[Interaction]) -> None:
    """A WAV for each, as long as what was said, every turn where the transcript has it."""
    voices = {speaker: _voice(pitch) for speaker, pitch in PITCH.items()}
    for interaction in interactions:
        turns = list(Turn.objects.filter(transcript__interaction=interaction))
        seconds = max(turn.end_ms or 0 for turn in turns) // 1000 + 1
        stored = files.store(
            _wav(turns, seconds, voices),
            name=f"{interaction.reference}.wav",
            media_type="audio/wav",
            kind="recording",
            by_id=people.admin.pk if people.admin else None,
        )
        Recording.objects.create(
            interaction=interaction,
            file=stored,
            media_type="audio/wav",
            starts_at=interaction.started_at,
            duration_seconds=seconds,
        )


def _voice(pitch: int) -> bytes:
    """One second of a humming voice, 8 bits a sample."""
    samples = bytearray()
    for n in range(RATE):
        at = n / RATE
        hum = sum(math.sin(2 * math.pi * pitch * k * at) / k for k in (1, 2, 3, 5))
        loudness = abs(math.sin(math.pi * SYLLABLES * at)) ** 0.7
        samples.append(SILENCE + int(22 * hum * loudness))
    return bytes(samples)


def _wav(turns: list[Turn], seconds: int, voices: dict[str, bytes]) -> bytes:
    sound = bytearray([SILENCE]) * (seconds * RATE)
    for turn in turns:
        start, end = ((ms or 0) * RATE // 1000 for ms in (turn.start_ms, turn.end_ms))
        voice = voices.get(turn.speaker, b"")
        if voice:
            whole = voice * ((end - start) // len(voice) + 1)
            sound[start:end] = whole[: end - start]
    target = io.BytesIO()
    with wave.open(target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(1)
        file.setframerate(RATE)
        file.writeframes(bytes(sound))
    return target.getvalue()
