"""Apply the mechanical fixes that lint offers."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from quality.actions.documents import NUMBERS, chosen
from quality.actions.drafts import editing
from quality.actions.scorecards import lint_findings
from quality.models import ScorecardVersion
from quality.refusals import Invalid


class NothingToFix(Invalid):
    def __init__(self) -> None:
        super().__init__("code", "This finding is gone, or a person has to decide about it.")


def fix_finding(
    *, version: ScorecardVersion, code: str, place: str, seen: int, by: User, at: datetime
) -> ScorecardVersion:
    """Make the edits of one finding, named by its code and place."""
    with editing(version, seen) as draft, transaction.atomic():
        found = [f for f in lint_findings(draft) if (f.code, f.place) == (code, place) and f.edits]
        if not found:
            raise NothingToFix
        for edit in found[0].edits:
            _apply(draft, edit.path, edit.value)
        audit.record(
            verb="fix_finding", record=draft, by=by, at=at, after={"code": code, "place": place}
        )
    return draft


def _apply(draft: ScorecardVersion, path: tuple[str | int, ...], value: Any) -> None:
    """Write one value at its path: sections[0].criteria[1].weight and the like."""
    row: Any = draft
    *way, name = path
    for at in range(0, len(way), 2):
        children, index = way[at], int(way[at + 1])
        row = _children(row, str(children))[index]
    column = str(name)
    setattr(row, column, chosen({column: value}, (column,))[column] if column in NUMBERS else value)
    row.save()


def _children(row: Any, name: str) -> list[Any]:
    if name == "sections" and isinstance(row, ScorecardVersion):
        return list(row.sections.filter(parent=None))
    if name == "sections":
        return list(row.subsections.all())
    return list(getattr(row, name).all())
