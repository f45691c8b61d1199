"""The arithmetic of a draw: what is due, what is picked, who scores it, how it is kept."""

from collections import Counter
from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from quality import drawing
from quality.drawing import Frame, Override, Past, Rule, Slice

SEED = "00112233445566778899aabbccddeeff"
MONDAY = date(2026, 5, 4)
STRATA = {"a7": "7", "everything": "all"}
seeds = st.binary(min_size=16, max_size=16).map(bytes.hex)


def rule(**changes):
    given = {
        "quota_kind": "per_agent",
        "quota_n": 5,
        "quota_percent": None,
        "quota_min": None,
        "order": "random",
        "descending": True,
        "double_percent": Fraction(0),
        "shares": {21: Fraction(1), 22: Fraction(1), 23: Fraction(1)},
        "overrides": (),
    }
    return Rule(**{**given, **changes})


def at(number=1, slices=4):
    return Slice(number, slices, [MONDAY + timedelta(days=7 * n) for n in range(slices)])


def frame(**strata):
    return Frame({STRATA[name]: list(legs) for name, legs in strata.items()})


def drawn_of(rule, frames, slices=4, seed=SEED):
    """How many each slice draws of one stratum, each from its own frame."""
    counts, drawn, seen = [], 0, 0
    for number, one in enumerate(frames, start=1):
        past = Past(drawn={"7": drawn}, seen={"7": seen})
        picks = drawing.picks(seed, rule, frame(a7=one), at(number, slices), past)
        counts.append(len(picks))
        drawn, seen = drawn + len(picks), seen + len(one)
    return counts


def test_the_quota_of_an_agent_is_spread_over_the_slices():
    frames = [range(n * 100 + 1, n * 100 + 50) for n in range(4)]

    assert drawn_of(rule(), frames) == [1, 1, 1, 2]


def test_what_a_thin_slice_could_not_give_is_caught_up():
    frames = [range(0), range(0), range(300, 350), range(400, 450)]

    assert drawn_of(rule(), frames) == [0, 0, 3, 2]


def test_an_override_stands_for_the_slices_that_begin_while_it_holds():
    leave = Override(7, 0, MONDAY, MONDAY + timedelta(days=13))
    frames = [range(n * 100 + 1, n * 100 + 50) for n in range(4)]

    assert drawn_of(rule(quota_n=4, overrides=(leave,)), frames) == [0, 0, 1, 1]
    assert drawn_of(rule(quota_n=4), frames) == [1, 1, 1, 1]


def test_an_override_is_of_one_agent_and_the_last_one_counts():
    first = Override(8, 0, MONDAY, MONDAY)
    second = Override(8, 3, MONDAY, MONDAY)
    given = rule(quota_n=1, overrides=(first, second))

    assert drawing.target(SEED, given, "7", 99, at(1, 1)) == 1
    assert drawing.target(SEED, given, "8", 99, at(1, 1)) == 3


def test_a_percentage_counts_all_that_was_seen_so_far():
    percent = rule(
        quota_kind="per_agent_percent", quota_n=None, quota_percent=Fraction(10), quota_min=0
    )
    frames = [range(n * 100 + 1, n * 100 + 21) for n in range(4)]

    assert drawn_of(percent, frames) == [2, 2, 2, 2]


def test_the_minimum_of_a_percentage_is_spread():
    percent = rule(
        quota_kind="per_agent_percent", quota_n=None, quota_percent=Fraction(1), quota_min=4
    )
    frames = [range(n * 100 + 1, n * 100 + 21) for n in range(4)]

    assert drawn_of(percent, frames) == [1, 1, 1, 1]


def test_a_number_per_evaluator_draws_from_all_agents_together():
    given = rule(quota_kind="per_evaluator", quota_n=4)

    picks = drawing.picks(SEED, given, frame(everything=range(1, 200)), at(1, 1), Past())

    assert len(picks) == 12
    assert {pick.stratum for pick in picks} == {"all"}


def test_every_match_draws_the_whole_frame_of_each_slice():
    given = rule(quota_kind="every_match", quota_n=None)
    past = Past(drawn={"all": 40}, seen={"all": 50})

    picks = drawing.picks(SEED, given, frame(everything=range(1, 31)), at(2), past)

    assert len(picks) == 30


def test_picks_are_the_first_in_the_order_of_the_hashes():
    picks = drawing.picks(SEED, rule(quota_n=6), frame(a7=range(1001, 1013)), at(1, 1), Past())

    assert [pick.leg for pick in picks] == [1012, 1002, 1011, 1006, 1008, 1003]
    assert [pick.position for pick in picks] == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize(("descending", "first"), [(True, [2, 3]), (False, [1, 3])])
def test_priority_comes_before_the_hash_and_the_unknown_comes_last(descending, first):
    longest = rule(quota_n=2, order="priority", descending=descending)
    one = frame(a7=[1, 2, 3, 4])
    one.ranks = {1: Decimal(10), 2: Decimal(90), 3: Decimal(50)}

    picks = drawing.picks(SEED, longest, one, at(1, 1), Past())

    assert [pick.leg for pick in picks] == first


# --- Dealing -------------------------------------------------------------------------------------


def deal(given, legs, past=None, eligible=None):
    picks = drawing.picks(SEED, given, frame(a7=legs), at(1, 1), Past())
    everyone = {pick.leg: list(given.shares) for pick in picks}
    return drawing.deal(SEED, given, picks, past or Past(), eligible or everyone)


def test_v52_the_first_six_go_round():
    dealt = deal(rule(quota_n=6), range(1001, 1013))

    assert [one.evaluator for one in dealt] == [22, 21, 23, 22, 21, 23]


def test_shares_are_kept_over_the_period_and_not_in_each_draw():
    given = rule(quota_n=1)
    counts: Counter = Counter()

    for number in range(9):
        (one,) = deal(given, [1000 + number], Past(given=dict(counts)))
        counts[one.evaluator] += 1

    assert set(counts.values()) == {3}


def test_a_pick_that_nobody_may_score_goes_to_the_pool():
    (one,) = deal(rule(quota_n=1), [1001], eligible={1001: []})

    assert one.evaluator is None


def test_a_double_goes_to_another_person():
    given = rule(quota_n=12, double_percent=Fraction(100))

    dealt = deal(given, range(1001, 1013))

    assert all(one.is_double and one.second not in (None, one.evaluator) for one in dealt)


def test_a_double_with_one_evaluator_only_is_counted_and_goes_to_nobody():
    given = rule(quota_n=1, double_percent=Fraction(100), shares={21: Fraction(1)})

    (one,) = deal(given, [1001])

    assert (one.evaluator, one.is_double, one.second) == (21, True, None)


def test_what_is_chosen_by_priority_is_not_scored_twice():
    given = rule(quota_n=12, order="priority", double_percent=Fraction(100))

    assert not any(one.is_double for one in deal(given, range(1001, 1013)))


# --- Keeping -------------------------------------------------------------------------------------


@given(
    st.dictionaries(
        st.integers(1, 99).map(str), st.sets(st.integers(1, 10**9), max_size=40).map(sorted)
    ),
    st.dictionaries(st.integers(1, 10**9), st.decimals(0, 10_000, places=4)),
)
def test_a_frame_comes_back_as_it_was_kept(strata, ranks):
    kept = Frame(strata, ranks)

    assert drawing.unpack(drawing.pack(kept)) == kept


def test_a_large_frame_is_kept_in_few_bytes():
    kept = Frame({str(agent): list(range(agent, 100_000, 40)) for agent in range(40)})

    assert len(drawing.pack(kept)) < 100_000


@pytest.mark.parametrize("spoiled", [b"", b"x", drawing.pack(Frame({"7": [1]}))[:-3]])
def test_spoiled_bytes_are_no_frame(spoiled):
    with pytest.raises(ValueError, match="cannot be read"):
        drawing.unpack(spoiled)


def test_the_plan_hash_changes_with_every_word():
    first = drawing.plan_hash({"channels": ["voice"]}, {"quota_n": 5})

    assert first == drawing.plan_hash({"channels": ["voice"]}, {"quota_n": 5})
    assert first != drawing.plan_hash({"channels": ["chat"]}, {"quota_n": 5})
    assert first != drawing.plan_hash({"channels": ["voice"]}, {"quota_n": 6})


@given(seeds, st.integers(0, 20), st.integers(1, 10), st.data())
def test_a_draw_never_picks_more_than_the_quota_or_the_frame(seed, n, slices, data):
    sizes = data.draw(st.lists(st.integers(0, 8), min_size=slices, max_size=slices))
    frames = [range(100 * number, 100 * number + size) for number, size in enumerate(sizes)]

    counts = drawn_of(rule(quota_n=n), frames, slices, seed)

    assert all(count <= size for count, size in zip(counts, sizes, strict=True))
    assert sum(counts) <= n
    if min(sizes) >= n:
        assert sum(counts) == n
