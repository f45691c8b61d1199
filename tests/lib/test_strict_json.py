"""JSON has one meaning, or it is refused with the place."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lib.strict_json import BadJson, read

VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15) + 1, 10**15 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")),
    lambda inner: st.lists(inner) | st.dictionaries(st.text("abc/~"), inner),
    max_leaves=20,
)


@given(VALUES)
def test_reads_what_the_standard_library_writes(value):
    assert read(json.dumps(value).encode()) == value


@pytest.mark.parametrize(
    ("body", "code", "pointer"),
    [
        (b"", "bad_json", ""),
        (b"{", "bad_json", ""),
        (b"\xff\xfe", "bad_json", ""),
        (b'{"a": 1, "a": 2}', "duplicate_name", ""),
        (b"NaN", "not_a_number", ""),
        (b"[-Infinity]", "not_a_number", ""),
        (b"1e400", "number_too_large", ""),
        (b"1234567890123456", "number_too_long", ""),
        (b"1" * 5000, "number_too_long", ""),
        (b'{"a": ["x", "\\u0000"]}', "bad_text", "/a/1"),
        (b'{"a/b": "\\ud800"}', "bad_text", "/a~1b"),
        (b'{"\\udfff": 1}', "bad_text", ""),
        (b"[" * 34 + b"]" * 34, "too_deep", "/0" * 33),
        (b"[" * 100_000, "too_deep", ""),
    ],
)
def test_refuses_with_code_and_place(body, code, pointer):
    with pytest.raises(BadJson) as refused:
        read(body)

    assert (refused.value.code, refused.value.pointer) == (code, pointer)
    assert refused.value.detail


def test_thirty_two_levels_and_fifteen_digits_are_read():
    assert read(b"[" * 32 + b"999999999999999" + b"]" * 32)


@given(st.binary(max_size=60))
def test_any_bytes_are_read_or_refused(body):
    try:
        read(body)
    except BadJson as bad:
        assert bad.detail
