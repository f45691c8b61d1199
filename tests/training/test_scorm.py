"""Arithmetic of SCORM: the vectors of docs/algorithms/scorm.md, and what must always hold."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.scorm import (
    Outcome,
    Terms,
    UnreadableTime,
    check_element,
    credited,
    entry_of,
    format_time,
    keeps_place,
    mean_percent,
    outcome,
    parse_time,
    percent,
)

MINUTE = 60 * 100


@pytest.mark.parametrize(
    ("edition", "text", "hundredths"),
    [
        ("1.2", "00:10:30.50", 63_050),
        ("1.2", "00:20:15.75", 121_575),
        ("1.2", "0000:00:99.9", 9990),
        ("1.2", "99:99:99", (99 * 3600 + 99 * 60 + 99) * 100),
        ("2004_3", "PT10M30.5S", 63_050),
        ("2004_3", "P1DT1H", 25 * 60 * MINUTE),
        ("2004_3", "P1Y1M", (365 + 30) * 24 * 60 * MINUTE),
        ("2004_4", "PT01H059M020S", (3600 + 59 * 60 + 20) * 100),
        ("2004_4", "P0Y029DT0H", 29 * 24 * 60 * MINUTE),
    ],
)
def test_times_are_read(edition, text, hundredths):
    assert parse_time(edition, text) == hundredths


@pytest.mark.parametrize(
    ("edition", "text"),
    [
        ("2004_3", "PT"),
        ("2004_3", "P"),
        ("2004_3", ""),
        ("2004_3", "P1DT"),
        ("2004_3", "PT1.5H"),
        ("2004_3", "PT1.555S"),
        ("2004_3", "P1W"),
        ("2004_3", "PT٣S"),
        ("1.2", "0:10:30"),
        ("1.2", "00:10"),
        ("1.2", "00:10:30.555"),
        ("1.2", "PT10M"),
        ("1.2", "00:10:30\n"),
    ],
)
def test_what_is_no_time_is_refused(edition, text):
    with pytest.raises(UnreadableTime):
        parse_time(edition, text)


@pytest.mark.parametrize(
    ("edition", "hundredths", "text"),
    [
        ("1.2", 184_625, "00:30:46.25"),
        ("1.2", 100, "00:00:01"),
        ("1.2", 10**12, "9999:59:59.99"),
        ("2004_3", 184_625, "PT30M46.25S"),
        ("2004_3", 63_050, "PT10M30.5S"),
        ("2004_3", 25 * 60 * MINUTE, "PT25H"),
        ("2004_3", 0, "PT0S"),
    ],
)
def test_times_are_written(edition, hundredths, text):
    assert format_time(edition, hundredths) == text


@given(st.integers(0, 10**9), st.sampled_from(["1.2", "2004_4"]))
def test_what_is_written_is_read_back(hundredths, edition):
    assert parse_time(edition, format_time(edition, hundredths)) == hundredths


def test_time_is_credited_once_and_no_more_than_passed():
    assert credited(10 * MINUTE, 4 * MINUTE, 0) == 5 * MINUTE
    assert credited(5 * MINUTE, 5 * MINUTE, 0) == 5 * MINUTE
    assert credited(10 * MINUTE, 10 * MINUTE, 5 * MINUTE) == 5 * MINUTE
    assert credited(10 * MINUTE, 10 * MINUTE, 10 * MINUTE) == 0
    assert credited(3 * MINUTE, 10 * MINUTE, 5 * MINUTE) == 0
    assert credited(10 * MINUTE, -5 * MINUTE, 0) == MINUTE


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**6)), max_size=20))
def test_the_sum_credited_never_passes_the_clock(reports):
    total, elapsed = 0, 0
    for reported, passed in reports:
        elapsed += passed
        total += credited(reported, elapsed, total)
        assert total <= elapsed + MINUTE


MASTERY = Terms(mastery_score=Decimal(80))


@pytest.mark.parametrize(
    ("cmi", "terms", "is_final", "expected"),
    [
        ({"raw": "79", "said": "completed"}, MASTERY, True, ("failed", False)),
        ({"raw": "80", "said": "completed"}, MASTERY, True, ("passed", True)),
        ({"raw": "79", "said": "completed"}, MASTERY, False, ("completed", False)),
        ({"raw": "80", "said": "incomplete"}, MASTERY, False, ("incomplete", False)),
        (
            {"raw": "79", "said": "completed"},
            Terms(mastery_score=Decimal(80), trusts_status=True),
            True,
            ("completed", True),
        ),
        ({}, Terms(), True, ("incomplete", False)),
        ({}, Terms(completes_silent=True), True, ("completed", True)),
        ({}, Terms(completes_silent=True), False, ("not attempted", False)),
        ({"said": "browsed"}, Terms(), True, ("browsed", False)),
        ({"said": "failed", "raw": ""}, MASTERY, True, ("failed", False)),
    ],
)
def test_status_of_1_2(cmi, terms, is_final, expected):
    names = {"raw": "cmi.core.score.raw", "said": "cmi.core.lesson_status"}
    found = outcome(
        "1.2", {names[key]: value for key, value in cmi.items()}, terms, is_final=is_final
    )
    assert (found.status, found.is_done) == expected


@pytest.mark.parametrize(
    ("cmi", "terms", "expected"),
    [
        (
            {"cmi.score.scaled": "0.8", "cmi.completion_status": "incomplete"},
            Terms(scaled_passing_score=Decimal("0.8")),
            Outcome("incomplete", "passed", True),
        ),
        (
            {"cmi.score.scaled": "0.79", "cmi.completion_status": "completed"},
            Terms(scaled_passing_score=Decimal("0.8")),
            Outcome("completed", "failed", False),
        ),
        ({"cmi.completion_status": "completed"}, Terms(), Outcome("completed", "unknown", True)),
        (
            {"cmi.progress_measure": "0.5", "cmi.completion_status": "completed"},
            Terms(completion_threshold=Decimal("0.6")),
            Outcome("incomplete", "unknown", False),
        ),
        ({}, Terms(), Outcome("unknown", "unknown", False)),
    ],
)
def test_status_of_2004(cmi, terms, expected):
    assert outcome("2004_4", cmi, terms, is_final=False) == expected


@pytest.mark.parametrize(
    ("edition", "score", "expected"),
    [
        ("1.2", {"raw": "45", "min": "20", "max": "70"}, "50.00"),
        ("1.2", {"raw": "85"}, "85.00"),
        ("1.2", {"raw": "85", "max": "80"}, None),
        ("1.2", {"raw": "5", "min": "5", "max": "5"}, None),
        ("1.2", {"raw": ""}, None),
        ("2004_3", {"scaled": "-0.2"}, "0.00"),
        ("2004_3", {"scaled": "0.12345"}, "12.35"),
        ("2004_3", {"raw": "3", "max": "4"}, "75.00"),
        ("2004_3", {"raw": "3"}, None),
    ],
)
def test_percent(edition, score, expected):
    prefix = "cmi.core.score" if edition == "1.2" else "cmi.score"
    found = percent(edition, {f"{prefix}.{part}": value for part, value in score.items()})
    assert found == (None if expected is None else Decimal(expected))


def test_the_mean_is_of_those_that_have_a_percent():
    assert mean_percent([Decimal(50), None, Decimal(75)]) == Decimal("62.50")
    assert mean_percent([None]) is None


def test_coming_back():
    assert entry_of(is_first=True, exit="", was_closed=True) == "ab-initio"
    assert entry_of(is_first=False, exit="suspend", was_closed=True) == "resume"
    assert entry_of(is_first=False, exit="", was_closed=True) == ""
    assert entry_of(is_first=False, exit="", was_closed=False) == "resume"
    assert keeps_place("1.2", exit="", was_closed=True, always=False)
    assert not keeps_place("2004_3", exit="normal", was_closed=True, always=False)
    assert keeps_place("2004_3", exit="suspend", was_closed=True, always=False)
    assert keeps_place("2004_3", exit="", was_closed=False, always=False)
    assert keeps_place("2004_3", exit="", was_closed=True, always=True)


@pytest.mark.parametrize(
    ("edition", "name", "value", "code"),
    [
        ("1.2", "cmi.core.lesson_status", "passes", 405),
        ("1.2", "cmi.core.lesson_status", "not attempted", 405),
        ("1.2", "cmi.core.student_id", "8", 403),
        ("1.2", "cmi.core._children", "x", 402),
        ("1.2", "cmi.interactions._count", "3", 402),
        ("1.2", "cmi.bogus", "x", 401),
        ("1.2", "cmi.suspend_data", "x" * 64_000, 0),
        ("1.2", "cmi.suspend_data", "x" * 64_001, 405),
        ("1.2", "cmi.core.lesson_location", "x" * 256, 405),
        ("1.2", "cmi.core.score.raw", "100.5", 405),
        ("1.2", "cmi.core.score.raw", "", 0),
        ("1.2", "cmi.core.score.raw", "1e2", 405),
        ("1.2", "cmi.interactions.3.result", "0.5", 0),
        ("1.2", "cmi.interactions.3.result", "right", 405),
        ("2004_2", "cmi.success_status", "passes", 406),
        ("2004_2", "cmi.total_time", "PT1H", 404),
        ("2004_2", "cmi.learner_id", "8", 404),
        ("2004_2", "cmi.score.scaled", "1.01", 407),
        ("2004_2", "cmi.score.scaled", "-1", 0),
        ("2004_2", "cmi.score.scaled", "NaN", 406),
        ("2004_2", "cmi.progress_measure", "-0.1", 407),
        ("2004_2", "cmi.location", "x" * 1001, 406),
        ("2004_2", "cmi.suspend_data", "a\x00b", 406),
        ("2004_2", "cmi.suspend_data", "a\ud800b", 406),
        ("2004_2", "cmi.interactions.0.timestamp", "2026-05-04T10:00:00.12Z", 0),
        ("2004_2", "cmi.interactions.0.timestamp", "yesterday", 406),
        ("2004_2", "adl.nav.request", "{target=item_2}choice", 0),
        ("2004_2", "adl.nav.request", "elsewhere", 406),
        ("2004_2", "", "x", 351),
        ("2004_2", "cmi.core.lesson_status", "passed", 401),
    ],
)
def test_elements_take_what_their_type_allows(edition, name, value, code):
    assert check_element(edition, name, value) == code


@given(st.sampled_from(["1.2", "2004_4"]), st.text(max_size=40), st.text(max_size=40))
def test_nothing_breaks_the_check(edition, name, value):
    assert isinstance(check_element(edition, f"cmi.{name}", value), int)
