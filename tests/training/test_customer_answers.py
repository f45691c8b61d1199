"""Rules about what customers say of the person: what counts, what fires, what is withdrawn."""

from datetime import timedelta

import pytest
from django.urls import reverse

from feedback.events import (
    SurveyDriverRelabeled,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
)
from feedback.models import Response
from tests.factories.feedback_surveys import (
    CommentLabelFactory,
    InvitationCreditFactory,
    ResponseFactory,
    TopicFactory,
)
from tests.training.judged import DAY, START
from tests.training.test_coaching import LATER as TALK_AT
from tests.training.test_coaching import Talk
from tests.training.worlds import LearningWorld
from training import handlers
from training.actions import coaching
from training.actions import remediation as actions
from training.judgements import outcomes_of
from training.measuring import snapshot_of
from training.models import Assignment, EvidenceLink, Proposal
from training.replaying import replay

pytestmark = pytest.mark.django_db
LATER = START + 40 * DAY


class HeardWorld(LearningWorld):
    """Answers of customers about the learner, one a day; a rule that asks for two of three."""

    def __init__(self):
        super().__init__()
        self.published()
        self.rule = actions.save_remediation_rule(
            rule=None,
            name="Heard",
            kind="csat_driver",
            k=2,
            n=3,
            course=self.course,
            by=self.trainer,
            at=START,
        )

    def answers(self, pattern, driver="person"):
        """N is not satisfied, S satisfied."""
        found = []
        for number, letter in enumerate(pattern):
            row = ResponseFactory(
                submitted_at=START + number * DAY + timedelta(hours=1),
                is_satisfied=letter == "S",
                driver_by_customer=driver,
                team=self.team,
            )
            InvitationCreditFactory(invitation=row.invitation, agent=self.learner)
            found.append(row)
        return found

    def hear(self, row):
        handlers.hear_customers(
            SurveyResponseReceived(
                at=LATER,
                by_id=None,
                response_id=str(row.pk),
                survey_id=row.survey_id,
                version_id=row.version_id,
                interaction_id=None,
                case_id=None,
                credits=(),
                metric="csat",
                value=1,
                is_satisfied=False,
                driver=row.driver,
            )
        )


def test_two_of_three_unsatisfied_answers_about_the_person_propose_once():
    world = HeardWorld()
    rows = world.answers("NSN")
    for _twice in range(2):
        world.hear(rows[-1])

    proposal = Proposal.objects.get()
    assert (proposal.agent, proposal.criterion_key) == (world.learner, "")
    assert proposal.evidence == [str(rows[0].pk), str(rows[2].pk)]
    assert actions.sentence_of(proposal) == (
        "2 customers were not satisfied because of the person, in runs of 3 answers that name "
        "the person: 4 and 6 May"
    )
    actions.confirm_proposal(proposal=proposal, by=world.supervisor, at=LATER)
    assert Assignment.objects.get(person=world.learner).source == "remediation"


def test_coaching_that_is_confirmed_rests_on_the_answers_that_may_be_shown():
    world = HeardWorld()
    world.rule.coaching_text = "Listening"
    world.rule.save()
    first, _second, last = world.answers("NSN")
    type(last.survey).objects.filter(pk=last.survey_id).update(anonymity="confidential")
    world.hear(last)
    actions.confirm_proposal(proposal=Proposal.objects.get(), by=world.supervisor, at=LATER)

    assert [link.response for link in EvidenceLink.objects.all()] == [first]


@pytest.mark.parametrize("driver", ["process", "product", ""])
def test_process_product_and_silence_never_count(driver):
    world = HeardWorld()
    world.hear(world.answers("NNN", driver)[-1])

    assert not Proposal.objects.exists()


def test_the_label_of_a_colleague_wins_over_the_customers():
    world = HeardWorld()
    first, last = world.answers("NN")
    world.hear(last)
    Response.objects.filter(pk=first.pk).update(
        driver_by_staff="process",
        driver_set_by=world.supervisor,
        driver_set_at=LATER,
        driver_reason="The menu was down.",
    )
    handlers.hear_customers(
        SurveyDriverRelabeled(at=LATER, by_id=None, response_id=str(first.pk), driver="process")
    )

    assert Proposal.objects.get().state == "withdrawn"


@pytest.mark.parametrize("is_erased", [False, True])
def test_a_withdrawn_answer_takes_its_proposal_with_it(is_erased):
    world = HeardWorld()
    first, last = world.answers("NN")
    world.hear(last)
    assert Proposal.objects.get().state == "proposed"
    pk = str(first.pk)
    if is_erased:
        first.delete()
    else:
        Response.objects.filter(pk=pk).update(state="suspect")
    handlers.hear_customers(
        SurveyResponseWithdrawn(at=LATER, by_id=None, response_id=pk, reason="erased")
    )

    assert Proposal.objects.get().state == "withdrawn"


def test_a_topic_narrows_the_answers():
    world = HeardWorld()
    topic = world.rule.topic = TopicFactory()
    world.rule.save()
    first, second, _third = world.answers("NNN")
    CommentLabelFactory(response=first, topic=topic, by_rule=True)
    CommentLabelFactory(response=second, topic=topic, by_rule=True, by_human=False)

    outcomes = outcomes_of(actions.asked_of(world.rule), world.learner.pk)
    assert [one.id for one in outcomes[""]] == [str(first.pk)]


def test_replay_equals_what_fired():
    world = HeardWorld()
    world.hear(world.answers("NNSNN")[-1])

    found = replay(actions.asked_of(world.rule), START, LATER, minutes_each=30)
    assert [list(one.evidence) for one in found.fired] == [Proposal.objects.get().evidence]
    assert found.judged == 5


def test_pages_of_a_rule_about_customers(client):
    world = HeardWorld()
    rows = world.answers("NN")
    world.hear(rows[-1])
    client.force_login(world.trainer)
    given = {
        "name": "Kind",
        "kind": "csat_driver",
        "k": 2,
        "n": 5,
        "window_days": 90,
        "cool_off_days": 30,
        "course": world.course.pk,
        "due_days": 14,
        "is_active": "on",
        "needs_confirmation": "on",
    }
    create = reverse("training:remediation_create")
    wrong = client.post(create, given | {"kind": "critical_fail", "topic": TopicFactory().pk})
    assert (wrong.status_code, "has a topic" in wrong.content.decode()) == (422, True)
    made = client.post(create, given)
    assert made.status_code == 302, made.context["form"].errors
    assert client.get(made.url).status_code == 200
    listed = client.get(reverse("training:remediation_list")).content.decode()
    assert "the person, to customers" in listed

    client.force_login(world.supervisor)
    page = client.get(reverse("training:proposal_detail", args=[Proposal.objects.first().pk]))
    assert reverse("feedback:response_detail", args=[rows[0].pk]) in page.content.decode()


def test_the_figures_of_a_talk_tell_what_customers_said():
    world = HeardWorld()
    world.answers("NSSSSS")
    world.answers("NN", driver="process")
    snapshot = snapshot_of(world.learner, [], (START + 4 * DAY).date())

    told = snapshot["customers"]
    assert (told["n"], told["percent"]) == (5, 80.0)
    assert 0 < told["low"] < 80 < told["high"] < 100
    few = snapshot_of(world.learner, [], (START + 3 * DAY).date())["customers"]
    assert (few["n"], few["percent"]) == (4, None)


def test_a_held_session_shows_customers_beside_quality(client):
    talk = Talk()
    for number in range(5):
        row = ResponseFactory(
            submitted_at=TALK_AT - DAY, is_satisfied=bool(number), driver_by_customer="person"
        )
        InvitationCreditFactory(invitation=row.invitation, agent=talk.agent)
    coaching.hold_session(session=talk.session, by=talk.coach, at=TALK_AT)
    client.force_login(talk.coach)
    page = client.get(reverse("training:session_detail", args=[talk.session.pk])).content.decode()

    assert "Customers satisfied" in page
    assert "80.0 %" in page
