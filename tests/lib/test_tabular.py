"""Tables come in from any spreadsheet program, are refused with a place, and go out harmless."""

import io
import tracemalloc
import zipfile
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from lib import tabular
from lib.tabular import Limits, TabularError

FORMULA_STARTS = ["=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠"]
PLAIN_TEXT = st.text(
    st.characters(
        exclude_categories=["Cs", "Cc"], include_characters="\t\n=+-@'\"", max_codepoint=0xFFFD
    )
)


def cells_of(source, **options):
    if isinstance(source, str):
        source = source.encode()
    if isinstance(source, bytes):
        source = io.BytesIO(source)
    with tabular.open_table(source, **options) as table:
        return [row.cells for row in table]


def rows_of(text, **options):
    with tabular.open_table(io.BytesIO(text.encode()), **options) as table:
        return [tuple(row) for row in table]


def refusal_of(source, **options):
    with pytest.raises(TabularError) as refusal:
        cells_of(source, **options)
    return refusal.value


def workbook_of(rows, **sheets):
    book = Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def with_part(workbook, name, content):
    """The workbook with one of its parts replaced or added."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(workbook)) as old, zipfile.ZipFile(stream, "w") as new:
        for info in old.infolist():
            if info.filename != name:
                new.writestr(info.filename, old.read(info))
        new.writestr(name, content)
    return stream.getvalue()


# --- Delimited text ------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("newline", ["\n", "\r\n", "\r"])
def test_delimiter_and_newline_are_found(delimiter, newline):
    text = newline.join(delimiter.join(row) for row in (["a", "b", "c"], ["1", "2,5 x", "3"]))

    assert cells_of(text.replace("2,5 x", "25")) == [["a", "b", "c"], ["1", "25", "3"]]


def test_semicolons_win_over_decimal_commas():
    assert cells_of("name;low;high\nx;1,5;2,5\ny;2,5;3,5\n")[1] == ["x", "1,5", "2,5"]


def test_lines_of_differing_width_are_still_cut_at_the_pipe():
    log = "1|a|b|NONE|ENTERQUEUE||x\n2|a|b|c|CONNECT|1|2|3\n3|a|b|c|RINGNOANSWER|15\n"

    assert [len(cells) for cells in cells_of(log)] == [7, 8, 6]


@pytest.mark.parametrize(
    ("codec", "chosen"),
    [("utf-8", None), ("utf-8-sig", None), ("utf-16", None), ("cp1252", "cp1252")],
)
def test_encodings_are_read(codec, chosen):
    data = "größe,naïve\n1,€\n".encode(codec)

    assert cells_of(data, encoding=chosen) == [["größe", "naïve"], ["1", "€"]]


def test_byte_order_mark_wins_over_the_choice():
    assert cells_of("ä,b\n".encode("utf-8-sig"), encoding="cp1252") == [["ä", "b"]]


def test_blank_rows_are_left_out_and_lines_are_those_of_the_file():
    text = 'a,b\n\n"two\nlines",x\n,\n1,2\n'

    assert rows_of(text) == [(1, ["a", "b"], ""), (3, ["two\nlines", "x"], ""), (6, ["1", "2"], "")]


def test_line_with_an_open_quote_is_told_and_reading_goes_on():
    rows = rows_of('a,b\n1,"x\n2,y\n3,"z\n4,w\n')

    assert [(line, bool(problem)) for line, _, problem in rows] == [
        (1, False),
        (2, True),
        (3, False),
        (4, True),
        (5, False),
    ]
    assert rows[1] == (
        2,
        ['1,"x'],
        "The quotes do not pair up. Close the open one, or double a quote that is text.",
    )


def test_quote_inside_a_quoted_cell_is_told():
    rows = rows_of('a,b\n"5" pipe",x\n1,2\n')

    assert (
        rows[1][2]
        == "The quotes do not pair up. Close the open one, or double a quote that is text."
    )
    assert rows[2] == (3, ["1", "2"], "")


def test_file_of_nothing_but_open_quotes_is_refused_in_time():
    refusal = refusal_of("a,b\n" + '"x\n' * 5001)

    assert "quotes that are not closed" in str(refusal)


def test_nul_is_refused_with_its_place():
    refusal = refusal_of("a,b,c\n1,2,3\n1,x\0y,3\n")

    assert (refusal.line, refusal.column) == (3, 2)
    assert str(refusal).startswith("Line 3, column 2: There is a NUL character")


@pytest.mark.parametrize("lines_before", [2, 40_000])
def test_wrong_encoding_is_refused_with_its_place(lines_before):
    data = b"a,b,c\r\n" * lines_before + "1,2,ö\r\n".encode("cp1252") + b"1,2,3\r\n" * 40_000

    refusal = refusal_of(data)

    assert (refusal.line, refusal.column) == (lines_before + 1, 3)
    assert "Windows-1252" in str(refusal)


def test_wrong_bytes_of_the_chosen_encoding_are_refused_too():
    assert refusal_of(b"a,b\n1,\x81\n", encoding="cp1252").line == 2
    assert "mark of UTF-16" in str(refusal_of(b"a,b\n", encoding="utf-16"))
    assert "Choose one of the encodings" in str(refusal_of(b"a,b\n", encoding="latin-7"))


def test_too_many_columns_are_refused_with_their_place():
    refusal = refusal_of("a,b\n" + ",".join("x" * 501) + "\n", delimiter=",")

    assert (refusal.line, refusal.column) == (2, 501)


def test_too_long_cell_is_refused_with_its_place():
    refusal = refusal_of("a,b\n1," + "x" * 32_768 + "\n")

    assert (refusal.line, refusal.column) == (2, 2)
    assert cells_of("a,b\n1," + "x" * 32_767 + "\n")[1][1] == "x" * 32_767


def test_too_long_cell_over_several_lines_is_refused():
    refusal = refusal_of('a,b\n1,2\n1,"' + "x\n" * 900 + "y" * 32_000 + '"\n')

    assert (refusal.line, refusal.column) == (3, 2)


def test_line_without_end_is_refused_before_it_costs_memory():
    refusal = refusal_of("x" * 1000, limits=Limits(columns=5, cell_characters=100))

    assert refusal.line == 1


def test_file_and_row_limits_are_refused():
    assert "Split it" in str(refusal_of("a,b\n" * 100, limits=Limits(file_bytes=99)))
    assert refusal_of("a,b\n" * 100, limits=Limits(rows=99)).line == 100
    assert "empty" in str(refusal_of(""))


def test_unknown_delimiter_is_refused():
    assert "delimiters" in str(refusal_of("a:b\n", delimiter=":"))


def test_reading_a_long_file_takes_constant_memory():
    source = io.BytesIO(b"1,some text,another text\n" * 100_000)

    tracemalloc.start()
    with tabular.open_table(source) as table:
        count = sum(1 for _ in table)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()

    assert count == 100_000
    assert peak < 1_000_000


def test_stream_of_the_caller_stays_open_and_can_be_read_again():
    source = io.BytesIO(b"a,b\n1,2\n")

    assert cells_of(source) == cells_of(source) == [["a", "b"], ["1", "2"]]


# --- Cells ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "protected"),
    [
        ("=1+1", "'=1+1"),
        ("-5", "'-5"),
        ("+49 30 1", "'+49 30 1"),
        ("a=1", "a=1"),
        ("", ""),
        ("'", "'"),
    ]
    + [(f"{start}x", f"'{start}x") for start in FORMULA_STARTS]
    + [(f"''{start}x", f"'''{start}x") for start in FORMULA_STARTS]
    + [("'plain", "'plain")],
)
def test_formulas_are_protected_and_come_back(text, protected):
    assert tabular.protect_cell(text) == protected
    assert tabular.unprotect_cell(protected) == text


@given(st.text())
def test_protected_text_never_starts_like_a_formula(text):
    protected = tabular.protect_cell(text)

    assert not protected.startswith(tuple(FORMULA_STARTS))
    assert tabular.unprotect_cell(protected) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (-5, "-5"),
        (-0.5, "-0.5"),
        (Decimal("-1E+3"), "-1000"),
        (True, "true"),
        (None, ""),
        (date(2026, 3, 16), "2026-03-16"),
        (datetime(2026, 3, 16, 9, tzinfo=UTC), "2026-03-16 09:00:00+00:00"),
        (time(9, 5), "09:05:00"),
        (timedelta(hours=25, seconds=-1), "24:59:59"),
        (-timedelta(seconds=61), "-0:01:01"),
    ],
)
def test_typed_values_are_written_without_a_prefix(value, text):
    assert tabular.cell_text(value) == text


def test_csv_quotes_every_field_and_starts_with_the_byte_order_mark():
    data = b"".join(tabular.csv_lines([["Größe", 'say "x"'], [-5, "-5"]]))

    assert data == b"\xef\xbb\xbf" + '"Größe","say ""x"""\r\n"-5","\'-5"\r\n'.encode()
    assert tabular.csv_row([1, "=x"]) == b'"1","\'=x"\r\n'


@given(st.lists(st.lists(PLAIN_TEXT, min_size=3, max_size=3), min_size=1))
def test_csv_export_and_import_change_nothing(rows):
    data = b"".join(tabular.csv_lines(rows))

    assert cells_of(data, delimiter=",") == [row for row in rows if any(row)]


# --- Workbooks -----------------------------------------------------------------------------------


def test_workbook_values_become_text():
    data = workbook_of(
        [
            ["text", 4155552671, 4.5, True, date(2026, 3, 16), datetime(2026, 3, 16, 9, 30)],
            [None, 1e20, -3, False, time(9, 30), timedelta(hours=30)],
        ]
    )

    assert cells_of(data) == [
        ["text", "4155552671", "4.5", "true", "2026-03-16", "2026-03-16 09:30:00"],
        ["", "1E+20", "-3", "false", "09:30:00", "30:00:00"],
    ]


def test_workbook_rows_keep_their_numbers_and_gaps():
    book = Workbook()
    book.active["A1"], book.active["C4"] = "a", "c"
    stream = io.BytesIO()
    book.save(stream)

    with tabular.open_table(stream) as table:
        rows = [tuple(row) for row in table]

    assert rows == [(1, ["a"], ""), (4, ["", "", "c"], "")]


def test_workbook_sheet_is_chosen_by_name_and_hidden_ones_are_not_offered():
    book = Workbook()
    book.active.append(["first"])
    book.create_sheet("Second").append(["second"])
    hidden = book.create_sheet("Hidden")
    hidden.sheet_state = "hidden"
    stream = io.BytesIO()
    book.save(stream)

    with tabular.open_table(stream, sheet="Second") as table:
        assert [row.cells for row in table] == [["second"]]
        assert table.sheets == ("Sheet", "Second")
    assert "It has: Sheet, Second." in str(refusal_of(stream, sheet="Third"))


@settings(max_examples=25, deadline=None)
@given(st.lists(st.lists(PLAIN_TEXT, min_size=2, max_size=2), min_size=1, max_size=5))
def test_workbook_export_and_import_change_nothing(rows):
    stream = io.BytesIO()

    tabular.write_xlsx(stream, ["a", "b"], rows)

    read = [cells + [""] * (2 - len(cells)) for cells in cells_of(stream)]
    assert read == [["a", "b"], *(row for row in rows if any(row))]


def test_workbook_export_holds_no_formula_and_keeps_types():
    stream = io.BytesIO()
    row = ["=1+1", -5, Decimal("2.5"), date(2026, 3, 16), float("nan"), date(1850, 1, 1), "a\x01b"]

    tabular.write_xlsx(stream, list("abcdefg"), [row], sheet="Team: [A]")

    with zipfile.ZipFile(stream) as archive:
        assert b"<f>" not in archive.read("xl/worksheets/sheet1.xml")
    assert cells_of(stream)[1] == [
        "=1+1",
        "-5",
        "2.5",
        "2026-03-16",
        "nan",
        "1850-01-01",
        "a\ufffdb",
    ]


def test_workbook_export_cuts_text_at_the_limit_of_a_cell():
    stream = io.BytesIO()

    tabular.write_xlsx(stream, ["a"], [["x" * 40_000]])

    assert cells_of(stream)[1] == ["x" * 32_766 + "…"]


def test_aware_moment_is_exported_as_utc():
    stream = io.BytesIO()
    moment = datetime(2026, 3, 16, 10, tzinfo=UTC).astimezone(tz=None)

    tabular.write_xlsx(stream, ["at"], [[moment]])

    assert cells_of(stream)[1] == ["2026-03-16 10:00:00"]


XXE = b'<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


@pytest.mark.parametrize(
    "part", ["xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml", "xl/styles.xml"]
)
def test_workbook_with_entities_is_refused(part):
    data = workbook_of([["a"]])
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        content = archive.read(part) if part in archive.namelist() else b"<sst/>"
    start = content.index(b"?>") + 2 if content.startswith(b"<?xml") else 0

    refusal = refusal_of(with_part(data, part, content[:start] + XXE + content[start:]))

    assert "document type" in str(refusal)


def test_workbook_with_macros_is_refused():
    data = with_part(workbook_of([["a"]]), "xl/vbaProject.bin", b"x")

    assert "without macros" in str(refusal_of(data))


def test_workbook_that_expands_too_far_is_refused():
    data = workbook_of([["a"]])
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/media/zeros.bin", b"\0" * 5_000_000)

    assert "more than is safe" in str(refusal_of(stream))


def test_zip_that_is_no_workbook_is_refused():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("readme.txt", "x")

    assert "not an .xlsx workbook" in str(refusal_of(stream))


def test_old_or_locked_workbook_is_refused():
    assert "password" in str(refusal_of(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 600))


@pytest.mark.parametrize("kept", [30, 300, 0.5, 0.9])
def test_cut_workbook_is_refused(kept):
    data = workbook_of([["a", "b"]] * 50)

    refusal = refusal_of(data[: kept if kept > 1 else int(len(data) * kept)])

    assert "damaged" in str(refusal)


@pytest.mark.parametrize(
    "sheet",
    [
        "<worksheet><row r='1'><c r='A1' t='s'><v>99</v></c></row></worksheet>",
        "<worksheet><row r='1'><c r='A1'><v>x</v></c></row></worksheet>",
        "<worksheet><row r='x'><c r='A1'><v>1</v></c></row></worksheet>",
        "<worksheet><row><c r='B1'/><c r='A1'><v>1</v></c></row></worksheet>",
        "<worksheet><sheetData><row>",
    ],
)
def test_workbook_with_a_broken_sheet_is_refused(sheet):
    data = with_part(workbook_of([["a"]]), "xl/worksheets/sheet1.xml", sheet)

    assert "damaged" in str(refusal_of(data))


def test_workbook_limits_are_refused_with_their_place():
    wide = refusal_of(workbook_of([["a"], ["x"] * 501]))
    long = refusal_of(workbook_of([["a"], ["b", "x" * 200]]), limits=Limits(cell_characters=100))
    many = refusal_of(workbook_of([["a"]] * 5), limits=Limits(rows=4))

    assert (wide.line, wide.column) == (2, 501)
    assert (long.line, long.column) == (2, 2)
    assert many.line == 5


def test_empty_cells_beyond_the_last_column_do_no_harm():
    sheet = (
        "<worksheet><sheetData><row r='1'><c r='A1'><v>1</v></c><c r='XFD1' s='0'/></row>"
        "</sheetData></worksheet>"
    )

    assert cells_of(with_part(workbook_of([["a"]]), "xl/worksheets/sheet1.xml", sheet)) == [["1"]]


def test_formatted_runs_are_joined_and_phonetic_hints_left_out():
    sheet = (
        "<worksheet><row><c t='inlineStr'><is><r><t>to</t></r><r><t>ne</t></r><rPh><t>X</t></rPh>"
        "</is></c><c t='s'><v>0</v></c></row></worksheet>"
    )
    shared = "<sst><si><r><t>sha</t></r><rPh><t>X</t></rPh><r><t>red</t></r></si></sst>"
    data = with_part(workbook_of([["a"]]), "xl/worksheets/sheet1.xml", sheet)

    assert cells_of(with_part(data, "xl/sharedStrings.xml", shared)) == [["tone", "shared"]]
