"""What a merge would do, without doing it; and what one did."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count

from crm import consent, duplicate_finding
from crm.actions.consents import events_of
from crm.merging import journal
from crm.merging.fields import differences
from crm.merging.rules import all_rules
from crm.models import ConsentPurpose, ContactPoint, Customer, MergeRecord
from crm.models.interactions import Channel


def of(winner: Customer, loser: Customer, at: datetime) -> dict[str, Any]:
    """Differing fields, rows that move by kind, contact points that fold, refusals that stay."""
    result = duplicate_finding.score_of(winner, loser)
    return {
        "differences": differences(winner, loser),
        "moving": list(_moving(winner, loser)),
        "folding": _folding(winner, loser),
        "refusals": list(_refusals(winner, loser, at)),
        "reasons": result.reasons,
        "points": result.points,
    }


def _moving(winner: Customer, loser: Customer) -> Any:
    counts: dict[str, int] = {}
    for rule in all_rules():
        if rule.moves and rule.title:
            count = journal.moving(rule, winner.pk, loser.pk).count()
            counts[rule.title] = counts.get(rule.title, 0) + count
    yield from ((title, count) for title, count in counts.items() if count)


def _folding(winner: Customer, loser: Customer) -> list[ContactPoint]:
    rule = next(rule for rule in all_rules() if rule.model == "crm.ContactPoint")
    return list(ContactPoint.objects.filter(pk__in=journal.folding(rule, winner.pk, loser.pk)))


def _refusals(winner: Customer, loser: Customer, at: datetime) -> Any:
    """Purpose and channels that stay refused, or become so for the winner."""
    for purpose in ConsentPurpose.objects.all():
        ours, theirs = events_of(winner.pk, purpose), events_of(loser.pk, purpose)
        kept = [
            str(Channel(event.channel).label)
            for event in consent.kept_refusals(ours, theirs, Channel.values, at)
        ]
        if kept:
            yield purpose.label, kept


def moves_of(record: MergeRecord) -> list[tuple[str, int]]:
    """How many rows of each table a merge changed."""
    found = record.moves.values("model").annotate(count=Count("row_id", distinct=True))
    return [
        (str(apps.get_model(row["model"])._meta.verbose_name_plural), row["count"])
        for row in found.order_by("model")
    ]
