"""What the page of a customer says, piece by piece; each names its number of queries."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count, Q, QuerySet
from django.db.models.functions import TruncMonth
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import AccessEntry, User
from accounts.permissions import has
from crm import access, consent, custom_fields, duplicates
from crm.actions.consents import as_rule
from crm.models import (
    ConsentPurpose,
    ContactPoint,
    Customer,
    CustomerRelation,
    CustomFieldDefinition,
    DuplicateCandidate,
    Note,
    OrganizationRole,
)
from crm.models.custom_fields import Target
from crm.models.interactions import Channel, InteractionQuerySet
from crm.models.merges import CandidateState
from lib import charts
from lib.speaking import said_again, spoken

MONTHS = 12
MOST_PAIRS = 5
REVEALED_FOR = timedelta(minutes=10)
# The channels that somebody may be contacted on of our own accord.
OUTBOUND = (Channel.VOICE, Channel.EMAIL, Channel.SMS, Channel.MESSAGING)


@dataclass(frozen=True, slots=True)
class ShownPoint:
    """A contact point as this reader sees it; `refusal` says why it is not to be used."""

    pk: int
    kind: str
    kind_words: str
    network: str
    label: str
    value: str
    extension: str
    is_masked: bool
    is_primary: bool
    is_doubtful: bool
    is_verified: bool
    is_opted_out: bool
    is_invalid: bool
    refusal: str


def shown_points(customer: Customer, user: User, at: datetime) -> list[ShownPoint]:
    """Every contact point, those that may be used first; two queries at most.

    Who may not see them in full sees them masked, save those revealed in the last ten minutes.
    """
    points = sorted(customer.contact_points.all(), key=lambda point: (point.position, point.pk))
    points.sort(key=lambda point: bool(point.refusal(at.date())))
    in_full = access.may_see_contact_points(user)
    revealed = set() if in_full else revealed_to(user, points, at)
    return [_point(each, in_full or each.pk in revealed, at.date()) for each in points]


def revealed_to(user: User, points: Iterable[ContactPoint], at: datetime) -> set[int]:
    """Which of these the person revealed by giving a reason, not longer ago than ten minutes."""
    rows = AccessEntry.objects.filter(
        actor=user,
        kind="revealed_contact_point",
        object_type=ContactPoint._meta.label_lower,
        object_id__in=[str(point.pk) for point in points],
        at__gt=at - REVEALED_FOR,
    )
    return {int(pk) for pk in rows.values_list("object_id", flat=True)}


def _point(point: ContactPoint, in_full: bool, on: date) -> ShownPoint:
    return ShownPoint(
        pk=point.pk,
        kind=point.kind,
        kind_words=point.get_kind_display(),
        network=point.network,
        label=point.label,
        value=point.value if in_full else point.masked,
        extension=point.extension if in_full else "",
        is_masked=not in_full,
        is_primary=point.is_primary,
        is_doubtful=point.validity != "valid",
        is_verified=point.verified_at is not None,
        is_opted_out=point.is_opted_out(on),
        is_invalid=point.invalid_at is not None,
        refusal=spoken(point.refusal(on)),
    )


def facts(customer: Customer) -> list[tuple[str, Any]]:
    """What is known beside the ways to reach the person; one query for custom fields."""
    told = [
        (_("Language"), customer.preferred_language),
        (_("Channel"), dict(Channel.choices).get(customer.preferred_channel, "")),
        (_("Time zone"), customer.time_zone),
        (_("Source"), customer.source),
        (_("External id"), customer.external_id),
        (_("Interactions"), f"{customer.interaction_count:,}"),
    ]
    told += custom_fields.told(CustomFieldDefinition.objects.of(Target.CUSTOMER), customer.custom)
    return [(name, value) for name, value in told if value]


def months_chart(visible: InteractionQuerySet, customer: Customer) -> charts.Chart | None:
    """Contacts of the customer's last twelve months with any, by channel; one query."""
    if customer.last_interaction_at is None:
        return None
    counts: dict[date, dict[str, int]] = {}
    months = (
        visible.annotate(month=TruncMonth("started_at"))
        .order_by()
        .values("month", "channel")
        .annotate(count=Count("pk"))
        .order_by("-month")
    )
    for row in months:
        counts.setdefault(row["month"].date(), {})[row["channel"]] = row["count"]
    newest = sorted(counts)[-MONTHS:]
    channels = [name for name in Channel.values if any(name in counts[month] for month in newest)]
    if not channels:
        return None
    return charts.stacked_bars(
        [date_format(month, "M Y") for month in newest],
        [
            (str(Channel(name).label), [counts[month].get(name, 0) for month in newest])
            for name in channels
        ],
        title=_("Contacts by month and channel"),
        label_header=_("Month"),
    )


def consent_lines(customer: Customer, at: datetime) -> list[tuple[str, list[tuple[str, bool]]]]:
    """For each purpose, whether each outbound channel is allowed now; two queries."""
    log = defaultdict(list)
    for event in customer.consents.all():
        log[event.purpose_id].append(as_rule(event))
    return [
        (
            purpose.label,
            [
                (
                    str(channel.label),
                    consent.may_contact(log[purpose.pk], channel, at, purpose.default_allowed),
                )
                for channel in OUTBOUND
            ],
        )
        for purpose in ConsentPurpose.objects.all()
    ]


def roles(customer: Customer, on: date) -> dict[str, list[OrganizationRole]]:
    """Roles of today, and those that are past or to come; one query."""
    rows = list(customer.roles.select_related("organization"))
    return {
        "now": [row for row in rows if row.is_in_force(on)],
        "other": [row for row in rows if not row.is_in_force(on)],
    }


@dataclass(frozen=True, slots=True)
class ShownRelation:
    """A relation as it reads on this customer's page."""

    pk: int
    words: str
    other: Customer
    is_open: bool


def relations(customer: Customer, user: User, on: date) -> list[ShownRelation]:
    """Relations seen from this side, to customers whom the reader may see; one query."""
    visible = Customer.objects.visible_to(user)
    rows = (
        CustomerRelation.objects.filter(
            Q(left=customer, right__in=visible) | Q(right=customer, left__in=visible)
        )
        .select_related("left", "right", "type")
        .order_by("pk")
    )
    return [
        ShownRelation(
            row.pk,
            row.type.seen_from(is_left=row.left_id == customer.pk),
            row.right if row.left_id == customer.pk else row.left,
            row.is_in_force(on),
        )
        for row in rows
    ]


@dataclass(frozen=True)
class OpenPair:
    """Somebody who may be the same person; reasons with code, points and words."""

    other: Customer
    score: int
    reasons: list[tuple[str, int, str]]


def latest_notes(customer: Customer) -> QuerySet[Note]:
    """The last notes, the pinned ones first; two queries."""
    rows = customer.notes.select_related("author").prefetch_related("earlier_texts")
    return rows.order_by("-is_pinned", "-written_at", "-pk")[:5]


def open_pairs(customer: Customer) -> list[OpenPair]:
    """With whom the queue of duplicates compares this customer, the most alike first; one query."""
    rows = DuplicateCandidate.objects.filter(Q(lower=customer) | Q(higher=customer))
    rows = rows.filter(state=CandidateState.OPEN).select_related("lower", "higher")
    return [
        OpenPair(
            row.higher if row.lower_id == customer.pk else row.lower,
            row.score,
            [
                (code, points, spoken(said_again(words, duplicates.COUNTED)))
                for code, points, words in row.reasons
            ],
        )
        for row in rows.order_by("-score", "pk")[:MOST_PAIRS]
    ]


def abilities(user: User, customer: Customer) -> dict[str, bool]:
    """What this person may do here; a closed or restricted record only lets few things happen."""
    is_open = customer.is_active and not customer.is_restricted
    may_change = access.may_change_customer(user)
    return {
        "may_change": may_change and is_open,
        "may_note": access.may_write_note(user) and is_open,
        "may_restore": may_change and customer.state == "deleted",
        "may_manage": access.may_manage_settings(user),
        "may_reveal": has(user, "crm.reveal_contact_point"),
        "may_merge": access.may_merge(user) and is_open,
        "may_request_export": has(user, "crm.request_export"),
        "may_request_erasure": has(user, "crm.request_erasure"),
    }
