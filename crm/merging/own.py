"""The merge rules of the customer record itself."""

from __future__ import annotations

from django.db.models import Q

from crm.merging.rules import MergeRule
from lib.sentences import said


def between(winner_id: int, loser_id: int) -> Q:
    """Relations of the two with one another: nobody is related to oneself."""
    both = (winner_id, loser_id)
    return Q(left__in=both, right__in=both)


RULES = (
    MergeRule("crm.Customer", "merged_into", moves=False),
    MergeRule("crm.PrivacyRequest", moves=False),
    MergeRule("crm.MergeRecord", "winner", moves=False),
    MergeRule("crm.MergeRecord", "loser", moves=False),
    # Pairs are found anew for the winner.
    MergeRule("crm.DuplicateCandidate", "lower", moves=False),
    MergeRule("crm.DuplicateCandidate", "higher", moves=False),
    MergeRule(
        "crm.ContactPoint",
        title=said("contact points"),
        alike=("kind", "network", "value", "extension"),
        clears="is_primary",
        within=("kind",),
    ),
    MergeRule("crm.Case", title=said("cases")),
    MergeRule("crm.Interaction", title=said("interactions")),
    MergeRule("crm.Note", title=said("notes")),
    MergeRule("crm.Promise", title=said("promises")),
    MergeRule("crm.Task", title=said("tasks")),
    MergeRule("crm.TimelineEntry", title=said("entries of the timeline")),
    MergeRule("crm.Customer_tags", title=said("tags"), alike=("tag",)),
    MergeRule("crm.OrganizationRole", title=said("roles in organizations")),
    MergeRule(
        "crm.CustomerRelation",
        "left",
        title=said("relations"),
        alike=("right", "type"),
        stays=between,
    ),
    MergeRule(
        "crm.CustomerRelation",
        "right",
        title=said("relations"),
        alike=("left", "type"),
        stays=between,
    ),
    MergeRule("crm.ConsentEvent", title=said("consent decisions")),
)
