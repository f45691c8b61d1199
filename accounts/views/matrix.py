"""The permission matrix as people read it, made from the file itself."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import groupby

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.permission_file import Verb
from accounts.permissions import path, policy

AREAS = {
    "accounts": "People and audit",
    "ops": "Jobs and files",
    "crm": "Customers and interactions",
    "knowledge": "Knowledge",
    "quality": "Quality",
    "feedback": "Surveys and recognition",
    "training": "Training",
    "reports": "Reports",
}


@dataclass(frozen=True)
class Row:
    """One verb: its words, the reach of each role in the file's order, and what else it asks."""

    name: str
    title: str
    area: str
    reaches: tuple[str, ...]
    notes: str


def row_of(verb: Verb) -> Row:
    area, _, words = verb.name.partition(".")
    right = [name for name in verb.grants if name in policy().rights]
    notes = ["Also by a single right" if right else ""]
    notes += ["Never for oneself" if verb.not_self else ""]
    notes += ["Asks for a reason" if verb.needs_reason else ""]
    return Row(
        name=verb.name,
        title=words.replace("_", " ").capitalize(),
        area=AREAS.get(area, area),
        reaches=tuple(verb.grants.get(role, "") for role in policy().roles),
        notes=", ".join(note for note in notes if note),
    )


def permission_matrix(request: HttpRequest) -> HttpResponse:
    """Who can do this, and what can a role do? No query; the file is in memory."""
    words = request.GET.get("q", "")[:100].lower().split()
    rows = [row_of(verb) for verb in policy().verbs.values()]
    found = [
        row for row in rows if all(word in f"{row.name} {row.title}".lower() for word in words)
    ]
    found.sort(key=lambda row: list(AREAS.values()).index(row.area))
    context = {
        "roles": policy().roles,
        "areas": [(area, list(rows)) for area, rows in groupby(found, key=lambda row: row.area)],
        "count": len(found),
        "q": request.GET.get("q", ""),
        "fingerprint": hashlib.sha256(path().read_bytes()).hexdigest(),
    }
    return render(request, "accounts/permission_matrix.html", context)
