"""Removes card numbers and security codes from texts, before anything is stored.

The one redactor of the product; told in prose in docs/algorithms/card-redaction.md.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from crm.card_numbers import card_spans
from crm.security_codes import find_codes
from crm.spoken_digits import Piece, holds_digits, is_short, pieces, runs
from lib import counters

CODE = "[code]"
CARD_PART = "[card]"


@dataclass(frozen=True, slots=True)
class Turn:
    """What one speaker said or wrote at one go."""

    speaker: str
    text: str


@dataclass(frozen=True, slots=True)
class Redacted:
    """Texts without card data, and how many card numbers and codes were removed."""

    texts: list[str]
    count: int


@dataclass(frozen=True, slots=True)
class _Mark:
    """A label in place of the text from `start` to `end` of a turn."""

    turn: int
    start: int
    end: int
    label: str


def redact(text: str) -> str:
    """The text with card numbers as `[card ••••1111]` and security codes as `[code]`."""
    return redact_texts([Turn("", text)]).texts[0]


def redact_turns(turns: Sequence[Turn]) -> list[Turn]:
    """The turns without card data, also where a number was spread over several turns."""
    texts = redact_texts(turns).texts
    return [replace(turn, text=text) for turn, text in zip(turns, texts, strict=True)]


def redact_texts(turns: Sequence[Turn]) -> Redacted:
    """Like `redact_turns`, as texts with the number of removals; cards are counted for monitors."""
    texts = [turn.text for turn in turns]
    if not any(map(holds_digits, texts)):
        return Redacted(texts, 0)
    cards = _without_cards([turn.speaker for turn in turns], texts)
    if cards.count:
        counters.add("attune_masked_cards_total", cards.count)
    codes = _without_codes(cards.texts)
    return Redacted(codes.texts, cards.count + codes.count)


def _without_cards(speakers: Sequence[str], texts: Sequence[str]) -> Redacted:
    parts = _parts(texts)
    found = [card for run in runs(_chains(speakers, parts)) for card in _cards(run)]
    return Redacted(
        _with_marks(texts, [mark for card in found for mark in _marks(*card)]), len(found)
    )


def _without_codes(texts: Sequence[str]) -> Redacted:
    marks = [
        _Mark(code[0].turn, code[0].start, code[-1].end, CODE) for code in find_codes(_parts(texts))
    ]
    return Redacted(_with_marks(texts, marks), len(marks))


def _parts(texts: Sequence[str]) -> list[list[Piece]]:
    return [pieces(text, number) for number, text in enumerate(texts)]


def _chains(speakers: Sequence[str], parts: Sequence[list[Piece]]) -> Iterator[Piece | None]:
    """The pieces of each speaker in order; None where nothing may be joined over.

    A speaker goes on behind turns of others that are short and hold no digits.
    """
    turns_of: dict[str, list[int]] = {}
    stops = [0]
    for number, (speaker, part) in enumerate(zip(speakers, parts, strict=True)):
        turns_of.setdefault(speaker, []).append(number)
        stops.append(stops[-1] + (not is_short(part)))
    for turns in turns_of.values():
        yield None
        before = turns[0]
        for number in turns:
            if stops[number] > stops[before + 1]:
                yield None
            yield from parts[number]
            before = number


def _cards(run: list[Piece]) -> Iterator[tuple[list[Piece], str]]:
    """The pieces of each card number in a run, and its last digits."""
    spans = iter(card_spans([piece.digits for piece in run], [piece.is_written for piece in run]))
    span = next(spans, None)
    found: list[Piece] = []
    at = 0
    for piece in run:
        if span is None:
            return
        if at >= span.start:
            found.append(piece)
        at += len(piece.digits)
        if at >= span.end:
            yield found, span.last_four
            span, found = next(spans, None), []


def _marks(found: list[Piece], last_four: str) -> Iterator[_Mark]:
    """One mark for each turn that holds a part; the last one shows the last digits."""
    for turn in dict.fromkeys(piece.turn for piece in found):
        part = [piece for piece in found if piece.turn == turn]
        is_last = part[-1] is found[-1]
        label = f"[card ••••{last_four}]" if is_last else CARD_PART
        yield _Mark(turn, part[0].start, part[-1].end, label)


def _with_marks(texts: Sequence[str], marks: Iterable[_Mark]) -> list[str]:
    marked = list(texts)
    by_turn: dict[int, list[_Mark]] = {}
    for mark in marks:
        by_turn.setdefault(mark.turn, []).append(mark)
    for turn, found in by_turn.items():
        found.sort(key=lambda mark: mark.start)
        marked[turn] = "".join(_spliced(texts[turn], found))
    return marked


def _spliced(text: str, marks: Sequence[_Mark]) -> Iterator[str]:
    at = 0
    for mark in marks:
        yield text[at : mark.start]
        yield mark.label
        at = mark.end
    yield text[at:]
