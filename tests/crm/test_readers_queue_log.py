from datetime import UTC, datetime
from io import BytesIO

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.readers import formats
from crm.readers.base import (
    AgentStateRecord,
    InteractionRecord,
    ReaderOptions,
    RowError,
    Skip,
    UnreadableFile,
)

EXAMPLE = """\
1772006400|1772006400.1|billing|NONE|ENTERQUEUE||+14155552671|1
1772006415|1772006400.1|billing|agent-12|RINGNOANSWER|15000
1772006427|1772006400.1|billing|agent-07|CONNECT|27|1772006421.5|6
1772006547|1772006400.1|billing|agent-07|BLINDTRANSFER|tech|default|27|120|1
1772006549|1772006400.1|tech|NONE|ENTERQUEUE||+14155552671|2
1772006590|1772006400.1|tech|agent-31|CONNECT|41|1772006587.2|3
1772006890|1772006400.1|tech|agent-31|COMPLETECALLER|41|300|2
"""
LINES = EXAMPLE.splitlines()


def read(*lines, **settings):
    file = BytesIO("\n".join(lines).encode())
    return list(formats.read("queue_log", file, ReaderOptions(settings=settings)))


def calls(*lines, **settings):
    return [item for item in read(*lines, **settings) if isinstance(item, InteractionRecord)]


def states(*lines, **settings):
    return [item for item in read(*lines, **settings) if isinstance(item, AgentStateRecord)]


def at(epoch):
    return datetime.fromtimestamp(epoch, UTC)


def test_example_is_one_call_of_three_legs():
    [found] = calls(*LINES)

    assert (found.external_id, found.outcome, found.ended_by) == (
        "1772006400.1",
        "handled",
        "customer",
    )
    assert (found.started_at, found.queued_at) == (at(1772006400), at(1772006400))
    assert (found.answered_at, found.ended_at) == (at(1772006427), at(1772006890))
    assert (found.wait_seconds, found.ring_seconds, found.talk_seconds) == (68, 24, 420)
    assert (found.leg_count, found.transfer_count) == (3, 1)
    assert [(leg.agent, leg.end, leg.wait_seconds) for leg in found.legs] == [
        ("agent-12", "not_answered", None),
        ("agent-07", "blind_transfer", 27),
        ("agent-31", "customer", 41),
    ]
    assert [(each.queue, each.outcome, each.wait_seconds, each.leg) for each in found.visits] == [
        ("billing", "answered", 27, 1),
        ("tech", "answered", 41, 2),
    ]
    assert (found.customer_address, found.flags) == ("+14155552671", ())


@given(st.permutations(LINES))
def test_lines_in_any_order_are_the_same_call(lines):
    [found] = calls(*lines)
    [expected] = calls(*LINES)

    found.line = expected.line
    assert found == expected


@pytest.mark.parametrize("cut", range(1, len(LINES)))
def test_call_that_is_cut_off_is_in_progress_or_handled_so_far(cut):
    [found] = calls(*LINES[:cut])

    ended = LINES[cut - 1].split("|")[4] in ("BLINDTRANSFER", "COMPLETECALLER")
    assert found.outcome == ("handled" if ended else "in_progress")
    assert (found.ended_at is not None) == ended


def test_end_of_a_call_tells_of_what_an_earlier_file_held():
    [found] = calls(LINES[-1])

    assert (found.outcome, found.answered_at) == ("handled", at(1772006590))
    assert (found.queued_at, found.wait_seconds, found.talk_seconds) == (at(1772006549), 41, 300)


@pytest.mark.parametrize(
    ("line", "outcome", "visit", "ended_by"),
    [
        ("1772006430|c|q|NONE|ABANDON|1|1|30", "abandoned_in_queue", "abandoned", "customer"),
        ("1772006430|c|q|NONE|EXITWITHTIMEOUT|1", "flowed_out", "overflowed", "system"),
        ("1772006430|c|q|NONE|EXITEMPTY|1|1|30", "flowed_out", "overflowed", "system"),
        ("1772006430|c|q|NONE|EXITWITHKEY|3|1", "flowed_out", "overflowed", "system"),
        ("1772006430|c|q|NONE|WITHDRAW|1|1|30|x", "flowed_out", "overflowed", "system"),
    ],
)
def test_call_that_nobody_took(line, outcome, visit, ended_by):
    [found] = calls("1772006400|c|q|NONE|ENTERQUEUE||100|1", line)

    assert (found.outcome, found.ended_by, found.wait_seconds) == (outcome, ended_by, 30)
    assert [each.outcome for each in found.visits] == [visit]


def test_attended_transfer_is_read_from_the_right():
    [found] = calls(
        "1772006400|c|q|NONE|ENTERQUEUE||100|1",
        "1772006410|c|q|agent-07|CONNECT|10|x|2",
        "1772006470|c|q|agent-07|ATTENDEDTRANSFER|BRIDGE|a1b2|10|60|1",
    )

    [leg] = found.legs
    assert (leg.end, leg.talk_seconds, leg.transferred_to) == ("attended_transfer", 60, "")
    assert found.ended_by == "transfer"


def test_member_and_pause_lines_become_states():
    items = read(
        "1772006400|NONE|q|agent-07|ADDMEMBER|",
        "1772006460|NONE|q|agent-07|PAUSE|Lunch",
        "1772006470|NONE|q2|agent-07|PAUSE|Lunch",
        "1772006520|NONE|q|agent-07|UNPAUSE|",
        "1772006580|NONE|NONE|agent-07|AGENTLOGOFF|x|180",
        "1772006590|NONE|NONE|NONE|CONFIGRELOAD|",
        pause_states={"lunch": "meeting"},
    )

    found = [item for item in items if isinstance(item, AgentStateRecord)]
    assert [(each.state, each.started_at, each.ended_at) for each in found] == [
        ("available", at(1772006400), at(1772006460)),
        ("meeting", at(1772006460), at(1772006520)),
        ("available", at(1772006520), at(1772006580)),
        ("offline", at(1772006580), None),
    ]
    skips = [(item.line, item.code) for item in items if isinstance(item, Skip)]
    assert skips == [(n, "agent_event") for n in range(1, 6)] + [(6, "unsupported")]


def test_pause_right_behind_a_call_is_its_wrap_up_if_the_run_says_so():
    lines = [
        "1772006400|c|q|NONE|ENTERQUEUE||100|1",
        "1772006410|c|q|agent-07|CONNECT|10|x|2",
        "1772006470|c|q|agent-07|COMPLETECALLER|10|60|1",
        "1772006472|NONE|q|agent-07|PAUSE|ACW",
        "1772006502|NONE|q|agent-07|UNPAUSE|",
    ]

    [derived], [plain] = calls(*lines, wrap_reasons=["acw"]), calls(*lines)
    [late] = calls(*lines[:3], "1772006473|NONE|q|agent-07|PAUSE|ACW", wrap_reasons=["acw"])

    assert (derived.legs[0].wrap_seconds, derived.legs[0].wrap_source) == (30, "derived")
    assert (plain.wrap_seconds, late.wrap_seconds) == (None, None)
    assert [each.state for each in states(*lines, wrap_reasons=["acw"])] == ["available"]


def test_repeated_line_is_skipped():
    items = read(*LINES, LINES[2])

    [skip] = [item for item in items if isinstance(item, Skip)]
    assert (skip.line, skip.code) == (8, "duplicate_in_file")
    assert calls(*LINES, LINES[2]) == calls(*LINES)


@pytest.mark.parametrize(
    ("line", "code"),
    [
        ("1772006400|c|q|NONE", "line_unreadable"),
        ("soon|c|q|NONE|ENTERQUEUE", "date_unreadable"),
        ("99999999999999|c|q|NONE|ENTERQUEUE", "date_unreadable"),
        ("1772006400|c|q|agent-07|CONNECT|x|y|z", "number_unreadable"),
        ("1772006400|c|q|agent-07|COMPLETEAGENT|1", "number_unreadable"),
        ("1772006400|c|q|agent-07|ABANDON", "number_unreadable"),
        ("1772006400||q|NONE|ENTERQUEUE||100|1", "value_missing"),
    ],
)
def test_line_that_cannot_be_read_is_an_error_and_reading_goes_on(line, code):
    found = read(line, *LINES)

    [error] = [item for item in found if isinstance(item, RowError)]
    assert (error.line, error.code) == (1, code)
    assert [item.external_id for item in found if isinstance(item, InteractionRecord)] == [
        "1772006400.1"
    ]


def test_call_is_given_out_after_a_day_of_silence():
    later = "1772106400|d|q|NONE|ENTERQUEUE||100|1"

    items = read(*LINES, later, "1772106401|NONE|q|agent-07|ADDMEMBER|")

    assert [type(item).__name__ for item in items] == [
        "InteractionRecord",
        "Skip",
        "InteractionRecord",
        "AgentStateRecord",
    ]


def test_wrong_pause_states_refuse_the_file():
    with pytest.raises(UnreadableFile, match="must be mapped to states"):
        read(*LINES, pause_states={"lunch": "eating"})
