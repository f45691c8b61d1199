"""What assist rules find in a transcript: phrases, silence, shares of talk; pure.

Text is compared by whole words, whatever their case and accents. A rule that cannot be asked,
as a phrase without a transcript, finds nothing and proposes nothing.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

SAID, MISSING, SILENCE, TALK_SHARE, HOLD = (
    "phrase_present",
    "phrase_absent",
    "silence",
    "talk_share",
    "hold",
)
PHRASE_KINDS = (SAID, MISSING)
AT_LEAST, BELOW = "at_least", "below"
MOST_PHRASES = 50
MOST_PLACES = 5

_WORD = re.compile(r"[\w\u0300-\u036f]+")

Phrase = tuple[str, ...]


@dataclass(frozen=True)
class Word:
    """A folded word and where it stands in its turn."""

    text: str
    start: int
    end: int


@dataclass(frozen=True)
class Line:
    """One turn; `turn` names it for whoever asks, times are milliseconds from the start."""

    turn: int
    speaker: str
    text: str
    start_ms: int | None = None
    end_ms: int | None = None

    @cached_property
    def words(self) -> list[Word]:
        return list(words_of(self.text))


@dataclass(frozen=True)
class Place:
    """A passage: from one turn to another, characters where they are known."""

    turn_from: int
    turn_to: int
    char_from: int | None = None
    char_to: int | None = None
    start_ms: int | None = None
    end_ms: int | None = None


@dataclass(frozen=True)
class Check:
    """What a rule asks. `window` is whole, or first_ or last_ seconds or turns, of `size`."""

    kind: str
    phrases: tuple[Phrase, ...] = ()
    speaker: str = "any"
    window: str = "whole"
    size: int = 0
    bound: str = AT_LEAST
    threshold: float = 0


@dataclass(frozen=True)
class Finding:
    """Whether the check holds, the passages that show it, and what was measured."""

    holds: bool
    places: list[Place] = field(default_factory=list)
    measure: float | None = None


def examine(check: Check, lines: Sequence[Line], hold_seconds: int | None) -> Finding | None:
    """Ask one check of one interaction; None where there is nothing to ask."""
    if check.kind == HOLD:
        return _measured(check, hold_seconds)
    if not lines:
        return None
    if check.kind in PHRASE_KINDS:
        places = [place for line in _asked(check, lines) for place in _phrases_in(line, check)]
        holds = bool(places) == (check.kind == SAID)
        return Finding(holds, places[:MOST_PLACES])
    if check.kind == SILENCE:
        return _silence(check, lines)
    return _measured(check, talk_share(lines))


# --- Words ---------------------------------------------------------------------------------------


def fold(text: str) -> str:
    """A word without case and accents, as in “Café” and “CAFE”."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def words_of(text: str) -> Iterator[Word]:
    for found in _WORD.finditer(text):
        yield Word(fold(found.group()), found.start(), found.end())


def phrase_of(text: str) -> Phrase:
    """The words of a phrase; empty if it has none."""
    return tuple(word.text for word in words_of(text))


def _phrases_in(line: Line, check: Check) -> Iterator[Place]:
    """Every passage of a turn that reads like one of the phrases, word by word."""
    words = line.words
    for at, word in enumerate(words):
        for phrase in check.phrases:
            if phrase[0] != word.text or len(phrase) > len(words) - at:
                continue
            span = words[at : at + len(phrase)]
            if tuple(one.text for one in span) == phrase:
                char_from, char_to = span[0].start, span[-1].end
                yield Place(line.turn, line.turn, char_from, char_to, line.start_ms, line.end_ms)
                break


# --- Windows -------------------------------------------------------------------------------------


def _asked(check: Check, lines: Sequence[Line]) -> list[Line]:
    """The turns inside the window that are the right speaker's."""
    inside = list(_window(check, lines))
    return [line for line in inside if check.speaker in ("any", line.speaker)]


def _window(check: Check, lines: Sequence[Line]) -> Sequence[Line]:
    """Turns are counted over both sides; a turn belongs to the seconds in which it begins."""
    if check.window == "first_turns":
        return lines[: check.size]
    if check.window == "last_turns":
        return lines[-check.size :]
    if check.window == "whole":
        return lines
    starts = [line.start_ms for line in lines if line.start_ms is not None]
    ends = [line.end_ms for line in lines if line.end_ms is not None] or starts
    if not starts:
        return []
    low, high = min(starts), max(ends)
    if check.window == "first_seconds":
        high = low + check.size * 1000
    else:
        low = high - check.size * 1000
    return [line for line in lines if line.start_ms is not None and low <= line.start_ms < high]


# --- Measures ------------------------------------------------------------------------------------


def talk_share(lines: Sequence[Line]) -> float | None:
    """The agent's part of all the time in which somebody speaks, in percent."""
    spoken = {"agent": 0, "customer": 0}
    for line in lines:
        if line.speaker in spoken and line.start_ms is not None and line.end_ms is not None:
            spoken[line.speaker] += max(line.end_ms - line.start_ms, 0)
    total = sum(spoken.values())
    return 100 * spoken["agent"] / total if total else None


def _silence(check: Check, lines: Sequence[Line]) -> Finding | None:
    """The pauses in which nobody speaks, longest first."""
    timed = [line for line in lines if line.start_ms is not None and line.end_ms is not None]
    timed.sort(key=lambda line: (line.start_ms, line.end_ms))
    if len(timed) < 2:
        return None
    pauses = sorted(_pauses(timed), key=lambda place: _length(place), reverse=True)
    longest = _length(pauses[0]) if pauses else 0.0
    long_ones = [place for place in pauses if _length(place) >= check.threshold]
    return Finding(bool(long_ones), long_ones[:MOST_PLACES], longest)


def _pauses(timed: Sequence[Line]) -> Iterator[Place]:
    latest = timed[0]
    for _before, line in pairwise(timed):
        start, end = latest.end_ms or 0, line.start_ms or 0
        if start < end:
            yield Place(latest.turn, line.turn, None, None, start, end)
        if (line.end_ms or 0) > start:
            latest = line


def _length(place: Place) -> float:
    return ((place.end_ms or 0) - (place.start_ms or 0)) / 1000


def _measured(check: Check, measure: float | None) -> Finding | None:
    if measure is None:
        return None
    holds = measure < check.threshold if check.bound == BELOW else measure >= check.threshold
    return Finding(holds, [], float(measure))
