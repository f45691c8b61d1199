"""What a line of an agenda rests on: the agent's own work alone, and links to the exact place."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from feedback.models import Kudos, Response
from tests.factories.crm import RecordingFactory
from tests.factories.feedback_surveys import (
    InvitationCreditFactory,
    ResponseFactory,
    SurveyFactory,
)
from tests.factories.recognition import KudosFactory, KudosRecipientFactory
from tests.quality.worlds import handled_leg, member
from tests.training.judged import DAY
from tests.training.test_coaching import LATER, Talk
from training import coaching_record
from training.actions import agenda
from training.actions import coaching as sessions
from training.models import EvidenceLink
from training.places import Place, place_in

pytestmark = pytest.mark.django_db
WORDS = "Nobody could tell me when."


class HeardTalk(Talk):
    """A talk with an agent of whom customers and colleagues said something yesterday."""

    def answer_of(self, agent=None, *, driver="person", anonymity="identified", at=None, **fields):
        at = at or timezone.now() - 2 * DAY
        row = ResponseFactory(
            invitation__version__survey__anonymity=anonymity,
            submitted_at=at,
            submitted_on=at.date(),
            is_satisfied=False,
            driver_by_customer=driver,
            comment=WORDS,
            team=self.team,
            **fields,
        )
        InvitationCreditFactory(invitation=row.invitation, agent=agent or self.agent)
        return row

    def thanks_to(self, agent=None, **fields):
        kudos = KudosFactory(posted_at=timezone.now() - DAY, **fields)
        KudosRecipientFactory(kudos=kudos, agent=agent or self.agent, team=self.team)
        return kudos

    def line(self, **options):
        options = {"evaluation_ids": [self.evaluations[0].pk], "criterion_key": "solve"} | options
        return agenda.add_agenda_item(
            session=self.session, text="Solving", by=self.coach, at=timezone.now(), **options
        )

    def moment(self, leg, **place):
        item = self.session.agenda.first() or self.line()
        place = {"turn": None, "second": None} | place
        return agenda.add_moment(
            item=item, interaction_id=leg.interaction_id, by=self.coach, at=timezone.now(), **place
        )

    def page(self, client, reader):
        client.force_login(reader)
        return client.get(reverse("training:session_detail", args=[self.session.pk]))


@pytest.fixture
def talk():
    return HeardTalk()


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def test_answers_and_thanks_come_onto_the_agenda_from_the_page(client, talk):
    answer, thanks = talk.answer_of(), talk.thanks_to()
    page = talk.page(client, talk.coach).content.decode()
    assert ("What customers said, 90 days" in page, "Thanks, 90 days" in page) == (True, True)
    add = url("agenda_add", talk.session.pk)
    for field, pk in (("responses", answer.pk), ("kudos", thanks.pk)):
        assert client.post(add, {"text": field, field: pk}).status_code == 302

    links = EvidenceLink.objects.order_by("pk").values_list("response", "kudos")
    assert list(links) == [(answer.pk, None), (None, thanks.pk)]
    page = talk.page(client, talk.coach).content.decode()
    assert reverse("feedback:response_detail", args=[answer.pk]) in page
    assert reverse("feedback:kudos_detail", args=[thanks.pk]) in page
    assert "What customers said, 90 days" not in page


def test_the_agent_reads_what_was_shared_and_gets_no_link_to_nowhere(client, talk):
    answer, thanks = talk.answer_of(), talk.thanks_to()
    talk.line(response_ids=[answer.pk], kudos_ids=[thanks.pk])
    sessions.hold_session(session=talk.session, by=talk.coach, at=LATER)
    sessions.share_session(session=talk.session, by=talk.coach, at=LATER)
    page = talk.page(client, talk.agent).content.decode()

    assert (WORDS in page, thanks.message in page) == (True, True)
    assert reverse("feedback:response_detail", args=[answer.pk]) not in page
    assert reverse("feedback:kudos_detail", args=[thanks.pk]) in page
    evaluation = reverse("quality:evaluation_detail", args=[talk.evaluations[0].pk])
    assert f"{evaluation}#a-solve" in page
    html = coaching_record.record_html(talk.session, at=LATER)
    assert (WORDS in html, "A customer’s answer" in html) == (False, True)


def test_a_named_reader_reads_no_words_that_are_not_for_them(client, talk):
    talk.line(response_ids=[talk.answer_of().pk], kudos_ids=[talk.thanks_to().pk])
    Kudos.objects.update(visibility="private")
    reader = member("trainer", talk.team)
    talk.session.viewers.add(reader)
    page = talk.page(client, reader).content.decode()

    assert "A customer’s answer" in page
    assert (WORDS in page, Kudos.objects.get().message in page) == (False, False)


def test_what_counts_no_more_shows_no_words(client, talk):
    talk.line(response_ids=[talk.answer_of().pk], kudos_ids=[talk.thanks_to().pk])
    Response.objects.update(state="suspect")
    Kudos.objects.update(state="removed", ended_at=LATER)
    page = talk.page(client, talk.coach).content.decode()

    assert ("counts no more" in page, "taken back" in page) == (True, True)
    assert (WORDS in page, Kudos.objects.get().message in page) == (False, False)


@pytest.mark.parametrize(
    "fields",
    [
        {"driver": "process"},
        {"anonymity": "confidential"},
        {"at": timezone.now() - timedelta(hours=2)},
        {"state": "suspect"},
    ],
)
def test_answers_that_the_agent_is_not_to_read_are_no_evidence(talk, fields):
    answer = talk.answer_of(**fields)

    with pytest.raises(agenda.ForeignEvidence):
        talk.line(response_ids=[answer.pk])


@pytest.mark.parametrize("kind", ["evaluations", "responses", "kudos"])
def test_evidence_of_another_agent_is_an_error_of_the_form(client, talk, kind):
    other = member("agent", talk.team)
    talk.judge("F", agent=other)
    foreign = {
        "evaluations": talk.evaluations[-1].pk,
        "responses": talk.answer_of(other).pk,
        "kudos": talk.thanks_to(other).pk,
    }
    client.force_login(talk.coach)
    for value in (foreign[kind], "²", uuid4()):
        given = {"text": "Mine in the form", kind: value}
        answer = client.post(url("agenda_add", talk.session.pk), given)
        assert answer.status_code == 422
        assert "not the agent" in answer.content.decode()
        assert "Mine in the form" in answer.content.decode()

    assert not talk.session.agenda.exists()


def test_a_moment_leads_to_the_turn_or_the_second(client, talk):
    leg = handled_leg(talk.team, agent=talk.agent)
    RecordingFactory(interaction=leg.interaction, duration_seconds=95)
    talk.line()
    client.force_login(talk.coach)
    item = talk.session.agenda.get()
    add = url("evidence_add", talk.session.pk, item.pk)
    path = leg.interaction.get_absolute_url()
    for place in ("#turn-1", "#t=83.2", "", ""):
        assert (
            client.post(add, {"place": f"https://attune.example{path}{place}"}).status_code == 302
        )

    page = talk.page(client, talk.coach).content.decode()
    assert [f'href="{path}{place}"' in page for place in ("#turn-1", "#t=83", "")] == [True] * 3
    assert f"{leg.interaction.reference} at 1:23" in page
    assert item.evidence.count() == 4
    assert AuditEntry.objects.filter(verb="add_evidence").count() == 3


@pytest.mark.parametrize(
    ("place", "sentence"),
    [
        ("the call of Tuesday", "Write a reference"),
        ("I-9999999", "No interaction of this agent"),
        ("{}#turn-999", "no such turn"),
        ("{}#t=96", "ends after 95 seconds"),
    ],
)
def test_places_that_do_not_exist_are_errors_of_the_form(client, talk, place, sentence):
    leg = handled_leg(talk.team, agent=talk.agent)
    RecordingFactory(interaction=leg.interaction, duration_seconds=95)
    item = talk.line()
    client.force_login(talk.coach)
    given = {"place": place.format(leg.interaction.reference)}
    answer = client.post(url("evidence_add", talk.session.pk, item.pk), given)

    assert (answer.status_code, sentence in answer.content.decode()) == (422, True)
    assert item.evidence.count() == 1


def test_moments_of_another_agent_are_refused(talk):
    with pytest.raises(agenda.NotTheAgents):
        talk.moment(handled_leg(talk.team, agent=member("agent", talk.team)))


def test_a_page_with_much_evidence_costs_as_many_queries(client, talk):
    survey = SurveyFactory(anonymity="identified")
    counts = []
    for _round in range(2):
        for _each in range(1 + 5 * len(counts)):
            answer = talk.answer_of()
            Response.objects.filter(pk=answer.pk).update(survey=survey)
            talk.line(response_ids=[answer.pk], kudos_ids=[talk.thanks_to().pk])
            talk.moment(handled_leg(talk.team, agent=talk.agent))
        client.force_login(talk.coach)
        with CaptureQueriesContext(connection) as caught:
            assert client.get(url("session_detail", talk.session.pk)).status_code == 200
        counts.append(len(caught))

    assert counts[0] == counts[1]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("I-12", Place(12)),
        (" i-0000012 ", Place(12)),
        ("https://a.example/interactions/I-0000012/", Place(12)),
        ("/interactions/I-0000012/?find=date#turn-0", Place(12, turn=0)),
        ("/interactions/I-0000012/#t=83.9", Place(12, second=83)),
        ("/interactions/I-0000012/#recordings", Place(12)),
        ("C-0000012", None),
        ("I-0000012 and more", None),
        ("", None),
    ],
)
def test_places_are_read_from_addresses(text, place):
    assert place_in(text) == place
