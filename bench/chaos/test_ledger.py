"""Points move at random while processes die; long: `make chaos FIGURE=24 ROUNDS=100000`."""

import pytest

from bench.figures import Reading
from tests.feedback.storm import Storm, rage

pytestmark = [pytest.mark.race, pytest.mark.slow]
OPERATIONS_TO_A_KILL = 500


def storm(rounds, chance):
    """Figure 24: so many operations, a process killed inside a posting after every 500."""
    kills = max(1, rounds // OPERATIONS_TO_A_KILL)
    found = rage(Storm(), rounds, kills, chance)
    is_good = not found["faults"] and not found["sum"] and found["kills"] == kills
    return Reading(found, is_good)


@pytest.mark.figure(24)
def test_books_are_sound_after_every_kill(figure, race_database):
    figure(storm)
