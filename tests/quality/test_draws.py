"""Draws: frame, picks, hashes, reveal, replay, and how a sample compares with its frame."""

from collections import Counter
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection

from accounts.models import AuditEntry
from crm.models import Leg
from lib import events
from quality import drawing
from quality.actions import draws, plans
from quality.actions.draws import AlreadyDrawn, NotDrawing, NotDue
from quality.events import DrawMade
from quality.frames import comparison, leg_facts, parts
from quality.models import Assignment, Draw
from quality.replays import SeedIsSecret, against_data, replay
from quality.sampling import frame_hash
from tests.factories.accounts import TeamFactory, UserFactory
from tests.quality.plan_worlds import AFTER, BEFORE, MONDAY, PlanWorld, call
from tests.quality.worlds import handled_leg, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return PlanWorld()


@pytest.fixture
def heard(monkeypatch):
    facts = []
    monkeypatch.setattr(events, "publish", facts.append)
    return facts


def draw_all(commitment, slices):
    return [
        draws.draw_slice(commitment=commitment, number=number, at=AFTER)
        for number in range(1, slices + 1)
    ]


# --- A draw --------------------------------------------------------------------------------------


def test_a_draw_keeps_frame_hash_and_picks_and_hands_them_out(world, heard):
    """Q-405."""
    draw = world.drawn()

    ids = [leg.pk for leg in world.legs]
    assert drawing.unpack(draw.frame).ids() == ids
    assert (draw.frame_n, draw.frame_sha256) == (42, frame_hash(ids))
    assert draw.picked == len(draw.picks) == 8
    rows = list(Assignment.objects.filter(draw=draw).select_related("leg"))
    assert {row.leg_id for row in rows} == {pick["leg"] for pick in draw.picks}
    assert Counter(row.leg.agent for row in rows) == dict.fromkeys(world.agents, 4)
    assert Counter(row.evaluator for row in rows) == dict.fromkeys(world.evaluators, 4)
    assert {(row.state, row.selection) for row in rows} == {("open", "random")}
    assert {row.due_at for row in rows} == {AFTER + timedelta(days=7)}
    assert [type(fact) for fact in heard] == [DrawMade]
    assert heard[0].draw_id == draw.pk


def test_a_draw_stands_in_the_audit_trail_with_its_hashes(world):
    draw = world.drawn()

    entry = AuditEntry.objects.get(verb="make_draw")
    assert entry.actor is None
    assert entry.payload.after["frame_sha256"] == draw.frame_sha256
    assert entry.payload.after["seed_sha256"] == draw.commitment.seed_sha256


def test_the_seed_is_revealed_with_the_last_draw_of_the_period(world):
    """Q-404."""
    commitment = world.committed(slices=2)

    draws.draw_slice(commitment=commitment, number=1, at=AFTER)
    commitment.refresh_from_db()
    assert commitment.revealed_at is None

    draws.draw_slice(commitment=commitment, number=2, at=AFTER)
    commitment.refresh_from_db()
    assert commitment.revealed_at == AFTER
    assert AuditEntry.objects.get(verb="reveal_seed").payload.after == {"seed": commitment.seed}


def test_the_slices_of_a_period_give_the_whole_quota_once(world):
    commitment = world.committed(slices=7, quota_n=5)

    made = draw_all(commitment, 7)

    rows = Assignment.objects.select_related("leg")
    assert Counter(row.leg.agent for row in rows) == dict.fromkeys(world.agents, 5)
    assert len({row.leg_id for row in rows}) == 10
    assert sum(draw.frame_n for draw in made) == 42
    assert all(draw.picked <= 2 for draw in made)


def test_a_slice_is_not_drawn_before_two_hours_are_over(world):
    commitment = world.committed()

    with pytest.raises(NotDue):
        draws.draw_slice(commitment=commitment, number=1, at=AFTER - timedelta(seconds=1))


def test_a_slice_is_drawn_once(world):
    commitment = world.committed(slices=2)
    draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    with pytest.raises(AlreadyDrawn):
        draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    assert Draw.objects.count() == 1


def test_a_paused_plan_draws_nothing_and_catches_up_later(world):
    commitment = world.committed()
    plans.pause_plan(plan=commitment.plan, by=world.supervisor, at=MONDAY)

    assert draws.due_slices(AFTER) == []
    with pytest.raises(NotDrawing, match="paused"):
        draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    plans.activate_plan(plan=commitment.plan, by=world.supervisor, at=AFTER)
    assert [due.span.number for due in draws.due_slices(AFTER)] == [1]


def test_slices_that_are_due_come_in_the_order_of_time(world):
    world.committed(slices=7)

    assert [due.span.number for due in draws.due_slices(AFTER)] == [1, 2, 3, 4, 5, 6, 7]
    assert [due.span.number for due in draws.due_slices(MONDAY + timedelta(days=2, hours=2))] == [
        *(1, 2)
    ]


def test_an_empty_frame_is_kept_as_such(world):
    draw = world.drawn(filters={"channels": ["social"]})

    assert (draw.frame_n, draw.picked, draw.frame_sha256) == (0, 0, frame_hash([]))
    assert replay(with_seed_shown(draw)).is_identical


def test_a_plan_activated_mid_period_draws_only_what_began_afterwards(world):
    """Q-404."""
    wednesday = MONDAY + timedelta(days=2, hours=12)

    draw = world.drawn(at=wednesday, quota_n=99)

    began = Leg.objects.filter(pk__in=drawing.unpack(draw.frame).ids())
    began = began.values_list("interaction__started_at", flat=True)
    assert min(began) >= wednesday
    assert draw.frame_n == 2 * 3 * 4


def test_everything_in_a_frame_ended_after_the_commitment(world):
    draw = world.drawn()

    frame = Leg.objects.filter(pk__in=drawing.unpack(draw.frame).ids())
    assert all(leg.interaction.ended_at > draw.commitment.committed_at for leg in frame)


def test_a_plan_changed_mid_period_changes_the_hash_of_later_draws(world):
    commitment = world.committed(slices=2)
    first = draws.draw_slice(commitment=commitment, number=1, at=AFTER)
    plan = commitment.plan
    plan.refresh_from_db()

    plans.change_plan(
        plan=plan,
        content=world.content(slices=2, quota_n=6),
        seen=plan.row_version,
        by=world.supervisor,
        at=AFTER,
    )
    second = draws.draw_slice(commitment=commitment, number=2, at=AFTER)

    assert first.plan_sha256 != second.plan_sha256
    assert first.picked + second.picked == 12
    assert [replay(with_seed_shown(draw)).is_identical for draw in (first, second)] == [True] * 2


def test_other_slices_begin_with_the_next_period(world):
    commitment = world.committed(slices=2)
    plan = commitment.plan
    plan.refresh_from_db()
    plans.change_plan(
        plan=plan,
        content=world.content(slices=7),
        seen=plan.row_version,
        by=world.supervisor,
        at=MONDAY,
    )

    assert len(draws.due_slices(AFTER)) == 2
    plans.commit_seed(plan=fresh(plan), by=None, at=AFTER)
    assert [one.slices for one in plan.commitments.order_by("period_start_on")] == [2, 7]


def fresh(row):
    return type(row).objects.get(pk=row.pk)


def test_what_is_scored_or_given_out_is_not_drawn_again(world):
    first = world.drawn()
    second = world.drawn(name="Another plan")

    assert second.frame_n == 42 - 8
    drawn = [{pick["leg"] for pick in draw.picks} for draw in (first, second)]
    assert drawn[0].isdisjoint(drawn[1])


# --- Who scores ----------------------------------------------------------------------------------


def test_nobody_gets_own_work_or_a_team_out_of_scope(world):
    """Q-406."""
    stranger = member("evaluator", TeamFactory())
    both = world.evaluators[0]
    own = [call(world.team, both, MONDAY + timedelta(days=day, hours=20)) for day in range(7)]

    world.drawn(
        quota_kind="every_match", quota_n=None, shares={stranger: Decimal(1), both: Decimal(1)}
    )

    assert not Assignment.objects.filter(evaluator=stranger).exists()
    assert Assignment.objects.filter(evaluator=both).exclude(leg__in=own).exists()
    mine = Assignment.objects.filter(leg__in=own)
    assert {(row.evaluator, row.is_pooled) for row in mine} == {(None, True)}


def test_without_shares_everything_goes_to_the_pool(world):
    world.drawn(shares={}, double_percent=Decimal(20), quota_n=20)

    rows = Assignment.objects.all()
    assert {(row.evaluator, row.is_pooled) for row in rows} == {(None, True)}
    assert {row.selection for row in rows} == {"random", "double"}


def test_an_evaluator_who_left_gets_nothing(world):
    world.committed()
    gone = world.evaluators[0]
    type(gone).objects.filter(pk=gone.pk).update(is_active=False, deactivated_at=MONDAY)

    commitment = world.committed(name="Second")
    draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    assert set(Assignment.objects.values_list("evaluator", flat=True)) == {world.evaluators[1].pk}


def test_doubles_go_to_a_second_person(world):
    """Q-409."""
    world.drawn(quota_kind="every_match", quota_n=None, double_percent=Decimal(20))

    doubles = Assignment.objects.filter(selection="double")
    assert 3 <= doubles.count() <= 15
    for row in doubles:
        first = Assignment.objects.get(leg=row.leg, selection="random")
        assert row.evaluator not in (None, first.evaluator)


def test_doubles_with_one_evaluator_only_are_counted_and_not_given_out(world):
    draw = world.drawn(
        quota_kind="every_match",
        quota_n=None,
        double_percent=Decimal(20),
        shares={world.evaluators[0]: Decimal(1)},
    )

    assert not Assignment.objects.filter(selection="double").exists()
    assert any(pick["is_double"] and pick["second"] is None for pick in draw.picks)
    assert replay(with_seed_shown(draw)).is_identical


# --- Priority ------------------------------------------------------------------------------------


def test_a_plan_by_priority_draws_the_longest_and_says_so(world):
    """Q-408."""
    longest = call(world.team, world.agents[0], MONDAY, talk_seconds=4000)

    draw = world.drawn(order="priority", priority_field="longest", quota_n=1)

    assert longest.pk in {pick["leg"] for pick in draw.picks}
    assert set(Assignment.objects.values_list("selection", flat=True)) == {"targeted"}
    assert replay(with_seed_shown(draw)).is_identical


@pytest.mark.parametrize("field", ["most_hold", "most_transfers", "lowest_signal"])
def test_each_priority_can_be_drawn_and_replayed(world, field):
    for number, leg in enumerate(world.legs):
        leg.interaction.signals.create(kind="csat", value=number, source="survey")

    draw = world.drawn(order="priority", priority_field=field, quota_n=1)

    if field == "lowest_signal":
        assert world.legs[0].pk in {pick["leg"] for pick in draw.picks}
    assert replay(with_seed_shown(draw)).is_identical


# --- Replay --------------------------------------------------------------------------------------


def with_seed_shown(draw):
    draw.commitment.revealed_at = draw.commitment.revealed_at or AFTER
    return draw


def test_a_draw_can_be_replayed_from_its_seed(world):
    """Q-405."""
    draw = world.drawn(double_percent=Decimal(20), quota_n=20)

    assert replay(Draw.objects.get(pk=draw.pk)).differences == []


def test_a_secret_seed_is_not_replayed(world):
    commitment = world.committed(slices=2)
    draw = draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    with pytest.raises(SeedIsSecret, match="still secret"):
        replay(Draw.objects.get(pk=draw.pk))


@pytest.mark.parametrize(
    ("column", "spoil", "sentence"),
    [
        ("frame", lambda draw: flipped(draw.frame), "cannot be read|does not give"),
        ("frame_n", lambda draw: draw.frame_n + 1, "the draw says"),
        ("frame_sha256", lambda draw: "0" * 64, "stored frame hash"),
        ("plan_sha256", lambda draw: "0" * 64, "stored plan hash"),
        ("filters", lambda draw: {**draw.filters, "channels": ["chat"]}, "stored plan hash"),
        ("rule", lambda draw: {**draw.rule, "quota_n": 5}, "should have been picked"),
        ("picked", lambda draw: 9, "8 picks, the draw says 9"),
        ("picks", lambda draw: draw.picks[1:], "should have been picked"),
        ("picks", lambda draw: redealt(draw.picks), "should have gone elsewhere"),
        ("inputs", lambda draw: {**draw.inputs, "drawn": {"1": 1}}, "earlier draws"),
    ],
)
def test_one_changed_value_is_found(world, column, spoil, sentence):
    draw = world.drawn()
    Draw.objects.filter(pk=draw.pk).update(**{column: spoil(draw)})

    found = replay(Draw.objects.select_related("commitment").get(pk=draw.pk))

    assert any(part in line for line in found.differences for part in sentence.split("|"))


def flipped(frame):
    packed = bytearray(frame)
    packed[len(packed) // 2] ^= 1
    return bytes(packed)


def redealt(picks):
    first, second = picks[0]["evaluator"], picks[1]["evaluator"]
    other = second if second != first else picks[2]["evaluator"]
    return [{**picks[0], "evaluator": other}, *picks[1:]]


def test_a_changed_seed_is_found(world):
    draw = world.drawn()
    type(draw.commitment).objects.update(seed="f" * 32)

    found = replay(Draw.objects.select_related("commitment").get(pk=draw.pk)).differences

    assert "The revealed seed is not the one whose hash was published" in found[0]


def test_a_pick_that_was_never_handed_out_is_found(world):
    draw = world.drawn()
    leg = draw.assignments.first().leg_id
    draw.assignments.filter(leg=leg).delete()

    found = replay(Draw.objects.get(pk=draw.pk)).differences

    assert found == [f"Leg {leg} was picked and never handed out."]


def test_against_data_tells_what_was_erased_came_late_or_moved(world):
    draw = world.drawn(filters={"channels": ["voice"]})
    unpicked = [leg for leg in world.legs if not leg.assignments.exists()]
    moved, erased = unpicked[0], unpicked[1]
    late = call(world.team, world.agents[0], MONDAY + timedelta(hours=15))
    type(moved.interaction).objects.filter(pk=moved.interaction_id).update(channel="chat")
    with connection.constraint_checks_disabled():
        Leg.objects.filter(pk=erased.pk).delete()

    found = against_data(Draw.objects.get(pk=draw.pk))

    assert (found.erased, found.late, found.moved) == ([erased.pk], [late.pk], [moved.pk])
    assert replay(with_seed_shown(draw)).is_identical


def test_against_unchanged_data_nothing_is_found(world):
    found = against_data(world.drawn())

    assert (found.erased, found.late, found.moved) == ([], [], [])


# --- Sample against frame ------------------------------------------------------------------------


def test_the_sample_is_counted_beside_its_frame(world):
    draw = world.drawn()

    assert draw.comparison["channel"] == [["voice", 42, 8]]
    assert [row[:2] for row in draw.comparison["weekday"]] == [[day, 6] for day in range(7)]
    assert sum(row[2] for row in draw.comparison["hour"]) == 8
    assert len(draw.comparison["length"]) == 1


def test_a_share_that_is_off_is_flagged():
    counts = {"channel": [["chat", 500, 39], ["voice", 500, 61]]}

    found = parts(counts, "channel", {"chat": "Chat"})

    assert [(part.name, part.is_off) for part in found] == [("Chat", True), ("voice", True)]
    assert (found[0].frame_percent, found[0].sample_percent) == (50, 39)


def test_lengths_are_cut_into_quarters(world):
    legs = [handled_leg(world.team, hold_seconds=0) for _ in range(4)]
    for seconds, leg in zip((10, 20, 30, 40), legs, strict=True):
        Leg.objects.filter(pk=leg.pk).update(talk_seconds=seconds)
    facts = list(leg_facts(Leg.objects.filter(pk__in=[leg.pk for leg in legs]), "", {}))

    counts = comparison(facts, {legs[0].pk})

    assert counts["cuts"] == [[20, 30, 40]]
    assert counts["length"] == [[0, 1, 1], [1, 1, 0], [2, 1, 0], [3, 1, 0]]


def test_a_draw_takes_few_queries(django_assert_max_num_queries):
    """Section 8."""
    world = PlanWorld(calls=10, agents=6)
    commitment = world.committed(quota_n=30)

    with django_assert_max_num_queries(27):
        draw = draws.draw_slice(commitment=commitment, number=1, at=AFTER)

    assert draw.picked == 180


def test_a_plan_of_somebody_who_left_still_draws(world):
    commitment = world.committed()
    plans.add_override(
        plan=commitment.plan,
        agent=UserFactory(),
        quota_n=0,
        from_on=MONDAY.date(),
        until_on=MONDAY.date(),
        reason="On leave",
        by=world.supervisor,
        at=BEFORE,
    )

    assert draws.draw_slice(commitment=commitment, number=1, at=AFTER).picked == 8
