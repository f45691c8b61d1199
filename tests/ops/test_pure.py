"""Small arithmetic of ops: delays, byte ranges, and scrubbed error texts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.scrub import scrub
from ops.delays import job_delay
from ops.ranges import Unsatisfiable, byte_range


@pytest.mark.parametrize(
    ("attempts", "spread", "seconds"), [(1, 0, 30), (2, 0, 120), (1, 1, 36), (2, -1, 96)]
)
def test_job_delay_grows_fourfold_and_spreads_by_a_fifth(attempts, spread, seconds):
    assert job_delay(attempts, 30, spread) == seconds


def test_job_delay_needs_a_failure():
    with pytest.raises(ValueError, match="failed attempt"):
        job_delay(0)


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("bytes=0-499", (0, 500)),
        ("bytes=500-", (500, 1000)),
        ("bytes=-200", (800, 1000)),
        ("bytes=0-", (0, 1000)),
        ("bytes=0-5000", (0, 1000)),
        ("bytes=-5000", (0, 1000)),
        ("", None),
        ("bytes=-", None),
        ("bytes=5-4", None),
        ("bytes=0-1,5-6", None),
        ("bytes=a-b", None),
        ("items=0-1", None),
    ],
)
def test_byte_range_reads_one_plain_range(header, expected):
    assert byte_range(header, 1000) == expected


@pytest.mark.parametrize(
    ("header", "size"), [("bytes=1000-", 1000), ("bytes=-0", 9), ("bytes=0-", 0)]
)
def test_byte_range_refuses_what_lies_behind_the_end(header, size):
    with pytest.raises(Unsatisfiable):
        byte_range(header, size)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no row 4711 of ann.lee@example.com", "no row 4711 of [e-mail]"),
        ("+1 (555) 010-2030 is busy", "[number] is busy"),
        ("card 4111 1111 1111 1111", "card [number]"),
        ("postgresql://ann:secret@db/x", "[sign-in]@db/x"),
        ("token 8Qm3c5-Xk2vB7nL0pR4tY6wZ1aD9eFgHjKlMnOpQrSt", "token [token]"),
        ("accounts_membership_ends_after_it_starts", "accounts_membership_ends_after_it_starts"),
        ("duplicate key\nDETAIL:  Key (name)=(Ann Lee) exists.", "duplicate key"),
        ("a\x00b\u202ec", "a?b?c"),
        ("division by zero", "division by zero"),
    ],
)
def test_scrub_takes_out_what_may_be_personal(text, expected):
    assert scrub(text) == expected


@given(st.text())
def test_scrub_has_nothing_to_do_twice(text):
    assert scrub(scrub(text)) == scrub(text)
