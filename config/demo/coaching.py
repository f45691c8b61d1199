"""Remediation and coaching in the demo center, made by the product's own verbs."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

from accounts.models import User
from config.demo.center import ZONE
from config.demo.people import DemoPeople
from training import measuring
from training.actions import action_items, agenda, agenda_templates, coaching, remediation
from training.actions.assigning import local_today
from training.models import AgendaItem, CoachingSession, Course, Proposal, RemediationRule

LOOKS_BACK = timedelta(days=45)


AGENDAS = (
    (
        "Monthly talk",
        (
            "What went well since the last talk",
            "One conversation that the agent chose",
            "One conversation that the coach chose",
            "What to try next, and how we will see it",
        ),
    ),
    (
        "First weeks",
        ("What is still new", "Systems and where to look things up", "A call together"),
    ),
)


def make_coaching(people: DemoPeople, until: date) -> None:
    """Two rules with what they propose, and talks in every state."""
    at = datetime.combine(until, time(17), ZoneInfo(ZONE))
    _rules(people, at)
    for name, lines in AGENDAS:
        agenda_templates.save_template(
            template=None,
            name=name,
            lines="\n".join(lines),
            seen=0,
            by=people.trainers[0],
            at=at - LOOKS_BACK,
        )
    _talks(people, at)


def _rules(people: DemoPeople, at: datetime) -> None:
    """Verification and promises; one proposal was confirmed, the others wait."""
    trainer = people.trainers[0]
    remediation.save_remediation_rule(
        rule=None,
        name="Promises without a date",
        kind="k_of_n",
        criterion_key="promise",
        k=3,
        n=6,
        window_days=60,
        cool_off_days=30,
        course=Course.objects.get(code="refunds-and-promises"),
        coaching_text="Promising a next step",
        due_days=14,
        needs_confirmation=True,
        is_active=True,
        by=trainer,
        at=at - LOOKS_BACK,
    )
    RemediationRule.objects.update(active_since=at - LOOKS_BACK)
    for agent in people.agents["Billing"]:
        remediation.look_again(agent_id=agent.pk, at=at)
    first = Proposal.objects.undecided().order_by("fired_at").first()
    if first is not None:
        lead = people.supervisors["Billing"]
        remediation.confirm_proposal(proposal=first, by=lead, at=at - timedelta(hours=3))


def _talks(people: DemoPeople, at: datetime) -> None:
    lead, agents = people.supervisors["Billing"], people.agents["Billing"]
    shared = _talk(agents[0], lead, at - timedelta(days=3))
    coaching.share_session(session=shared, by=lead, at=at - timedelta(days=3))
    answered = _talk(agents[1], lead, at - timedelta(days=12))
    coaching.share_session(session=answered, by=lead, at=at - timedelta(days=12))
    coaching.answer_session(
        session=answered,
        is_contested=False,
        comment="Thank you. I will try the sentence with the date.",
        rating=5,
        by=agents[1],
        at=at - timedelta(days=11),
    )
    _talk(agents[2], lead, at - timedelta(days=1))
    coaching.plan_sessions(
        agents=[agents[3]],
        kind="onboarding",
        starts_at=coaching.next_morning(at),
        minutes=45,
        text="The first month on the phone",
        by=lead,
        at=at,
    )


def _talk(agent: User, lead: User, at: datetime) -> CoachingSession:
    """A talk about the two criteria that failed most, with one action, held."""
    (session,) = coaching.plan_sessions(
        agents=[agent], kind="quality", starts_at=at, minutes=30, by=lead, at=at
    )
    failures = measuring.failed_criteria(agent, local_today(at))[:2]
    for key, text, failed, judged, ids in failures:
        item = agenda.add_agenda_item(
            session=session,
            text=f"{text}: {failed} of {judged} failed",
            criterion_key=key,
            evaluation_ids=ids[:3],
            by=lead,
            at=at,
        )
        agenda.set_outcome(
            item=item,
            outcome="We listened to one call together and wrote down the sentence to use.",
            by=lead,
            at=at,
        )
        if key == failures[0][0]:
            _agree(item, key, agent, lead, at)
    coaching.write_note(
        session=session,
        body="Calm and clear on the phone. The next step needs a date each time.",
        is_private=False,
        seen=0,
        by=lead,
        at=at,
    )
    return coaching.hold_session(session=session, by=lead, at=at)


def _agree(item: AgendaItem, key: str, agent: User, lead: User, at: datetime) -> None:
    found = measuring.measure(
        agent,
        measuring.What("criterion", criterion_key=key),
        local_today(at) - timedelta(days=measuring.BASELINE_DAYS),
        local_today(at),
    )
    if found.value is None or found.n < 3 or found.value < 10:
        return
    action_items.add_action_item(
        agenda_item=item,
        text="Use the agreed sentence in every contact",
        metric="criterion",
        criterion_key=key,
        target=(found.value / 2).quantize(Decimal("0.01")),
        due_on=local_today(at) + timedelta(days=30),
        minimum_n=3,
        owner=agent,
        is_sure=True,
        by=lead,
        at=at,
    )
