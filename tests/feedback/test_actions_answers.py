"""What survey answers mean for recognition: facts, praise, kudos, and their way back."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from config import recognition_facts
from feedback import recognition_handlers
from feedback.actions import keeping, responses
from feedback.actions.praise import release_praise
from feedback.models import Kudos, PraiseDraft, RecognitionFact, Response
from feedback.survey_events import RecoveryMeasured, SurveyResponseReceived
from tests.factories.accounts import UserFactory
from tests.factories.feedback_surveys import (
    AlertFactory,
    InvitationCreditFactory,
    RecoveryFactory,
    ResponseFactory,
    SurveyVersionFactory,
)
from tests.factories.recognition import AT
from tests.factories.training import CertificateFactory
from tests.feedback.survey_worlds import AskingWorld, Respondent, invited
from tests.jobs import run_waiting_jobs
from training.events import CertificateIssued, CertificateRevoked

pytestmark = pytest.mark.django_db

WORDS = "She was kind. Call me at +44 20 7946 0958. She solved it at once!"
REASON = "It looks like a test of our own."


@pytest.fixture
def world():
    return AskingWorld()


def answer(world, value=5, driver="person", comment=WORDS):
    """A customer of the world answers about its agent, and everybody has reacted."""
    interaction = world.interaction(ended_at=timezone.now() - timedelta(hours=2))
    invitation, token = invited(
        version=world.survey.published,
        customer=interaction.customer,
        interaction=interaction,
        queue=world.queue,
        team=world.team,
    )
    invitation.credits.create(agent=world.agent, weight=1)
    person = Respondent(token)
    person.send(person.open(), csat=str(value), driver=driver, comment=comment)
    run_waiting_jobs()
    return Response.objects.get(invitation=invitation)


def facts_about(person):
    return list(RecognitionFact.objects.filter(agent=person).newest())


def test_a_happy_answer_becomes_kudos_on_the_wall(client, world):
    response = answer(world)
    draft = PraiseDraft.objects.get()
    client.force_login(world.supervisor)
    shown = client.get("/recognition/praise/").content.decode()
    client.post(
        f"/recognition/praise/{draft.pk}/release/", {"text": "She was kind. She solved it at once!"}
    )
    client.force_login(world.agent)
    wall = client.get("/recognition/").content.decode()

    assert draft.response_id == str(response.pk)
    assert list(draft.agents.all()) == [world.agent]
    assert "7946" not in shown
    assert "She was kind. She solved it at once!" in wall
    assert "A customer" in wall


def test_words_of_an_erased_customer_leave_the_wall_and_the_loop(client, world):
    response = answer(world)
    draft = PraiseDraft.objects.get()
    release_praise(draft=draft, text="She solved it at once!", by=world.supervisor, at=AT)
    alert = AlertFactory(response=response, closed_reason=WORDS)
    RecoveryFactory(alert=alert, action_taken=WORDS)
    while keeping.erase_customer(response.invitation.customer_id, 10):
        run_waiting_jobs()

    draft.refresh_from_db()
    alert.refresh_from_db()
    assert (draft.redacted_text, draft.kudos.message) == ("", "")
    assert (alert.closed_reason, alert.recovery.action_taken) == (keeping.GONE, keeping.GONE)


def test_agents_read_waiting_praise_about_themselves_a_day_later(client, world):
    answer(world)
    client.force_login(world.agent)
    soon = client.get("/feedback/mine/").content.decode()
    PraiseDraft.objects.update(created_at=timezone.now() - timedelta(hours=25))
    later = client.get("/feedback/mine/").content.decode()
    client.force_login(UserFactory(roles=["agent"]))
    other = client.get("/feedback/mine/").content.decode()

    shown = ["She solved it at once!" in page for page in (soon, later, other)]
    assert shown == [False, True, False]


@pytest.mark.parametrize(
    "given", [{"value": 3}, {"driver": "process"}, {"comment": "Thanks"}, {"comment": ""}]
)
def test_other_answers_are_facts_but_no_praise(world, given):
    answer(world, **given)

    (fact,) = facts_about(world.agent)
    assert fact.kind == "survey"
    assert fact.payload["value"] == given.get("value", 5)
    assert fact.payload["driver"] == given.get("driver", "person")
    assert not PraiseDraft.objects.exists()


def test_words_of_confidential_surveys_stay_figures(world):
    type(world.survey).objects.update(anonymity="confidential")

    answer(world)

    assert len(facts_about(world.agent)) == 1
    assert not PraiseDraft.objects.exists()


def test_a_withdrawn_answer_takes_fact_and_kudos_back_and_a_released_one_gives_again(world):
    response = answer(world)
    boss = UserFactory(roles=["admin"])
    now = timezone.now()

    responses.quarantine_response(response=response, by=boss, at=now, reason=REASON)
    run_waiting_jobs()
    dropped = PraiseDraft.objects.get()
    facts_then = facts_about(world.agent)
    responses.release_response(response=response, by=boss, at=now, reason=REASON)
    run_waiting_jobs()

    assert (dropped.state, dropped.decided_by, facts_then) == ("discarded", None, [])
    assert PraiseDraft.objects.get().state == "draft"
    assert len(facts_about(world.agent)) == 1


def test_withdrawal_removes_the_kudos_that_were_released(client, world):
    response = answer(world)
    client.force_login(world.supervisor)
    client.post(
        f"/recognition/praise/{PraiseDraft.objects.get().pk}/release/", {"text": WORDS[:13]}
    )
    assert Kudos.objects.posted().count() == 1

    responses.quarantine_response(
        response=response, by=UserFactory(roles=["admin"]), at=timezone.now(), reason=REASON
    )
    run_waiting_jobs()

    assert not Kudos.objects.posted().exists()
    assert facts_about(world.agent) == []


def test_relabeling_is_the_next_version_and_drops_what_is_not_about_people(world):
    response = answer(world)

    responses.relabel_driver(
        response=response,
        driver="process",
        reason="The refund took long.",
        by=UserFactory(roles=["admin"]),
        at=timezone.now(),
    )
    run_waiting_jobs()

    (fact,) = facts_about(world.agent)
    assert (fact.version, fact.payload["driver"]) == (2, "process")
    assert PraiseDraft.objects.get().state == "discarded"


def test_the_same_event_twice_and_late_ones_change_nothing(world):
    response = answer(world)
    with transaction.atomic():
        again = responses.received(response, by=None, at=timezone.now())
    recognition_handlers.note_answer(again)
    first = RecognitionFact.objects.filter(kind="survey").count()
    Response.objects.update(state="rejected")
    recognition_handlers.note_answer(again)

    assert (first, RecognitionFact.objects.filter(kind="survey").count()) == (1, 1)


def test_the_fact_of_an_anonymous_answer_names_no_response():
    version = SurveyVersionFactory(survey__anonymity="anonymous")
    response = ResponseFactory(
        version=version,
        survey=version.survey,
        invitation=None,
        is_anonymous=True,
        submitted_at=None,
        duration_seconds=None,
    )

    fact = responses.received(response, by=None, at=timezone.now())

    assert isinstance(fact, SurveyResponseReceived)
    assert (fact.response_id, fact.interaction_id, fact.credits) == ("", None, ())


@pytest.mark.parametrize(
    ("outcome", "facts"), [("recovered", 1), ("improved", 1), ("unchanged", 0), ("worse", 0)]
)
def test_a_customer_won_back_is_a_fact_once(outcome, facts):
    agent = InvitationCreditFactory().agent
    measured = RecoveryMeasured(
        at=AT,
        by_id=None,
        recovery_id=3,
        case_id=None,
        before=2,
        after=4,
        outcome=outcome,
        credits=((agent.pk, Decimal(1)),),
    )

    recognition_handlers.note_recovery(measured)
    recognition_handlers.note_recovery(measured)

    assert len(facts_about(agent)) == facts


def test_a_certificate_is_a_fact_until_it_is_revoked():
    certificate = CertificateFactory()
    ids = {"certificate_id": certificate.pk, "person_id": certificate.person_id}
    issued = CertificateIssued(at=AT, by_id=None, course_id=5, valid_until_on="", **ids)

    recognition_facts.certificate_issued(issued)
    (fact,) = facts_about(certificate.person)
    recognition_facts.certificate_revoked(CertificateRevoked(at=AT, by_id=None, **ids))

    assert (fact.kind, fact.payload) == ("certificate", {"course": 5})
    assert facts_about(certificate.person) == []
