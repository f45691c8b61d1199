"""Facts, rules, badges, the quality gate and milestones."""

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest
from django.urls import reverse

from feedback import folding
from feedback.actions import badges, facts, volume
from feedback.actions.badges import NeedsFourEyes, NotOneself, RuleFrozen
from feedback.facts import FactArrived
from feedback.models import (
    BadgeAward,
    Birthday,
    MilestoneAward,
    PointsTransaction,
    RecognitionFact,
    VolumeDecision,
)
from lib.refusals import Forbidden, Invalid
from tests.factories.accounts import UserFactory
from tests.factories.recognition import (
    AT,
    BadgeFactory,
    BadgeRuleFactory,
    MilestoneFactory,
    RecognitionFactFactory,
)
from tests.feedback.recognition_worlds import Crew, assert_books_are_sound, balance

pytestmark = pytest.mark.django_db
PASSED = {"is_passed": True, "score_percent": 95.0, "has_critical_failure": False}


@pytest.fixture
def crew():
    return Crew()


def passes(agent, days, **payload):
    return [
        RecognitionFactFactory(
            agent=agent,
            fact_key=f"evaluation:{agent.pk}-{day}",
            occurred_at=AT + timedelta(days=day),
            payload=PASSED | payload,
        )
        for day in days
    ]


def arrived(agent, number=1, version=None, **more):
    return FactArrived(
        fact_key=f"evaluation:{number}",
        kind="evaluation",
        agent_id=agent.pk,
        occurred_at=AT,
        payload=PASSED,
        version=version,
        **more,
    )


def fold(agent):
    return badges.fold_agent(agent=agent, at=AT)


def held(agent):
    return sorted(
        BadgeAward.objects.standing().filter(agent=agent).values_list("closing_fact_key", flat=True)
    )


# --- Facts --------------------------------------------------------------------------------------


def test_event_twice_is_one_fact_and_an_unknown_kind_none(crew):
    facts.record_fact(arrived=arrived(crew.ann, version=1), at=AT)
    facts.record_fact(arrived=arrived(crew.ann, version=1), at=AT)

    assert RecognitionFact.objects.count() == 1
    other = FactArrived(fact_key="x:1", kind="x", agent_id=crew.ann.pk, occurred_at=AT)
    assert facts.record_fact(arrived=other, at=AT) is None


def test_highest_version_counts_and_a_withdrawn_one_is_gone(crew):
    for version in (1, 3, 2):
        facts.record_fact(arrived=arrived(crew.ann, version=version), at=AT)
    assert [fact.version for fact in RecognitionFact.objects.newest()] == [3]

    assert facts.withdraw_fact(fact_key="evaluation:1", at=AT) == 1

    assert list(RecognitionFact.objects.newest()) == []


# --- Folding ------------------------------------------------------------------------------------


def test_three_passes_in_thirty_days_earn_the_badge_and_its_points(crew):
    rule = BadgeRuleFactory(badge__repeat="every_time", badge__points=25)
    passes(crew.ann, [0, 10, 29, 31, 40, 45])

    assert fold(crew.ann) == (2, 0)
    assert fold(crew.ann) == (0, 0)

    assert balance(crew.ann) == 2 * rule.points
    award = BadgeAward.objects.latest("awarded_at")
    assert len(award.facts) == 3
    assert_books_are_sound()


def test_changed_fact_takes_badge_and_points_back_and_may_return_them(crew):
    BadgeRuleFactory(badge__points=25)
    first, *_rest = passes(crew.ann, [0, 1, 2])
    fold(crew.ann)

    facts.withdraw_fact(fact_key=first.fact_key, at=AT)
    assert fold(crew.ann) == (0, 1)
    assert (held(crew.ann), balance(crew.ann)) == ([], 0)

    again = FactArrived(first.fact_key, "evaluation", crew.ann.pk, AT, PASSED)
    facts.record_fact(arrived=again, at=AT)
    assert fold(crew.ann) == (1, 0)
    assert balance(crew.ann) == 25
    assert_books_are_sound()


def test_facts_in_any_order_give_the_same_awards():
    rng = Random(7)
    walked = [
        folding.Fact(
            f"f{n:03}", AT + timedelta(days=rng.randrange(300)), {"is_passed": rng.random() < 0.8}
        )
        for n in range(300)
    ]
    rules = [
        folding.Rule([folding.Condition("is_passed", "eq", True)], mode, 4, window, repeat, cap)
        for mode, window, repeat, cap in (
            ("count", 20, "every_time", None),
            ("count", None, "once_per_month", None),
            ("streak", None, "every_time", 2),
        )
    ]
    expected = [folding.earned(walked, rule) for rule in rules]

    for _ in range(30):
        rng.shuffle(walked)
        assert [folding.earned(walked, rule) for rule in rules] == expected


def test_monthly_cap_and_conditions_hold():
    days = [
        folding.Fact(f"f{n}", AT + timedelta(days=n), {"outcome": "recovered"}) for n in range(10)
    ]
    condition = folding.Condition("outcome", "in", ["recovered", "improved"])
    rule = folding.Rule([condition], "count", 1, None, "every_time", monthly_cap=5)

    assert len(folding.earned(days, rule)) == 5
    missing = folding.Rule([folding.Condition("before", "gt", 1)], "count", 1, None, "every_time")
    assert folding.earned(days, missing) == []


# --- Rules --------------------------------------------------------------------------------------


def write(badge, by, **fields):
    given = {
        "fact_kind": "evaluation",
        "conditions": [{"field": "score_percent", "operator": "gte", "value": 90}],
        "mode": "count",
        "k": 2,
        "window_days": 30,
    }
    return badges.write_rule(badge=badge, by=by, at=AT, **(given | fields))


@pytest.mark.parametrize(
    "condition",
    [
        {"field": "handle_time", "operator": "gt", "value": 1},
        {"field": "score_percent", "operator": "like", "value": 1},
        {"field": "score_percent", "operator": "gt", "value": "much"},
        {"field": "is_passed", "operator": "eq", "value": 1},
    ],
)
def test_condition_that_does_not_fit_is_refused(crew, condition):
    with pytest.raises(Invalid):
        write(BadgeFactory(), crew.admin, conditions=[condition])


def test_dry_run_tells_what_activation_then_gives(crew):
    badge = BadgeFactory(points=10)
    passes(crew.ann, [-3, -2])
    passes(crew.ben, [-1])
    rule = write(badge, crew.admin)

    told = badges.dry_run(rule, AT)
    badges.activate_rule(rule=rule, effective_from=AT - timedelta(days=180), by=crew.admin, at=AT)
    given = sum(fold(agent)[0] for agent in (crew.ann, crew.ben))

    assert (told.awards, told.agents, told.agents_looked_at, told.points) == (given, 1, 2, 10)
    assert told.by_chance == 1.0
    assert sum(count for _end, count in told.weeks) == 1
    with pytest.raises(RuleFrozen):
        badges.activate_rule(rule=rule, effective_from=AT, by=crew.admin, at=AT)


def test_new_rule_retires_the_old_one_whose_awards_stay(crew):
    badge = BadgeFactory()
    passes(crew.ann, [0, 1])
    first = write(badge, crew.admin)
    badges.activate_rule(rule=first, effective_from=AT, by=crew.admin, at=AT)
    fold(crew.ann)

    second = write(badge, crew.admin, k=5)
    badges.activate_rule(rule=second, effective_from=AT, by=crew.admin, at=AT)
    fold(crew.ann)

    first.refresh_from_db()
    assert (first.state, second.number, len(held(crew.ann))) == ("retired", 2, 1)


# --- By hand ------------------------------------------------------------------------------------


def test_badge_by_hand_has_a_reason_and_limits(crew):
    badge = BadgeFactory(kind="manual", points=100)
    give = {"badge": badge, "reason": "Calm through the outage.", "at": AT}

    award = badges.award_badge(agent=crew.ann, by=crew.supervisor, **give)

    assert (balance(crew.ann), award.is_shown) == (100, False)
    with pytest.raises(NotOneself):
        badges.award_badge(agent=crew.supervisor, by=crew.supervisor, **give)
    with pytest.raises(Invalid):
        badges.award_badge(agent=crew.ann, by=crew.supervisor, **give)
    with pytest.raises(NeedsFourEyes):
        rich = BadgeFactory(kind="manual", points=201)
        badges.award_badge(agent=crew.ann, by=crew.supervisor, **(give | {"badge": rich}))
    badges.revoke_badge(award=award, reason="Given to the wrong Ann.", by=crew.admin, at=AT)
    assert balance(crew.ann) == 0
    with pytest.raises(Forbidden):
        badges.show_badge(award=award, is_shown=True, by=crew.ben, at=AT)


# --- Gate and milestones --------------------------------------------------------------------------

JUNE_3 = datetime(2026, 6, 3, 4, tzinfo=UTC)


def test_volume_points_wait_for_the_gate_and_follow_a_dispute(crew):
    BadgeRuleFactory(badge__is_volume=True, badge__points=30)
    passes(crew.ann, [0, 1, 2])
    (bad,) = passes(crew.ann, [3], has_critical_failure=True, is_passed=False)
    fold(crew.ann)

    volume.close_volume_month(at=JUNE_3)
    decision = VolumeDecision.objects.get(agent=crew.ann)
    assert (decision.is_passed, decision.reason != "") == (False, True)
    assert not PointsTransaction.objects.filter(kind="badge").exists()

    overturned = FactArrived(bad.fact_key, "evaluation", crew.ann.pk, bad.occurred_at, PASSED)
    facts.record_fact(arrived=overturned, at=AT)
    volume.close_volume_month(at=JUNE_3 + timedelta(days=1))

    assert balance(crew.ann) == 30
    assert_books_are_sound()


def test_anniversary_of_a_leap_day_is_kept_over_four_years():
    person = UserFactory(hired_on=date(2024, 2, 29))
    for years in (1, 2, 3, 4):
        MilestoneFactory(kind="anniversary", years=years, points=5)

    for offset in range(4 * 366):
        on = date(2025, 1, 1) + timedelta(days=offset)
        volume.give_milestones(on=on, at=AT)

    days = MilestoneAward.objects.filter(agent=person).values_list("on_date", flat=True)
    assert sorted(map(str, days)) == ["2025-02-28", "2026-02-28", "2027-02-28", "2028-02-29"]
    assert balance(person) == 20


def test_birthday_is_for_those_who_want_it_and_once(crew):
    MilestoneFactory(kind="birthday", years=0)
    Birthday.objects.create(user=crew.ann, day=4, month=5)

    assert volume.give_milestones(on=AT.date(), at=AT) == 1
    assert volume.give_milestones(on=AT.date(), at=AT) == 0


def test_streak_and_certificate_are_milestones_of_their_day(crew):
    MilestoneFactory(kind="qa_streak", years=3)
    MilestoneFactory(kind="certification", years=0)
    passes(crew.ann, [-2, -1, 0])
    RecognitionFactFactory(agent=crew.ben, kind="certificate", payload={"course": 1})

    assert volume.give_milestones(on=AT.date(), at=AT) == 2


# --- The badge to begin with ----------------------------------------------------------------------


def won_back(crew, number, at=AT):
    arrived = FactArrived(
        fact_key=f"recovery:{number}", kind="recovery", agent_id=crew.ann.pk, occurred_at=at,
        payload={"before": 1, "after": 5, "outcome": "recovered"}, version=1,
    )  # fmt: skip
    facts.record_fact(arrived=arrived, at=at)


def test_the_starter_badge_counts_recoveries_up_to_five_a_month(crew):
    badge = badges.add_starter_badge(by=crew.admin, at=AT)
    assert badges.add_starter_badge(by=crew.admin, at=AT) == badge
    (rule,) = badge.rules.all()
    assert (rule.state, badge.is_volume, badge.monthly_cap) == ("draft", True, 5)
    badges.activate_rule(rule=rule, effective_from=AT - timedelta(days=1), by=crew.admin, at=AT)
    for number in range(7):
        won_back(crew, number)
    badges.fold_agent(agent=crew.ann, at=AT)
    badges.fold_agent(agent=crew.ann, at=AT)

    assert BadgeAward.objects.filter(badge=badge, agent=crew.ann).count() == 5
    assert not PointsTransaction.objects.filter(kind="badge").exists()  # They wait for the gate.


def test_the_starter_badge_is_added_on_the_page_once(client, crew):
    client.force_login(crew.admin)
    pages = [client.get(reverse("feedback:badge_list")).content.decode()]
    made = client.post(reverse("feedback:starter_add"), follow=True)
    pages.append(client.get(reverse("feedback:badge_list")).content.decode())

    assert "Won back" in made.content.decode()
    assert ["Begin with" in page for page in pages] == [True, False]
    client.force_login(crew.ann)
    assert client.post(reverse("feedback:starter_add")).status_code == 403
