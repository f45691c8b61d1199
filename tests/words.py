"""Pages read aloud: which visible words were said through the catalog, and which were not."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from html.parser import HTMLParser

from django.apps import apps
from django.db import models
from django.utils import translation
from django.utils.safestring import SafeData, mark_safe
from django.utils.translation import trans_real

from accounts.models import User
from tests.config.test_catalog import FOLDER, read_po

SAID = re.compile("⟦[^⟦⟧]*⟧")
TIME = re.compile("</?time[^>]*>")
WORD = re.compile(r"[^\W\d_]{2,}")
SPOKEN_ATTRIBUTES = {
    *("aria-label", "placeholder", "title", "alt", "data-confirm", "data-yes", "data-label"),
    "data-key-label",
}
# Names and measures that are the same in every language.
NAMES = frozenset(
    "attune ctrl esc enter pdf csv excel json utc svg mb kb csat nps ces ok http english español "
    "whatsapp instagram telegram".split()
)


def mark_what_is_said(monkeypatch) -> None:
    """From here on every text that comes out of the catalog stands between ⟦ and ⟧."""
    for name in ("gettext", "ngettext", "pgettext", "npgettext"):
        monkeypatch.setattr(translation._trans, name, marked(getattr(trans_real, name)))


def marked(translate):
    def said(*args):
        text = translate(*args)
        if not args[0]:
            return text
        between = f"⟦{text}⟧"
        return mark_safe(between) if isinstance(text, SafeData) else between

    return said


class Reader(HTMLParser):
    """Collects what a page shows or reads aloud."""

    SILENT = frozenset({"script", "style", "code", "kbd"})

    def __init__(self):
        super().__init__()
        self.texts, self.silent = [], 0

    def handle_starttag(self, tag, attrs):
        self.silent += tag in self.SILENT
        self.texts += [value for name, value in attrs if value and name in SPOKEN_ATTRIBUTES]

    def handle_endtag(self, tag):
        self.silent -= tag in self.SILENT

    def handle_data(self, data):
        if not self.silent:
            self.texts.append(data)


def texts_of(html: str) -> list[str]:
    reader = Reader()
    reader.feed(TIME.sub("", html))  # A moment within a sentence does not end it.
    return [text.strip() for text in reader.texts if text.strip()]


def unsaid(html: str, data: frozenset[str]) -> list[str]:
    """The texts of a marked page with a word that neither the catalog nor the records know."""
    found = []
    for text in texts_of(html):
        rest = text
        while (shorter := SAID.sub(" ", rest)) != rest:
            rest = shorter
        strange = [word for word in WORD.findall(rest) if word.lower() not in data]
        if strange:
            found.append(f"{' '.join(text.split())} ({', '.join(strange)})")
    return found


def in_spanish(client, reader, path):
    """The page as this person gets it, who reads Spanish."""
    User.objects.filter(pk=reader.pk).update(language="es")
    client.force_login(User.objects.get(pk=reader.pk))
    return client.get(path)


@cache
def english_sentences() -> frozenset[str]:
    """English sentences that Spanish says otherwise."""
    entries = read_po((FOLDER / "django.po").read_text())
    return frozenset(e["msgid"] for e in entries if e["msgid"] and e.get("msgstr") != e["msgid"])


def english_left(html: str) -> set[str]:
    """The English sentences of ours that stand on a Spanish page."""
    return set(texts_of(html)) & english_sentences() - set(stored_texts())


def words_of_the_records() -> frozenset[str]:
    """Every word that a row of the test's database holds."""
    return NAMES | {word.lower() for text in stored_texts() for word in WORD.findall(text)}


def stored_texts() -> Iterator[str]:
    kinds = (models.CharField, models.TextField, models.JSONField)
    for model in apps.get_models():
        if model._meta.app_label in ("auth", "contenttypes"):
            continue
        names = [
            f.name for f in model._meta.concrete_fields if isinstance(f, kinds) and not f.choices
        ]
        for row in model._default_manager.values_list(*names) if names else ():
            yield from map(str, row)
