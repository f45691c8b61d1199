"""The language that our own words are in, and sentences of pure modules in that language."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import cache

from django.conf import settings
from django.utils import translation

from lib.sentences import Sentence

SOURCE = "en"  # What templates and modules are written in.


def spoken_language(tag: str) -> str:
    """The language of our words beside texts in `tag`: `es-MX` gives es, an unknown one English."""
    language = tag.replace("_", "-").split("-")[0].lower()
    return language if language in dict(settings.LANGUAGES) else SOURCE


def in_language(own: str) -> translation.override:
    """What is written inside speaks a person's own language; without one, the site's."""
    return translation.override(spoken_language(own or settings.LANGUAGE_CODE))


def spoken(sentence: str) -> str:
    """A sentence in the language in force; plain text is looked up as it is."""
    if not sentence:
        return ""
    if not isinstance(sentence, Sentence):
        return translation.gettext(sentence)
    said = translation.gettext(sentence.pattern)
    return said.format(**sentence.values) if sentence.values else said


def said_again(text: str, patterns: Iterable[str]) -> str:
    """A stored English text in the language in force; as it stands if none of `patterns` made it.

    For what modules wrote into rows long ago with one of these patterns and some values.
    """
    for pattern in patterns:
        if found := _reader_of(pattern).fullmatch(text):
            return translation.gettext(pattern).format(**found.groupdict())
    return text


@cache
def _reader_of(pattern: str) -> re.Pattern[str]:
    """What reads the values out of a text that `pattern` made."""
    parts = re.split(r"\{(\w+)\}", pattern)
    read = (f"(?P<{part}>.+)" if at % 2 else re.escape(part) for at, part in enumerate(parts))
    return re.compile("".join(read), re.DOTALL)


def words_in(language: str, words: Mapping[str, Sentence]) -> dict[str, str]:
    """A page's few words by name, in the language that stands beside `language`."""
    with translation.override(spoken_language(language)):
        return {name: spoken(sentence) for name, sentence in words.items()}
