"""Agreed answers as a form sends them: gold-KEY and note-KEY for each criterion."""

from __future__ import annotations

from typing import Any

from django.http import QueryDict

from quality.content import content_of
from quality.models import ScorecardVersion


def given_gold(
    sent: QueryDict, version: ScorecardVersion
) -> tuple[dict[str, dict[str, Any]], dict[str, str]]:
    """The answers in the shape that scoring reads, and their notes, by criterion key."""
    answers: dict[str, dict[str, Any]] = {}
    notes: dict[str, str] = {}
    for key, criterion in content_of(version).criteria.items():
        value = sent.get(f"gold-{key}", "").strip()
        notes[key] = sent.get(f"note-{key}", "")
        if value == "n/a":
            answers[key] = {"na": True}
        elif value and criterion["kind"] == "single":
            answers[key] = {"option": value}
        elif criterion["kind"] == "multi" and (several := sent.getlist(f"gold-{key}")):
            answers[key] = {"options": several}
        elif value and criterion["kind"] in ("number", "date", "text"):
            answers[key] = {criterion["kind"]: value}
    return answers, notes
