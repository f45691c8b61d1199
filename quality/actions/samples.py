"""Take the ready-made scorecards that come with Attune into this center."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from accounts.models import User
from quality.actions.scorecards import create_scorecard
from quality.models import Scorecard

FOLDER = Path(__file__).resolve().parent.parent / "samples"


def sample_documents() -> list[dict[str, Any]]:
    """The samples as documents, in the order of their names."""
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in FOLDER.glob("*.json")]
    return sorted(documents, key=lambda document: str(document["name"]))


def load_sample_scorecards(*, by: User | None, at: datetime) -> list[Scorecard]:
    """Make a draft of every sample whose name is still free; returns what was made."""
    made = []
    for document in sample_documents():
        if Scorecard.objects.filter(name__iexact=document["name"], archived_at=None).exists():
            continue
        made.append(
            create_scorecard(
                name=document["name"],
                kind=document["kind"],
                channels=document["channels"],
                direction=document.get("direction", "any"),
                document=document,
                by=by,
                at=at,
            )
        )
    return made
