"""Customers and interactions of the demo center, with a believable day and week."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from zoneinfo import ZoneInfo

from accounts.models import User
from config.demo.center import (
    CHANNELS,
    CUSTOMERS,
    DAYS,
    DOMAIN,
    HOUR_LOAD,
    INTERACTIONS,
    QUEUES,
    SOURCE,
    WEEKDAY_LOAD,
    ZONE,
    DemoQueue,
)
from config.demo.names import full_name
from config.demo.people import DemoPeople
from crm.models import ContactPoint, Customer, Interaction, Leg, QueueVisit
from crm.names import name_key

BATCH = 500
WRITTEN_CHANNELS = {"chat", "email", "messaging", "sms", "social"}


def skill(agent: User) -> float:
    """How good an agent is, 0 to 1; fixed for a person, so that averages differ believably."""
    return Random(f"skill-{agent.email}").betavariate(4, 2)


def make_customers(rng: Random) -> list[Customer]:
    """2,000 people, each with a phone number and most with an e-mail address."""
    customers = []
    for number in range(CUSTOMERS):
        first, last = full_name(number + 100).split()
        customers.append(
            Customer(
                first_name=first,
                last_name=last,
                display_name=f"{first} {last}",
                name_key=name_key(f"{first} {last}"),
                source=SOURCE,
                external_id=f"{50_000 + number}",
                is_vip=rng.random() < 0.03,
                preferred_language="en",
            )
        )
    Customer.objects.bulk_create(customers, batch_size=BATCH)
    ContactPoint.objects.bulk_create(
        (point for number, person in enumerate(customers) for point in _ways(rng, number, person)),
        batch_size=BATCH,
    )
    return customers


def _ways(rng: Random, number: int, customer: Customer) -> Iterator[ContactPoint]:
    phone = f"+1212555{number:04d}"
    yield ContactPoint(
        customer=customer,
        kind="phone",
        raw=phone,
        value=phone,
        country="US",
        match_key=phone,
        reversed_digits=phone[:0:-1],
        is_primary=True,
        validity="possible",
    )
    if rng.random() < 0.85:
        local = f"{customer.first_name}.{customer.last_name}.{number}".lower()
        email = f"{local}@mail.{DOMAIN}"
        yield ContactPoint(
            customer=customer,
            kind="email",
            raw=email,
            value=email,
            match_key=email,
            is_primary=True,
        )


@dataclass
class Contact:
    """One interaction with the rows that hang on it, before they are saved."""

    interaction: Interaction
    queue: DemoQueue
    topic: str
    legs: list[Leg]
    visit: QueueVisit | None


def day_loads(until: date) -> list[tuple[date, float]]:
    """The days of the period with their part of the traffic; a slight growth over the months."""
    days = [until - timedelta(days=DAYS - 1 - back) for back in range(DAYS)]
    loads = [
        (day, WEEKDAY_LOAD[day.weekday()] * (1 + 0.12 * index / DAYS))
        for index, day in enumerate(days)
    ]
    total = sum(load for _day, load in loads)
    return [(day, load / total) for day, load in loads]


def moments(rng: Random, until: date) -> list[datetime]:
    """The instants at which the interactions begin, in order."""
    loads = day_loads(until)
    days = rng.choices([day for day, _ in loads], [load for _, load in loads], k=INTERACTIONS)
    hours = rng.choices(list(HOUR_LOAD), list(HOUR_LOAD.values()), k=INTERACTIONS)
    zone = ZoneInfo(ZONE)
    found = [
        datetime(
            day.year, day.month, day.day, hour, rng.randrange(60), rng.randrange(60), tzinfo=zone
        )
        for day, hour in zip(days, hours, strict=True)
    ]
    return sorted(found)


def make_contacts(
    rng: Random, people: DemoPeople, customers: list[Customer], until: date
) -> list[Contact]:
    """Save the interactions with legs and queue visits; returns them in order of time."""
    weights = [1 / (rank + 12) for rank in range(len(customers))]
    callers = rng.choices(customers, weights, k=INTERACTIONS)
    contacts = [
        _contact(rng, people, customer, number, started_at)
        for number, (customer, started_at) in enumerate(
            zip(callers, moments(rng, until), strict=True)
        )
    ]
    Interaction.objects.bulk_create((one.interaction for one in contacts), batch_size=BATCH)
    Leg.objects.bulk_create((leg for one in contacts for leg in one.legs), batch_size=BATCH)
    visits = [one.visit for one in contacts if one.visit]
    QueueVisit.objects.bulk_create(visits, batch_size=BATCH)
    _count(customers, contacts)
    return contacts


def _contact(
    rng: Random, people: DemoPeople, customer: Customer, number: int, started_at: datetime
) -> Contact:
    queue = rng.choices(QUEUES, [one.share for one in QUEUES])[0]
    channel = rng.choices(list(CHANNELS), [share for _, share in CHANNELS.values()])[0]
    busy = HOUR_LOAD[started_at.hour] * WEEKDAY_LOAD[started_at.weekday()]
    outbound = rng.random() < 0.04 and channel in {"voice", "email"}
    interaction = Interaction(
        source=SOURCE,
        external_id=f"m-{number:06d}",
        channel=channel,
        direction="outbound" if outbound else "inbound",
        customer=customer,
        queue=people.queues[queue.name],
        language="en",
        started_at=started_at,
        outcome="handled",
    )
    contact = Contact(interaction, queue, rng.choice(queue.topics), [], None)
    wait = 0 if outbound else _wait_seconds(rng, channel, busy)
    patience = rng.expovariate(1 / 420)
    if not outbound and channel == "voice" and wait > max(20, patience):
        return _abandoned(contact, people, int(max(12, patience)))
    return _handled(rng, contact, people, wait)


def _wait_seconds(rng: Random, channel: str, busy: float) -> int:
    if channel == "email":
        return int(rng.expovariate(1 / 9_000))
    mean = 38 * busy**2 if channel == "voice" else 55 * busy
    return int(rng.expovariate(1 / mean)) if rng.random() < 0.8 else 0


def _abandoned(contact: Contact, people: DemoPeople, waited: int) -> Contact:
    interaction = contact.interaction
    interaction.outcome, interaction.ended_by = "abandoned_in_queue", "customer"
    interaction.queued_at = interaction.started_at + timedelta(seconds=9)
    interaction.ended_at = interaction.queued_at + timedelta(seconds=waited)
    interaction.wait_seconds = waited
    contact.visit = _visit(contact, people, "abandoned", waited, None)
    return contact


def _handled(rng: Random, contact: Contact, people: DemoPeople, wait: int) -> Contact:
    interaction = contact.interaction
    inbound = interaction.direction == "inbound"
    before = 9 if inbound and interaction.channel == "voice" else 0
    queued_at = interaction.started_at + timedelta(seconds=before)
    interaction.queued_at = queued_at if inbound else None
    interaction.answered_at = queued_at + timedelta(seconds=wait)
    interaction.wait_seconds = wait if inbound else None
    team = rng.choice(contact.queue.teams)
    contact.legs.append(_leg(rng, contact, people, team, 1, interaction.answered_at, wait))
    if interaction.channel == "voice" and rng.random() < 0.05:
        _transfer(rng, contact, people)
    _sum_up(contact)
    if inbound:
        contact.visit = _visit(contact, people, "answered", wait, contact.legs[0])
    return contact


def _leg(
    rng: Random,
    contact: Contact,
    people: DemoPeople,
    team: str,
    position: int,
    answered_at: datetime,
    wait: int,
) -> Leg:
    interaction = contact.interaction
    agent = rng.choice(people.agents[team])
    length = CHANNELS[interaction.channel][0] * contact.queue.talk_seconds
    talk = int(rng.lognormvariate(math.log(length * (1.25 - 0.4 * skill(agent))), 0.45))
    holds = interaction.channel == "voice" and rng.random() < 0.28
    hold = int(rng.lognormvariate(math.log(45), 0.6)) if holds else 0
    ring = rng.randrange(2, 9) if interaction.channel == "voice" else None
    return Leg(
        interaction=interaction,
        position=position,
        agent=agent,
        team=people.teams[team],
        queue=interaction.queue,
        offered_at=answered_at - timedelta(seconds=ring or 0),
        answered_at=answered_at,
        ended_at=answered_at + timedelta(seconds=talk + hold),
        wait_seconds=wait,
        ring_seconds=ring,
        talk_seconds=talk,
        hold_seconds=hold if interaction.channel == "voice" else None,
        hold_count=int(holds) if interaction.channel == "voice" else None,
        longest_hold_seconds=hold or None,
        wrap_seconds=int(rng.lognormvariate(math.log(35), 0.5)),
        wrap_source="reported",
        active_seconds=talk * 2 // 3 if interaction.channel == "chat" else None,
        slots=3 if interaction.channel == "chat" else None,
        end=rng.choices(("customer", "agent"), (0.7, 0.3))[0],
    )


def _transfer(rng: Random, contact: Contact, people: DemoPeople) -> None:
    first = contact.legs[0]
    first.end, first.transferred_to = "blind_transfer", "Technical help"
    at = first.ended_at + timedelta(seconds=rng.randrange(8, 60))
    contact.legs.append(_leg(rng, contact, people, "Technical", 2, at, 0))


def _sum_up(contact: Contact) -> None:
    """Fill the header from the legs, as the importer does."""
    interaction, legs = contact.interaction, contact.legs
    interaction.talk_seconds = sum(leg.talk_seconds or 0 for leg in legs)
    interaction.wrap_seconds = sum(leg.wrap_seconds or 0 for leg in legs)
    if interaction.channel == "voice":
        interaction.hold_seconds = sum(leg.hold_seconds or 0 for leg in legs)
        interaction.hold_count = sum(leg.hold_count or 0 for leg in legs)
        interaction.ring_seconds = sum(leg.ring_seconds or 0 for leg in legs)
    interaction.handle_seconds = (
        interaction.talk_seconds + (interaction.hold_seconds or 0) + interaction.wrap_seconds
    )
    interaction.transfer_count = len(legs) - 1
    interaction.leg_count = len(legs)
    interaction.first_agent, interaction.last_agent = legs[0].agent, legs[-1].agent
    interaction.ended_at = legs[-1].ended_at
    interaction.ended_by = legs[-1].end


def _visit(
    contact: Contact, people: DemoPeople, outcome: str, waited: int, leg: Leg | None
) -> QueueVisit:
    interaction = contact.interaction
    return QueueVisit(
        interaction=interaction,
        position=1,
        queue=people.queues[contact.queue.name],
        entered_at=interaction.queued_at,
        left_at=interaction.queued_at + timedelta(seconds=waited),
        outcome=outcome,
        wait_seconds=waited,
        leg=leg,
    )


def _count(customers: list[Customer], contacts: list[Contact]) -> None:
    """Keep each customer's counters true."""
    for contact in contacts:
        customer, at = contact.interaction.customer, contact.interaction.started_at
        customer.interaction_count += 1
        customer.first_interaction_at = customer.first_interaction_at or at
        customer.last_interaction_at = at
    Customer.objects.bulk_update(
        customers,
        ["interaction_count", "first_interaction_at", "last_interaction_at"],
        batch_size=BATCH,
    )
