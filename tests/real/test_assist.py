"""Assist rules on real calls: what the bank's agents say, found where they say it."""

import pytest

from crm.models import Transcript
from quality.assistance import Check, examine, phrase_of
from quality.assisting import lines_of
from tests.real.test_import import import_file

pytestmark = [pytest.mark.real_data, pytest.mark.django_db, pytest.mark.slow]


def said(phrase, **more):
    return Check("phrase_present", (phrase_of(phrase),), speaker="agent", **more)


def test_phrases_and_silence_are_found_in_the_harper_valley_calls(capsys):
    import_file(capsys, "harper_valley/*.json", format="harper_valley")
    calls = [lines_of(transcript) for transcript in Transcript.objects.order_by("pk")]

    def count(check):
        return sum(examine(check, lines, None).holds for lines in calls)

    silences = [examine(Check("silence", threshold=10), lines, None) for lines in calls]

    assert count(said("Harper Valley National Bank", window="first_seconds", size=15)) == 9
    assert count(said("anything else")) == 11
    assert count(said("anything else", window="first_turns", size=2)) == 0
    assert [found.measure for found in silences if found.holds] == [10.731]
