"""A version in words: its sections in the order of reading, and how it counts."""

from __future__ import annotations

from accounts.models import User
from quality import access
from quality.content import Content, content_of
from quality.models import ScorecardVersion
from quality.models.base import as_text
from quality.points import without_points


def shown_to(reader: User, version: ScorecardVersion) -> Content:
    """In the reader's language; without points where the version hides them from evaluators."""
    content = content_of(version).in_language(reader.language)
    if version.weights_hidden and not access.may_manage_scorecards(reader):
        return Content(without_points(content.document))
    return content


def reading_order(content: Content) -> list[tuple[dict[str, object], bool]]:
    """Sections as (document, whether it is a top section), in the order of reading."""
    return [
        (section, section is top)
        for top in content.document["sections"]
        for section in (top, *top["sections"])
    ]


def switches_in_words(version: ScorecardVersion) -> list[tuple[str, str]]:
    """How this version counts and what happens with its results."""
    cap = "no cap" if version.cap_percent is None else f"{as_text(version.cap_percent)} %"
    mark = "none" if version.pass_percent is None else f"{as_text(version.pass_percent)} %"
    bands = ", ".join(f"{b['label']} from {b['from_percent']} %" for b in version.bands)
    release = version.get_release_mode_display()
    if version.release_mode == "delayed":
        release = f"{version.release_delay_hours} hours after submitting"
    return [
        ("Weights", version.get_weight_mode_display()),
        ("What does not apply", version.get_na_policy_display()),
        ("Pass mark", mark),
        ("Highest score", cap),
        ("Bands", bands or "none"),
        ("Decimals", str(version.decimals)),
        ("Release to the agent", release),
        ("Second approval", f"{as_text(version.approval_percent)} % of submissions"),
        ("Disputes", _disputes(version)),
    ]


def _disputes(version: ScorecardVersion) -> str:
    if not version.dispute_rounds or not version.dispute_window_hours:
        return "not possible"
    return f"within {version.dispute_window_hours} hours, up to {version.dispute_rounds} rounds"
