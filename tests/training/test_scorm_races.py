"""SCORM content in many windows at once: each race has a twin without its guard."""

import json
from datetime import timedelta

import pytest
from django.db import IntegrityError

from tests.races import together
from tests.training.scorm_worlds import APP, CONTENT, ScormWorld, message
from tests.training.worlds import AT
from training.actions import scorm
from training.models import Enrollment, ScormCommit, ScormItem, ScormLaunch
from training.scorm_commits import read

pytestmark = pytest.mark.race
LATER = AT + timedelta(minutes=10)


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "files"


def open_at_once(count=8):
    """Returns the world; every window was opened in the same moment."""
    world = ScormWorld()

    def launch(number):
        rows = Enrollment.objects.select_related("person", "course__owner", "assignment")
        return scorm.launch_item(
            enrollment=rows.get(pk=world.enrollment.pk),
            lesson=world.content,
            item=ScormItem.objects.select_related("package").get(pk=world.items[0].pk),
            origins=(APP, CONTENT),
            by=world.learner,
            at=AT,
        )

    results = together(launch, count)
    assert [one for one in results if isinstance(one, Exception)] == []
    return world


def running():
    return ScormLaunch.objects.filter(ended_at__isnull=True).count()


def test_of_many_windows_one_stays_open(race_database):
    open_at_once()

    assert running() == 1


def test_twin_without_its_guard_leaves_them_all_open(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "training.scorm_one_window")

    open_at_once()

    assert running() == 8


def commit_at_once(count=8):
    """The same message, sent by impatient senders together; returns what each was told."""
    world = ScormWorld()
    world.launched()
    elements = {"lesson_location": "7", "session_time": "00:05:00"}
    body = json.dumps(message(1, core=elements)).encode()

    def commit(number):
        launch = scorm.launch_named(world.token)
        return scorm.take_commit(launch=launch, message=read(body), at=LATER)

    return world, together(commit, count)


def test_one_message_sent_many_times_counts_once(race_database):
    world, results = commit_at_once()

    assert [one for one in results if isinstance(one, Exception)] == []
    assert ScormCommit.objects.count() == 1
    assert world.state().total_hundredths == 5 * 60 * 100


def test_twin_without_its_guard_answers_with_errors(race_database, monkeypatch):
    monkeypatch.setenv("ATTUNE_TEST_GUARDS_OFF", "training.scorm_sequence")

    _world, results = commit_at_once()

    assert len([one for one in results if isinstance(one, IntegrityError)]) == 7


def test_messages_in_any_order_end_with_the_newest(race_database):
    world = ScormWorld()
    world.launched()

    def commit(number):
        body = json.dumps(message(number + 1, core={"lesson_location": str(number + 1)}))
        launch = scorm.launch_named(world.token)
        return scorm.take_commit(launch=launch, message=read(body.encode()), at=LATER)

    results = together(commit, 40)

    assert [one for one in results if isinstance(one, Exception)] == []
    assert world.state().cmi == {"cmi.core.lesson_location": "40"}
    assert ScormCommit.objects.count() == 40
