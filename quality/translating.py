"""The texts of a draft beside their translation: what the translation page shows and takes."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from quality.languages import WORDING
from quality.models import Criterion, Option, ScorecardVersion, Section

LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
LABELS = {
    "title": "Title",
    "instructions": "Instructions",
    "text": "Question",
    "help": "Help",
    "label": "Answer",
}
Translated = Section | Criterion | Option


@dataclass(frozen=True)
class Line:
    """One text: `name` is its field in the form, `depth` how far it stands to the right."""

    name: str
    label: str
    original: str
    translated: str
    longest: int
    depth: int

    @property
    def is_long(self) -> bool:
        return self.longest > 500


def items_of(version: ScorecardVersion) -> Iterator[tuple[str, Translated, int]]:
    """Every item that has words, with its place in the form and its depth; three queries."""
    sections = list(version.sections.prefetch_related("criteria__options"))
    for top in sections:
        if top.parent_id is None:
            below = [row for row in sections if row.parent_id == top.pk]
            for section in (top, *below):
                yield f"section.{section.key}", section, 0
                for criterion in section.criteria.all():
                    yield f"criterion.{criterion.key}", criterion, 1
                    for option in criterion.options.all():
                        yield f"option.{criterion.key}.{option.key}", option, 2


def lines_of(
    version: ScorecardVersion, language: str, given: Mapping[str, str] | None = None
) -> list[Line]:
    """Every text in the order of reading; `given` is what was typed before a refusal."""
    lines = []
    for place, item, depth in items_of(version):
        words = (item.texts or {}).get(language, {})
        for field in WORDING:
            original = getattr(item, field, "")
            if original:
                name = f"{place}.{field}"
                translated = (given or {}).get(name, words.get(field, ""))
                longest = item._meta.get_field(field).max_length or 4000  # type: ignore[union-attr]
                lines.append(Line(name, LABELS[field], original, translated, longest, depth))
    return lines


def progress_of(version: ScorecardVersion) -> dict[str, tuple[int, int]]:
    """(done, all) texts by language that was begun."""
    lines = lines_of(version, "")
    names = {language for _place, item, _d in items_of(version) for language in item.texts or {}}
    return {
        language: (sum(bool(line.translated) for line in lines_of(version, language)), len(lines))
        for language in sorted(names)
    }
