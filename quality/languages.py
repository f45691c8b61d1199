"""A version's wording in the language of its reader; scoring never looks at words."""

from collections.abc import Iterator, Mapping
from typing import Any

WORDING = ("title", "instructions", "text", "help", "label")
Document = Mapping[str, Any]


def in_language(document: Document, language: str) -> dict[str, Any]:
    """The document in `language` if every text has it, else as it is.

    "de" serves a reader of "de-AT" too, where there is nothing closer.
    """
    found = best_of(languages_of(document), language)
    return _translated(document, found) if found else dict(document)


def languages_of(document: Document) -> set[str]:
    """The languages beside the version's own that leave no text out."""
    items = list(_items(document))
    named = {language for item in items for language in item.get("texts") or {}}
    return {language for language in named if all(_has(item, language) for item in items)}


def best_of(languages: set[str], wanted: str) -> str:
    """The wanted language, or its main one; empty if there is neither."""
    main = wanted.split("-")[0]
    return next((one for one in (wanted, main) if one in languages), "")


def _items(document: Document) -> Iterator[Document]:
    for section in document.get("sections", ()):
        yield section
        yield from _items(section)
        for criterion in section.get("criteria", ()):
            yield criterion
            yield from criterion.get("options", ())


def _has(item: Document, language: str) -> bool:
    words = (item.get("texts") or {}).get(language) or {}
    return all(words.get(name) for name in WORDING if item.get(name))


def _translated(item: Document, language: str) -> dict[str, Any]:
    """The item and all below it with their words in place of the original ones."""
    words = (item.get("texts") or {}).get(language) or {}
    changed = {name: words[name] for name in WORDING if item.get(name) and words.get(name)}
    below = {
        name: [_translated(one, language) for one in item[name]]
        for name in ("sections", "criteria", "options")
        if name in item
    }
    return {**item, **changed, **below}
