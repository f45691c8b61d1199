"""A slice of the storm: whatever dies in the middle, the books are sound."""

import random

import pytest

from feedback.models import PointsAccount, Redemption
from tests.feedback.storm import Storm, rage

pytestmark = pytest.mark.race


def test_books_are_sound_after_a_storm_with_kills(race_database):
    found = rage(Storm(), 240, 3, random.Random(7))

    assert (found["kills"], found["faults"], found["sum"]) == (3, 0, 0)
    assert found["transactions"] > 100
    assert Redemption.objects.exists()


def test_twin_whose_balances_are_not_written_is_found_out(race_database, monkeypatch):
    storm = Storm()
    monkeypatch.setattr(type(PointsAccount.objects), "bulk_update", lambda *args: None)

    found = rage(storm, 40, 0, random.Random(7))

    assert found["faults"] > 0
