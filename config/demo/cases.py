"""Cases, promises and tasks of the demo center: hours, policies, and a month of work."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from accounts.actions.calendars import Hours, create_calendar
from accounts.models import BusinessCalendar, User
from config.demo.center import ZONE
from config.demo.people import DemoPeople
from crm.actions import case_messages, cases, clocks, macros, policies, promises, tasks
from crm.actions.policies import Target
from crm.models import Case, CaseStatus, Customer
from crm.models.sla import Metric
from crm.models.transcripts import Speaker

CASES = 60
HOUR = 3600
TEXTS = (
    (
        "Parcel has not arrived",
        "request",
        "The parcel was due last week and nobody knows where it is.",
    ),
    ("Charged twice for one order", "complaint", "Two charges of the same amount on one day."),
    ("Camera loses its connection", "problem", "Every night at the same time, since the update."),
    (
        "Wants another delivery address",
        "request",
        "Moved house; the order is still in the warehouse.",
    ),
    ("Refund has not come", "complaint", "The return was confirmed three weeks ago."),
    (
        "Thermostat shows the wrong room",
        "problem",
        "Living room and bedroom are swapped in the app.",
    ),
    ("Invoice without the company name", "question", "Needs the invoice again for the tax office."),
    ("Damaged on arrival", "complaint", "The lamp is broken, the box looked fine."),
)
ANSWERS = (
    "Thank you for telling us. I have asked the warehouse and write again today.",
    "I have found the order and corrected it. You get a confirmation by e-mail.",
    "That should not have happened. I have passed it on and stay with it.",
)
AGAIN = (
    "Any news about this? I am waiting for an answer.",
    "Thank you. One more question: does this cost anything?",
)
NOTES = (
    "Warehouse says the parcel left on Tuesday.",
    "Customer has called before about the same thing, see the earlier case.",
    "Billing confirms the second charge and refunds it on Friday.",
)
REASON = "The carrier was on strike; nobody could have delivered."


def make_cases(rng: Random, people: DemoPeople, customers: list[Customer], until: date) -> None:
    """A month of cases in every state, the latest of them open and partly late."""
    zone = ZoneInfo(ZONE)
    now = datetime.combine(until, time(20), zone)
    begin = now - timedelta(days=40)
    assert people.admin is not None
    calendar = _make_hours(until, people.admin, begin)
    _make_policies(calendar, people.admin, begin)
    _make_replies(people, begin)
    for number in range(CASES):
        days = 30 * (1 - (number / CASES) ** 0.7)
        at = now - timedelta(days=days, hours=rng.uniform(2, 9))
        _make_case(rng, people, customers[number * 7], at, now)
    clocks.note_breaches(at=now)
    _excuse_one(people, now)
    _make_promises(rng, people, customers, now)
    _make_tasks(rng, people, now)


def _make_hours(until: date, admin: User, at: datetime) -> BusinessCalendar:
    year = until.year
    week = {str(day): [["08:00", "20:00"]] for day in range(5)} | {"5": [["10:00", "16:00"]]}
    days = [
        (f"{year}-01-01", "New Year's Day", [], True),
        (f"{year}-07-04", "Independence Day", [], True),
        (f"{year}-12-24", "Christmas Eve", [["08:00", "14:00"]], True),
        (f"{year}-12-25", "Christmas Day", [], True),
    ]
    exceptions = [
        {"date": on, "label": label, "spans": spans, "yearly": yearly}
        for on, label, spans, yearly in days
    ]
    told = Hours(ZONE, week, exceptions)
    return create_calendar(name="Service hours", told=told, by=admin, at=at)


def _make_policies(calendar: BusinessCalendar, admin: User, at: datetime) -> None:
    """VIP and urgent cases first, then service recovery, then everybody."""

    def save(name: str, first: float, after: float, solved: float, **conditions: object) -> None:
        policies.save_policy(
            policy=None,
            name=name,
            conditions=conditions,
            calendar=calendar,
            targets=[
                Target(Metric.FIRST_RESPONSE, int(first * HOUR)),
                Target(Metric.NEXT_RESPONSE, int(after * HOUR)),
                Target(Metric.RESOLUTION, int(solved * HOUR), pauses_while_waiting=True),
            ],
            by=admin,
            at=at,
        )

    urgent = [
        {"field": "vip", "operator": "is", "value": "yes"},
        {"field": "priority", "operator": "is", "value": "urgent"},
    ]
    save("VIP and urgent", 1, 2, 12, any=urgent)
    recovery = [{"field": "kind", "operator": "is", "value": "service_recovery"}]
    save("Service recovery", 4, 4, 24, all=recovery)
    save("Standard", 8, 12, 36)


def _make_replies(people: DemoPeople, at: datetime) -> None:
    boss = people.supervisors["Billing"]
    told = {"reply": None, "scope": "shared", "team": None, "by": boss, "at": at}
    reply = macros.save_reply(
        name="Refund is on its way",
        shortcut="/refund",
        body="Hello {customer.first_name|there},\n\nyour refund for {case.reference} is on its way. "
        "It takes up to five banking days.\n\nKind regards\n{agent.name}",
        **told,
    )
    macros.save_reply(
        name="We need the order number",
        shortcut="/order",
        body="Hello {customer.first_name|there},\n\nplease send us the order number, so that we can "
        "look it up.\n\nKind regards\n{agent.name}",
        **told,
    )
    macros.save_macro(
        macro=None,
        name="Refund and resolve",
        steps=[
            {"do": "assign", "value": "me"},
            {"do": "reply", "value": str(reply.pk)},
            {"do": "note", "value": "Refund was ordered."},
            {"do": "status", "value": "resolved"},
        ],
        scope="shared",
        team=None,
        by=boss,
        at=at,
    )


def _make_case(
    rng: Random, people: DemoPeople, customer: Customer, at: datetime, now: datetime
) -> None:
    subject, kind, text = rng.choice(TEXTS)
    name = rng.choice(list(people.teams))
    agent = rng.choice(people.agents[name])
    queue = next((one for one in people.queues.values() if one.team == people.teams[name]), None)
    case = cases.open_case(
        subject=subject,
        description=text,
        kind=kind,
        priority=rng.choices(["low", "normal", "high", "urgent"], [1, 6, 2, 1])[0],
        customer=customer,
        channel="email",
        team=people.teams[name],
        queue=queue,
        assignee=agent if rng.random() < 0.8 else None,
        is_from_customer=True,
        by=agent,
        at=at,
    )
    _work_on(rng, case, agent, at, now)


def _work_on(rng: Random, case: Case, agent: User, at: datetime, now: datetime) -> None:
    """Answers, further messages, notes, waiting and the end, as far as time has come."""
    plan = [
        (rng.uniform(0.3, 14), "answer"),
        (rng.uniform(2, 20), rng.choice(["note", "again", "hold"])),
        (rng.uniform(2, 20), "answer"),
        (rng.uniform(1, 40), "resolve"),
    ]
    if at + timedelta(hours=1) < now and rng.random() < 0.5:
        working = CaseStatus.objects.get(name="In progress")
        cases.move_case(case=case, status=working, by=agent, at=at + timedelta(minutes=20))
    for hours, what in plan:
        at += timedelta(hours=hours)
        if at >= now:
            return
        clocks.note_breaches(at=at)
        _do(rng, case, agent, what, at)
    if rng.random() < 0.15 and at + timedelta(days=2) < now:
        said = "It happened again, the same as before."
        _say(case, Speaker.CUSTOMER, said, agent, at + timedelta(days=2))


def _do(rng: Random, case: Case, agent: User, what: str, at: datetime) -> None:
    match what:
        case "answer":
            _say(case, Speaker.AGENT, rng.choice(ANSWERS), agent, at)
        case "again":
            _say(case, Speaker.CUSTOMER, rng.choice(AGAIN), agent, at)
        case "note":
            case_messages.write_note(case=case, body=rng.choice(NOTES), by=agent, at=at)
        case "hold":
            cases.hold_case(case=case, by=agent, at=at)
        case _:
            cases.resolve_case(case=case, by=agent, at=at)


def _say(case: Case, speaker: str, body: str, by: User, at: datetime) -> None:
    case_messages.record_message(case=case, speaker=speaker, body=body, by=by, at=at)


def _excuse_one(people: DemoPeople, now: datetime) -> None:
    late = Case.objects.filter(is_breached=True, team=people.teams["Orders East"]).first()
    clock = late.clocks.filter(breached_at__isnull=False).first() if late else None
    if clock is not None:
        boss = people.supervisors["Orders East"]
        clocks.excuse_breach(clock=clock, reason=REASON, by=boss, at=now)


def _make_promises(
    rng: Random, people: DemoPeople, customers: list[Customer], now: datetime
) -> None:
    """Calls back over eight weeks, most of them kept, and some that are still due."""
    agents = [agent for team in people.agents.values() for agent in team]
    for number in range(60):
        made_at = now - timedelta(days=56 * (1 - number / 60), hours=rng.uniform(1, 8))
        due_at = made_at + timedelta(hours=rng.choice([4, 24, 48]))
        agent, customer = rng.choice(agents), customers[number * 11]
        promise = promises.make_promise(
            text="Call back about the order",
            customer=customer,
            due_at=due_at,
            grace_seconds=900,
            by=agent,
            at=made_at,
        )
        kept_at = made_at + (due_at - made_at) * rng.uniform(0.3, 1.15)
        if kept_at < now:
            told = {"proof": "Reached and told.", "by": agent, "at": kept_at}
            promises.keep_promise(promise=promise, **told)
    for number, text in enumerate(("Call back with the result", "Send the invoice again") * 4):
        promises.make_promise(
            text=text,
            customer=customers[number * 13 + 5],
            kind="send" if number % 2 else "call_back",
            due_at=now + timedelta(hours=rng.uniform(2, 70)),
            by=agents[number * 5],
            at=now - timedelta(hours=3),
        )
    promises.settle_promises(at=now)


def _make_tasks(rng: Random, people: DemoPeople, now: datetime) -> None:
    for number, case in enumerate(Case.objects.unfinished().select_related("assignee")[:24]):
        due_at = now + timedelta(hours=rng.uniform(-20, 60))
        owner = case.assignee if number % 3 else None
        tasks.create_task(
            title=rng.choice(["Ask the warehouse", "Check the refund", "Call the customer"]),
            due_at=due_at,
            kind=rng.choice(["follow_up", "callback"]),
            assignee=owner,
            team=None if owner else case.team,
            case=case,
            by=case.assignee or people.supervisors["Billing"],
            at=now - timedelta(hours=30),
        )
