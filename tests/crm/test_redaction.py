import re
import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.redaction import Turn, redact, redact_texts, redact_turns

WORDS = "zero one two three four five six seven eight nine".split()
ISSUERS = [("4", 13), ("4", 16), ("4", 19), ("51", 16), ("2221", 16), ("34", 15), ("6011", 16)]
ISSUERS += [("644", 16), ("62", 19), ("3528", 16), ("300", 14), ("36", 14), ("50", 13), ("58", 19)]


def luhn_sum(digits):
    """By the book, to check the quick sums of the module against."""
    total = 0
    for place, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if place % 2 else 1)
        total += value - 9 if value > 9 else value
    return total


@st.composite
def cards(draw):
    prefix, length = draw(st.sampled_from(ISSUERS))
    body = prefix + draw(st.text("0123456789", min_size=length - 1 - len(prefix)))[: length - 1]
    body = body[: length - 1].ljust(length - 1, "7")
    return next(body + digit for digit in "0123456789" if luhn_sum(body + digit) % 10 == 0)


SEPARATORS = st.sampled_from(["", " ", "-", ". ", " uh ", "\n", " okay so ", "\u200b"])


@pytest.mark.parametrize(
    ("text", "redacted"),
    [
        ("my card is 5555 5555 5555 4444 ok", "my card is [card ••••4444] ok"),
        ("3782 822463 10005", "[card ••••0005]"),
        ("30569309025904", "[card ••••5904]"),
        ("2223003122003222", "[card ••••3222]"),
        (
            "four triple one double one one one one one one one one one one one",
            "[card ••••1111]",
        ),
        ("forty one eleven eleven eleven eleven eleven eleven eleven", "[card ••••1111]"),
        ("forty-one hundred eleven eleven eleven eleven eleven eleven one one", None),
        ("４１１１１１１１１１１１１１１１", "[card ••••1111]"),
        ("order 4111111111111111999", "order [card ••••1111]"),
        ("12 4111 1111 1111 1111", "12 [card ••••1111]"),
        ("4111-1111-1111-1111", "[card ••••1111]"),
        ("+4111111111111111", "+[card ••••1111]"),
        ("4111 [noise] 1111 1111 <unk> 1111", "[card ••••1111]"),
        ("the security code is one two three", "the security code is [code]"),
        ("CVV2: 123", "CVV2: [code]"),
        ("security code 123 4111 1111 1111 1111", "security code [code] [card ••••1111]"),
        ("on the back it says 9876.", "on the back it says [code]."),
    ],
)
def test_redact_removes_card_data(text, redacted):
    expected = text if redacted is None else redacted

    assert redact(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no digits at all",
        "4111111111111112",
        "1234567890123456",
        "0000000000000000",
        "4111 wait 1111 1111 1111",
        "4111 - - - - 1111 1111 1111",
        "IMEI 490154203237518",
        "EAN 4006381333931",
        "+491511234567890",
        "call me at 415 555 2671 between one and two",
        "the code is one two three",
        "security code one two three four five",
        "the verification number was never given to you by anyone at our house 123",
    ],
)
def test_redact_leaves_the_rest_alone(text):
    assert redact(text) == text


def turns(*pairs):
    return [Turn(speaker, text) for speaker, text in pairs]


def texts_of(*pairs):
    return [turn.text for turn in redact_turns(turns(*pairs))]


def test_redact_turns_joins_a_number_over_short_answers():
    found = texts_of(
        ("customer", "it's four one one one"),
        ("agent", "mhm"),
        ("customer", "one one one one uh one one one one"),
        ("agent", "one moment please"),
        ("customer", "one one one one thanks"),
    )

    assert found == [
        "it's [card]",
        "mhm",
        "[card]",
        "one moment please",
        "[card ••••1111] thanks",
    ]


@pytest.mark.parametrize(
    "between", ["could you please say that again", "4111", "four one", "[card ••••4444]"]
)
def test_redact_turns_does_not_join_over_more_than_that(between):
    pairs = [("customer", "4111 1111"), ("agent", between), ("customer", "1111 1111")]

    assert texts_of(*pairs) == [text for _, text in pairs]


def test_redact_turns_finds_the_code_that_answers_the_question():
    found = texts_of(
        ("agent", "and the three digits on the back?"),
        ("customer", "uh it's one two three okay"),
        ("agent", "that is 250 dollars"),
    )

    assert found[1:] == ["uh it's [code] okay", "that is 250 dollars"]


def test_redact_turns_waits_for_the_code_over_short_turns_only():
    asked = ("agent", "your security code please?")

    soon = texts_of(asked, ("customer", "sure"), ("agent", "thanks"), ("customer", "1234"))
    late = texts_of(asked, ("customer", "i will look for my card now"), ("customer", "1234"))

    assert soon[-1] == "[code]"
    assert late[-1] == "1234"


def test_redact_texts_counts_what_it_removes():
    found = redact_texts(turns(("a", "4111111111111111, cvc 123"), ("a", "5555555555554444")))

    assert found.texts == ["[card ••••1111], cvc [code]", "[card ••••4444]"]
    assert found.count == 3


@given(cards(), SEPARATORS, st.integers(1, 6))
def test_no_written_card_is_left(card, separator, size):
    groups = [card[at : at + size] for at in range(0, len(card), size)]

    found = redact(f"ref 7 {separator.join(groups)} thanks")

    assert re.fullmatch(r"ref (7 )?\[card ••••\d{4}\] thanks", found)


@given(cards())
def test_no_spoken_card_is_left(card):
    spoken = " ".join(WORDS[int(digit)] for digit in card)

    found = redact(f"it is {spoken} thanks")

    assert re.fullmatch(r"it is \[card ••••\d{4}\] thanks", found)


@given(cards(), st.lists(st.integers(1, 18), max_size=3))
def test_no_card_spread_over_turns_is_left(card, cuts):
    """Where shorter or longer numbers hide in one, the last digits may be those of another."""
    edges = sorted({0, len(card), *(cut for cut in cuts if cut < len(card))})
    pairs = []
    for start, end in pairwise(edges):
        pairs += [("customer", card[start:end]), ("agent", "mhm")]

    found = " ".join(texts_of(*pairs))

    assert re.fullmatch(r"\[card ••••\d{4}\]", re.sub(r"\[card\] mhm | mhm$", "", found))


SAID = [*WORDS, "double", "forty", "hundred", "uh", "cvv", "security", "code", "is", "hello"]
WRITTEN = ["4111", "1111", "11111111", "123", "4", "+49", "4111111111111111", "-", ",", "[card]"]
TALK = st.lists(st.sampled_from(SAID + WRITTEN), max_size=40).map(" ".join)


@given(TALK)
def test_redact_twice_is_redact_once(text):
    once = redact(text)

    assert redact(once) == once


@given(st.lists(st.tuples(st.sampled_from("ac"), TALK), max_size=8))
def test_redact_turns_twice_is_redact_turns_once(pairs):
    once = redact_turns(turns(*pairs))

    assert redact_turns(once) == once


@given(st.text(alphabet=st.characters(exclude_categories=["Nd", "L"])))
def test_text_without_letters_and_digits_is_unchanged(text):
    assert redact(text) == text


@pytest.mark.parametrize(
    "piece", ["1 ", "4", "41", "cvv ", "cvv,,,,", "forty-", "5 5 5 5 ", "four one ", "[card "]
)
def test_long_texts_take_time_in_proportion(piece):
    begin = time.process_time()

    redact(piece * (200_000 // len(piece)))

    assert time.process_time() - begin < 10


def test_many_speakers_and_turns_take_time_in_proportion():
    begin = time.process_time()

    redact_texts([Turn(str(number), "cvv 1 2") for number in range(10_000)])
    redact_texts([Turn("ac"[number % 2], "uh" if number else "cvv 1") for number in range(10_000)])

    assert time.process_time() - begin < 10
