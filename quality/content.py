"""A version's content as plain data and ready for scoring; published content is kept in memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

from quality import scoring
from quality.languages import in_language
from quality.models import ScorecardVersion

NOT_CONTENT = ("format", "name", "kind", "channels", "direction", "number", "change_note")


@dataclass(frozen=True)
class Content:
    """`document` is the shape of quality/documents.py, without what names the version."""

    document: dict[str, Any]

    @cached_property
    def card(self) -> scoring.Card:
        """Compiled for scoring; raises scoring.InvalidRequest on an unfinished draft."""
        return scoring.compile_version(self.document)

    @cached_property
    def criteria(self) -> dict[str, dict[str, Any]]:
        """Criteria by key, in the order of reading, each with its `section` and `top` key."""
        return {
            criterion["key"]: {**criterion, "section": section["key"], "top": top["key"]}
            for top in self.document["sections"]
            for section in (top, *top["sections"])
            for criterion in section["criteria"]
        }

    @cached_property
    def sections(self) -> dict[str, dict[str, Any]]:
        """Sections and subsections by key, in the order of reading."""
        return {
            section["key"]: section
            for top in self.document["sections"]
            for section in (top, *top["sections"])
        }

    def criteria_below(self, section_key: str) -> Iterator[dict[str, Any]]:
        """Criteria of a section and of its subsections."""
        for criterion in self.criteria.values():
            if section_key in (criterion["section"], criterion["top"]):
                yield criterion

    def in_language(self, language: str) -> Content:
        """With the reader's wording, where every text has it; it scores the same."""
        if not language:
            return self
        known = self._readings
        if language not in known:
            told = in_language(self.document, language)
            known[language] = self if told == self.document else Content(told)
        return known[language]

    @cached_property
    def _readings(self) -> dict[str, Content]:
        return {}

    @property
    def weights_hidden(self) -> bool:
        return bool(self.document["weights_hidden"])


def content_of(version: ScorecardVersion) -> Content:
    """The content of a version: no query if it is published and was read before."""
    if version.is_draft:
        return Content(content_document(version))
    kept = _kept(version.content_sha256)
    if not kept:
        kept.append(Content(content_document(version)))
    return kept[0]


def content_document(version: ScorecardVersion) -> dict[str, Any]:
    document = version.as_document()
    return {name: value for name, value in document.items() if name not in NOT_CONTENT}


def sha256_of(document: dict[str, Any]) -> str:
    """The hash of a version's content; name, number and change note do not enter it."""
    content = {name: value for name, value in document.items() if name not in NOT_CONTENT}
    canonical = json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(canonical.encode()).hexdigest()


@lru_cache(maxsize=64)
def _kept(content_sha256: str) -> list[Content]:
    """The place in memory for one published content; equal content means equal scoring."""
    return []
