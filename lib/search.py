"""Search over everything: each area registers what it can find, and the palette shows it."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

LIMIT = 10


@dataclass(frozen=True, slots=True)
class Hit:
    """One thing found; `more` is what tells it from others of its name."""

    title: str
    url: str
    icon: str
    more: str = ""


@dataclass(frozen=True, slots=True)
class Group:
    title: str
    hits: list[Hit] = field(default_factory=list)


Source = Callable[[Any, str], Iterable[Group]]
_sources: list[Source] = []


def add_source(source: Source) -> None:
    """Let `source(user, words)` name what it finds; the same source twice is asked once."""
    if source not in _sources:
        _sources.append(source)


def search(user: Any, words: str) -> list[Group]:
    """The groups that found something, in the order of registration."""
    words = tidy(words)
    if not words:
        return []
    return [group for source in _sources for group in source(user, words) if group.hits]


def tidy(words: str) -> str:
    """The words with single spaces and without NUL."""
    return " ".join(words.replace("\x00", "").split())


def fits(words: str, text: str) -> bool:
    """Whether each of the words begins a word of the text, whatever case, accents and order."""
    starts = bare(text).split()
    return all(any(start.startswith(word) for start in starts) for word in bare(words).split())


def bare(text: str) -> str:
    """Small letters without their accents."""
    letters = unicodedata.normalize("NFD", text.casefold())
    return "".join(letter for letter in letters if not unicodedata.combining(letter))
