from hypothesis import given
from hypothesis import strategies as st

from crm.durations import totals
from crm.readers.base import LegRecord

SECONDS = st.none() | st.integers(-10, 10_000)
LEGS = st.lists(
    st.builds(
        LegRecord,
        talk_seconds=SECONDS,
        hold_seconds=SECONDS,
        wrap_seconds=SECONDS,
        ring_seconds=SECONDS,
        end=st.sampled_from(["customer", "agent", "transfer", "not_answered"]),
    ),
    max_size=6,
)


def test_totals_sums_two_answered_legs():
    first = LegRecord(talk_seconds=300, hold_seconds=30, wrap_seconds=40, end="blind_transfer")
    second = LegRecord(talk_seconds=60, hold_seconds=0, wrap_seconds=20, end="customer")

    found = totals([first, second])

    assert (found.talk_seconds, found.hold_seconds, found.wrap_seconds) == (360, 30, 60)
    assert (found.handle_seconds, found.mean_handle_seconds) == (450, 225)
    assert (found.transfer_count, found.leg_count) == (1, 2)


def test_totals_leaves_an_unanswered_leg_out_of_handle_time():
    unanswered = LegRecord(ring_seconds=15, end="not_answered")
    answered = LegRecord(talk_seconds=120, hold_seconds=0, end="customer")

    found = totals([unanswered, answered])

    assert (found.handle_seconds, found.ring_seconds, found.leg_count) == (120, 15, 2)
    assert found.mean_handle_seconds == 120
    assert found.wrap_seconds is None


def test_totals_of_no_legs_knows_nothing():
    found = totals([])

    assert (found.handle_seconds, found.talk_seconds, found.mean_handle_seconds) == (None,) * 3
    assert (found.leg_count, found.transfer_count) == (0, 0)


def test_totals_counts_a_negative_part_as_unknown_and_flags_it():
    found = totals([LegRecord(talk_seconds=-5, hold_seconds=10, end="customer")])

    assert (found.talk_seconds, found.handle_seconds) == (None, 10)
    assert found.flags == ("negative_duration",)


@given(LEGS)
def test_handle_time_is_at_most_the_sum_of_its_parts(legs):
    found = totals(legs)

    parts = [found.talk_seconds, found.hold_seconds, found.wrap_seconds]
    assert (found.handle_seconds or 0) <= sum(part or 0 for part in parts)


@given(LEGS, st.randoms())
def test_totals_do_not_depend_on_the_order_of_legs(legs, random):
    shuffled = random.sample(legs, len(legs))

    assert totals(shuffled) == totals(legs)
