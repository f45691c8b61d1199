"""What rules find in a transcript; the tables stand in docs/algorithms/assistance.md too."""

import pytest

from quality.assistance import Check, Line, examine, fold, phrase_of, talk_share

CALL = [
    Line(1, "agent", "Good morning, thank you for calling Harper Valley.", 0, 4_000),
    Line(2, "customer", "Hi. I lost my CARD at a café!", 5_000, 8_000),
    Line(3, "agent", "I'm sorry to hear that.", 8_500, 10_000),
    Line(4, "customer", "It's the Visa card.", 21_000, 24_000),
    Line(5, "agent", "Is there anything else? Thank you, goodbye.", 24_000, 28_000),
]


def said(*phrases, **more):
    return Check("phrase_present", tuple(map(phrase_of, phrases)), **more)


@pytest.mark.parametrize(
    ("check", "holds"),
    [
        (said("thank you for calling", speaker="agent"), True),
        (said("THANK YOU"), True),
        (said("cafe"), True),
        (said("card"), True),
        (said("car"), False),
        (said("calling thank"), False),
        (said("lost my card", speaker="agent"), False),
        (said("lost my card", speaker="customer"), True),
        (said("anything else", window="last_seconds", size=5), True),
        (said("anything else", window="first_seconds", size=10), False),
        (said("sorry", window="first_turns", size=2), False),
        (said("sorry", window="first_turns", size=3), True),
        (said("goodbye", window="last_turns", size=1), True),
        (said("good bye", "goodbye"), True),
        (Check("phrase_absent", (phrase_of("sorry"),)), False),
        (Check("phrase_absent", (phrase_of("apologize"),)), True),
        (Check("silence", threshold=11), True),
        (Check("silence", threshold=11.5), False),
        (Check("talk_share", threshold=60), True),
        (Check("talk_share", bound="below", threshold=60), False),
        (Check("hold", threshold=95), True),
        (Check("hold", threshold=96), False),
    ],
)
def test_examine_asks_the_transcript(check, holds):
    finding = examine(check, CALL, 95)

    assert finding is not None
    assert finding.holds is holds


def test_phrase_is_found_with_its_place():
    finding = examine(said("a café"), CALL, None)

    (place,) = finding.places
    assert CALL[1].text[place.char_from : place.char_to] == "a café"
    assert (place.turn_from, place.start_ms) == (2, 5_000)


def test_silence_is_told_with_the_turns_around_it():
    finding = examine(Check("silence", threshold=5), CALL, None)

    assert finding.measure == 11
    assert [(place.turn_from, place.turn_to) for place in finding.places] == [(3, 4)]


def test_overlapping_speech_is_no_silence():
    lines = [Line(1, "agent", "a", 0, 30_000), Line(2, "customer", "b", 1_000, 2_000)]
    lines.append(Line(3, "agent", "c", 31_000, 32_000))

    assert examine(Check("silence", threshold=5), lines, None).holds is False


def test_share_of_talk_counts_both_sides():
    assert talk_share(CALL) == pytest.approx(100 * 9.5 / 15.5)


@pytest.mark.parametrize("kind", ["phrase_present", "phrase_absent", "silence", "talk_share"])
def test_without_a_transcript_nothing_is_asked(kind):
    assert examine(Check(kind, (("hello",),)), [], 95) is None


def test_untimed_turns_have_no_silence_and_no_seconds():
    lines = [Line(1, "agent", "Hello there"), Line(2, "customer", "Hello")]

    assert examine(Check("silence", threshold=1), lines, None) is None
    assert examine(Check("talk_share", threshold=1), lines, None) is None
    assert examine(said("hello", window="first_seconds", size=30), lines, None).holds is False
    assert examine(said("hello"), lines, None).holds is True


@pytest.mark.parametrize("text", ["Café", "CAFE", "cafe\u0301"])
def test_fold_drops_case_and_accents(text):
    assert fold(text) == "cafe"
