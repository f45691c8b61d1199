"""Sampling plans: what they may say, when they move, and the seeds they commit themselves to."""

from datetime import date, timedelta
from decimal import Decimal
from itertools import pairwise

import pytest

from accounts.models import AuditEntry
from quality.actions import plans
from quality.actions.plans import NobodyToScore, NotPossibleForPlan, PlanChangedElsewhere
from quality.filters import in_words, read_filters
from quality.frames import Window, live_count
from quality.models import InteractionSignal, SamplingPlan
from quality.plan_periods import period_start, slices_of
from quality.plan_rules import filters_document, rule_document
from quality.refusals import Invalid, Refused
from quality.sampling import commitment as seed_hash
from tests.factories.crm import RecordingFactory, TranscriptFactory, TurnFactory
from tests.factories.routing import QueueFactory
from tests.quality.plan_worlds import AFTER, BEFORE, MONDAY, PlanWorld, call
from tests.quality.worlds import published

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return PlanWorld()


def audited(record):
    rows = AuditEntry.objects.filter(object_type=record._meta.label_lower, object_id=str(record.pk))
    return list(rows.order_by("id").values_list("verb", flat=True))


# --- What a plan says ----------------------------------------------------------------------------


def test_create_plan_makes_a_draft_of_its_owner(world):
    plan = world.plan()

    assert (plan.state, plan.owner) == ("draft", world.supervisor)
    assert [share.evaluator for share in plan.shares.all()] == world.evaluators
    assert audited(plan) == ["create_plan"]


def test_only_the_fields_of_the_chosen_quota_are_kept(world):
    plan = world.plan(quota_kind="per_agent_percent", quota_percent=Decimal(3), quota_min=2)

    assert (plan.quota_n, plan.quota_percent, plan.quota_min) == (None, 3, 2)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"name": " "}, "name"),
        ({"quota_n": None}, "quota_n"),
        ({"quota_n": 0}, "quota_n"),
        ({"quota_n": -1}, "quota_n"),
        ({"quota_n": 1001}, "quota_n"),
        (
            {"quota_kind": "per_agent_percent", "quota_percent": Decimal(101), "quota_min": 1},
            "quota_percent",
        ),
        ({"slices": 8}, "slices"),
        ({"period": "month", "slices": 32}, "slices"),
        ({"slices": 0}, "slices"),
        ({"order": "priority"}, "priority_field"),
        ({"double_percent": Decimal(21)}, "double_percent"),
        ({"due_days": 0}, "due_days"),
        ({"filters": {"color": "red"}}, "filters"),
        ({"filters": {"channels": ["fax"]}}, "channels"),
        ({"filters": {"hour_from": 25}}, "hour_from"),
        ({"filters": {"weekdays": [7]}}, "weekdays"),
        ({"filters": {"queues": ["1; DROP TABLE"]}}, "queues"),
        ({"filters": {"has_recording": "perhaps"}}, "has_recording"),
        ({"filters": {"signal": {"kind": "csat", "low": "5", "high": "1"}}}, "signal"),
        ({"filters": {"signal": {"kind": "csat", "low": "NaN"}}}, "signal"),
        ({"filters": {"signal": {"low": "5"}}}, "signal"),
    ],
)
def test_a_plan_that_cannot_work_is_refused_by_field(world, changes, field):
    """Q-401, Q-402, Q-403."""
    with pytest.raises(Invalid) as refusal:
        world.plan(**changes)

    assert refusal.value.field == field
    assert not SamplingPlan.objects.exists()


def test_a_scorecard_for_evaluators_cannot_be_drawn_for(world):
    with pytest.raises(Invalid, match="Plans draw interactions"):
        world.plan(scorecard=published(kind="evaluator"))


def test_change_plan_over_anothers_change_is_refused(world):
    plan = world.plan()
    plans.change_plan(
        plan=plan, content=world.content(name="New"), seen=1, by=world.supervisor, at=BEFORE
    )

    with pytest.raises(PlanChangedElsewhere):
        plans.change_plan(
            plan=plan, content=world.content(), seen=1, by=world.supervisor, at=BEFORE
        )

    plan.refresh_from_db()
    assert (plan.name, plan.row_version) == ("New", 2)


def test_what_changed_stands_in_the_audit_trail(world):
    plan = world.plan()

    plans.change_plan(
        plan=plan, content=world.content(quota_n=9), seen=1, by=world.supervisor, at=BEFORE
    )

    entry = AuditEntry.objects.get(verb="change_plan")
    assert entry.changed_fields == ["quota_n"]
    assert (entry.payload.before, entry.payload.after) == ({"quota_n": 4}, {"quota_n": 9})


@pytest.mark.parametrize("change", ["period", "scorecard"])
def test_what_draws_rest_on_stays_once_a_plan_was_active(world, change):
    plan = world.active()
    other = {"period": "month", "scorecard": published()}[change]

    with pytest.raises(Invalid, match="was active stays"):
        plans.change_plan(
            plan=plan,
            content=world.content(**{change: other}),
            seen=plan.row_version,
            by=world.supervisor,
            at=BEFORE,
        )


# --- Moving --------------------------------------------------------------------------------------


def test_a_plan_goes_from_draft_over_active_and_paused_to_ended(world):
    plan = world.plan()

    for verb, state in (
        (plans.activate_plan, "active"),
        (plans.pause_plan, "paused"),
        (plans.activate_plan, "active"),
        (plans.end_plan, "ended"),
    ):
        assert verb(plan=plan, by=world.supervisor, at=BEFORE).state == state

    expected = ["create_plan", "activate_plan", "pause_plan", "activate_plan", "end_plan"]
    assert audited(plan) == expected


@pytest.mark.parametrize("verb", [plans.activate_plan, plans.pause_plan, plans.delete_plan])
def test_an_ended_plan_stays_ended(world, verb):
    plan = plans.end_plan(plan=world.active(), by=world.supervisor, at=BEFORE)

    with pytest.raises(NotPossibleForPlan, match="while the plan is ended"):
        verb(plan=plan, by=world.supervisor, at=BEFORE)


def test_a_plan_per_evaluator_needs_one(world):
    plan = world.plan(quota_kind="per_evaluator", shares={})

    with pytest.raises(NobodyToScore):
        plans.activate_plan(plan=plan, by=world.supervisor, at=BEFORE)


def test_a_draft_can_be_thrown_away(world):
    plan = world.plan()

    plans.delete_plan(plan=plan, by=world.supervisor, at=BEFORE)

    assert not SamplingPlan.objects.exists()


# --- Exceptions ----------------------------------------------------------------------------------


def test_add_override_keeps_its_days_and_reason(world):
    plan = world.plan()

    override = plans.add_override(
        plan=plan,
        agent=world.agents[0],
        quota_n=0,
        from_on=date(2026, 5, 4),
        until_on=date(2026, 5, 8),
        reason="Parental leave",
        by=world.supervisor,
        at=BEFORE,
    )

    rule = rule_document(plan, plan.slices)
    assert rule["overrides"] == [[world.agents[0].pk, 0, "2026-05-04", "2026-05-08"]]
    plans.remove_override(override=override, by=world.supervisor, at=BEFORE)
    assert not plan.overrides.exists()
    assert audited(plan) == ["create_plan", "add_plan_override", "remove_plan_override"]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"until_on": date(2026, 5, 3)}, "before the first one"),
        ({"quota_n": -1}, "from 0 to 1000"),
        ({"reason": "x"}, "at least 5"),
    ],
)
def test_an_impossible_override_is_refused(world, changes, sentence):
    given = {
        "quota_n": 1,
        "from_on": date(2026, 5, 4),
        "until_on": date(2026, 5, 8),
        "reason": "New here",
    }

    with pytest.raises(Invalid, match=sentence):
        plans.add_override(
            plan=world.plan(),
            agent=world.agents[0],
            by=world.supervisor,
            at=BEFORE,
            **{**given, **changes},
        )


# --- Seeds ---------------------------------------------------------------------------------------


def test_the_seed_is_fixed_on_the_evening_before_and_only_its_hash_is_told(world):
    """Q-404."""
    plan = world.active()

    commitment = plan.commitments.get(period_start_on=MONDAY.date())

    assert commitment.committed_at < MONDAY
    assert commitment.seed_sha256 == seed_hash(commitment.seed)
    assert not commitment.is_revealed
    entry = AuditEntry.objects.get(verb="commit_seed", object_id=str(commitment.pk))
    assert entry.payload.after["seed_sha256"] == commitment.seed_sha256
    assert commitment.seed not in str(entry.payload.after)


@pytest.mark.parametrize(
    ("hours", "monday"), [(-3, date(2026, 4, 27)), (-2, MONDAY.date()), (50, MONDAY.date())]
)
def test_activating_fixes_the_seed_of_the_running_period_or_of_one_that_is_near(
    world, hours, monday
):
    plan = world.active(at=MONDAY + timedelta(hours=hours))

    assert [one.period_start_on for one in plan.commitments.all()] == [monday]


def test_a_period_has_one_seed_however_often_it_is_asked_for(world):
    plan = world.active(at=MONDAY)

    assert plans.commit_seed(plan=plan, by=None, at=MONDAY + timedelta(hours=3)) is None
    assert plan.commitments.count() == 1


def test_seeds_are_not_the_same_twice(world):
    first, second = world.active(), world.active(name="Another")

    seeds = [one.seed for plan in (first, second) for one in plan.commitments.all()]
    assert len(set(seeds)) == len(seeds) == 2


def test_ending_a_plan_reveals_what_was_still_secret(world):
    plan = plans.end_plan(plan=world.active(), by=world.supervisor, at=AFTER)

    assert all(one.revealed_at == AFTER for one in plan.commitments.all())
    assert AuditEntry.objects.filter(verb="reveal_seed").count() == 1


# --- Periods -------------------------------------------------------------------------------------


def test_periods_begin_on_mondays_and_on_the_first():
    assert period_start("week", date(2026, 5, 10)) == date(2026, 5, 4)
    assert period_start("month", date(2026, 5, 10)) == date(2026, 5, 1)


def test_slices_are_whole_local_days_through_a_change_of_the_clock():
    spans = slices_of("week", date(2026, 3, 23), 7, "Europe/Berlin")

    assert [span.first_day.day for span in spans] == [23, 24, 25, 26, 27, 28, 29]
    assert [round((span.end_at - span.start_at).total_seconds() / 3600) for span in spans] == [
        *[24] * 6,
        23,
    ]
    assert all(one.end_at == next_.start_at for one, next_ in pairwise(spans))


def test_a_short_month_has_one_slice_for_each_day_at_most():
    assert len(slices_of("month", date(2026, 2, 1), 31, "UTC")) == 28


# --- Filters -------------------------------------------------------------------------------------


def window():
    return Window(MONDAY, MONDAY + timedelta(days=7))


def left(world, **filters):
    filters = read_filters({"min_talk_seconds": 30, "min_customer_turns": 2, **filters})
    return live_count(world.scorecard, filters, window()).left


@pytest.fixture
def small():
    return PlanWorld(calls=0)


def test_each_filter_lets_only_its_own_work_through(small):
    """Q-401."""
    agent, billing = small.agents[0], QueueFactory()
    plain = call(small.team, agent, MONDAY + timedelta(hours=9))
    call(small.team, agent, MONDAY + timedelta(hours=10), channel="chat")
    call(small.team, agent, MONDAY + timedelta(hours=11), direction="outbound")
    call(small.team, agent, MONDAY + timedelta(hours=12), queue=billing)
    call(small.team, agent, MONDAY + timedelta(days=1, hours=9))
    call(small.team, agent, MONDAY + timedelta(hours=20))
    call(small.team, agent, MONDAY + timedelta(hours=13), talk_seconds=5000)
    RecordingFactory(interaction=plain.interaction)
    TranscriptFactory(interaction=plain.interaction)
    InteractionSignal.objects.create(
        interaction=plain.interaction, kind="csat", value=2, source="survey"
    )

    assert left(small) == 7
    assert left(small, channels=["chat"]) == 1
    assert left(small, direction="outbound") == 1
    assert left(small, queues=[billing.pk]) == 1
    assert left(small, weekdays=[1]) == 1
    assert left(small, hour_from=18) == 1
    assert left(small, hour_from=18, hour_until=10) == 3
    assert left(small, max_seconds=600) == 6
    assert left(small, has_recording=True) == 1
    assert left(small, has_transcript=True) == 1
    assert left(small, signal={"kind": "csat", "high": "2"}) == 1
    assert left(small, signal={"kind": "csat", "low": "2.1"}) == 0
    assert left(small, teams=[small.team.pk]) == 7
    assert left(small, teams=[small.team.pk + 1]) == 0


def test_what_is_not_over_or_was_not_handled_is_out(small):
    agent = small.agents[0]
    call(small.team, agent, MONDAY, outcome="abandoned_in_queue")
    call(small.team, agent, MONDAY, ended_at=None)
    call(small.team, agent, MONDAY, answered_at=None)
    call(small.team, None, MONDAY)
    call(small.team, agent, MONDAY - timedelta(days=1))

    assert left(small) == 0


def test_short_work_is_out_and_what_nobody_measured_stays(small):
    agent = small.agents[0]
    call(small.team, agent, MONDAY, talk_seconds=29)
    call(small.team, agent, MONDAY, talk_seconds=30)
    call(small.team, agent, MONDAY, talk_seconds=None)
    for turns in (1, 2):
        chat = call(small.team, agent, MONDAY, channel="chat", talk_seconds=5)
        transcript = TranscriptFactory(interaction=chat.interaction)
        TurnFactory.create_batch(turns, transcript=transcript, speaker="customer")
        TurnFactory.create_batch(3, transcript=transcript, speaker="agent")

    assert left(small) == 3


def test_what_is_scored_or_waits_to_be_is_counted_apart(world):
    world.drawn()
    filters = filters_document(SamplingPlan.objects.get())

    count = live_count(world.scorecard, filters, window())

    assert (count.total, count.taken, count.left) == (42, 8, 34)


def test_the_count_tells_what_each_filter_removes(world):
    call(world.team, world.agents[0], MONDAY + timedelta(hours=9), channel="chat")
    filters = read_filters({"channels": ["voice"], "weekdays": [0]})

    count = live_count(world.scorecard, filters, window())

    removed = {one.name: (one.alone, one.last) for one in count.removed}
    assert (count.total, count.left) == (43, 6)
    assert removed == {"channels": (1, 1), "weekdays": (36, 36)}


def test_the_count_takes_few_queries_however_many_filters(world, django_assert_max_num_queries):
    filters = read_filters({"channels": ["voice"], "weekdays": [0], "hour_from": 8})

    with django_assert_max_num_queries(6):
        live_count(world.scorecard, filters, window())


def test_filters_are_told_in_words(world):
    filters = read_filters(
        {
            "teams": [world.team.pk],
            "channels": ["chat", "voice"],
            "weekdays": [0, 4],
            "hour_from": 8,
            "signal": {"kind": "csat", "high": 2},
            "max_seconds": 900,
        }
    )

    assert dict(in_words(filters).values()) == {
        "Teams": world.team.name,
        "Channels": "Voice, Chat",
        "Weekdays": "Monday, Friday",
        "Hours": "08:00 to 24:00",
        "Signal": "csat at most 2",
        "Length": "at most 15:00",
    }


def test_a_scorecard_without_a_version_draws_nothing(world):
    plan = world.plan()
    type(world.scorecard).objects.filter(pk=world.scorecard.pk).update(current_version=None)

    with pytest.raises(Refused, match="no version in force"):
        plans.activate_plan(plan=plan, by=world.supervisor, at=BEFORE)
