import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.contact_points import (
    Unreadable,
    mask,
    normalize_email,
    normalize_handle,
    normalize_phone,
)


@pytest.mark.parametrize(
    ("raw", "region", "value", "extension", "validity"),
    [
        ("(415) 555-2671", "US", "+14155552671", "", "valid"),
        ("+1 (415) 555-2671 x123", "DE", "+14155552671", "123", "valid"),
        ("1-800-FLOWERS", "US", "+18003569377", "", "valid"),
        ("tel:+1-201-555-0123;ext=42", "DE", "+12015550123", "42", "valid"),
        ("0049 30 901820", "DE", "+4930901820", "", "valid"),
        ("020 7946 0958", "GB", "+442079460958", "", "valid"),
        ("+44 (0)20 7946 0958", "US", "+442079460958", "", "valid"),
        ("02 3661 8300", "IT", "+390236618300", "", "valid"),
        ("236618300", "IT", "+39236618300", "", "possible"),
        ("011 15-2345-6789", "AR", "+5491123456789", "", "valid"),
        ("14155552671", "DE", "+4914155552671", "", "possible"),
        ("sip:+14155552671@pbx.example.com;user=phone", "US", "+14155552671", "", "valid"),
        ("＋４９ ３０ ９０１８２０", "US", "+4930901820", "", "valid"),
        ("\u202a+49 30 901820\u202c\u200b", "", "+4930901820", "", "valid"),
        ("whatsapp:+4930901820", "", "+4930901820", "", "valid"),
        ("+49 30 901820 ext 007", "US", "+4930901820", "007", "valid"),
    ],
)
def test_phone_is_written_one_way(raw, region, value, extension, validity):
    found = normalize_phone(raw, region)

    assert (found.value, found.extension, found.validity) == (value, extension, validity)


@pytest.mark.parametrize(
    ("raw", "region", "code"),
    [
        ("0049 30 901820", "US", "phone_unreadable"),
        ("sip:2001@pbx.example.com", "US", "phone_unreadable"),
        ("555-2671", "US", "phone_unreadable"),
        ("4155552671 / 4155552672", "US", "phone_unreadable"),
        ("4.155552671E9", "US", "spreadsheet_number"),
        ("4,155552671e+9", "US", "spreadsheet_number"),
        ("(415) 555-2671", "", "phone_unreadable"),
        ("", "US", "phone_unreadable"),
        ("nobody", "US", "phone_unreadable"),
    ],
)
def test_phone_that_cannot_be_read_says_why(raw, region, code):
    with pytest.raises(Unreadable) as caught:
        normalize_phone(raw, region)

    assert caught.value.code == code
    assert caught.value.message.endswith(".")


def test_phone_knows_its_country_and_its_digits_backwards():
    found = normalize_phone("+49 30 901820", "US")

    assert (found.country, found.reversed_digits) == ("DE", "0281090394")


@pytest.mark.parametrize(
    ("raw", "value", "match_key"),
    [
        (" Anna.Schmidt@Example.COM ", "anna.schmidt@example.com", None),
        ("Anna Schmidt <anna.schmidt@example.com>", "anna.schmidt@example.com", None),
        ("info@Müller.example", "info@xn--mller-kva.example", None),
        ("A.n.n.a+x@googlemail.com", "a.n.n.a+x@googlemail.com", "anna@gmail.com"),
        ("anna+news@example.com", "anna+news@example.com", "anna@example.com"),
        ("mailto:anna@example.com?subject=Hi", "anna@example.com", None),
        ("+anna@example.com", "+anna@example.com", None),
        ("anna@example.com.", "anna@example.com", None),
    ],
)
def test_email_is_written_one_way(raw, value, match_key):
    found = normalize_email(raw)

    assert (found.value, found.match_key) == (value, match_key or value)


@pytest.mark.parametrize(
    "raw",
    [
        "bob@@example.org",
        "bob@localhost",
        "bob..b@example.org",
        ".bob@example.org",
        "bob b@example.org",
        "@example.org",
        "bob",
        "",
        "bob@exa_mple.org",
        f"{'b' * 65}@example.org",
        f"bob@{'.'.join(['example'] * 40)}",
    ],
)
def test_email_that_cannot_be_read_is_refused(raw):
    with pytest.raises(Unreadable) as caught:
        normalize_email(raw)

    assert caught.value.code == "email_unreadable"


@pytest.mark.parametrize(
    ("raw", "value"), [("@Carol", "carol"), (" STRASSE ", "strasse"), ("Straße", "strasse")]
)
def test_handle_is_written_one_way(raw, value):
    assert normalize_handle(raw) == value


@pytest.mark.parametrize("raw", ["", "@", "\u200b", "x" * 201])
def test_handle_that_is_none_is_refused(raw):
    with pytest.raises(Unreadable):
        normalize_handle(raw)


@pytest.mark.parametrize(
    ("kind", "value", "masked"),
    [
        ("phone", "+14155552671", "+1 •••••• 71"),
        ("phone", "+4930901820", "+49 •••••• 20"),
        ("phone", "oops", "••••••"),
        ("email", "anna@example.com", "a•••@e•••.com"),
        ("handle", "carol", "c•••"),
    ],
)
def test_mask_shows_only_what_helps_to_recognize(kind, value, masked):
    assert mask(kind, value) == masked


@given(st.integers(2, 9), st.integers(0, 9_999_999))
def test_phone_read_again_is_the_same(area, rest):
    try:
        first = normalize_phone(f"0{area}0 {rest:07}", "GB")
    except Unreadable:
        return

    assert normalize_phone(first.value, "US") == first


@given(st.from_regex(r"[A-Za-z0-9.+_ßÄİ-]{1,20}@[a-zäöü0-9]{1,10}\.(com|example)", fullmatch=True))
def test_email_read_again_is_the_same(raw):
    try:
        first = normalize_email(raw)
    except Unreadable:
        return

    assert normalize_email(first.value) == first


@given(st.text())
def test_any_text_is_read_or_refused(raw):
    for read in (normalize_email, normalize_handle, lambda text: normalize_phone(text, "DE")):
        try:
            read(raw)
        except Unreadable as error:
            assert error.message


def test_a_very_long_text_is_refused_at_once():
    begin = time.perf_counter()

    for text in ("<" * 200_000, "a@" * 100_000, "1" * 200_000, "sip:" + "9;" * 100_000):
        for read in (normalize_email, lambda raw: normalize_phone(raw, "DE")):
            with pytest.raises(Unreadable):
                read(text)

    assert time.perf_counter() - begin < 2
