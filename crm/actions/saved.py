"""Saved views of lists, and segments of customers: kept, made the default, counted, let go."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit, permissions
from accounts.models import Team, User
from crm import segments
from crm.models import Customer, SavedView, Segment
from crm.models.saved import ViewScope
from lib.refusals import Forbidden, Invalid
from lib.sentences import said

LONGEST_QUERY = 2000


class NotYourView(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Only its owner may change a saved view."))


class NameTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("name", said("There already is a segment of this name."))


def save_view(
    *,
    page: str,
    name: str,
    query: str,
    scope: str = ViewScope.PERSONAL,
    team: Team | None = None,
    role: str = "",
    is_default: bool = False,
    by: User,
    at: datetime,
) -> SavedView:
    """Keep a list under a name; one's own view of that name is replaced."""
    name = " ".join(name.split())[:60]
    if not name:
        raise Invalid("name", _("Give the view a name."))
    if scope == ViewScope.TEAM and team is None:
        raise Invalid("team", _("Choose a team."))
    if scope == ViewScope.ROLE and role not in permissions.policy().roles:
        raise Invalid("scope", _("Choose a role."))
    if len(query) > LONGEST_QUERY:
        raise Invalid("name", _("This view has too many filters to be kept."))
    with transaction.atomic():
        if is_default:
            SavedView.objects.filter(owner=by, page=page, is_default=True).update(is_default=False)
        view, _is_new = SavedView.objects.update_or_create(
            owner=by,
            page=page,
            name=name,
            defaults={
                "query": query,
                "scope": scope,
                "team": team if scope == ViewScope.TEAM else None,
                "role": role if scope == ViewScope.ROLE else "",
                "is_default": is_default,
            },
        )
        audit.record(
            verb="save_view", record=view, by=by, at=at, after={"name": name, "query": query}
        )
    return view


def delete_view(*, view: SavedView, by: User, at: datetime) -> None:
    """Let one's own view go; raises NotYourView."""
    if view.owner_id != by.pk:
        raise NotYourView
    with transaction.atomic():
        audit.record(verb="delete_view", record=view, by=by, at=at, before={"name": view.name})
        view.delete()


def save_segment(
    *,
    segment: Segment | None = None,
    name: str,
    conditions: Mapping[str, Any],
    by: User,
    at: datetime,
) -> Segment:
    """Keep conditions under a name and count whom they fit; raises Invalid."""
    name = " ".join(name.split())[:80]
    if not name:
        raise Invalid("name", said("Give the segment a name."))
    segments.condition(conditions)
    row = segment or Segment(owner=by)
    row.name, row.conditions = name, dict(conditions)
    row.version += 1 if segment else 0
    try:
        with transaction.atomic():
            row.save()
            count_segment(segment=row, at=at)
            after = {"name": name, "conditions": dict(conditions)}
            audit.record(verb="save_segment", record=row, by=by, at=at, after=after)
    except IntegrityError:
        raise NameTaken from None
    return row


def count_segment(*, segment: Segment, at: datetime) -> Segment:
    """Count the customers of a segment now; None where a field of its conditions is gone."""
    try:
        rows = segments.narrowed(Customer.objects.active(), segment.conditions)
        segment.cached_count = rows.count()
    except Invalid:
        segment.cached_count = None
    segment.counted_at = at
    segment.save(update_fields=["cached_count", "counted_at", "updated_at"])
    return segment


def delete_segment(*, segment: Segment, by: User, at: datetime) -> None:
    with transaction.atomic():
        audit.record(
            verb="delete_segment", record=segment, by=by, at=at, before={"name": segment.name}
        )
        segment.delete()
