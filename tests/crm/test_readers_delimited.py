from datetime import UTC, date, datetime
from io import BytesIO

import pytest

from crm.readers import formats
from crm.readers.base import ReaderOptions, RowError, Skip, UnreadableFile

COLUMNS = {
    "Call": "external_id",
    "Begin": "started_at",
    "Answer": "answered_at",
    "End": "ended_at",
    "Agent": "agent",
    "Talk": "talk_seconds",
    "Result": "outcome",
    "Phone": "customer.phones",
    "Prio": "custom.priority",
}
HEADER = "Call;Begin;Answer;End;Agent;Talk;Result;Phone;Prio"
ROW = (
    "a-1;16.03.2026 09:00;16.03.2026 09:00:20;16.03.2026 09:05;agent-07;4:40;handled;+4930901820;9"
)
MAPPING = {"columns": COLUMNS, "date_order": "dmy"}


def read(*lines, mapping=MAPPING, header=HEADER, **options):
    file = BytesIO("\n".join([header, *lines]).encode())
    return list(formats.read("delimited", file, ReaderOptions(mapping=mapping, **options)))


def row(**changes):
    cells = dict(zip(HEADER.split(";"), ROW.split(";"), strict=True))
    return ";".join({**cells, **changes}.values())


def test_row_becomes_an_interaction_with_a_leg():
    [found] = read(ROW, zone="Europe/Berlin", source="pbx")

    assert (found.external_id, found.source, found.line) == ("a-1", "pbx", 2)
    assert found.started_at == datetime(2026, 3, 16, 8, 0, tzinfo=UTC)
    assert (found.outcome, found.talk_seconds, found.custom) == ("handled", 280, {"priority": "9"})
    assert (found.legs[0].agent, found.customer.phones) == ("agent-07", ["+4930901820"])
    assert found.flags == ()


def test_rows_with_one_external_id_are_legs_of_one_interaction():
    second = row(Begin="16.03.2026 09:05", Answer="16.03.2026 09:06", End="16.03.2026 09:09")

    found = read(ROW, second, row(Call="a-2"), mapping={**MAPPING, "row_is": "leg"})

    assert [(each.external_id, each.leg_count) for each in found] == [("a-1", 2), ("a-2", 1)]
    assert found[0].ended_at == datetime(2026, 3, 16, 9, 9, tzinfo=UTC)
    assert found[0].talk_seconds == 560


def test_interaction_is_left_out_if_one_of_its_rows_cannot_be_read():
    found = read(ROW, row(Talk="long"), row(Call="a-2"), mapping={**MAPPING, "row_is": "leg"})

    assert [(type(each).__name__, each.line) for each in found] == [
        ("RowError", 3),
        ("RowError", 2),
        ("InteractionRecord", 4),
    ]
    assert found[1].message == "Line 3, which belongs to this interaction, could not be read."


def test_values_are_mapped_left_out_or_taken_as_nothing():
    mapping = {
        **MAPPING,
        "values": {"outcome": {"ANS": "handled", "TEST": "skip"}},
        "empty": {"agent": ["nobody"]},
        "defaults": {"channel": "chat"},
    }

    first, second = read(row(Result="ANS", Agent="nobody"), row(Result="TEST"), mapping=mapping)

    assert (first.outcome, first.legs[0].agent, first.channel) == ("handled", "", "chat")
    assert isinstance(second, Skip)


def test_clocks_alone_take_their_date_and_pass_midnight():
    columns = {"Call": "external_id", "Day": "date", "Begin": "started_at", "End": "ended_at"}
    header, line = "Call,Day,Begin,End", "1,16.03.2026,23:59:50,0:00:10"
    mapping = {"columns": columns, "date_order": "dmy"}

    [found] = read(line, header=header, mapping=mapping)
    [without_date] = read("1,,23:59:50,0:00:10", header=header, mapping=mapping)
    [dated_by_run] = read(
        "1,,23:59:50,0:00:10", header=header, mapping=mapping, default_on=date(2026, 3, 1)
    )

    assert found.started_at == datetime(2026, 3, 16, 23, 59, 50, tzinfo=UTC)
    assert found.ended_at == datetime(2026, 3, 17, 0, 0, 10, tzinfo=UTC)
    assert (without_date.column, without_date.code) == ("Begin", "date_unreadable")
    assert dated_by_run.started_at.date() == date(2026, 3, 1)


def test_clock_that_no_day_has_is_an_error_of_its_row():
    columns = {"Call": "external_id", "Day": "date", "Begin": "started_at"}
    lines = "1,2026-03-16,50:20\n2,2026-03-16,9:20"

    [bad, good] = read(lines, header="Call,Day,Begin", mapping={"columns": columns})

    assert (bad.column, bad.code) == ("Begin", "date_unreadable")
    assert good.started_at == datetime(2026, 3, 16, 9, 20, tzinfo=UTC)


def test_negative_and_missing_durations_are_kept_and_marked():
    negative, missing = read(row(Talk="-5"), row(End="", Talk=""))

    assert (negative.talk_seconds, negative.flags) == (None, ("negative_duration",))
    assert (missing.talk_seconds, missing.flags) == (None, ("missing_time",))


@pytest.mark.parametrize(
    ("text", "seconds"), [("90", 90), ("90,9", 90), ("1:30", 90), ("1:01:30", 3690), ("+5", 5)]
)
def test_durations_are_read(text, seconds):
    [found] = read(row(Talk=text), mapping={**MAPPING, "decimal": ","})

    assert found.legs[0].talk_seconds == seconds


@pytest.mark.parametrize(
    ("changes", "column", "code"),
    [
        ({"Call": ""}, "Call", "required"),
        ({"Begin": ""}, "started_at", "required"),
        ({"Begin": "soon"}, "Begin", "date_unreadable"),
        ({"Begin": "30.02.2026 09:00"}, "Begin", "date_unreadable"),
        ({"Talk": "much"}, "Talk", "number_unreadable"),
        ({"Result": "so-so"}, "Result", "choice_unknown"),
        ({"Call": 'a"b', "Agent": '"open'}, "", "line_unreadable"),
    ],
)
def test_cell_that_cannot_be_read_is_named(changes, column, code):
    [found] = read(row(**changes))

    assert isinstance(found, RowError)
    assert (found.line, found.code) == (2, code)
    assert found.column in (column, "Begin")


@pytest.mark.parametrize(
    ("mapping", "sentence"),
    [
        ({}, "The mapping names no column."),
        ({"columns": {"Call": "external_id"}}, "No column is mapped to started_at."),
        ({"columns": {**COLUMNS, "Nope": "subject"}}, 'There is no column "Nope".'),
        ({"columns": {**COLUMNS, "Prio": "mood"}}, 'There is no field "mood" for interactions.'),
        ({"columns": {**COLUMNS, "Prio": "agent"}}, "are both mapped to agent. Choose one"),
        ({"columns": COLUMNS, "date_order": "dym"}, '"date_order" is one of ymd, dmy, mdy'),
        ({"columns": COLUMNS, "values": []}, "The mapping"),
        ({"columns": COLUMNS, "kind": "stars"}, '"kind" is one of interactions'),
    ],
)
def test_mapping_that_does_not_fit_refuses_the_file(mapping, sentence):
    if mapping.get("values") == []:
        mapping = {**mapping, "values": ["x"]}
        sentence = '"values" must be an object.'

    with pytest.raises(UnreadableFile) as caught:
        read(ROW, mapping=mapping)

    assert sentence in str(caught.value)


def test_customers_are_read():
    mapping = {
        "kind": "customers",
        "columns": {"No": "external_id", "Name": "name", "Tel": "phones", "City": "custom.city"},
    }
    header = "No,Name,Tel,City"

    found, nobody = read('7,Anna,"0301; 0302",Bonn', "8,,,Bonn", header=header, mapping=mapping)

    assert (found.external_id, found.name, found.phones) == ("7", "Anna", ["0301", "0302"])
    assert found.custom == {"city": "Bonn"}
    assert nobody.message == "Enter a name or a way to reach this person."


def test_agent_states_are_read():
    mapping = {
        "kind": "agent_states",
        "columns": {"Who": "agent", "What": "state", "From": "started_at", "To": "ended_at"},
        "values": {"state": {"Lunch": "break"}},
    }
    header = "Who,What,From,To"
    lines = [
        "agent-07,Lunch,2026-03-16 12:00,2026-03-16 12:30",
        "agent-07,Wrap Up,2026-03-16 12:30,",
        "agent-07,Lunch,2026-03-16 12:30,2026-03-16 12:30",
    ]

    first, second, third = read(*lines, header=header, mapping=mapping)

    assert (first.state, first.ended_at) == ("break", datetime(2026, 3, 16, 12, 30, tzinfo=UTC))
    assert (second.state, second.ended_at) == ("wrap_up", None)
    assert third.code == "order_of_times"
