"""Mails of recognition: a sentence and a link, and none for who switched them off."""

import pytest
from django.utils import timezone, translation

from feedback import recognition_letters as letters
from feedback.actions import badges, budgets, kudos, rewards
from feedback.models import NoticePreference
from tests.factories.accounts import UserFactory
from tests.factories.recognition import (
    BadgeFactory,
    GrantRequestFactory,
    MilestoneAwardFactory,
    MilestoneFactory,
    NominationFactory,
    RewardFactory,
)
from tests.feedback.recognition_worlds import Crew

pytestmark = pytest.mark.django_db


@pytest.fixture
def crew():
    return Crew()


def test_thanks_are_told_without_their_words(crew):
    given = crew.thank(points=5)

    mail = letters.kudos_received(kudos_id=given.pk, person_id=crew.ben.pk)

    assert mail.to == [crew.ben.email]
    assert "5 points" in mail.body
    assert given.message not in mail.body


def test_nothing_is_told_of_what_ended_or_to_who_wants_none(crew):
    given = crew.thank()
    NoticePreference.objects.create(user=crew.ben, by_mail=False)
    assert letters.kudos_received(kudos_id=given.pk, person_id=crew.ben.pk) is None
    other = crew.thank(crew.cid)
    at = timezone.now()
    kudos.remove_kudos(kudos=other, reason="It insults somebody.", by=crew.admin, at=at)

    assert letters.kudos_received(kudos_id=other.pk, person_id=crew.cid.pk) is None


def test_every_letter_has_a_sentence_and_a_link(crew):
    at = timezone.now()
    given = crew.thank()
    report = kudos.report_kudos(kudos=given, reason="This is meant badly.", by=crew.cid, at=at)
    crew.fill(crew.ann, 100)
    order = rewards.redeem_reward(reward=RewardFactory(), quantity=1, key="k", by=crew.ann, at=at)
    manual = BadgeFactory(kind="manual")
    award = badges.award_badge(
        badge=manual, agent=crew.ann, reason="Calm in the storm.", by=crew.admin, at=at
    )
    budget = crew.budget()
    budgets.postings.account_of(budget)
    me = crew.supervisor.pk
    mails = [
        letters.kudos_digest(person_id=crew.ben.pk, day="2026-05-04"),
        letters.kudos_reported(report_id=report.pk, person_id=me),
        letters.points_granted(grant_id=GrantRequestFactory().pk, person_id=me),
        letters.badge_awarded(award_id=award.pk),
        letters.milestone_reached(award_id=MilestoneAwardFactory().pk),
        letters.redemption_decided(redemption_id=order.pk),
        letters.nominated(nomination_id=NominationFactory().pk),
        letters.budget_low(budget_id=budget.pk, person_id=me),
        letters.stock_low(reward_id=RewardFactory(stock=2).pk, person_id=me),
    ]

    assert all(mail is not None and "/recognition/" in mail.body for mail in mails)


@pytest.mark.parametrize(
    ("language", "subject", "body"),
    [
        ("es", "Un día para celebrar", "3 años con nosotros. ¡Felicitaciones!"),
        ("", "A day to celebrate", "3 years with us. Congratulations!"),
    ],
)
def test_letter_speaks_the_language_of_its_reader(language, subject, body):
    person = UserFactory(language=language)
    milestone = MilestoneFactory(kind="anniversary", years=3)
    award = MilestoneAwardFactory(agent=person, milestone=milestone)

    with translation.override("es"):  # Whatever the process spoke last.
        mail = letters.milestone_reached(award_id=award.pk)

    assert mail.subject == subject
    assert body in mail.body
    assert mail.body.startswith("Hola, " if language else "Hello ")
