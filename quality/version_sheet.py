"""A scorecard version as a document, and what changed between two versions."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.template.loader import render_to_string

from accounts.models import User
from lib import pdf
from quality import access
from quality.content import content_of
from quality.diffing import Change, diff
from quality.models import ScorecardVersion
from quality.points import without_points
from quality.sheets import moment
from quality.wording import reading_order, shown_to, switches_in_words

KINDS = {
    "added": "Added",
    "removed": "Removed",
    "moved": "Moved",
    "reworded": "Reworded",
    "weight": "Weight",
    "points": "Points",
    "rule": "Rule",
    "switch": "Switch",
}


def version_before(version: ScorecardVersion) -> ScorecardVersion | None:
    """The one that was in force before it."""
    earlier = version.scorecard.versions.filter(
        number__lt=version.number, published_at__isnull=False
    )
    return earlier.order_by("-number").first()


def changes_between(
    before: ScorecardVersion, after: ScorecardVersion, *, reader: User
) -> list[Change]:
    """What changed, without points if either version hides them from the reader."""
    old, new = content_of(before).document, content_of(after).document
    is_hidden = before.weights_hidden or after.weights_hidden
    if is_hidden and not access.may_manage_scorecards(reader):
        old, new = without_points(old), without_points(new)
    return diff(old, new)


def grouped(changes: list[Change]) -> list[tuple[str, list[Change]]]:
    """By what kind of change it is, in the order of KINDS."""
    return [
        (label, found)
        for kind, label in KINDS.items()
        if (found := [change for change in changes if change.kind == kind])
    ]


def version_sheet_html(version: ScorecardVersion, reader: User, at: datetime) -> str:
    """The whole version with its switches, and what changed since the one before it."""
    before = version_before(version)
    run = version.impact_runs.filter(
        content_sha256=version.content_sha256, result__isnull=False
    ).first()
    context = _frame(version, at) | {
        "title": f"{version.scorecard.name}, version {version.number}",
        "subject": version.get_state_display(),
        "lead": version.change_note,
        "facts": [
            ("Published", moment(version.published_at)),
            ("Hash of the content", version.content_sha256 or "still a draft"),
            *switches_in_words(version),
        ],
        "sections": reading_order(shown_to(reader, version)),
        "before": before,
        "groups": grouped(changes_between(before, version, reader=reader)) if before else [],
        "impact": run.result if run else None,
    }
    return render_to_string("pdf/version_sheet.html", context)


def changes_html(
    before: ScorecardVersion, after: ScorecardVersion, reader: User, at: datetime
) -> str:
    context = _frame(after, at) | {
        "title": f"{after.scorecard.name}: what changed",
        "subject": f"Version {before.number} to {after.number}",
        "lead": after.change_note,
        "groups": grouped(changes_between(before, after, reader=reader)),
    }
    return render_to_string("pdf/version_changes.html", context)


def version_sheet_pdf(version: ScorecardVersion, *, reader: User, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(version_sheet_html(version, reader, at), generated_at=at)


def changes_pdf(
    before: ScorecardVersion, after: ScorecardVersion, *, reader: User, at: datetime
) -> bytes:
    return pdf.render(changes_html(before, after, reader, at), generated_at=at)


def _frame(version: ScorecardVersion, at: datetime) -> dict[str, Any]:
    return {
        "as_of": version.updated_at,
        "generated_at": at,
        "LANGUAGE_CODE": version.language,
        "version": version,
    }
