"""The verb that writes a draft's wording in another language."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from accounts import audit
from accounts.models import User
from quality.actions.drafts import editing
from quality.languages import WORDING
from quality.models import ScorecardVersion
from quality.refusals import Invalid
from quality.translating import LANGUAGE, items_of


class NotALanguage(Invalid):
    def __init__(self) -> None:
        super().__init__("language", "Write a language tag such as de, es or pt-BR.")


class IsTheOriginal(Invalid):
    def __init__(self) -> None:
        super().__init__("language", "The draft itself is written in this language.")


def translate_version(
    *,
    version: ScorecardVersion,
    language: str,
    words: Mapping[str, str],
    seen: int,
    by: User,
    at: datetime,
) -> ScorecardVersion:
    """Put `words`, by place and field, beside the original texts; an empty one takes it away.

    Raises NotALanguage, IsTheOriginal, Invalid for a text too long, and what `editing` raises.
    """
    if not LANGUAGE.fullmatch(language):
        raise NotALanguage
    if language == version.language:
        raise IsTheOriginal
    with editing(version, seen) as draft:
        for place, item, _depth in items_of(draft):
            given = {
                field: _clean(item, field, words[f"{place}.{field}"])
                for field in WORDING
                if f"{place}.{field}" in words
            }
            kept = {**(item.texts or {}).get(language, {}), **given}
            said = {field: text for field, text in kept.items() if text}
            texts = {**(item.texts or {}), language: said}
            item.texts = {tag: found for tag, found in texts.items() if found}
            item.save(update_fields=["texts", "updated_at"])
        audit.record(
            verb="translate_version", record=draft, by=by, at=at, after={"language": language}
        )
    return draft


def _clean(item: object, field: str, text: str) -> str:
    longest = item._meta.get_field(field).max_length or 4000  # type: ignore[attr-defined]
    words = text.replace("\x00", "").replace("\r\n", "\n").strip()
    if len(words) > longest:
        raise Invalid(field, f"A text here has at most {longest} characters: “{words[:40]}…”.")
    return words
