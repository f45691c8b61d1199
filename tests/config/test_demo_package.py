"""The demo center's package is a good one, and what its two learners did adds up."""

from datetime import date
from types import SimpleNamespace

import pytest

from config.demo import packages
from tests.training.worlds import LearningWorld, member
from training.models import Enrollment, ScormState

pytestmark = pytest.mark.django_db


def test_the_demo_package_is_taken_in_and_taken(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    world = LearningWorld()
    second = member("agent", world.team)
    people = SimpleNamespace(
        trainers=(world.trainer, world.second), agents={"Service": [world.learner, second]}
    )

    packages.make_packages(people, date(2026, 5, 4))

    through, half_way = ScormState.objects.order_by("pk")
    assert (through.status, through.percent, through.seconds) == ("passed", 100, 14 * 60)
    assert (half_way.status, half_way.exit, half_way.seconds) == ("incomplete", "suspend", 6 * 60)
    states = Enrollment.objects.order_by("pk").values_list("state", flat=True)
    assert list(states) == ["completed", "in_progress"]
    assert packages.archive() == packages.archive()
