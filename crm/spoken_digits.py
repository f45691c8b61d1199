"""Finds digits in text, written or said in English, with the words that stand around them."""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

LONGEST_PHONE = 15
MOST_FILLERS = 3
SHORT_TURN_WORDS = 4

_UNITS = {
    "zero": "0",
    "oh": "0",
    "o": "0",
    "nought": "0",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
}
_TEENS = {
    "ten": "10",
    "eleven": "11",
    "twelve": "12",
    "thirteen": "13",
    "fourteen": "14",
    "fifteen": "15",
    "sixteen": "16",
    "seventeen": "17",
    "eighteen": "18",
    "nineteen": "19",
}
_TENS = {
    "twenty": "2",
    "thirty": "3",
    "forty": "4",
    "fifty": "5",
    "sixty": "6",
    "seventy": "7",
    "eighty": "8",
    "ninety": "9",
}
_TIMES = {"double": 2, "triple": 3}
_FILLERS = frozenset(
    {"uh", "um", "er", "erm", "and", "then", "dash", "hyphen", "space", "point"}
    | {"okay", "ok", "yeah", "so"}
)
# What a redaction left, sounds in brackets, digits, words, and any other sign.
_TOKEN = re.compile(
    r"(?P<done>\[(?:card|code)\b[^\]\[]{0,20}\])"
    r"|(?P<sound>\[[a-z ]{1,20}\]|<[a-z]{1,10}>)"
    r"|(?P<digits>\d+)"
    r"|(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)*)"
    r"|(?P<sign>\S)"
)

_ANY_DIGIT = re.compile(r"\d|\b(?:" + "|".join([*_UNITS, *_TEENS, *_TENS]) + r")\b", re.IGNORECASE)

Token = re.Match[str]


class Kind(Enum):
    """What a piece of a text is for the search of digits."""

    DIGITS = auto()
    FILLER = auto()
    SIGN = auto()
    WORD = auto()


@dataclass(slots=True)
class Piece:
    """A piece of a text from `start` to `end`: `digits` of a number, `word` in small letters."""

    kind: Kind
    start: int
    end: int
    word: str = ""
    digits: str = ""
    is_written: bool = False
    turn: int = 0

    @property
    def may_interrupt(self) -> bool:
        """A run of digits may go on behind this."""
        return self.kind in (Kind.FILLER, Kind.SIGN)


def pieces(text: str, turn: int = 0) -> list[Piece]:
    """The pieces of `text` in order; a number of several words is one piece."""
    found: list[Piece] = []
    tokens = [match for match in _TOKEN.finditer(text) if _is_heard(match)]
    at = 0
    while at < len(tokens):
        piece, used = _piece(text, tokens, at)
        piece.turn = turn
        at += used
        if piece.word == "hundred" and found and found[-1].kind is Kind.DIGITS:
            found[-1].digits += "00"
            found[-1].end = piece.end
        else:
            found.append(piece)
    return found


def _is_heard(token: Token) -> bool:
    """Leave out sounds in brackets and characters that nobody sees."""
    if token.lastgroup == "sign":
        return unicodedata.category(token[0]) != "Cf"
    return token.lastgroup != "sound"


def _piece(text: str, tokens: list[Token], at: int) -> tuple[Piece, int]:
    """The piece that begins with the token at `at`, and how many tokens it takes."""
    token = tokens[at]
    if token.lastgroup == "digits":
        return _written(text, token), 1
    if token.lastgroup == "word":
        return _spoken(tokens, at)
    if token.lastgroup == "done":
        return Piece(Kind.WORD, token.start(), token.end(), word=token[0][:5], is_written=True), 1
    return Piece(Kind.SIGN, token.start(), token.end()), 1


def _written(text: str, token: Token) -> Piece:
    """A group of digits; right behind a plus it is a phone number and so only a word."""
    start, end = token.span()
    is_phone = text[start - 1 : start] == "+" and end - start <= LONGEST_PHONE
    kind = Kind.WORD if is_phone else Kind.DIGITS
    digits = "".join(str(unicodedata.decimal(digit)) for digit in token[0])
    return Piece(kind, start, end, digits=digits, is_written=True)


def _spoken(tokens: list[Token], at: int) -> tuple[Piece, int]:
    word = tokens[at][0].lower()
    digits, used = _UNITS.get(word) or _TEENS.get(word) or "", 1
    if word in _TENS:
        digits, used = _tens(tokens, at)
    elif word in _TIMES and at + 1 < len(tokens):
        digits = _one_digit(tokens[at + 1]) * _TIMES[word]
        used = 2 if digits else 1
    start, end = tokens[at].start(), tokens[at + used - 1].end()
    if digits:
        return Piece(Kind.DIGITS, start, end, word=word, digits=digits), used
    kind = Kind.FILLER if word in _FILLERS else Kind.WORD
    return Piece(kind, start, end, word=word), 1


def _tens(tokens: list[Token], at: int) -> tuple[str, int]:
    """Forty is 40; forty one and forty-one are 41."""
    tens = _TENS[tokens[at][0].lower()]
    behind = at + 2 if at + 2 < len(tokens) and tokens[at + 1][0] in "-‐‑" else at + 1
    if behind < len(tokens):
        unit = _UNITS.get(tokens[behind][0].lower(), "0")
        if unit != "0":
            return tens + unit, behind - at + 1
    return tens + "0", 1


def _one_digit(token: Token) -> str:
    if token.lastgroup == "digits" and len(token[0]) == 1:
        return str(unicodedata.decimal(token[0]))
    return _UNITS.get(token[0].lower(), "")


def holds_digits(text: str) -> bool:
    """Some digit is written or said; the quick question before the work."""
    return _ANY_DIGIT.search(text) is not None


def says_digits(part: list[Piece]) -> bool:
    """Digits are written, or were, or more than one is said: "one moment" is no number."""
    spoken = sum(piece.kind is Kind.DIGITS for piece in part)
    return spoken > 1 or any(piece.is_written for piece in part)


def is_short(part: list[Piece]) -> bool:
    """A turn such as "mhm" or "one moment", behind which a number may go on."""
    words = sum(piece.kind is not Kind.SIGN for piece in part)
    return words <= SHORT_TURN_WORDS and not says_digits(part)


def runs(chain: Iterable[Piece | None]) -> Iterator[list[Piece]]:
    """Stretches of digits with at most three fillers or signs between two of them.

    Any other word ends a stretch, and so does None.
    """
    run: list[Piece] = []
    between = 0
    for piece in chain:
        if piece is not None and piece.kind is Kind.DIGITS:
            run.append(piece)
            between = 0
            continue
        between += 1
        if run and (piece is None or not piece.may_interrupt or between > MOST_FILLERS):
            yield run
            run = []
    if run:
        yield run


def run_at(part: list[Piece], at: int) -> tuple[list[Piece], int]:
    """The stretch of digits that begins at `at`, and the place right behind it."""
    run, behind, between = [part[at]], at + 1, 0
    while at + 1 < len(part) and between <= MOST_FILLERS:
        at += 1
        if part[at].kind is Kind.DIGITS:
            run.append(part[at])
            behind, between = at + 1, 0
        elif part[at].may_interrupt:
            between += 1
        else:
            break
    return run, behind
