"""What the timeline of a customer says about surveys."""

import pytest
from django.utils import timezone

from crm import timeline
from crm.models import TimelineEntry
from feedback.actions import invitations, responses
from feedback.models import Response
from tests.factories.accounts import UserFactory
from tests.feedback.survey_worlds import AskingWorld, answered
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db


def told():
    rows = TimelineEntry.objects.filter(kind__startswith="survey_").order_by("at")
    return list(rows.values_list("kind", "title", "about"))


def answered_in(world, anonymity="identified"):
    type(world.survey).objects.update(anonymity=anonymity)
    interaction = world.interaction()
    invitation, _page = answered(
        version=world.survey.published,
        customer=interaction.customer,
        interaction=interaction,
        team=world.team,
    )
    invitation.credits.create(agent=world.agent, weight=1)
    run_waiting_jobs()
    return invitation


def test_sending_is_told_once_it_left():
    world = AskingWorld()
    customer = world.customer()
    invitation = answered_in(world)
    type(invitation).objects.update(state="queued", sent_at=None, message_id="", disposition="")
    type(invitation).objects.update(customer=customer)

    invitations.mark_sent(
        invitation_id=invitation.pk, purpose="first", message_id="<1>", at=timezone.now()
    )
    run_waiting_jobs()

    sent = TimelineEntry.objects.get(kind="survey_invitation")
    assert (sent.customer, sent.audience) == (customer, "")
    assert sent.title == f"Asked by survey: {world.survey.name}"


def test_an_answer_is_told_about_its_agent_and_leads_to_the_response(client):
    world = AskingWorld()
    invitation = answered_in(world)
    client.force_login(world.supervisor)
    entry = TimelineEntry.objects.visible_to(world.supervisor).get(kind="survey_answer")

    assert entry.about == world.agent
    assert entry.title == f"Answered survey: {world.survey.name}"
    address = timeline.kind_named(entry.kind).url_of(entry.target_id)
    assert address == f"/feedback/responses/{invitation.response.pk}/"
    assert not TimelineEntry.objects.visible_to(world.agent).filter(kind="survey_answer").exists()


@pytest.mark.parametrize("anonymity", ["confidential", "anonymous"])
def test_nothing_is_told_of_answers_that_name_nobody(anonymity):
    answered_in(AskingWorld(), anonymity)

    assert Response.objects.count() == 1
    assert not TimelineEntry.objects.filter(kind="survey_answer").exists()


def test_a_withdrawn_answer_is_told_no_more_and_rebuilding_gives_the_same():
    invitation = answered_in(AskingWorld())
    timeline.rebuild()
    rebuilt = [row for row in told() if row[0] == "survey_answer"]
    responses.quarantine_response(
        response=invitation.response,
        by=UserFactory(roles=["admin"]),
        at=timezone.now(),
        reason="A test of our own.",
    )
    run_waiting_jobs()

    assert len(rebuilt) == 1
    assert not TimelineEntry.objects.filter(kind="survey_answer").exists()
