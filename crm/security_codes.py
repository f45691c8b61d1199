"""Finds the security codes of cards: three or four digits behind the words that ask for them."""

from collections.abc import Iterator, Sequence

from crm.spoken_digits import Kind, Piece, is_short, run_at

LENGTHS = (3, 4)
WITHIN_WORDS = 8

_QUESTIONS = frozenset(
    {
        ("cvv",),
        ("cvc",),
        ("cid",),
        ("csc",),
        ("security", "code"),
        ("verification", "code"),
        ("verification", "number"),
        ("on", "the", "back"),
    }
)
# Words that may stand before a code where an answer opens with it.
_LEADS_IN = frozenset(
    {"it", "it's", "its", "is", "that", "that's", "the", "code", "number", "yes", "sure", "right"}
)


def find_codes(parts: Sequence[list[Piece]]) -> Iterator[list[Piece]]:
    """The pieces of each code in turns already cut into pieces; they are words from now on."""
    for number, part in enumerate(parts):
        questions = _questions(part)
        if not questions:
            continue
        codes = [code for behind in questions for code in _codes_behind(part, behind)]
        yield from codes
        if not codes and not _had_code(part):
            yield from _codes_of_answer(parts, number)


def _had_code(part: list[Piece]) -> bool:
    return any(piece.word == "[code" for piece in part)


def _questions(part: list[Piece]) -> list[int]:
    """The places right behind the words that ask for a code."""
    heard = [(place, piece.word) for place, piece in enumerate(part) if piece.kind is not Kind.SIGN]
    words = [word for _, word in heard]
    return [
        heard[at + length - 1][0] + 1
        for at in range(len(heard))
        for length in (1, 2, 3)
        if at + length <= len(words) and tuple(words[at : at + length]) in _QUESTIONS
    ]


def _codes_behind(part: list[Piece], begin: int) -> list[list[Piece]]:
    """The codes in runs of digits that begin within eight words from `begin`."""
    found: list[list[Piece]] = []
    words, at = 0, begin
    while at < len(part) and words < WITHIN_WORDS:
        if part[at].kind is not Kind.DIGITS:
            words += part[at].kind is not Kind.SIGN
            at += 1
            continue
        run, at = run_at(part, at)
        codes = [_taken(code) for code in _codes_of(run)]
        words += len(run) - sum(len(code) - 1 for code in codes)
        found += codes
    return found


def _codes_of(run: list[Piece]) -> Iterator[list[Piece]]:
    """Written groups as long as a code, and what stands between them if it is that long."""
    rest: list[Piece] = []
    for piece in run:
        if piece.is_written and len(piece.digits) in LENGTHS:
            yield from _if_code(rest)
            yield [piece]
            rest = []
        else:
            rest.append(piece)
    yield from _if_code(rest)


def _if_code(stretch: list[Piece]) -> Iterator[list[Piece]]:
    if sum(len(piece.digits) for piece in stretch) in LENGTHS:
        yield stretch


def _taken(code: list[Piece]) -> list[Piece]:
    for piece in code:
        piece.kind = Kind.WORD
    return code


def _codes_of_answer(parts: Sequence[list[Piece]], asked: int) -> Iterator[list[Piece]]:
    """A code that opens the next turn, or one behind it as long as the turns are short."""
    for number in range(asked + 1, len(parts)):
        part = parts[number]
        if _questions(part) or _had_code(part):
            return
        opening = _opening_run(part)
        if opening:
            yield from map(_taken, _codes_of(opening))
            return
        if not is_short(part):
            return


def _opening_run(part: list[Piece]) -> list[Piece]:
    for at, piece in enumerate(part[:WITHIN_WORDS]):
        if piece.kind is Kind.DIGITS:
            return run_at(part, at)[0]
        if not (piece.may_interrupt or piece.word in _LEADS_IN):
            return []
    return []
