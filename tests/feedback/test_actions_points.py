"""Allowances, grants, corrections, leavers and the books."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.db import DatabaseError, transaction

from feedback.actions import allowances, budgets, leavers, postings, reversals, rewards
from feedback.actions.budgets import BudgetsOverlap, GrantDecided, NotYoursToApprove
from feedback.actions.postings import AccountFrozen, NotEnoughPoints, UnbalancedPostings
from feedback.actions.reversals import AlreadyReversed, NotReversible
from feedback.checking import faults_of_ledger
from feedback.models import Boost, PointsAccount, PointsTransaction, Posting, RecognitionPolicy
from lib.refusals import Refused
from tests.factories.recognition import AT, RewardFactory
from tests.feedback.recognition_worlds import (
    Crew,
    assert_books_are_sound,
    balance,
    lifetime,
    system_balance,
)

pytestmark = pytest.mark.django_db
JUNE = datetime(2026, 6, 3, tzinfo=UTC)


@pytest.fixture
def crew():
    return Crew()


def grant(crew, *recipients, points=50, budget=None, by=None, at=AT):
    return budgets.grant_points(
        recipients=recipients or [crew.ann],
        points=points,
        reason="Stayed late for the outage.",
        budget=budget or crew.budget(),
        by=by or crew.supervisor,
        at=at,
    )


# --- What may be given -------------------------------------------------------------------------


def test_allowance_is_issued_once_a_month_and_the_rest_lapses(crew):
    first = allowances.shown_giveable(crew.ann, AT)
    crew.thank(points=30)
    again = allowances.shown_giveable(crew.ann, AT + timedelta(days=3))
    june = allowances.shown_giveable(crew.ann, JUNE)
    assert not PointsTransaction.objects.filter(kind="lapse").exists()  # Reading moves no points.
    allowances.issue_and_lapse(at=JUNE)

    assert [one.total for one in (first, again, june)] == [100, 70, 100]
    assert allowances.shown_giveable(crew.ann, JUNE).total == 100
    assert PointsTransaction.objects.get(kind="lapse").postings.get(amount__lt=0).amount == -70
    assert_books_are_sound()


def test_boosts_add_monthly_until_their_last_day_and_once(crew):
    may = date(2026, 5, 31)
    boost = {"person": crew.ann, "reason": "Team of the month.", "by": crew.admin, "at": AT}
    allowances.boost_giving(points=20, last_on=may, **boost)
    allowances.boost_giving(points=50, last_on=None, **boost)

    assert allowances.shown_giveable(crew.ann, AT).total == 170
    for mate in (crew.ben, crew.cid, crew.supervisor):
        crew.thank(mate, points=43 if mate is crew.ben else 44 if mate is crew.cid else 43)
    assert balance(crew.ann, "boost") == 40
    assert allowances.shown_giveable(crew.ann, JUNE).total == 140
    assert Boost.objects.count() == 2


def test_everybody_gets_the_allowance_by_job_too(crew):
    after = 0
    while (last := allowances.issue_and_lapse(at=AT, after_id=after, limit=2)) is not None:
        after = last

    assert PointsTransaction.objects.filter(kind="allowance").count() == 5


# --- The books ---------------------------------------------------------------------------------


def test_same_key_posts_once(crew):
    crew.fill(crew.ann, 10)
    (wallet,) = postings.wallets([crew.ann])
    entries = [(postings.system("issuance"), -5), (wallet, 5)]

    first = postings.post(kind="badge", key="k", entries=entries, by=None, at=AT)
    second = postings.post(kind="badge", key="k", entries=entries, by=None, at=AT)

    assert first == second
    assert balance(crew.ann) == 15


@pytest.mark.parametrize("amounts", [(5, 5), (0, 0), (5, -4)])
def test_postings_that_do_not_balance_are_a_mistake_of_the_code(crew, amounts):
    one, other = postings.wallets([crew.ann, crew.ben])

    with pytest.raises(UnbalancedPostings):
        postings.merged([(one, amounts[0]), (other, amounts[1])])


@pytest.mark.parametrize("act", ["update", "delete"])
@pytest.mark.parametrize("model", [Posting, PointsTransaction])
def test_database_refuses_to_change_what_was_posted(crew, model, act):
    crew.fill(crew.ann, 10)
    rows = model.objects.all()

    with pytest.raises(DatabaseError), transaction.atomic():
        if act == "delete":
            rows._raw_delete(rows.db)
        elif model is Posting:
            rows.update(amount=11)
        else:
            rows.update(reason="Something else")


@pytest.mark.parametrize(
    "change",
    [{"kind": "award"}, {"at": AT + timedelta(1)}, {"source_id": 7}, {"idempotency_key": "other"}],
)
def test_words_of_a_transaction_may_go_and_nothing_with_them(crew, change):
    crew.fill(crew.ann, 10, reason="For the weekend shift.")
    rows = PointsTransaction.objects.filter(reason="For the weekend shift.")

    with pytest.raises(DatabaseError), transaction.atomic():
        rows.update(reason="", **change)
    assert rows.update(reason="") == 1

    assert PointsTransaction.objects.get().reason == ""


def test_check_finds_a_changed_balance(crew):
    crew.fill(crew.ann, 10)
    assert list(faults_of_ledger()) == []

    PointsAccount.objects.filter(owner=crew.ann).update(balance=11)

    (fault,) = faults_of_ledger()
    assert "shows 11; its postings sum to 10" in fault


def test_award_is_reversed_and_the_spent_part_written_off(crew):
    given = grant(crew)
    reward = RewardFactory(cost_points=20)
    rewards.redeem_reward(reward=reward, quantity=1, key="r", by=crew.ann, at=AT)
    entry = PointsTransaction.objects.get(kind="grant")

    reversals.reverse_points(entry=entry, reason="Given to the wrong Ann.", by=crew.admin, at=AT)

    assert (balance(crew.ann), lifetime(crew.ann)) == (0, 0)
    assert system_balance("write_off") == -20
    assert postings.account_of(given.budget).balance == 1000
    with pytest.raises(AlreadyReversed):
        reversals.reverse_points(entry=entry, reason="Once more, please.", by=crew.admin, at=AT)
    turned = PointsTransaction.objects.get(kind="reversal")
    with pytest.raises(NotReversible):
        reversals.reverse_points(entry=turned, reason="Turn it round.", by=crew.admin, at=AT)
    assert_books_are_sound()


def test_random_storm_keeps_the_books_sound(crew):
    rng = Random(20260504)
    people = [crew.ann, crew.ben, crew.cid]
    reward = RewardFactory(cost_points=15, stock=6)
    budget = crew.budget(300)

    for step in range(120):
        at = AT + timedelta(hours=step)
        person = rng.choice(people)
        try:
            match rng.randrange(5):
                case 0:
                    mates = [one for one in people if one is not person]
                    crew.thank(rng.choice(mates), by=person, points=rng.randrange(1, 20), at=at)
                case 1:
                    grant(crew, person, points=rng.randrange(1, 30), budget=budget, at=at)
                case 2:
                    rewards.redeem_reward(
                        reward=reward, quantity=1, key=f"s{step}", by=person, at=at
                    )
                case 3:
                    order = person.redemptions.filter(state="pending").first()
                    if order:
                        verb = rng.choice([rewards.cancel_redemption])
                        verb(redemption=order, by=person, at=at)
                case 4:
                    entries = PointsTransaction.objects.filter(kind__in=["kudos", "grant"])
                    entry = entries.filter(reversed_by=None).order_by("?").first()
                    if entry:
                        reversals.reverse_points(
                            entry=entry, reason="A random turn.", by=crew.admin, at=at
                        )
        except Refused:
            continue

    assert_books_are_sound()
    assert list(faults_of_ledger()) == []
    reward.refresh_from_db()
    held = reward.redemptions.filter(state__in=["pending", "approved"]).count()
    assert reward.stock + held == 6


# --- Budgets and grants --------------------------------------------------------------------------


def test_small_grant_is_paid_by_own_hand(crew):
    given = grant(crew, crew.ann, crew.ben, points=200)

    assert given.state == "approved"
    assert (balance(crew.ann), balance(crew.ben)) == (200, 200)
    assert postings.account_of(given.budget).balance == 600


def test_large_grant_waits_for_a_second_person(crew):
    other = Crew()
    given = grant(crew, points=300)
    assert given.state == "pending"

    for person in (crew.supervisor, crew.ann):
        with pytest.raises(NotYoursToApprove):
            budgets.approve_grant(grant=given, by=person, at=AT)
    budgets.approve_grant(grant=given, by=other.supervisor, at=AT)

    assert balance(crew.ann) == 300
    with pytest.raises(GrantDecided):
        budgets.decline_grant(grant=given, reason="Changed my mind.", by=crew.admin, at=AT)


def test_very_large_grant_needs_somebody_outside_the_line(crew):
    second = crew.join("supervisor")
    given = grant(crew, points=500)

    with pytest.raises(NotYoursToApprove):
        budgets.approve_grant(grant=given, by=second, at=AT)
    budgets.approve_grant(grant=given, by=crew.admin, at=AT)

    assert balance(crew.ann) == 500


def test_nobody_grants_to_themselves_or_approves_for_their_supervisor(crew):
    budget, boss = crew.budget(), Crew().supervisor
    with pytest.raises(NotYoursToApprove):
        grant(crew, crew.supervisor, budget=budget)
    given = grant(crew, crew.supervisor, points=300, budget=budget, by=boss)

    with pytest.raises(NotYoursToApprove):
        budgets.approve_grant(grant=given, by=crew.ann, at=AT)


def test_used_up_budget_refuses_or_queues(crew):
    with pytest.raises(NotEnoughPoints, match="holds 100 points until"):
        grant(crew, points=150, budget=crew.budget(100))
    other = Crew()
    queued = grant(other, points=150, budget=other.budget(100, mode="approval"))

    assert queued.state == "pending"
    budgets.approve_grant(grant=queued, by=other.admin, at=AT)
    assert balance(other.ann) == 150
    assert_books_are_sound()


def test_budgets_of_a_team_do_not_overlap_and_return_what_is_left(crew):
    budget = crew.budget(100)
    with pytest.raises(BudgetsOverlap):
        crew.budget(100)
    grant(crew, points=30, budget=budget)

    assert budgets.close_budgets(at=datetime(2026, 7, 2, tzinfo=UTC)) == 1
    budget.refresh_from_db()
    assert (postings.account_of(budget).balance, budget.closed_at is not None) == (0, True)
    assert_books_are_sound()


# --- Leavers and age -----------------------------------------------------------------------------


def test_leaver_is_frozen_refunded_and_closed_after_thirty_days(crew):
    crew.fill(crew.ann, 100)
    allowances.issue_and_lapse(at=AT)
    rewards.redeem_reward(reward=RewardFactory(), quantity=1, key="r", by=crew.ann, at=AT)

    leavers.freeze_points(person=crew.ann, at=AT)

    assert (balance(crew.ann), balance(crew.ann, "allowance")) == (100, 0)
    with pytest.raises(AccountFrozen):
        rewards.redeem_reward(reward=RewardFactory(), quantity=1, key="r2", by=crew.ann, at=AT)
    type(crew.ann).objects.filter(pk=crew.ann.pk).update(is_active=False, deactivated_at=AT)
    assert leavers.close_leavers(at=AT + timedelta(days=29)) == 0
    assert leavers.close_leavers(at=AT + timedelta(days=30)) == 1
    assert (balance(crew.ann), system_balance("expired")) == (0, 100)
    assert_books_are_sound()


def test_who_comes_back_in_time_goes_on(crew):
    crew.fill(crew.ann, 100)
    leavers.freeze_points(person=crew.ann, at=AT)

    leavers.thaw_points(person=crew.ann, at=AT + timedelta(days=3))

    assert rewards.redeem_reward(reward=RewardFactory(), quantity=1, key="r", by=crew.ann, at=AT)


def test_old_points_expire_oldest_first(crew):
    policy = RecognitionPolicy.current()
    policy.life_months = 12
    policy.save()
    crew.fill(crew.ann, 100, at=datetime(2026, 1, 10, tzinfo=UTC))
    crew.fill(crew.ann, 50, at=datetime(2026, 3, 10, tzinfo=UTC))
    reward = RewardFactory(cost_points=30)
    june = datetime(2026, 6, 10, tzinfo=UTC)
    rewards.redeem_reward(reward=reward, quantity=1, key="r", by=crew.ann, at=june)

    left = []
    for month in (1, 1, 2, 3):
        at = datetime(2027, month + 1, 1, 3, tzinfo=UTC)
        leavers.expire_points(month=date(2027, month, 28), at=at - timedelta(days=1))
        left.append(balance(crew.ann))

    assert left == [50, 50, 50, 0]
    assert_books_are_sound()
