"""Which version a program saw, by the headers of RFC 9110."""

import pytest

from lib.api.errors import Refused
from lib.api.versions import etag, expected_version, is_unchanged


@pytest.mark.parametrize(
    ("header", "slug"),
    [
        (None, "version-missing"),
        ("*", "version-missing"),
        ('"7.ab12cd34ef56"', None),
        ('"7.000000000000"', None),
        ('"6.ab12cd34ef56"', "version-old"),
        ('W/"7.ab12cd34ef56"', "version-old"),
        ('"6.ab12cd34ef56", "7.ab12cd34ef56"', None),
        ("7", "invalid-input"),
        ('"7', "invalid-input"),
        ('""', "version-old"),
        ('"seven"', "version-old"),
    ],
)
def test_if_match_on_version_seven(header, slug):
    if slug is None:
        assert expected_version(header, 7) == 7
    else:
        with pytest.raises(Refused) as refused:
            expected_version(header, 7)
        assert refused.value.slug == slug


def test_etag_names_version_and_representation():
    assert etag(7, b"{}") == '"7.44136fa355b3"'
    assert etag(7, b"{}") != etag(7, b"[]")


@pytest.mark.parametrize(
    ("header", "expected"),
    [(None, False), ('"7.a"', True), ('W/"7.a"', True), ('"6.a", "7.a"', True), ('"6.a"', False)],
)
def test_unchanged_is_what_the_program_holds(header, expected):
    assert is_unchanged(header, '"7.a"') is expected
