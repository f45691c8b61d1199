"""Giving thanks, with points and without."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from feedback.actions import kudos as verbs
from feedback.actions.kudos import (
    KeyUsedOtherwise,
    KudosEndedBefore,
    NotEnoughToGive,
    NotYourKudos,
    PairCapReached,
    TooLateToWithdraw,
    TooManyToday,
)
from feedback.actions.reversals import PointsAlreadyUsed
from feedback.models import Kudos, PointsTransaction, Posting
from lib.refusals import Invalid, ReasonTooShort
from tests.factories.accounts import UserFactory
from tests.factories.crm import InteractionFactory
from tests.factories.recognition import AT, CompanyValueFactory, KudosFactory
from tests.feedback.recognition_worlds import (
    MESSAGE,
    Crew,
    assert_books_are_sound,
    balance,
    lifetime,
)

pytestmark = pytest.mark.django_db
NEXT_DAY = AT + timedelta(days=1)


@pytest.fixture
def crew():
    return Crew()


def test_thanks_with_points_move_them_from_the_allowance(crew):
    given = crew.thank(crew.ben, crew.cid, crew.supervisor, points=10)

    assert balance(crew.ann, "allowance") == 70
    assert [balance(one) for one in (crew.ben, crew.cid, crew.supervisor)] == [10, 10, 10]
    entry = PointsTransaction.objects.get(source_type="kudos", source_id=given.pk)
    assert entry.postings.count() == 4
    assert given.recipients.get(agent=crew.ben).team == crew.team
    assert AuditEntry.objects.filter(verb="give_kudos").count() == 1
    assert_books_are_sound()


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"message": "x" * 19}, "message"),
        ({"message": "x" * 501}, "message"),
        ({"message": "Call them back under +44 20 7946 0958 please."}, "message"),
        ({"message": "Write to ann@example.com, she was so kind."}, "message"),
        ({"values": []}, "values"),
        ({"visibility": "all"}, "visibility"),
        ({"points": -1}, "points_each"),
    ],
)
def test_what_does_not_fit_is_named(crew, change, field):
    with pytest.raises(Invalid) as refusal:
        crew.thank(**change)

    assert refusal.value.field == field
    assert not Kudos.objects.exists()


def test_people_must_be_others_present_and_few(crew):
    former = UserFactory(is_active=False, deactivated_at=AT)
    many = [UserFactory() for _ in range(11)]

    for people in ([crew.ann], [former], many, [crew.ben, crew.ben]):
        with pytest.raises(Invalid):
            crew.thank(*people)


def test_retired_value_and_foreign_interaction_are_refused(crew):
    with pytest.raises(Invalid):
        crew.thank(values=[CompanyValueFactory(is_active=False)])
    with pytest.raises(Invalid):
        crew.thank(interaction=InteractionFactory())


def test_card_numbers_are_removed_before_anything_is_stored(crew):
    given = crew.thank(message="The caller read out 4111 1111 1111 1111 and you stopped them.")

    assert "4111 1111" not in given.message
    assert "••••1111" in given.message


def test_more_than_giveable_is_refused_with_both_numbers(crew):
    with pytest.raises(NotEnoughToGive, match=r"100 points.*102"):
        crew.thank(crew.ben, crew.cid, crew.supervisor, points=34)

    assert not Kudos.objects.exists()


def test_three_times_with_points_is_enough_for_one_colleague_and_month(crew):
    for _ in range(3):
        crew.thank(points=5)

    with pytest.raises(PairCapReached, match="3 times"):
        crew.thank(points=5)
    assert crew.thank(points=0)
    june = datetime(2026, 5, 31, 22, 30, tzinfo=UTC)
    assert crew.thank(points=5, at=june + timedelta(hours=8))


def test_fifty_points_are_enough_for_one_colleague_and_month(crew):
    crew.thank(points=45)

    with pytest.raises(PairCapReached):
        crew.thank(points=6)
    assert crew.thank(points=5)


def test_twenty_a_day_are_enough(crew):
    KudosFactory.create_batch(20, giver=crew.ann)

    with pytest.raises(TooManyToday):
        crew.thank()
    assert crew.thank(at=NEXT_DAY)


def test_same_form_twice_is_one_kudos(crew):
    first = crew.thank(points=10, key="one")
    second = crew.thank(points=10, key="one")

    assert first == second
    assert balance(crew.ben) == 10
    with pytest.raises(KeyUsedOtherwise):
        crew.thank(points=11, key="one")


def test_giver_withdraws_within_a_day_and_points_return(crew):
    given = crew.thank(points=30)

    verbs.withdraw_kudos(kudos=given, by=crew.ann, at=NEXT_DAY - timedelta(seconds=1))

    given.refresh_from_db()
    assert given.state == "withdrawn"
    assert (balance(crew.ann, "allowance"), balance(crew.ben), lifetime(crew.ben)) == (100, 0, 0)
    assert_books_are_sound()


def test_withdrawing_late_by_others_or_after_use_is_refused(crew):
    given = crew.thank(points=30)

    with pytest.raises(TooLateToWithdraw):
        verbs.withdraw_kudos(kudos=given, by=crew.ann, at=NEXT_DAY)
    with pytest.raises(NotYourKudos):
        verbs.withdraw_kudos(kudos=given, by=crew.ben, at=AT)
    spend(crew.ben, 30)
    with pytest.raises(PointsAlreadyUsed):
        verbs.withdraw_kudos(kudos=given, by=crew.ann, at=AT)
    given.refresh_from_db()
    assert given.state == "posted"


def spend(person, points):
    from feedback.actions import rewards
    from tests.factories.recognition import RewardFactory

    reward = RewardFactory(cost_points=points)
    return rewards.redeem_reward(reward=reward, quantity=1, key="spend", by=person, at=AT)


def test_supervisor_removes_for_a_reason_and_the_rest_is_written_off(crew):
    given = crew.thank(points=30)
    spend(crew.ben, 20)

    with pytest.raises(ReasonTooShort):
        verbs.remove_kudos(kudos=given, reason="no", by=crew.supervisor, at=AT)
    verbs.remove_kudos(kudos=given, reason="Insults a customer.", by=crew.supervisor, at=AT)

    assert balance(crew.ben) == 0
    assert Posting.objects.get(account__kind="write_off").amount == -20
    assert balance(crew.ann, "allowance") == 100
    with pytest.raises(KudosEndedBefore):
        verbs.remove_kudos(kudos=given, reason="Once more, please.", by=crew.supervisor, at=AT)
    assert_books_are_sound()


def test_points_of_a_past_month_go_back_to_the_issuance(crew):
    given = crew.thank(points=30)

    june = AT + timedelta(days=40)
    verbs.remove_kudos(kudos=given, reason="Found out much later.", by=crew.supervisor, at=june)

    assert balance(crew.ann, "allowance") == 70
    assert_books_are_sound()


def test_reaction_is_given_and_taken_back(crew):
    given = crew.thank()

    assert verbs.react_to_kudos(kudos=given, kind="great", by=crew.cid, at=AT) is True
    assert verbs.react_to_kudos(kudos=given, kind="great", by=crew.cid, at=AT) is False
    assert given.reactions.count() == 0


def test_second_report_of_a_person_is_the_first(crew):
    given = crew.thank()

    first = verbs.report_kudos(kudos=given, reason="This is meant badly.", by=crew.cid, at=AT)
    second = verbs.report_kudos(kudos=given, reason="Really badly meant.", by=crew.cid, at=AT)

    assert first == second
    assert given in Kudos.objects.posted()


def test_giving_costs_the_same_for_one_and_for_ten(crew):
    people = [crew.join("agent") for _ in range(10)]
    crew.thank(*people, points=1)  # Wallets exist, the allowance is issued.

    with CaptureQueriesContext(
        connection,
    ) as one:
        crew.thank(people[0], points=1)
    with CaptureQueriesContext(connection) as ten:
        crew.thank(*people, points=1)

    counted = [
        len([q for q in found if not q["sql"].startswith(("SAVEPOINT", "RELEASE"))])
        for found in (one, ten)
    ]
    assert counted[0] == counted[1]


# --- Who sees what ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("visibility", "mate", "stranger", "leader"),
    [("public", True, True, True), ("team", True, False, True), ("private", False, False, True)],
)
def test_wall_shows_what_one_may_see(crew, visibility, mate, stranger, leader):
    given = crew.thank(visibility=visibility, message=MESSAGE)
    other = Crew()

    def sees(person):
        return given in Kudos.objects.visible_to(person)

    assert (sees(crew.cid), sees(other.ann), sees(crew.supervisor)) == (mate, stranger, leader)
    assert sees(crew.ann)
    assert sees(crew.ben)
    assert sees(crew.admin)
    assert sees(other.supervisor) is (visibility == "public")
