"""The log of what customers allow, and the question that everything outbound asks."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm import consent, timeline
from crm.actions.customers import locked
from crm.models import ConsentEvent, ConsentPurpose, ContactPoint, Customer
from crm.models.consents import ANY, Decision, LawfulBasis
from crm.models.interactions import Channel
from lib.refusals import Invalid
from lib.sentences import said


def record_consent(
    *,
    customer: Customer,
    purpose: ConsentPurpose,
    channel: str = ANY,
    decision: str,
    lawful_basis: str = LawfulBasis.CONSENT,
    source: str = "",
    text_version: str = "",
    decided_at: datetime | None = None,
    expires_at: datetime | None = None,
    evidence: str = "",
    by: User | None,
    at: datetime,
) -> ConsentEvent:
    """Write a decision down; it is never changed. Raises Invalid for one in the future."""
    decided_at = decided_at or at
    if decided_at > at:
        raise Invalid("decided_at", said("A decision cannot lie in the future."))
    if expires_at is not None and expires_at <= decided_at:
        raise Invalid("expires_at", said("It would end before it begins."))
    if decision not in Decision.values or channel not in (ANY, *Channel.values):
        raise Invalid("decision", said("Choose a decision and a channel."))
    with transaction.atomic():
        customer = locked(customer)
        event = ConsentEvent.objects.create(
            customer=customer,
            purpose=purpose,
            channel=channel,
            decision=decision,
            lawful_basis=lawful_basis,
            source=source.strip()[:80],
            text_version=text_version.strip()[:40],
            at=decided_at,
            expires_at=expires_at,
            by=by,
            evidence=evidence.strip()[:500],
        )
        after = {"purpose": purpose.code, "channel": channel, "decision": decision}
        audit.record(verb="record_consent", record=event, by=by, at=at, after=after)
        timeline.write("consent", map(fact_of, [event]))
    return event


def fact_of(event: ConsentEvent) -> timeline.Fact:
    return timeline.Fact(
        customer_id=event.customer_id,
        at=event.at,
        title=f"{event.purpose}: {event.get_decision_display().lower()}",
        summary=f"{event.get_channel_display()}. {event.source}".strip(" ."),
        channel="" if event.channel == ANY else event.channel,
        actor_id=event.by_id,
        target=timeline.target_of(event),
    )


def facts_of_consents() -> Iterator[timeline.Fact]:
    """Every decision, for making the timeline anew."""
    for event in ConsentEvent.objects.select_related("purpose").iterator():
        yield fact_of(event)


def events_of(customer_id: int, purpose: ConsentPurpose) -> list[consent.ConsentEvent]:
    """The log of one purpose as the rule reads it."""
    rows = ConsentEvent.objects.filter(customer=customer_id, purpose=purpose)
    return [as_rule(row) for row in rows]


def as_rule(row: ConsentEvent) -> consent.ConsentEvent:
    return consent.ConsentEvent(row.at, row.channel, row.decision, row.expires_at, row.pk)


def may_contact(
    *, customer: Customer, purpose: str, channel: str, point: ContactPoint | None, at: datetime
) -> bool:
    """Whether a customer may be contacted on a channel, there and then; two queries.

    An unknown purpose, a closed or restricted record, and an invalid or opted-out contact point
    answer no.
    """
    if not customer.is_active or customer.is_restricted:
        return False
    if point is not None and point.refusal(at.date()):
        return False
    known = ConsentPurpose.objects.filter(code=purpose).first()
    if known is None:
        return False
    log = events_of(customer.pk, known)
    return consent.may_contact(log, channel, at, known.default_allowed)
