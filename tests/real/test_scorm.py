"""The published sample packages of five kinds, and ADL's run-time steps, against our own checks."""

import json
from decimal import Decimal

import pytest

from tests.real.real_data import real_file
from tests.training.scorm_worlds import ScormWorld, take_in
from tests.training.worlds import LearningWorld
from training import scorm_store
from training.scorm import check_element
from training.scorm_commits import take

pytestmark = [pytest.mark.real_data, pytest.mark.django_db]
PACKAGES = {
    "ContentPackagingOneFilePerSCO_SCORM12": ("1.2", 22, 18, 44),
    "RuntimeBasicCalls_SCORM12": ("1.2", 1, 1, 44),
    "ContentPackagingSingleSCO_SCORM20042ndEdition": ("2004_2", 1, 1, 79),
    "RunTimeAdvancedCalls_SCORM20043rdEdition": ("2004_3", 1, 1, 69),
    "SequencingPostTestRollup4thEd_SCORM20044thEdition": ("2004_4", 5, 5, 59),
}
# What only the state of the object in the browser can know: before Initialize, after Terminate.
OF_THE_OBJECT = {"132", "133"}


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def sample(name):
    return real_file(f"scorm/packages/{name}.zip").read_bytes()


@pytest.mark.parametrize("name", PACKAGES)
def test_published_packages_are_taken_in(name):
    found = take_in(sample(name), LearningWorld().trainer, name=f"{name}.zip").package

    items = list(found.items.all())
    openable = [item for item in items if item.is_launchable]
    assert (found.edition, len(items), len(openable), found.file_count) == PACKAGES[name]
    for item in openable:
        path = item.href.partition("?")[0]
        assert scorm_store.file_in(found.sha256, path) is not None


def test_demands_and_rules_of_the_samples_are_read():
    trainer = LearningWorld().trainer
    third = take_in(sample("RunTimeAdvancedCalls_SCORM20043rdEdition"), trainer).package
    item = third.items.get()
    assert item.scaled_passing_score == Decimal("0.8")
    assert "obj_playing" in item.objectives
    fourth = take_in(sample("SequencingPostTestRollup4thEd_SCORM20044thEdition"), trainer).package
    assert {one["code"] for one in fourth.findings} == {"not_applied"}


def test_a_package_of_assets_is_done_by_opening_each():
    world = ScormWorld(sample("ContentPackagingOneFilePerSCO_SCORM12"))
    openable = [n for n, item in enumerate(world.items) if item.is_launchable]
    for number in openable:
        assert not world.enrollment.progress.filter(done_at__isnull=False).exists()
        world.launched(number)

    assert world.enrollment.progress.get(lesson=world.content).is_done


# --- ADL's steps ---------------------------------------------------------------------------------


def files_of_steps():
    folder = real_file("scorm/adl_runtime")
    return sorted(folder.rglob("*.json"))


def set_values():
    """(where, edition, what was seeded, element, value, accepted?, code) of every SetValue."""
    for path in files_of_steps():
        case = json.loads(path.read_text(encoding="utf-8"))
        edition = "1.2" if case["scormVersion"] == "1.2" else "2004_4"
        for activity in case["activities"]:
            for step in activity["steps"]:
                if step["method"] == "SetValue" and step["expectedErrorCode"] not in OF_THE_OBJECT:
                    yield (
                        f"{path.stem} {activity['id']}",
                        edition,
                        step["element"],
                        step["value"],
                        step["expectedErrorCode"],
                    )


def test_every_set_value_of_adl_gets_its_code():
    steps = list(set_values())

    wrong = [
        (where, element, value, code, check_element(edition, element, value))
        for where, edition, element, value, code in steps
        if str(check_element(edition, element, value)) != code
    ]
    assert wrong == []
    assert len(steps) > 250


def test_every_accepted_set_value_of_adl_is_taken_from_a_commit():
    for _where, edition, element, value, code in set_values():
        if code != "0":
            continue
        taken = take(edition, {}, {element: value}, {})
        assert taken.refusals == [], (element, value)
