"""SCORM lessons: packages taken in, launches, commits that are late, doubled, reordered or lies."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry, User
from ops.models import StoredFile
from tests.training.packages import item, package, zipped
from tests.training.scorm_worlds import ScormWorld, take_in
from tests.training.worlds import AT, LearningWorld
from training import chores, scorm_store
from training.actions import learning, scorm, scorm_packages
from training.models import (
    Enrollment,
    LessonProgress,
    ScormCommit,
    ScormLaunch,
    ScormPackage,
)
from training.scorm_seeds import seed

pytestmark = pytest.mark.django_db
MINUTE = 60 * 100
TWO = [item(1), item(2)]
MASTERY = [item(inside="<adlcp:masteryscore>80</adlcp:masteryscore>")]
PASSING = [
    item(
        inside="<imsss:sequencing><imsss:objectives>"
        '<imsss:primaryObjective objectiveID="main" satisfiedByMeasure="true">'
        "<imsss:minNormalizedMeasure>0.8</imsss:minNormalizedMeasure></imsss:primaryObjective>"
        "</imsss:objectives></imsss:sequencing>"
    )
]


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def kept_folders(tmp_path):
    root = tmp_path / "scorm"
    return sorted(path.name for path in root.iterdir()) if root.is_dir() else []


# --- Packages ------------------------------------------------------------------------------------


def test_a_package_is_taken_in_with_its_items(tmp_path):
    row = take_in(package("2004_3", TWO), LearningWorld().trainer)

    found = row.package
    assert (found.edition, found.title, found.file_count) == ("2004_3", "Golf", 2)
    assert [one.identifier for one in found.items.all()] == ["item_1", "item_2"]
    assert kept_folders(tmp_path) == [found.sha256]
    assert (scorm_store.folder_of(found.sha256) / "index.html").is_file()
    assert StoredFile.objects.get().pk == found.file_id
    assert AuditEntry.objects.filter(verb="import_scorm").count() == 1


def test_the_same_file_again_is_the_same_package():
    world = LearningWorld()
    first = take_in(package(), world.trainer)
    again = take_in(package(), world.second)

    assert again.package == first.package
    assert (ScormPackage.objects.count(), StoredFile.objects.count()) == (1, 1)


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"no zip", "not_zip"),
        (zipped({"index.html": b"x"}), "no_manifest"),
        (zipped({"../evil": b"x"}), "traversal"),
        (package(items=[item(href="absent.html")]), "missing_file"),
        (package(files={"bomb": b"0" * 2_000_000}), "ratio"),
    ],
)
def test_a_bad_package_leaves_its_code_and_nothing_else(data, code, tmp_path):
    row = take_in(data, LearningWorld().trainer)

    assert (row.state, [one["code"] for one in row.findings]) == ("refused", [code])
    assert (ScormPackage.objects.count(), StoredFile.objects.count()) == (0, 0)
    assert kept_folders(tmp_path) == []
    assert not Path(tmp_path / "evil").exists()


def test_the_sweep_brings_folders_back_and_removes_strays(tmp_path):
    found = take_in(package(), LearningWorld().trainer).package
    scorm_store.remove(found.sha256)
    stray = scorm_store.root() / "incoming-x"
    stray.mkdir()
    steps = chores.sweep_scorm({})
    for step in steps:
        if step.outside:
            step.outside()

    assert (scorm_store.folder_of(found.sha256) / "index.html").is_file()
    assert stray.exists()  # Younger than a week: an import may be at it.
    assert scorm_store.strays({found.sha256}, -1) == [stray]


# --- Opening -------------------------------------------------------------------------------------


def test_a_launch_keeps_only_the_digest_of_its_secret():
    world = ScormWorld()
    launch = world.launched()

    assert len(world.token) >= 43
    assert launch.token_hash == scorm.hashed(world.token)
    assert not ScormLaunch.objects.filter(token_hash__contains=world.token).exists()
    assert (launch.mode, launch.entry) == ("normal", "ab-initio")
    assert scorm.launch_named("guess") is None
    enrollment = Enrollment.objects.get()
    assert (enrollment.state, enrollment.last_lesson) == ("in_progress", world.content)


def test_headings_and_locked_lessons_do_not_open():
    world = ScormWorld()
    world.content.must_follow_previous = True
    world.content.save()
    with pytest.raises(learning.Locked, match="Finish"):
        world.launched()

    world.items[0].href = ""
    with pytest.raises(scorm.NothingToOpen):
        world.launched()


def test_a_newer_window_ends_the_older_and_nothing_committed_is_lost():
    world = ScormWorld(package("2004_3"))
    world.launched()
    older = world.token
    world.commit(1, location="page 3", suspend_data="abc")
    launch = world.launched(at=AT + timedelta(minutes=5))

    with pytest.raises(scorm.LaunchEnded, match="another window"):
        world.commit(2, location="page 9", token=older)
    assert launch.entry == "resume"
    seeded = seed(launch, world.state())["cmi"]
    assert (seeded["location"], seeded["suspend_data"]) == ("page 3", "abc")


def test_launches_expire_and_end_with_access():
    world = ScormWorld()
    world.launched()
    with pytest.raises(scorm.LaunchEnded, match="too long"):
        world.commit(1, seconds=12 * 3600)
    world.commit(1, seconds=12 * 3600 - 1)

    Enrollment.objects.update(state="withdrawn")
    with pytest.raises(scorm.LaunchEnded, match="withdrawn"):
        world.commit(2)


def test_people_who_left_commit_nothing():
    world = ScormWorld()
    world.launched()
    User.objects.filter(pk=world.learner.pk).update(is_active=False, deactivated_at=AT)

    with pytest.raises(scorm.LaunchEnded):
        world.commit(1)


# --- Commits -------------------------------------------------------------------------------------


def test_what_content_says_is_there_at_the_next_launch():
    world = ScormWorld()
    world.launched()
    world.commit(
        1, final=True, seconds=120,
        core={"lesson_location": "p3", "exit": "suspend", "session_time": "00:02:00"},
        suspend_data="abc", interactions={"0": {"id": "q1", "type": "choice"}},
    )  # fmt: skip
    launch = world.launched(at=AT + timedelta(hours=1))

    seeded = seed(launch, world.state())["cmi"]
    assert launch.entry == "resume"
    assert seeded["core"]["lesson_location"] == "p3"
    assert seeded["core"]["lesson_status"] == "incomplete"
    assert seeded["core"]["total_time"] == "00:02:00"
    assert seeded["suspend_data"] == "abc"
    assert seeded["interactions"] == [{"id": "q1", "type": "choice"}]


@pytest.mark.parametrize(("switch", "location"), [(False, None), (True, "p3")])
def test_2004_starts_clean_without_a_suspend(switch, location):
    world = ScormWorld(package("2004_4", PASSING)).switched(always_keeps=switch)
    world.launched()
    world.commit(1, final=True, location="p3", exit="normal", session_time="PT1M", seconds=60)
    launch = world.launched(at=AT + timedelta(hours=1))

    seeded = seed(launch, world.state())["cmi"]
    assert (launch.entry, seeded.get("location")) == ("", location)
    assert seeded["total_time"] == "PT1M"
    assert seeded["objectives"] == [{"id": "main"}]


def test_time_is_capped_by_the_clock_and_counted_once():
    world = ScormWorld()
    world.launched()
    world.commit(1, core={"session_time": "00:10:00"}, seconds=240)
    assert world.state().total_hundredths == 5 * MINUTE
    world.commit(2, core={"session_time": "00:10:00"}, seconds=600)
    world.commit(2, core={"session_time": "00:10:00"}, seconds=600)
    world.commit(3, core={"session_time": "00:10:00"}, seconds=700)
    assert world.state().total_hundredths == 10 * MINUTE

    world.launched(at=AT + timedelta(hours=1))
    world.commit(1, core={"session_time": "00:01:00"}, seconds=3660)
    assert world.state().total_hundredths == 11 * MINUTE
    told = ScormCommit.objects.values_list("credited_hundredths", flat=True)
    assert sum(told) == 11 * MINUTE


def test_doubled_and_late_commits_change_nothing():
    world = ScormWorld()
    launch = world.launched()
    world.commit(2, core={"lesson_location": "new"})
    world.commit(2, core={"lesson_location": "doubled"})
    world.commit(1, core={"lesson_location": "late"})

    assert world.state().cmi == {"cmi.core.lesson_location": "new"}
    rows = list(launch.commits.values_list("sequence", "accepted"))
    assert rows == [(1, 0), (2, 1)]
    world.commit(3, final=True)
    taken, _go = world.commit(3, final=True)  # The beacon after the answer was lost.
    assert taken.refusals == []
    with pytest.raises(scorm.LaunchEnded):
        world.commit(4)


def test_lies_are_refused_and_logged_and_the_rest_is_kept():
    world = ScormWorld()
    launch = world.launched()
    taken, _go = world.commit(
        1, core={"student_id": "99", "lesson_status": "passes", "lesson_location": "2"}
    )

    assert {one.element: one.code for one in taken.refusals} == {
        "cmi.core.student_id": 403,
        "cmi.core.lesson_status": 405,
    }
    assert world.state().cmi == {"cmi.core.lesson_location": "2"}
    assert [one["code"] for one in launch.commits.get().refusals] == [403, 405]


def test_an_ordinary_commit_costs_four_queries():
    world = ScormWorld()
    world.launched()
    world.commit(1, core={"lesson_location": "1"})

    with CaptureQueriesContext(connection) as caught:
        world.commit(2, core={"lesson_location": "2"}, suspend_data="x" * 60_000)
    own = [one["sql"] for one in caught if "SAVEPOINT" not in one["sql"]]
    writes = [sql for sql in own if not sql.startswith("SELECT")]
    assert len(own) <= 4, own
    assert len(writes) <= 2


def test_the_last_commit_costs_eight_queries():
    world = ScormWorld()
    world.launched()

    with CaptureQueriesContext(connection) as caught:
        world.commit(1, core={"lesson_status": "incomplete"}, final=True)
    assert len([one for one in caught if "SAVEPOINT" not in one["sql"]]) <= 8


# --- Status --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("said", "trusts", "status", "is_done"),
    [
        ({"lesson_status": "completed"}, False, "completed", True),
        ({"lesson_status": "passed"}, False, "passed", True),
        ({"lesson_status": "completed", "score": {"raw": "79"}}, False, "failed", False),
        ({"lesson_status": "completed", "score": {"raw": "80"}}, False, "passed", True),
        ({"lesson_status": "completed", "score": {"raw": "79"}}, True, "completed", True),
        ({"lesson_status": "browsed"}, False, "browsed", False),
        ({}, False, "incomplete", False),
    ],
)
def test_status_of_1_2_at_finish(said, trusts, status, is_done):
    world = ScormWorld(package(items=MASTERY)).switched(trusts_status=trusts)
    world.launched()
    world.commit(1, final=True, core=said)

    state = world.state()
    assert (state.status, state.is_done) == (status, is_done)
    row = LessonProgress.objects.get(lesson=world.content)
    assert row.is_done is is_done


def test_a_passing_score_of_2004_finishes_the_lesson_with_its_percent():
    world = ScormWorld(package("2004_4", PASSING))
    world.launched()
    world.commit(1, completion_status="incomplete", score={"scaled": "0.85"})

    row = LessonProgress.objects.get(lesson=world.content)
    assert (row.is_done, row.percent) == (True, Decimal("85.00"))
    assert world.state().success == "passed"


def test_done_is_never_undone_and_a_review_changes_nothing():
    world = ScormWorld()
    world.launched()
    world.commit(1, final=True, core={"lesson_status": "passed", "session_time": "00:01:00"})
    launch = world.launched(at=AT + timedelta(hours=1))
    before = world.state()
    world.commit(1, final=True, core={"lesson_status": "failed", "session_time": "00:30:00"})

    after = world.state()
    assert launch.mode == "review"
    assert seed(launch, before)["cmi"]["core"]["credit"] == "no-credit"
    assert (after.cmi, after.total_hundredths) == (before.cmi, before.total_hundredths)
    assert after.is_done
    assert not launch.commits.exists()


def test_an_author_browses_and_nothing_is_kept():
    world = ScormWorld()
    launch, world.token = scorm.browse_item(
        item=world.items[0], origins=("http://a", "http://b"), by=world.trainer, at=AT
    )
    world.commit(1, core={"lesson_location": "2"}, final=True)

    assert launch.mode == "browse"
    assert not world.enrollment.scorm_states.exists()
    with pytest.raises(scorm.LaunchEnded):
        world.commit(2)


def test_a_score_outside_its_bounds_is_logged_and_makes_no_percent():
    world = ScormWorld()
    launch = world.launched()
    world.commit(1, core={"score": {"raw": "90", "max": "80"}})

    assert world.state().percent is None
    assert launch.commits.get().refusals[0]["element"] == "score"


# --- Several items -------------------------------------------------------------------------------


def test_a_lesson_is_done_when_every_item_is():
    world = ScormWorld(package(items=TWO))
    world.launched(0)
    world.commit(1, final=True, core={"lesson_status": "passed", "score": {"raw": "60"}})
    assert not LessonProgress.objects.get(lesson=world.content).is_done

    world.launched(1)
    world.commit(1, final=True, core={"lesson_status": "completed", "score": {"raw": "80"}})
    row = LessonProgress.objects.get(lesson=world.content)
    assert (row.is_done, row.percent) == (True, Decimal("70.00"))


@pytest.mark.parametrize(("raw", "is_done"), [("79.99", False), ("80", True)])
def test_a_lesson_may_ask_for_a_percent(raw, is_done):
    world = ScormWorld(rule="score_at_least", required_percent=80)
    world.launched()
    world.commit(1, final=True, core={"lesson_status": "completed", "score": {"raw": raw}})

    assert LessonProgress.objects.get(lesson=world.content).is_done is is_done


def test_assets_are_done_by_being_opened():
    world = ScormWorld(package(items=[item(1, kind="asset"), item(2, kind="asset")]))
    world.launched(0)
    assert not LessonProgress.objects.get(lesson=world.content).is_done
    world.launched(1)

    assert LessonProgress.objects.get(lesson=world.content).is_done


@pytest.mark.parametrize(
    ("number", "asked", "go"),
    [
        (0, "continue", "item_2"),
        (1, "continue", ""),
        (1, "previous", "item_1"),
        (0, "{target=item_2}choice", "item_2"),
        (0, "{target=nowhere}choice", ""),
        (0, "suspendAll", ""),
        (0, "_none_", ""),
        (0, "anywhere", ""),
    ],
)
def test_content_may_ask_for_another_item(number, asked, go):
    world = ScormWorld(package("2004_4", TWO))
    world.launched(number)

    assert world.commit(1, final=True, adl=asked)[1] == go


# --- Switches ------------------------------------------------------------------------------------


def test_switches_are_kept_with_who_set_them():
    world = ScormWorld()
    switches = {"trusts_status": True, "completes_silent": False, "always_keeps": True}
    changed = scorm_packages.set_switches(
        package=world.package, switches=switches, by=world.trainer, at=AT
    )

    assert (changed.trusts_status, changed.row_version) == (True, 2)
    assert AuditEntry.objects.get(verb="switch_scorm").actor == world.trainer


def test_silent_content_counts_where_the_switch_says_so():
    world = ScormWorld().switched(completes_silent=True)
    world.launched()
    world.commit(1, final=True)

    assert LessonProgress.objects.get(lesson=world.content).is_done
