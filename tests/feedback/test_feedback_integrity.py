"""Every rule of points, badges and surveys finds the damage that it is there for."""

import pytest
from django.utils import timezone

from feedback import integrity
from feedback.actions import badges, keeping
from feedback.models import BadgeAward, Kudos, PraiseDraft, RecognitionFact, Response, Tally
from ops.integrity import check
from tests.factories.crm_cases import CaseFactory
from tests.factories.feedback_surveys import (
    InvitationFactory,
    RecoveryFactory,
    ResponseFactory,
)
from tests.factories.recognition import (
    AT,
    BadgeRuleFactory,
    KudosFactory,
    PraiseDraftFactory,
    RecognitionFactFactory,
)
from tests.feedback.recognition_worlds import Crew
from tests.feedback.survey_worlds import answered

pytestmark = pytest.mark.django_db


def texts(rule):
    return [one.text for one in rule()]


def test_a_sound_center_has_no_findings():
    crew = Crew()
    crew.thank(points=10)
    invitation, _page = answered(5)
    keeping.rebuild_tallies(invitation.survey)

    assert list(check("feedback")) == []


def test_badges_must_follow_from_facts():
    rule = BadgeRuleFactory(k=1)
    fact = RecognitionFactFactory()
    missing = texts(integrity.badges_follow_facts)
    badges.fold_agent(agent=fact.agent, at=timezone.now())
    sound = texts(integrity.badges_follow_facts)
    RecognitionFact.objects.all().delete()
    surplus = texts(integrity.badges_follow_facts)

    assert missing == [f"badge {rule.badge} for {fact.fact_key} is missing"]
    assert (sound, surplus) == ([], ["the facts do not give it"])


def test_points_of_a_badge_need_its_award():
    BadgeRuleFactory(k=1, points=20)
    fact = RecognitionFactFactory()
    badges.fold_agent(agent=fact.agent, at=AT)
    sound = texts(integrity.badge_points)
    BadgeAward.objects.update(revoked_at=AT, revoke_reason="By hand.")

    assert (sound, len(texts(integrity.badge_points))) == ([], 1)


def test_nothing_may_rest_on_a_suspect_answer():
    response = ResponseFactory(state="suspect")
    RecognitionFactFactory(kind="survey", fact_key=f"response:{response.pk}")
    kudos = KudosFactory(giver=None, source="customer")
    PraiseDraftFactory(response_id=str(response.pk), state="released", kudos=kudos, decided_at=AT)

    assert len(texts(integrity.nothing_from_doubted_answers)) == 2
    Kudos.objects.update(state="removed", ended_at=AT)
    Response.objects.update(state="accepted")
    assert texts(integrity.nothing_from_doubted_answers) == []
    assert PraiseDraft.objects.count() == 1


def test_answered_invitations_and_counting_responses_belong_together():
    response = ResponseFactory(invitation__state="sent")
    InvitationFactory(state="answered")
    both = texts(integrity.answered_invitations)
    keeping.anonymize(response=response)

    assert sorted(both) == [
        "1 invitations are answered without a response that counts",
        "counts, but its invitation is not answered",
    ]
    assert len(texts(integrity.answered_invitations)) == 1


def test_credits_scores_causes_and_counts_are_checked():
    invitation, _page = answered(5)
    invitation.credits.create(agent=Crew().ann, weight="0.5")
    Response.objects.update(automation_score="1.2")
    case = CaseFactory(status__name="Put right", status__category="resolved")
    RecoveryFactory(case_id=case.pk)
    Tally.objects.filter(question="csat", key="5").update(count=7)

    assert texts(integrity.credits_are_whole) == ["its credits sum to 0.5000"]
    assert texts(integrity.doubted_answers_were_released) == ["is accepted with a score of 1.20"]
    assert texts(integrity.recoveries_say_why) == [
        "is ended without root cause or action of its recovery"
    ]
    assert any("csat 5" in text for text in texts(integrity.counts_follow_answers))
