import pytest

from crm.readers.base import TurnRecord
from crm.readers.turns import out_of_order, side_offsets


def dialog(*turns, late_agent=0):
    """Turns of (speaker, start, end) in ms; the agent's clock runs `late_agent` ms behind."""
    return [
        TurnRecord(
            {"a": "agent", "c": "customer"}[speaker],
            "words",
            start - (late_agent if speaker == "a" else 0),
            end - (late_agent if speaker == "a" else 0),
        )
        for speaker, start, end in turns
    ]


TALK = [
    ("a", 3000, 5000),
    ("c", 6200, 8000),
    ("a", 9000, 11000),
    ("c", 12300, 14000),
    ("a", 15100, 16000),
    ("c", 17200, 19000),
]


@pytest.mark.parametrize("late", [0, 500])
def test_side_offsets_claims_nothing_for_ordinary_talk(late):
    assert side_offsets(dialog(*TALK, late_agent=late)) == {}


@pytest.mark.parametrize("late", [1500, 2050, 2900])
def test_side_offsets_finds_a_clock_that_runs_late(late):
    [(side, offset)] = side_offsets(dialog(*TALK, late_agent=late)).items()

    assert side == "agent"
    assert offset == pytest.approx(late, abs=300)


def test_side_offsets_finds_a_clock_that_runs_ahead():
    [(side, offset)] = side_offsets(dialog(*TALK, late_agent=-2000)).items()

    assert (side, offset) == ("agent", pytest.approx(-2000, abs=300))


def test_side_offsets_keeps_to_the_order_of_the_file():
    turns = dialog(("c", 0, 900), ("a", 500, 800), ("c", 1300, 2000), ("a", 1000, 1100))

    offset = side_offsets(turns).get("agent", 0)

    assert offset <= 800


def test_side_offsets_needs_both_sides():
    assert side_offsets(dialog(("a", 0, 1000), ("a", 500, 1000))) == {}
    assert side_offsets([]) == {}


def test_out_of_order_sees_a_step_back_only():
    assert not out_of_order(dialog(("a", 0, 900), ("c", 0, 100), ("a", 500, 600)))
    assert out_of_order(dialog(("a", 100, 900), ("c", 0, 100)))
    assert not out_of_order([TurnRecord("agent", "no times"), TurnRecord("customer", "at all")])
