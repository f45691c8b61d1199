"""The Spanish catalog is whole: compiled, translated, and holding every marked string."""

from __future__ import annotations

import ast
import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.translation.template import templatize

ROOT = Path(settings.BASE_DIR)
FOLDER = ROOT / "locale" / "es" / "LC_MESSAGES"
APPS = ("accounts", "config", "crm", "feedback", "lib", "ops", "quality", "reports", "training")
CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "said", "say_now"}
PLURAL_CALLS = {"ngettext", "ngettext_lazy"}
CONTEXT_CALLS = {"pgettext", "pgettext_lazy"}
NAMED = re.compile(r"%\((\w+)\)[sd]|(?<!\{)\{(\w*)[^{}]*\}")
FIELD = re.compile(r'^(msgctxt|msgid_plural|msgid|msgstr(?:\[\d\])?) (".*")$|^(".*")$')


def read_po(text: str) -> list[dict[str, str]]:
    """The entries of a .po file as their fields; the header is the one without a msgid."""
    entries: list[dict[str, str]] = []
    for block in text.split("\n\n"):
        entry: dict[str, str] = {"flags": ""}
        field = ""
        for line in block.splitlines():
            if line.startswith("#,"):
                entry["flags"] += line
            elif found := FIELD.match(line):
                field = found[1] or field
                entry[field] = entry.get(field, "") + ast.literal_eval(found[2] or found[3])
        if "msgid" in entry:
            entries.append(entry)
    return entries


@pytest.fixture(scope="module")
def entries():
    return [e for e in read_po((FOLDER / "django.po").read_text()) if e["msgid"]]


def strings_of(entry):
    return [text for name, text in entry.items() if name.startswith("msgstr")]


def key_of(entry):
    context = entry.get("msgctxt")
    return f"{context}\x04{entry['msgid']}" if context else entry["msgid"]


def test_nothing_is_untranslated_or_fuzzy(entries):
    assert len(entries) > 100
    assert [key_of(e) for e in entries if not all(strings_of(e))] == []
    assert [key_of(e) for e in entries if "fuzzy" in e["flags"]] == []


def test_compiled_catalog_says_what_the_source_says(entries):
    with (FOLDER / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)._catalog
    source = {}
    for entry in entries:
        if "msgid_plural" in entry:
            for number in (0, 1):
                source[(key_of(entry), number)] = entry[f"msgstr[{number}]"]
        else:
            source[key_of(entry)] = entry["msgstr"]

    assert {key: text for key, text in compiled.items() if key} == source


def test_translations_name_the_same_values_and_keep_their_edges(entries):
    for entry in entries:
        wanted = {a or b for a, b in NAMED.findall(entry.get("msgid_plural", entry["msgid"]))}
        for text in strings_of(entry)[-1:]:
            assert {a or b for a, b in NAMED.findall(text)} == wanted, entry["msgid"]
            assert text.endswith("\n") == entry["msgid"].endswith("\n"), entry["msgid"]


def test_every_marked_string_has_its_spanish(entries):
    known = {entry["msgid"] for entry in entries}
    marked = {text for path in sources() for text in marked_in(path)}

    assert len(marked) > 100
    assert sorted(marked - known) == []
    assert sorted(known - marked) == []


def sources() -> list[Path]:
    modules = [path for app in APPS for path in (ROOT / app).rglob("*.py")]
    return [*modules, *(ROOT / "templates").rglob("*.html"), *(ROOT / "templates").rglob("*.txt")]


def marked_in(path: Path) -> set[str]:
    text = path.read_text()
    if path.suffix != ".py":
        if "trans" not in text and "_(" not in text:
            return set()
        # Django writes the strings of a template as calls between blanks and letters.
        return {found for call in CALL.finditer(templatize(text)) for found in spelled(call[1])}
    if not any(f"{name}(" in text for name in CALLS | PLURAL_CALLS | CONTEXT_CALLS):
        return set()
    return {found for node in ast.walk(ast.parse(text)) for found in said_by(node)}


CALL = re.compile(
    r"(\b(?:_|n?gettext|n?pgettext)\((?:[^()\"']|\"(?:\\.|[^\"\\])*\"|'(?:\\.|[^'\\])*')*\))"
)


def spelled(call: str) -> set[str]:
    return {found for node in ast.walk(ast.parse(call)) for found in said_by(node)}


def said_by(node: ast.AST) -> list[str]:
    """The msgid of a call that says a literal."""
    if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name | ast.Attribute):
        return []
    name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
    at = 1 if name in CONTEXT_CALLS | {"npgettext"} else 0
    if name not in CALLS | PLURAL_CALLS | CONTEXT_CALLS | {"npgettext"} or len(node.args) <= at:
        return []
    first = node.args[at]
    return [first.value] if isinstance(first, ast.Constant) and isinstance(first.value, str) else []
