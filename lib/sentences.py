"""Sentences of pure modules, which know no Django and so cannot translate by themselves.

A module either says a sentence that remembers what it was made of, for a page to say again in the
reader's language (`said`, and `spoken` in `lib/speaking.py`); or, where it draws what is read at
once, it says it in the language in force (`say_now`). `lib/apps.py` tells how that is done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

_translate: Callable[[str], str] = str


class Sentence(str):
    """English text as any other, with its pattern and the values that were put into it."""

    pattern: str
    values: Mapping[str, object]

    def __str__(self) -> str:
        """Itself, so that the text of an exception that was raised with it keeps the pattern."""
        return self


def said(pattern: str, **values: object) -> Sentence:
    """`pattern` with `values` in its braces; `make messages` collects every pattern."""
    sentence = Sentence(pattern.format(**values) if values else pattern)
    sentence.pattern, sentence.values = pattern, values
    return sentence


def say_now(pattern: str, **values: object) -> str:
    """The same in the language in force; English until `speak_through` was called."""
    found = _translate(pattern)
    return found.format(**values) if values else found


def one_of(words: Sequence[str]) -> str:
    """“a or b or c” in the language in force."""
    told = words[0] if words else ""
    for word in words[1:]:
        told = say_now("{some} or {other}", some=told, other=word)
    return told


def speak_through(translate: Callable[[str], str]) -> None:
    """Let `say_now` find translations; called once at the start."""
    global _translate
    _translate = translate
