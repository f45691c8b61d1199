"""The loop closed: a real call that failed, what followed, and the same agent's next real call.

Both calls are of one agent. In the first the caller is asked what was said a moment before.
"""

import re
from datetime import datetime, timedelta
from uuid import uuid4

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from crm.models import Case, Interaction, Leg
from feedback.actions import alerts, invitations
from feedback.actions import kudos as thanking
from feedback.models import Alert, BadgeAward, Invitation, Recovery, RootCause
from quality.actions import answers, evaluations
from quality.models import Evaluation
from reports import rollups
from reports.actions import runs
from reports.rollups.marking import site_day
from tests.factories.crm import ContactPointFactory, CustomerFactory
from tests.factories.feedback_surveys import (
    AlertRuleFactory,
    ProgramFactory,
)
from tests.factories.recognition import BadgeRuleFactory, CompanyValueFactory
from tests.feedback.survey_worlds import Respondent, invited
from tests.jobs import run_waiting_jobs
from tests.quality.worlds import YES_NO, document, member, published
from tests.real.test_import import import_file
from tests.training.worlds import LearningWorld
from training.actions import coaching, effects, learning, remediation
from training.effect_data import Definition
from training.models import CoachingSession, Enrollment, Proposal, RemediationRule

pytestmark = [pytest.mark.real_data, pytest.mark.django_db, pytest.mark.slow]

FILES = ("harper_valley/004860b1ab2e4c88.json", "harper_valley/00d676d7058c49bb.json")
DAY = timedelta(days=1)
BADGES = {
    "evaluation": [{"field": "is_passed", "operator": "eq", "value": True}],
    "recovery": [{"field": "outcome", "operator": "eq", "value": "recovered"}],
}
SCORECARD = document(
    release_mode="on_submit",
    sections=[
        {
            "key": "call",
            "title": "The call",
            "criteria": [
                {
                    "key": "listens",
                    "text": "Asks for nothing that was said already",
                    "weight": "60",
                    "critical_family": "customer",
                    "fail_trigger": "option",
                    "allow_na": False,
                    "options": [YES_NO[0], {**YES_NO[1], "critical_scope": "evaluation"}],
                },
                {
                    "key": "more",
                    "text": "Asks for anything else",
                    "weight": "40",
                    "options": YES_NO,
                },
            ],
        }
    ],
)


class Loop:
    """One agent of the bank, a team around the agent, and two calls as if of last week."""

    def __init__(self, capsys):
        import_file(capsys, *FILES, format="harper_valley", agent_team="Harper Valley")
        self.now = timezone.now()
        first, second = Interaction.objects.order_by("started_at")
        shift = self.now - 9 * DAY - first.started_at
        for model, names in (
            (Interaction, ("started_at", "queued_at", "answered_at", "ended_at")),
            (Leg, ("offered_at", "answered_at", "ended_at")),
        ):
            model.objects.update(**{name: F(name) + shift for name in names})
        self.first, self.second = (
            Leg.objects.select_related("interaction").get(interaction=call)
            for call in (first, second)
        )
        self.agent, self.team = self.first.agent, self.first.team
        self.supervisor = member("supervisor", self.team)
        self.evaluator = member("evaluator", self.team)
        self.colleague = member("agent", self.team)
        for kind, conditions in BADGES.items():
            BadgeRuleFactory(fact_kind=kind, conditions=conditions, k=1)
        self.scorecard = published(SCORECARD)

    def evaluated(self, leg: Leg, *, listens: str) -> Evaluation:
        at = leg.ended_at + timedelta(hours=2)
        evaluation = evaluations.start_evaluation(
            leg=leg, scorecard=self.scorecard, selection="random", by=self.evaluator, at=at
        )
        for key, option in (("listens", listens), ("more", "yes")):
            answers.save_answer(
                evaluation=evaluation,
                key=key,
                change={"answer": {"option": option}},
                seen=0,
                save_id=uuid4(),
                by=self.evaluator,
                at=at,
            )
        evaluations.submit_evaluation(
            evaluation=evaluation, by=self.evaluator, at=at, key=uuid4(), confirmed=True
        )
        run_waiting_jobs()
        return Evaluation.objects.select_related("current_revision").get(pk=evaluation.pk)

    def browser(self, person) -> Client:
        client = Client()
        client.force_login(person)
        return client


def test_a_bad_call_is_learned_from_made_good_and_thanked_for(capsys, mailoutbox):
    loop = Loop(capsys)
    given = remedy(loop)
    helped(loop, given)
    recovered(loop, mailoutbox)
    thanked(loop)
    told(loop)


def remedy(loop: Loop) -> datetime:
    """The failure proposes a lesson and coaching; both happen before the next call."""
    school = LearningWorld().published()
    RemediationRule.objects.create(
        name="Listening",
        k=1,
        n=5,
        criterion_key="listens",
        coaching_text="Listening",
        course=school.course,
        active_since=loop.first.ended_at - DAY,
        created_by=school.trainer,
    )
    bad = loop.evaluated(loop.first, listens="no")
    assert bad.current_revision.score_percent == 0
    assert bad.current_revision.critical_fired

    proposal = Proposal.objects.get(agent=loop.agent)
    assert proposal.evidence == [bad.pk]
    at = loop.first.ended_at + timedelta(hours=4)
    remediation.confirm_proposal(proposal=proposal, by=loop.supervisor, at=at)

    enrollment = Enrollment.objects.get(person=loop.agent, course=school.course)
    assert "failed" in enrollment.assignment.reason
    learning.mark_done(enrollment=enrollment, lesson=school.text, at=at)
    school.taken(enrollment, at=at)
    run_waiting_jobs()
    enrollment.refresh_from_db()
    assert enrollment.is_completed

    session = CoachingSession.objects.get(agent=loop.agent)
    assert [row.evaluation for row in session.agenda.get().evidence.all()] == [bad]
    at += timedelta(hours=1)
    for verb in (coaching.hold_session, coaching.share_session):
        session = verb(session=session, by=loop.supervisor, at=at)
    coaching.answer_session(
        session=session, is_contested=False, comment="Agreed.", rating=5, by=loop.agent, at=at
    )
    return at


def helped(loop: Loop, since: datetime) -> None:
    """The next call goes well; the effect report counts both and says that two are too few."""
    assert loop.second.answered_at > since
    good = loop.evaluated(loop.second, listens="yes")
    assert good.current_revision.score_percent == 100
    assert not good.current_revision.critical_fired

    on = site_day(since)
    report = effects.order_report(
        title="Listening",
        definition=Definition("coaching", on, on, criteria=("listens",)),
        by=loop.supervisor,
        at=loop.now,
    )
    run_waiting_jobs()
    report.refresh_from_db()
    (section,) = report.result["sections"]
    assert section["verdict"] == "not_enough"
    assert [one["agent_id"] for one in section["left_out"]] == [loop.agent.pk]
    page = loop.browser(loop.supervisor).get(f"/training/effects/{report.pk}/")
    assert page.status_code == 200


def recovered(loop: Loop, mailbox) -> None:
    """The first caller rates low; a case is opened, closed with its cause, and asked again."""
    AlertRuleFactory()
    program = ProgramFactory(live_at=loop.now - 30 * DAY)
    caller = CustomerFactory(first_name="Mary", last_name="Smith")
    address = ContactPointFactory(customer=caller, kind="email", value="mary@mail.example")
    call = loop.first.interaction
    Interaction.objects.filter(pk=call.pk).update(customer=caller)
    invitation, token = invited(
        version=program.survey.published,
        program=program,
        customer=caller,
        contact_point=address,
        interaction=call,
        team=loop.team,
        interaction_channel="voice",
    )
    invitation.credits.create(agent=loop.agent, weight=1)
    person = Respondent(token)
    person.send(person.open(), csat="1", driver="person", comment="I had to say it twice.")
    run_waiting_jobs()

    recovery = Recovery.objects.get()
    assert Case.objects.get(pk=recovery.case_id).customer == caller
    lead, cause = loop.browser(loop.supervisor), RootCause.objects.create(code="ear", name="Ear")
    alert = f"/feedback/alerts/{Alert.objects.get().pk}/act/"
    for step in (
        {"act": "acknowledge"},
        {"act": "contacted"},
        {"act": "resolve", "root_cause": cause.pk, "action_taken": "Called back and apologized."},
    ):
        assert lead.post(alert, step).status_code == 302
    run_waiting_jobs()

    recovery.refresh_from_db()
    assert recovery.invitation.is_recovery
    person = Respondent(link_of_the_second_mail(recovery, mailbox))
    person.send(person.open(), csat="5", driver="person", comment="She listened this time.")
    run_waiting_jobs()
    alerts.measure_due(at=timezone.now())
    run_waiting_jobs()
    recovery.refresh_from_db()
    assert recovery.outcome == "recovered"


def link_of_the_second_mail(recovery: Recovery, mailbox) -> str:
    """The token of the link in the mail that asks again, sent as it is sent to customers."""
    Invitation.objects.filter(pk=recovery.invitation_id).update(due_at=timezone.now())
    invitations.send_due(at=timezone.now())
    run_waiting_jobs()
    (mail,) = (one for one in mailbox if one.to == ["mary@mail.example"])
    found = re.search(r"/s/([\w-]+)", mail.body)
    assert found
    return found[1]


def thanked(loop: Loop) -> None:
    """A colleague says thanks; the good call and the recovery have earned their badges."""
    thanking.give_kudos(
        thanks=thanking.Thanks(
            recipients=[loop.agent],
            message="Thank you for listening so well since Tuesday.",
            values=[CompanyValueFactory()],
            points_each=0,
        ),
        key=uuid4().hex,
        by=loop.colleague,
        at=timezone.now(),
    )
    run_waiting_jobs()
    assert BadgeAward.objects.standing().filter(agent=loop.agent).count() == 2


def told(loop: Loop) -> None:
    """All of it stands on the agent's scorecard, and the month on the executive sheet."""
    rollups.rebuild([site_day(loop.now - n * DAY) for n in range(12)], at=timezone.now())
    lead = loop.browser(loop.supervisor)
    today = site_day(loop.now)
    span = f"?begin={today - 20 * DAY}&end={today}"
    card = lead.get(f"/reports/agents/{loop.agent.pk}/{span}").content.decode()
    sides = lead.get(f"/reports/agents/{loop.agent.pk}/sides/{span}").content.decode()

    assert loop.agent.short_name in card
    assert "n = 2" in card
    for words in ("Courses completed", "Thanks received", "Satisfied customers"):
        assert words in sides

    month = f"month={site_day(loop.second.answered_at):%Y-%m}"
    run = runs.order_report(kind="executive", query=month, by=loop.supervisor, at=timezone.now())
    run_waiting_jobs()
    item = run.items.get()
    assert b"".join(lead.get(f"/files/{item.file_id}/")).startswith(b"%PDF")
    quality = item.snapshot["html"].partition('<div class="tile-label">Quality')[2]
    assert "n = 2" in quality.partition("</td>")[0]
