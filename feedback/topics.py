"""Topics of comments by phrases, and how well they agree with people."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

_OTHER = re.compile(r"[^\w]+|_")


def matches(phrases: Iterable[str], text: str) -> bool:
    """Whether one phrase is in the text as whole words and no `-phrase` is.

    `word*` fits every word that begins so.
    """
    words = f" {plain(text)} "
    wanted = [phrase.strip() for phrase in phrases]
    vetoes = [phrase[1:] for phrase in wanted if phrase.startswith("-")]
    asked = [phrase for phrase in wanted if phrase and not phrase.startswith("-")]
    return any(_is_in(phrase, words) for phrase in asked) and not any(
        _is_in(phrase, words) for phrase in vetoes
    )


def plain(text: str) -> str:
    """Lower-case words without marks, one blank between them."""
    spread = unicodedata.normalize("NFKD", text)
    bare = "".join(letter for letter in spread if not unicodedata.combining(letter))
    return " ".join(_OTHER.sub(" ", bare.casefold()).split())


def _is_in(phrase: str, words: str) -> bool:
    needle = plain(phrase.rstrip("*"))
    if not needle:
        return False
    return f" {needle}" in words if phrase.endswith("*") else f" {needle} " in words


@dataclass(frozen=True)
class Agreement:
    """How the rules agree with people on labeled comments."""

    precision: float | None
    recall: float | None
    f1: float | None
    n: int


def f1(tp: int, fp: int, fn: int) -> Agreement:
    """Precision, recall and F1 from true positives, false positives and false negatives."""

    def part(count: int, of: int) -> float | None:
        return count / of if of else None

    return Agreement(
        part(tp, tp + fp), part(tp, tp + fn), part(2 * tp, 2 * tp + fp + fn), tp + fp + fn
    )
