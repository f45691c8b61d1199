"""Surveys of the demo center: two programs, who was asked, who answered, what was put right."""

from __future__ import annotations

from collections import defaultdict
from copy import deepcopy
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from random import Random
from typing import Any
from uuid import UUID

from config.demo.people import DemoPeople
from config.demo.traffic import Contact, skill
from crm.actions import cases
from crm.models import ContactPoint
from crm.models.cases import CaseKind
from feedback import selection, topics
from feedback.actions import keeping
from feedback.indices import recovery_outcome
from feedback.models import (
    Alert,
    AlertRule,
    Answer,
    CommentLabel,
    FrequencyRule,
    Invitation,
    InvitationCredit,
    Program,
    Recovery,
    Response,
    RootCause,
    SendDecision,
    Survey,
    SurveyVersion,
    Topic,
    VisitCount,
)
from feedback.questionnaire import sha256_of
from feedback.survey_templates import TEMPLATES

BATCH = 500
DAYS_ASKED = 75
DAYS_DECIDED = 30  # Older decisions against somebody would only make the demo slow.
TOPICS = (
    ("waiting", "Waiting", "process", "wait*\non hold\nqueue*"),
    ("delivery", "Delivery", "process", "late\nparcel*\ndeliver*"),
    ("refund", "Refunds", "process", "refund*\ncharge*\nmoney back"),
    ("friendly", "Friendliness", "person", "kind\nfriendly\npolite\npatient*"),
    ("device", "Device", "product", "camera*\nhub\nconnection*\nbroken"),
)
CAUSES = (
    ("late_refund", "Refund took too long", "process"),
    ("wrong_answer", "Wrong answer was given", "person"),
    ("no_callback", "Promised callback was missed", "process"),
    ("faulty_device", "Device was faulty", "product"),
)
GOOD = (
    "Quick and friendly, thank you.",
    "She was patient and explained every step.",
    "Solved in five minutes.",
    "The camera works again, great help.",
    "Kind and to the point.",
    "My refund arrived the same day.",
)
BAD = {
    "process": (
        "I was on hold for twenty minutes before anybody answered.",
        "Third call about the same refund, and still no money back.",
        "The parcel is late again and nobody can say why.",
        "I had to tell my story to three people.",
    ),
    "product": (
        "The hub loses its connection every night.",
        "The camera arrived broken, the second time.",
    ),
    "person": (
        "He did not listen and read from a script.",
        "I got a different answer than last week.",
    ),
    "other": ("I expected more.", "Not what the advertisement said."),
}


def make_surveys(rng: Random, people: DemoPeople, contacts: list[Contact], until: date) -> None:
    """A satisfaction survey after contacts and a recommendation survey, with their answers."""
    made_at = datetime.combine(until - timedelta(days=DAYS_ASKED + 5), time(9), UTC)
    _make_vocabulary()
    FrequencyRule.objects.create(max_sends=1, window_seconds=30 * 86_400)
    addresses = {
        point.customer_id: point
        for point in ContactPoint.objects.filter(kind="email", is_primary=True)
    }
    ended = [one for one in contacts if _may_be_asked(one, until)]
    asked: dict[Any, Any] = {}
    for code, name, share in (
        ("csat", "After every contact", "0.22"),
        ("nps", "Would you recommend us", "0.06"),
    ):
        program = _program(people, code, name, share, made_at)
        _ask(rng, program, ended, addresses, asked, until)
        keeping.rebuild_tallies(program.survey)
    _make_alerts(rng, people, until)
    for back in range(30):
        VisitCount.objects.create(
            on_date=until - timedelta(days=back), verdict="automated", count=rng.randrange(4, 40)
        )


def _make_vocabulary() -> None:
    Topic.objects.bulk_create(
        Topic(code=code, name=name, group=group, phrases=phrases)
        for code, name, group, phrases in TOPICS
    )
    RootCause.objects.bulk_create(
        RootCause(code=code, name=name, group=group) for code, name, group in CAUSES
    )
    AlertRule.objects.create(
        name="Unhappy customers", on_vip=True, on_contact_wish=True, risk_words="lawyer\ncancel*"
    )


def _program(people: DemoPeople, code: str, name: str, share: str, at: datetime) -> Program:
    starter = TEMPLATES[code]
    content = deepcopy(starter.content)
    survey = Survey.objects.create(
        code=code,
        name=starter.name,
        kind=starter.kind,
        state="live",
        target_percent=80 if code == "csat" else 30,
    )
    SurveyVersion.objects.create(
        survey=survey,
        number=1,
        state="published",
        content=content,
        content_sha256=sha256_of(content),
        published_at=at,
        published_by=people.admin,
    )
    return Program.objects.create(
        name=name,
        survey=survey,
        salt=f"demo-{code}",
        channels=["email"],
        strata=[{"name": "all", "p": share}],
        state="live",
        live_at=at,
    )


def _may_be_asked(contact: Contact, until: date) -> bool:
    row = contact.interaction
    days = (until - row.started_at.date()).days
    is_handled = row.outcome == "handled" and row.direction == "inbound" and row.ended_at
    return bool(is_handled) and 1 <= days <= DAYS_ASKED


def _ask(
    rng: Random,
    program: Program,
    contacts: list[Contact],
    addresses: dict[Any, ContactPoint],
    asked: dict[Any, Any],
    until: date,
) -> None:
    """Decide about every contact as the program does, and let some of those asked answer."""
    decisions, invited = [], []
    p = Decimal(program.strata[0]["p"])
    for contact in contacts:
        row = contact.interaction
        u = selection.draw(program.salt, program.survey_id, row.pk)
        point = addresses.get(row.customer_id)
        outcome, reason = _outcome(u, p, point, asked.get(row.customer_id), row.ended_at)
        if outcome == "invited":
            asked[row.customer_id] = row.ended_at
            invited.append(contact)
        elif (until - row.ended_at.date()).days > DAYS_DECIDED:
            continue
        decisions.append(
            SendDecision(
                program=program,
                subject=f"interaction:{row.pk}",
                interaction=row,
                customer=row.customer,
                contact_point=point,
                decided_at=row.ended_at + timedelta(seconds=40),
                outcome=outcome,
                reason=reason,
                stratum="all",
                p=p,
                u_hex=f"{u:016x}",
                due_at=row.ended_at + timedelta(hours=1) if outcome == "invited" else None,
            )
        )
    SendDecision.objects.bulk_create(decisions, batch_size=BATCH)
    _invite(rng, program, invited, addresses, until)


def _outcome(
    u: int, p: Decimal, point: ContactPoint | None, last: datetime | None, at: datetime
) -> tuple[str, str]:
    if point is None:
        return "no_contact_point", "There is no usable address on the program's channels."
    if not selection.is_invited(u, p):
        return "not_sampled", f"Drawn {u / selection.SPACE:.4f}, not below {p}."
    if last is not None and at - last < timedelta(days=30):
        return "blocked", "Asked already: 1 in 30 days, all surveys."
    return "invited", "Drawn and allowed by every rule."


def _invite(
    rng: Random,
    program: Program,
    contacts: list[Contact],
    addresses: dict[Any, ContactPoint],
    until: date,
) -> None:
    version = program.survey.published
    assert version is not None
    rows = []
    for number, contact in enumerate(contacts):
        row, sent_at = contact.interaction, contact.interaction.ended_at + timedelta(hours=1)
        is_over = sent_at.date() < until - timedelta(days=14)
        rows.append(
            Invitation(
                reference=f"{'D' if program.survey.code == 'csat' else 'N'}{number:07d}",
                survey=program.survey,
                version=version,
                program=program,
                customer=row.customer,
                contact_point=addresses[row.customer_id],
                interaction=row,
                channel="email",
                state="expired" if is_over else "sent",
                disposition="NC",
                due_at=sent_at,
                sent_at=sent_at,
                message_id=f"<demo-{program.pk}-{number}@meridian.example>",
                expires_at=sent_at + timedelta(days=14),
                queue=row.queue,
                interaction_channel=row.channel,
                team=contact.legs[-1].team,
                attribution="last_replier",
            )
        )
    Invitation.objects.bulk_create(rows, batch_size=BATCH)
    InvitationCredit.objects.bulk_create(
        (
            InvitationCredit(
                invitation=one, agent=contact.legs[-1].agent, leg=contact.legs[-1], weight=1
            )
            for one, contact in zip(rows, contacts, strict=True)
        ),
        batch_size=BATCH,
    )
    _answer(rng, program, list(zip(rows, contacts, strict=True)), until)


def _answer(
    rng: Random, program: Program, asked: list[tuple[Invitation, Contact]], until: date
) -> None:
    """A quarter answers; a few opt out or come back."""
    responses, answers, changed = [], [], []
    for invitation, contact in asked:
        chance = rng.random()
        delay = timedelta(minutes=int(rng.expovariate(1 / 300)) + 2)
        at = invitation.sent_at + delay
        if chance < 0.26 and at.date() <= until:
            response, rows = _response(rng, invitation, contact, at)
            responses.append(response)
            answers += rows
            if response.state == "accepted":
                invitation.state, invitation.disposition = "answered", "I"
                invitation.answered_on = response.submitted_on
        elif chance < 0.275:
            invitation.state, invitation.disposition = "opted_out", "R"
        elif chance < 0.295:
            invitation.state, invitation.disposition = "bounced", "U"
        else:
            continue
        changed.append(invitation)
    Invitation.objects.bulk_update(
        changed, ["state", "disposition", "answered_on"], batch_size=BATCH
    )
    Response.objects.bulk_create(responses, batch_size=BATCH)
    Answer.objects.bulk_create(answers, batch_size=BATCH)
    _label(responses)


def _response(
    rng: Random, invitation: Invitation, contact: Contact, at: datetime
) -> tuple[Response, list[Answer]]:
    agent = contact.legs[-1].agent
    long_wait = (contact.interaction.wait_seconds or 0) > 120
    mood = 0.3 + 0.75 * skill(agent) - (0.25 if long_wait else 0) + rng.gauss(0, 0.22)
    is_nps = invitation.survey.code == "nps"
    value = max(0, min(10, round(mood * 10))) if is_nps else max(1, min(5, round(mood * 5)))
    satisfied = value >= (9 if is_nps else 4)
    driver = _driver(rng, satisfied, long_wait)
    comment = _comment(rng, satisfied, driver)
    is_machine = rng.random() < 0.02
    response = Response(
        id=UUID(int=rng.getrandbits(128), version=4),
        survey=invitation.survey,
        version=invitation.version,
        invitation=invitation,
        state="suspect" if is_machine else "accepted",
        automation_score=Decimal("1.10") if is_machine else Decimal("0.00"),
        automation_signals={"data_center": "0.3", "fast_hit": "0.4", "no_event": "0.4"}
        if is_machine
        else {},
        language="en",
        channel="email",
        submitted_at=at,
        submitted_on=at.date(),
        duration_seconds=rng.randrange(12, 180),
        queue=invitation.queue,
        interaction_channel=invitation.interaction_channel,
        team=invitation.team,
        metric=invitation.survey.code,
        value=value,
        is_satisfied=satisfied,
        driver_by_customer=driver,
        comment=comment,
        privacy_text="2026-03",
    )
    return response, _answers(rng, response, driver, comment)


def _driver(rng: Random, satisfied: bool, long_wait: bool) -> str:
    if rng.random() < 0.12:
        return ""
    weights = (
        (0.62, 0.16, 0.17, 0.05) if satisfied else (0.2, 0.6 if long_wait else 0.42, 0.28, 0.1)
    )
    return rng.choices(("person", "process", "product", "other"), weights)[0]


def _comment(rng: Random, satisfied: bool, driver: str) -> str:
    if rng.random() > (0.3 if satisfied else 0.7):
        return ""
    return rng.choice(GOOD if satisfied else BAD[driver or "other"])


def _answers(rng: Random, response: Response, driver: str, comment: str) -> list[Answer]:
    key = response.survey.code
    rows = [Answer(question=key, number=response.value)]
    rows.append(Answer(question="driver", option=driver, is_skipped=not driver))
    rows.append(Answer(question="comment", text=comment, is_skipped=not comment))
    wants = not response.is_satisfied and rng.random() < 0.4
    rows.append(
        Answer(question="wants_contact", option="yes" if wants else "", is_skipped=not wants)
    )
    for row in rows:
        row.id, row.response = UUID(int=rng.getrandbits(128), version=4), response
    return rows


def _label(responses: list[Response]) -> None:
    known = list(Topic.objects.all())
    CommentLabel.objects.bulk_create(
        CommentLabel(
            response=row,
            topic=topic,
            by_rule=True,
            polarity=1 if row.is_satisfied else -1,
            at=row.submitted_at,
        )
        for row in responses
        if row.comment and row.state == "accepted"
        for topic in known
        if topics.matches(topic.phrase_list, row.comment)
    )


def _make_alerts(rng: Random, people: DemoPeople, until: date) -> None:
    """Unhappy answers: old ones put right and measured, new ones waiting."""
    rule, causes = AlertRule.objects.get(), list(RootCause.objects.all())
    rows = (
        Response.objects.accepted().filter(is_satisfied=False).select_related("invitation", "team")
    )
    by_day: dict[tuple[Any, Any, Any], bool] = defaultdict(bool)
    for response in rows.order_by("submitted_at"):
        band = 6 if response.metric == "nps" else 2
        key = (response.invitation.customer_id, response.submitted_on, response.survey_id)
        if response.value > band or by_day[key]:
            continue
        by_day[key] = True
        alert = Alert.objects.create(
            rule=rule,
            response=response,
            survey=response.survey,
            customer=response.invitation.customer,
            team=response.team,
            assignee=people.supervisors[response.team.name],
            on_date=response.submitted_on,
            reasons=[f"rated {response.value}"],
        )
        _recover(rng, alert, response, causes, until)


def _recover(
    rng: Random, alert: Alert, response: Response, causes: list[RootCause], until: date
) -> None:
    opened_at: Any = response.submitted_at
    recovery = Recovery(
        alert=alert,
        opened_at=opened_at,
        due_at=opened_at + timedelta(hours=4),
        metric=response.metric,
        before_value=response.value,
    )
    if opened_at.date() < until - timedelta(days=5):
        contacted_at = opened_at + timedelta(minutes=rng.randrange(20, 420))
        recovery.contacted_at = contacted_at
        recovery.resolved_at = contacted_at + timedelta(hours=rng.randrange(2, 40))
        recovery.root_cause = rng.choice(causes)
        recovery.action_taken = (
            "Called the customer, corrected the matter and confirmed it by e-mail."
        )
        if opened_at.date() < until - timedelta(days=20):
            after = min(10 if response.metric == "nps" else 5, response.value + rng.randrange(0, 4))
            recovery.after_value = after
            recovery.outcome = recovery_outcome(response.metric, response.value, after)
        alert.state, alert.closed_reason = "closed", "Resolved"
        alert.acknowledged_at, alert.closed_at = recovery.contacted_at, recovery.resolved_at
        alert.save()
    recovery.save()
    _follow_in_a_case(recovery, response)


def _follow_in_a_case(recovery: Recovery, response: Response) -> None:
    alert = recovery.alert
    case = cases.open_case(
        subject=f"{response.survey.name}: {', '.join(alert.reasons)}",
        description=response.comment,
        kind=CaseKind.SERVICE_RECOVERY,
        customer=alert.customer,
        assignee=alert.assignee,
        team=alert.team,
        queue=response.queue,
        is_from_customer=True,
        by=None,
        at=recovery.opened_at,
    )
    Recovery.objects.filter(pk=recovery.pk).update(case_id=case.pk)
    if recovery.resolved_at:
        cases.resolve_case(case=case, by=alert.assignee, at=recovery.resolved_at)
