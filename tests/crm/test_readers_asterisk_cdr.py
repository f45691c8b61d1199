from datetime import UTC, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, RowError

ANSWERED = (
    '"","+14155552671","100","from-trunk","""Anna"" <+14155552671>","SIP/trunk-0000001a",'
    '"SIP/agent07-0000001b","Dial","SIP/agent07,30","2026-02-25 09:00:00","2026-02-25 09:00:12",'
    '"2026-02-25 09:02:12",132,120,"ANSWERED","DOCUMENTATION","1772006400.1","","","1772006400.1",1'
)


def read(*lines, zone="Europe/Berlin", **settings):
    file = BytesIO("\r\n".join(lines).encode())
    return list(formats.read("asterisk_cdr", file, ReaderOptions(zone=zone, settings=settings)))


def changed(**cells):
    line = ANSWERED
    for old, new in cells.values():
        assert old in line
        line = line.replace(old, new)
    return line


def utc(minutes, seconds):
    return datetime(2026, 2, 25, 8, minutes, seconds, tzinfo=UTC)


def test_answered_row_is_a_handled_call():
    [found] = read(ANSWERED)

    assert (found.external_id, found.outcome, found.direction) == (
        "1772006400.1",
        "handled",
        "inbound",
    )
    assert (found.started_at, found.answered_at, found.ended_at) == (
        utc(0, 0),
        utc(0, 12),
        utc(2, 12),
    )
    assert (found.talk_seconds, found.wait_seconds) == (120, 12)
    assert (found.customer_address, found.legs[0].agent) == ("+14155552671", "SIP/agent07")
    assert found.flags == ()


def test_rows_of_one_linked_id_are_legs_of_one_call():
    rang = changed(a=("ANSWERED", "NO ANSWER"), b=('"2026-02-25 09:00:12"', '""'), c=("120,", "0,"))
    other = changed(a=('"1772006400.1",1', '"1772006400.9",1'))

    found = read(rang, other, ANSWERED)

    assert [(each.external_id, each.leg_count) for each in found] == [
        ("1772006400.9", 1),
        ("1772006400.1", 2),
    ]
    assert [leg.end for leg in found[1].legs] == ["not_answered", "unknown"]


@pytest.mark.parametrize(
    ("columns", "key"),
    [(21, "1772006400.1"), (18, "1772006400.1"), (16, "SIP/trunk-0000001a 2026-02-25 09:00:00")],
)
def test_fewer_columns_give_the_next_best_key(columns, key):
    cells = ANSWERED.replace("SIP/agent07,30", "SIP/agent07").split(",")

    [found] = read(",".join(cells[:columns]))

    assert found.external_id == key


@pytest.mark.parametrize(
    ("disposition", "contexts", "outcome"),
    [
        ("NO ANSWER", [], "abandoned_before_queue"),
        ("NO ANSWER", ["from-trunk"], "failed"),
        ("BUSY", [], "failed"),
        ("CONGESTION", [], "failed"),
    ],
)
def test_call_that_nobody_took(disposition, contexts, outcome):
    [found] = read(changed(a=("ANSWERED", disposition)), outbound_contexts=contexts)

    assert found.outcome == outcome
    assert found.direction == ("outbound" if contexts else "inbound")


def test_outbound_call_belongs_to_the_channel_that_dialed():
    [found] = read(ANSWERED, outbound_contexts=["from-trunk"])

    assert (found.direction, found.customer_address) == ("outbound", "100")
    assert found.legs[0].agent == "SIP/trunk"


def test_more_billed_than_it_lasted_is_kept_and_marked():
    [found] = read(changed(a=("132,120", "100,120")))

    assert "billsec_longer" in found.flags
    assert (found.talk_seconds, found.wait_seconds) == (120, None)


def test_negative_seconds_are_kept_as_unknown_and_marked():
    [found] = read(changed(a=("132,120", "132,-5")))

    assert "negative_duration" in found.flags
    assert found.talk_seconds is None


def test_unclosed_quote_is_an_error_and_reading_goes_on():
    found = read(ANSWERED, '"","unclosed,100', ANSWERED.replace("6400.1", "6400.2"))

    [error] = [item for item in found if isinstance(item, RowError)]
    assert (error.line, error.code) == (2, "line_unreadable")
    assert [item.external_id for item in found if not isinstance(item, RowError)] == [
        "1772006400.1",
        "1772006400.2",
    ]


@pytest.mark.parametrize(
    ("old", "new", "column", "code"),
    [
        ("2026-02-25 09:00:00", "soon", "start", "date_unreadable"),
        ("2026-02-25 09:00:00", "", "start", "required"),
        ("132,", "x,", "duration", "number_unreadable"),
        ("ANSWERED", "MAYBE", "disposition", "choice_unknown"),
        (',"","","1772006400.1",1', ",1,2,3,4,5,6,7", "", "column_count"),
    ],
)
def test_cell_that_cannot_be_read_is_named(old, new, column, code):
    [found] = read(changed(a=(old, new)))

    assert (found.line, found.column, found.code) == (1, column, code)


def test_call_is_given_out_after_a_day_of_silence():
    later = changed(a=("2026-02-25", "2026-02-27"), b=('"1772006400.1",1', '"1772179200.1",1'))

    assert [item.line for item in read(ANSWERED, later, later)] == [1, 2]
