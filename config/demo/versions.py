"""Scorecards go on: a second edition in force, and a draft that waits to be tried out."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from config.demo.people import DemoPeople
from quality.actions.scorecards import draft_from, publish_version
from quality.models import Scorecard

Changes = Mapping[str, Mapping[str, Any]]

# By key of a criterion; no points move, so results before and after stay comparable.
CLEARER_CHAT: Changes = {
    "pace": {
        "text": "Says so before a silence of more than two minutes",
        "help": "A line such as 'I am looking it up' is enough; the system's own notes are not.",
    },
    "verify": {"help": "Order number and postal code, or a signed-in customer."},
}
# More for what solves the matter, nothing any more for what nobody asked for.
HEAVIER_SOLUTION: Changes = {"solution": {"weight": "30"}, "wow": {"weight": "0"}}


def make_next_versions(
    people: DemoPeople, scorecards: Mapping[str, Scorecard], now: datetime
) -> None:
    by = people.admin
    at = now - timedelta(hours=3)
    second = draft_from(
        scorecard=scorecards["Chat and messaging"],
        document=_changed(scorecards["Chat and messaging"], CLEARER_CHAT),
        by=by,
        at=at,
    )
    publish_version(
        version=second,
        change_note="What counts as a silence, and what verifies a customer, in clear words.",
        impact_skip_reason="Words only; no points moved.",
        by=by,
        at=at,
    )
    voice = scorecards["Voice service"]
    draft_from(scorecard=voice, document=_changed(voice, HEAVIER_SOLUTION), by=by, at=now)


def _changed(scorecard: Scorecard, changes: Changes) -> dict[str, Any]:
    """The document of the version in force with these values in its criteria."""
    document = scorecard.versions.get(state="published").as_document()
    for section in document["sections"]:
        for criterion in section["criteria"]:
            criterion.update(changes.get(criterion["key"], {}))
    return document
