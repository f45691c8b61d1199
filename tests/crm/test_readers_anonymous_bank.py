from datetime import UTC, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.anonymous_bank import COLUMNS
from crm.readers.base import ReaderOptions, RowError, Skip, UnreadableFile

ROW = {
    "vru+line": "AA0101",
    "call_id": "17",
    "customer_id": "23317894",
    "priority": "2",
    "type": "PS",
    "date": "990201",
    "vru_entry": "8:09:16",
    "vru_exit": "8:09:22",
    "vru_time": "6",
    "q_start": "8:09:22",
    "q_exit": "8:09:52",
    "q_time": "30",
    "outcome": "AGENT",
    "ser_start": "8:09:51",
    "ser_exit": "8:12:51",
    "ser_time": "180",
    "server": "TOVA",
}
NO_SERVICE = {"ser_start": "0:00:00", "ser_exit": "0:00:00", "ser_time": "0", "server": "NO_SERVER"}
NO_QUEUE = {"q_start": "0:00:00", "q_exit": "0:00:00", "q_time": "0"}


def read(*rows, header=None, **options):
    lines = ["\t".join(header or ROW)]
    lines += ["\t".join(row.values()) if isinstance(row, dict) else row for row in rows]
    file = BytesIO("\r\n".join(lines).encode())
    return list(formats.read("anonymous_bank", file, ReaderOptions(**options)))


def one(**changes):
    [found] = read({**ROW, **changes})
    return found


def utc(hours, minutes, seconds, day=1):
    return datetime(1999, 2, day, hours, minutes, seconds, tzinfo=UTC)


def test_handled_row_has_a_leg_and_an_answered_visit():
    found = one()

    assert (found.external_id, found.source) == ("AA0101-17", "anonymous-bank")
    assert (found.started_at, found.queued_at) == (utc(6, 9, 16), utc(6, 9, 22))
    assert (found.answered_at, found.ended_at) == (utc(6, 9, 51), utc(6, 12, 51))
    assert (found.outcome, found.wait_seconds, found.talk_seconds) == ("handled", 30, 180)
    assert (found.queue, found.custom) == ("PS", {"priority": "high"})
    assert found.customer.external_id == "23317894"
    [leg], [visit] = found.legs, found.visits
    assert (leg.agent, leg.answered_at, leg.talk_seconds) == ("TOVA", utc(6, 9, 51), 180)
    assert (visit.queue, visit.outcome, visit.leg) == ("PS", "answered", 0)
    assert (visit.entered_at, visit.left_at) == (utc(6, 9, 22), utc(6, 9, 52))
    assert found.flags == ()


def test_row_that_did_not_queue_enters_at_the_voice_unit():
    found = one(**NO_QUEUE, customer_id="0", priority="0")

    assert (found.queued_at, found.customer, found.custom) == (None, None, {})
    assert [(visit.entered_at, visit.wait_seconds) for visit in found.visits] == [
        (utc(6, 9, 16), 0)
    ]


def test_hang_in_queue_is_one_abandoned_visit():
    found = one(outcome="HANG", **NO_SERVICE)

    assert (found.outcome, found.ended_by, found.legs) == ("abandoned_in_queue", "customer", ())
    assert (found.answered_at, found.ended_at) == (None, utc(6, 9, 52))
    assert [(visit.outcome, visit.wait_seconds) for visit in found.visits] == [("abandoned", 30)]


def test_hang_before_the_queue_is_no_visit():
    found = one(outcome="HANG", **NO_QUEUE, **NO_SERVICE)

    assert (found.outcome, found.ended_at) == ("abandoned_before_queue", utc(6, 9, 22))
    assert (list(found.visits), found.wait_seconds) == ([], None)


def test_phantom_is_skipped():
    found = one(outcome="PHANTOM")

    assert isinstance(found, Skip)
    assert (found.line, found.code) == (2, "phantom")


def test_agent_row_without_service_times_or_server_is_kept_and_marked():
    found = one(**NO_SERVICE)

    assert (found.outcome, found.answered_at, found.ended_at) == ("handled", None, None)
    assert found.flags == ("agent_unknown", "missing_time")


def test_clocks_pass_midnight():
    found = one(
        vru_entry="23:59:54",
        vru_exit="23:59:59",
        q_start="23:59:59",
        q_exit="0:00:27",
        ser_start="0:00:26",
        ser_exit="0:01:33",
    )

    assert found.started_at == utc(21, 59, 54)
    assert (found.answered_at, found.ended_at) == (utc(22, 0, 26), utc(22, 1, 33))


def test_queue_before_the_call_is_kept_and_marked():
    found = one(vru_entry="9:48:14", vru_exit="9:47:17", q_start="9:47:17", q_exit="9:50:11")

    assert "time_order" in found.flags


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"date": "990231"}, "date", "date_unreadable"),
        ({"vru_entry": "8:61:00"}, "vru_entry", "date_unreadable"),
        ({"ser_start": ""}, "ser_start", "date_unreadable"),
        ({"q_time": "soon"}, "q_time", "number_unreadable"),
        ({"outcome": "GONE"}, "outcome", "choice_unknown"),
    ],
)
def test_cell_that_cannot_be_read_is_named(changes, column, code):
    found = one(**changes)

    assert isinstance(found, RowError)
    assert (found.line, found.column, found.code) == (2, column, code)
    assert list(found.cells) == list({**ROW, **changes}.values())


def test_row_with_too_few_cells_is_an_error_and_reading_goes_on():
    first, second = read("AA0101\t17", ROW)

    assert (first.code, first.message) == (
        "column_count",
        "The row has 2 cells, but the header has 17.",
    )
    assert (second.external_id, second.line) == ("AA0101-17", 3)


@pytest.mark.parametrize(
    ("header", "sentence"),
    [
        (["a", "b"], 'Line 1: There is no column "vru+line". The columns are: a, b.'),
        (["x", "x"], 'Line 1: Two columns have the name "x". Rename one of them.'),
    ],
)
def test_wrong_header_refuses_the_file(header, sentence):
    with pytest.raises(UnreadableFile) as caught:
        read("1\t2", header=header)

    assert str(caught.value) == sentence


def test_wrong_delimiter_is_said():
    file = BytesIO(("\t".join(ROW) + "\n" + "\t".join(ROW.values())).encode())
    options = ReaderOptions(settings={"delimiter": ";"})

    with pytest.raises(UnreadableFile, match="There is only one column"):
        list(formats.read("anonymous_bank", file, options))


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty."),
        ("\t".join(ROW).encode() + b"\n1\t2\0\n", "Line 2, column 2: There is a NUL character"),
        (b"vru+line\tM\xfcller\n", "Line 1, column 2: The bytes here are not UTF-8."),
    ],
)
def test_file_that_is_no_table_is_refused(content, sentence):
    with pytest.raises(UnreadableFile) as caught:
        list(formats.read("anonymous_bank", BytesIO(content), ReaderOptions()))

    assert str(caught.value).startswith(sentence)


def test_another_zone_and_other_column_names_can_be_chosen():
    columns = {part: name.upper() for part, name in COLUMNS.items()}

    [found] = read(
        ROW, header=[name.upper() for name in ROW], zone="UTC", mapping={"columns": columns}
    )

    assert found.started_at == utc(8, 9, 16)


def test_mapping_that_is_not_whole_is_refused():
    with pytest.raises(UnreadableFile, match="must name a column for each of: line, call"):
        read(ROW, mapping={"columns": {"line": "a"}})
