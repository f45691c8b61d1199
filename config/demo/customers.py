"""What Meridian Home knows of its customers beside their calls."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

from accounts.models import User
from config.demo.center import ZONE
from config.demo.people import DemoPeople
from crm.actions.saved import count_segment
from crm.models import (
    ConsentEvent,
    ConsentPurpose,
    Customer,
    CustomerRelation,
    CustomFieldDefinition,
    Disposition,
    Interaction,
    InteractionDisposition,
    Note,
    Organization,
    OrganizationRole,
    RelationType,
    SavedView,
    Segment,
    Tag,
)
from crm.names import name_key

TAGS = {
    "early adopter": "violet",
    "moving house": "yellow",
    "complaint": "red",
    "smart lock": "blue",
    "newsletter": "green",
    "reseller": "gray",
}
ORGANIZATIONS = {
    "Harbor Property Management": "harbor.example",
    "Lakeside Hotels": "lakeside.example",
    "Lakeside Hotels Marina": "marina.lakeside.example",
    "Brightway Electricians": "brightway.example",
    "Corner Hardware": "corner.example",
    "Northfield School District": "northfield.example",
}
VIP_REASONS = ("Manages 40 rental units", "Reviews devices in public", "Customer since 2014")
DISPOSITIONS: dict[str, dict[str, Any]] = {
    "answered": {"label": "Question answered", "is_resolved": True},
    "replaced": {"label": "Device replaced", "is_resolved": True},
    "refunded": {"label": "Refund promised"},
    "complaint": {"label": "Complaint", "is_complaint": True, "needs_note": True},
    "call-back": {"label": "Call back", "needs_callback": True},
    "no-contact": {"label": "Wants no contact", "forbids_contact": True},
}
NOTES = (
    "Prefers to be called after 6 pm; works shifts.",
    "The hub is in the basement, which is why the camera loses its connection.",
    "Asked for the large-print manual. Sent on paper.",
    "Sister calls on her behalf; the authorization is on file.",
    "Third replacement of the doorbell. Offer the newer model if it fails again.",
    "Wants invoices by letter, not by e-mail.",
)


def make_customer_facts(
    rng: Random, people: DemoPeople, customers: list[Customer], until: date
) -> None:
    """Tags, organizations, relations, consents, notes, custom fields, segments and views."""
    now = datetime.combine(until, time(18), ZoneInfo(ZONE))
    assert people.admin is not None
    agents = [agent for team in people.agents.values() for agent in team]
    _tag(rng, customers)
    _belong(rng, customers, until)
    _relate(rng, customers)
    _consent(rng, customers, now)
    _write_notes(rng, customers, agents, now)
    _fill_custom_fields(rng, customers)
    _dispose(rng)
    _save(people.admin, now)


def _tag(rng: Random, customers: list[Customer]) -> None:
    tags = [Tag.objects.create(name=name, color=color) for name, color in TAGS.items()]
    table = Customer.tags.through
    table.objects.bulk_create(
        table(customer_id=customer.pk, tag_id=tag.pk)
        for customer in rng.sample(customers, 500)
        for tag in rng.sample(tags, rng.choice((1, 1, 1, 2)))
    )
    for customer in customers:
        if customer.is_vip:
            customer.vip_reason = rng.choice(VIP_REASONS)
    Customer.objects.bulk_update([row for row in customers if row.is_vip], ["vip_reason"])


def _belong(rng: Random, customers: list[Customer], until: date) -> None:
    rows = [
        Organization.objects.create(name=name, name_key=name_key(name), domains=domain)
        for name, domain in ORGANIZATIONS.items()
    ]
    rows[2].parent = rows[1]
    rows[2].save(update_fields=["parent"])
    chosen = rng.sample(customers, 60)
    OrganizationRole.objects.bulk_create(
        OrganizationRole(
            customer=customer,
            organization=rng.choice(rows),
            role=rng.choice(("employee", "buyer", "billing", "technical", "decision_maker")),
            title=rng.choice(("", "Facility manager", "Purchasing", "Site electrician")),
            from_on=until - timedelta(days=rng.randrange(200, 1500)),
            to_on=until - timedelta(days=rng.randrange(1, 150)) if rng.random() < 0.15 else None,
        )
        for customer in chosen
    )


def _relate(rng: Random, customers: list[Customer]) -> None:
    kinds = [
        RelationType.objects.create(name="spouse of", is_symmetric=True),
        RelationType.objects.create(name="parent of", inverse_name="child of"),
        RelationType.objects.create(name="caregiver of", inverse_name="cared for by"),
        RelationType.objects.create(name="account holder for", inverse_name="authorized user of"),
    ]
    pairs = rng.sample(customers, 80)
    CustomerRelation.objects.bulk_create(
        CustomerRelation(
            left_id=min(one.pk, other.pk), right_id=max(one.pk, other.pk), type=rng.choice(kinds)
        )
        for one, other in zip(pairs[::2], pairs[1::2], strict=True)
    )


def _consent(rng: Random, customers: list[Customer], now: datetime) -> None:
    news = ConsentPurpose.objects.create(code="newsletter", label="Newsletter")
    care = ConsentPurpose.objects.create(
        code="service", label="Service messages", default_allowed=True
    )
    events = []
    for customer in rng.sample(customers, 900):
        at = now - timedelta(days=rng.randrange(30, 700), minutes=rng.randrange(600))
        granted = ConsentEvent(
            customer=customer,
            purpose=news,
            channel=rng.choice(("any", "email", "email")),
            decision="granted",
            source="web shop",
            text_version="2025-2",
            at=at,
        )
        events.append(granted)
        if rng.random() < 0.2:
            later = at + timedelta(days=rng.randrange(1, 29))
            events.append(
                ConsentEvent(
                    customer=customer,
                    purpose=rng.choice((news, care)),
                    channel=rng.choice(("any", "sms")),
                    decision=rng.choice(("withdrawn", "objected")),
                    source="call",
                    at=later,
                )
            )
    ConsentEvent.objects.bulk_create(events)


def _write_notes(rng: Random, customers: list[Customer], agents: list[User], now: datetime) -> None:
    Note.objects.bulk_create(
        Note(
            customer=customer,
            body=rng.choice(NOTES),
            author=rng.choice(agents),
            written_at=now - timedelta(days=rng.randrange(80), minutes=rng.randrange(600)),
            is_pinned=rng.random() < 0.1,
        )
        for customer in rng.sample(customers, 250)
    )


def _fill_custom_fields(rng: Random, customers: list[Customer]) -> None:
    plans = [["basic", "Basic"], ["plus", "Plus"], ["pro", "Pro"]]
    CustomFieldDefinition.objects.create(
        target="customer",
        key="plan",
        label="Plan",
        type="choice",
        options=plans,
        is_filterable=True,
        is_personal=False,
    )
    CustomFieldDefinition.objects.create(
        target="customer", key="devices", label="Devices", type="integer", position=2
    )
    for customer in customers:
        customer.custom = {
            "plan": rng.choice(("basic", "basic", "plus", "pro")),
            "devices": rng.randrange(1, 12),
        }
    Customer.objects.bulk_update(customers, ["custom"], batch_size=500)


def _dispose(rng: Random) -> None:
    """What came of the latest 2,000 handled interactions, and how to say it."""
    kept = [Disposition.objects.create(code=code, **told) for code, told in DISPOSITIONS.items()]
    rows = Interaction.objects.filter(outcome="handled", last_agent__isnull=False)
    InteractionDisposition.objects.bulk_create(
        InteractionDisposition(
            interaction=row,
            disposition=rng.choices(kept, weights=(9, 4, 3, 2, 2, 1))[0],
            by_id=row.last_agent_id,
            at=row.ended_at or row.started_at,
        )
        for row in rows.order_by("-started_at")[:2000]
    )


def _save(admin: User, now: datetime) -> None:
    quiet = [
        {"field": "vip", "operator": "is", "value": "yes"},
        {"field": "last_interaction", "operator": "not_days_ago", "value": "60"},
    ]
    often = [{"field": "interactions", "operator": "at_least", "value": "20"}]
    for name, rules in (("VIPs not heard of in 60 days", quiet), ("Frequent callers", often)):
        conditions = {"match": "all", "rules": rules}
        segment = Segment.objects.create(name=name, conditions=conditions, owner=admin)
        count_segment(segment=segment, at=now)
    SavedView.objects.create(
        page="customers", name="VIPs", scope="shared", owner=admin, query="vip=yes"
    )
