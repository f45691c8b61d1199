"""Bands, conditions and causes as people write them."""

import pytest
from django.forms import ValidationError

from quality.fields import BandsField, CausesField, WordsField, condition_text, read_condition

GT60 = {"fact": "hold_seconds", "op": "gt", "value": "60"}
YES = {"criterion": "greet", "op": "in", "value": ["yes", "partly"]}


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ("", None),
        ("hold_seconds > 60", GT60),
        ("hold_seconds > 60\ngreet = yes, partly", {"all": [GT60, YES]}),
        ("any of:\nhold_seconds > 60\ngreet = yes, partly", {"any": [GT60, YES]}),
        ("verify is n/a", {"criterion": "verify", "op": "na"}),
        ("channel != voice", {"fact": "channel", "op": "not_in", "value": ["voice"]}),
        ("custom.vip = yes", {"fact": "custom.vip", "op": "in", "value": ["yes"]}),
        ('{"not": {"criterion": "a", "op": "na"}}', {"not": {"criterion": "a", "op": "na"}}),
    ],
)
def test_condition_is_read_and_written_back(text, condition):
    assert read_condition(text) == condition
    assert condition is None or read_condition(condition_text(condition)) == condition


@pytest.mark.parametrize("text", ["hold_seconds", "hold_seconds > many", "{", "[1]", "{" * 100_000])
def test_bad_condition_is_refused_in_words(text):
    with pytest.raises(ValidationError):
        read_condition(text)


def test_bands_are_lines():
    bands = BandsField().clean("0 Below\n80 Meets (good)\n92.5 % Exceeds")

    assert bands == [
        {"label": "Below", "from_percent": "0"},
        {"label": "Meets", "from_percent": "80", "tone": "good"},
        {"label": "Exceeds", "from_percent": "92.5"},
    ]
    assert BandsField().clean(BandsField().prepare_value(bands)) == bands


def test_band_without_a_number_is_refused():
    with pytest.raises(ValidationError, match="Write each band"):
        BandsField().clean("Good ones")


def test_cause_keeps_its_key():
    causes = CausesField().clean("Did not know how\nTool [tool]")

    assert causes == [
        {"key": "did-not-know-how", "label": "Did not know how"},
        {"key": "tool", "label": "Tool"},
    ]
    assert CausesField().clean(CausesField().prepare_value(causes)) == causes


def test_words_are_limited_to_what_is_allowed():
    field = WordsField(allowed=("evaluator", "pool"))

    assert field.clean("evaluator, pool") == ["evaluator", "pool"]
    with pytest.raises(ValidationError, match="weather"):
        field.clean("weather")
