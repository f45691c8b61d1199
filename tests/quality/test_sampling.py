"""The worked examples of docs/algorithms/sampling.md, and what holds of every draw."""

from collections import Counter
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from quality.sampling import (
    commitment,
    deal,
    first_unused,
    frame_hash,
    is_chosen,
    is_off,
    order,
    percent_quota,
    phase,
    shares,
    slice_counts,
    slice_days,
)

SEED = "00112233445566778899aabbccddeeff"
IDS = range(1001, 1013)
DRAWN = [1012, 1002, 1011, 1006, 1008, 1003, 1010, 1009, 1004, 1007, 1005, 1001]
seeds = st.binary(min_size=16, max_size=16).map(bytes.hex)


def test_v46_ids_are_drawn_in_the_order_of_their_hashes():
    assert order(SEED, IDS) == DRAWN
    assert order(SEED, list(IDS)[::-1]) == DRAWN


def test_v47_the_frame_has_one_hash():
    expected = "d587847a329db6260cab9b04033cd6284b837a857de2fc9c628acededde176b5"

    assert frame_hash(IDS) == expected
    assert frame_hash(DRAWN) == expected
    assert frame_hash([*DRAWN, 1013]) != expected


def test_v48_the_commitment_is_the_hash_of_the_seed():
    expected = "5947d7c33d783f94b3b4c1a96ebc8991ed28f1b069b71e03376cba8caa98a720"

    assert commitment(SEED) == expected


@pytest.mark.parametrize(
    ("agent", "expected_phase", "of_five", "of_one"),
    [
        (7, ".086937", [1, 1, 1, 2], [0, 0, 0, 1]),
        (8, ".462591", [1, 1, 2, 1], [0, 0, 1, 0]),
        (10, ".900810", [2, 1, 1, 1], [1, 0, 0, 0]),
    ],
)
def test_v49_the_quota_spreads_over_the_slices(agent, expected_phase, of_five, of_one):
    assert f"{float(phase(SEED, agent)):.6f}".lstrip("0") == expected_phase
    assert slice_counts(SEED, agent, 5, 4) == of_five
    assert slice_counts(SEED, agent, 1, 4) == of_one


@pytest.mark.parametrize(("size", "expected"), [(140, 5), (400, 12), (401, 13), (3, 3), (0, 0)])
def test_v50_a_percentage_has_a_minimum(size, expected):
    assert percent_quota(size, 3, 5) == expected


def test_v50_the_percentage_is_exact():
    assert percent_quota(1000, Decimal("0.1"), 0) == 1
    assert percent_quota(1000, Decimal("0.1001"), 0) == 2


def test_v51_shares_are_whole():
    assert shares(SEED, 10, {21: 1, 22: 1, 23: 1}) == {21: 3, 22: 4, 23: 3}
    assert shares(SEED, 7, {21: 1, 22: 1, 23: Decimal("0.5")}) == {21: 3, 22: 3, 23: 1}


def test_v52_picks_go_to_whoever_lacks_most():
    targets = shares(SEED, 6, {21: 1, 22: 1, 23: 1})

    assert deal(SEED, DRAWN[:6], targets) == {
        1012: 22,
        1002: 21,
        1011: 23,
        1006: 22,
        1008: 21,
        1003: 23,
    }


# --- Around the edges ----------------------------------------------------------------------------


def test_nobody_gets_what_is_not_open_to_them():
    dealt = deal(SEED, [1012, 1002], {21: 1, 22: 1}, {1012: [21], 1002: []})

    assert dealt == {1012: 21, 1002: None}


def test_what_is_above_all_targets_goes_to_the_pool():
    assert list(deal(SEED, IDS, {21: 2}).values()).count(None) == 10


def test_a_replacement_is_the_next_in_order():
    assert first_unused(DRAWN, 3, used=()) == [1012, 1002, 1011]
    assert first_unused(DRAWN, 1, used=DRAWN[:3]) == [1006]
    assert first_unused(DRAWN, 1, used=DRAWN) == []


def test_slices_are_whole_days_longer_ones_first():
    assert slice_days(31, 4) == [8, 8, 8, 7]
    assert slice_days(7, 7) == [1] * 7
    with pytest.raises(ValueError, match="at most one for each"):
        slice_days(7, 8)


def test_a_share_of_all_things_is_chosen():
    chosen = [is_chosen(f"{SEED}:double", number, Fraction(5, 100)) for number in range(20_000)]

    assert 0.045 < sum(chosen) / len(chosen) < 0.055
    assert not is_chosen(SEED, 1, 0)
    assert is_chosen(SEED, 1, 1)


@pytest.mark.parametrize(("picked", "expected"), [(50, False), (60, False), (61, True), (39, True)])
def test_a_sample_is_off_beyond_two_sigma(picked, expected):
    assert is_off(picked, 100, Fraction(1, 2)) is expected


def test_bad_input_is_refused_in_words():
    with pytest.raises(ValueError, match="stands in the frame twice"):
        order(SEED, [1, 1])
    with pytest.raises(ValueError, match="stands in the frame twice"):
        frame_hash([1, 1])
    with pytest.raises(ValueError, match="32 hexadecimal digits"):
        order(SEED.upper(), IDS)
    with pytest.raises(ValueError, match="between 0 and 100"):
        percent_quota(10, 101, 0)
    with pytest.raises(ValueError, match="not below 0"):
        slice_counts(SEED, 7, -1, 4)
    with pytest.raises(ValueError, match="not below 0"):
        shares(SEED, 3, {21: -1})


# --- Of every draw -------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(0, 200), st.integers(1, 31))
def test_slices_total_the_quota_and_differ_by_one(seed, n, slices):
    counts = slice_counts(seed, 7, n, slices)

    assert sum(counts) == n
    assert max(counts) - min(counts) <= 1


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(0, 100), st.lists(st.integers(0, 9), min_size=1, max_size=6))
def test_shares_total_what_is_shared(seed, total, weights):
    given_weights = dict(enumerate(weights))

    found = shares(seed, total, given_weights)

    assert sum(found.values()) == (total if any(weights) else 0)
    whole = sum(weights)
    assert all(abs(found[k] * whole - total * w) < whole for k, w in given_weights.items() if whole)


@settings(max_examples=60, deadline=None)
@given(seeds, st.integers(0, 60), st.lists(st.integers(0, 20), min_size=1, max_size=5))
def test_dealing_fills_the_targets_and_no_more(seed, count, goals):
    targets = dict(enumerate(goals))

    given_out = Counter(deal(seed, range(count), targets).values())

    assert all(given_out[who] <= goal for who, goal in targets.items())
    assert given_out[None] == max(0, count - sum(goals))


def test_no_slice_is_favored_over_ten_thousand_seeds():
    totals = [0, 0, 0, 0]
    for number in range(10_000):
        seed = f"{number:032x}"
        for index, count in enumerate(slice_counts(seed, 7, 1, 4)):
            totals[index] += count

    assert sum(totals) == 10_000
    assert all(abs(total - 2_500) < 100 for total in totals)
