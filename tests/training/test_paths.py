"""Learning paths: steps, groups to choose from, order, and what a completion opens."""

from datetime import timedelta
from decimal import Decimal
from fractions import Fraction

import pytest
from django.urls import reverse

from tests.factories.training import (
    CourseRevisionFactory,
    EnrollmentFactory,
    LearningPathFactory,
)
from tests.training.worlds import AT, LearningWorld, member
from training.actions import paths as actions
from training.models import Assignment, Course, PathAssignment
from training.path_progress import way_of

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class PathWorld(LearningWorld):
    """First "Birds", then two of three."""

    def __init__(self, **path):
        super().__init__()
        self.published()
        self.electives = [self.another(title) for title in ("Owls", "Ducks", "Geese")]
        self.path = LearningPathFactory(**path)
        self.step([self.course])
        self.step(self.electives, 2)

    def another(self, title):
        revision = CourseRevisionFactory(course__title=title, course__owner=self.trainer)
        revision.state, revision.published_at, revision.published_by = (
            "published", AT, self.second,
        )  # fmt: skip
        revision.save()
        Course.objects.filter(pk=revision.course_id).update(current_revision=revision)
        return Course.objects.get(pk=revision.course_id)

    def step(self, courses, k=None, weight=1):
        return actions.add_step(
            path=self.path, courses=courses, required_count=k, weight=Decimal(weight), **self.by
        )

    def given(self):
        (row,) = actions.assign_path(path=self.path, people=[self.learner], **self.by)
        return row

    def complete(self, course):
        rows = self.learner.enrollments.filter(course=course, state__in=["assigned", "in_progress"])
        if not rows.update(state="completed", completed_at=AT):
            EnrollmentFactory(
                person=self.learner,
                revision=course.current_revision,
                state="completed",
                completed_at=AT,
            )
        self.learner.course_assignments.filter(course=course).update(completed_at=AT)
        actions.move_on_after(person_id=self.learner.pk, course_id=course.pk, at=AT)


def test_only_the_first_step_is_given_and_the_group_waits_for_a_choice():
    world = PathWorld()
    row = world.given()

    assert [one.course for one in Assignment.objects.all()] == [world.course]
    assert way_of(world.learner, world.path).choices == []
    with pytest.raises(actions.NotOpenYet):
        actions.choose_course(assignment=row, course=world.electives[0], at=AT)
    assert actions.assign_path(path=world.path, people=[world.learner], **world.by) == []


def test_completing_a_step_opens_the_next_and_k_of_the_group_end_the_path():
    world = PathWorld()
    row = world.given()
    world.complete(world.course)
    actions.choose_course(assignment=row, course=world.electives[2], at=AT)
    assert [one.title for one in way_of(world.learner, world.path).choices] == ["Owls", "Ducks"]
    world.complete(world.electives[2])
    row.refresh_from_db()
    assert (row.completed_at, way_of(world.learner, world.path).percent) == (None, 75)
    world.complete(world.electives[0])

    row.refresh_from_db()
    assert row.completed_at == AT
    assert way_of(world.learner, world.path).is_complete


def test_a_free_path_opens_everything():
    world = PathWorld(is_ordered=False)
    world.given()
    way = way_of(world.learner, world.path)

    assert len(way.choices) == 3
    assert [stage.is_locked for stage in way.stages] == [False, False]


def test_percent_follows_the_weights_and_the_best_of_a_group():
    world = PathWorld()
    world.given()
    EnrollmentFactory(
        person=world.learner,
        revision=world.electives[0].current_revision,
        state="in_progress",
        progress_percent=40,
    )
    world.complete(world.course)

    way = way_of(world.learner, world.path)
    assert way.percent == 60
    assert way.stages[1].measured.share == Fraction(2, 10)


def test_a_course_stands_once_and_a_group_has_enough_members():
    world = PathWorld()

    with pytest.raises(actions.StandsAlready):
        world.step([world.electives[1]])
    with pytest.raises(actions.NotThatMany):
        world.step([world.another("Swans"), world.another("Terns")], 3)
    with pytest.raises(actions.NoCourse):
        world.step([])


def test_steps_move_and_go():
    world = PathWorld()
    first, second = world.path.steps.all()
    actions.move_step(step=second, is_up=True, **world.by)
    assert [step.pk for step in world.path.steps.all()] == [second.pk, first.pk]
    actions.move_step(step=second, is_up=True, **world.by)
    actions.remove_step(step=first, **world.by)

    assert [step.pk for step in world.path.steps.all()] == [second.pk]


def test_a_renewal_asks_for_everything_again():
    world = PathWorld()
    world.complete(world.course)
    (row,) = actions.assign_path(
        path=world.path,
        people=[world.learner],
        source="requirement",
        by=None,
        at=AT + 5 * DAY,
    )

    way = way_of(world.learner, world.path, since=row.counts_from)
    assert way.percent == 0
    assert Assignment.objects.filter(completed_at=None).count() == 1


def url(name, *args):
    return reverse(f"training:{name}", args=args)


def test_a_path_is_built_and_given_on_its_pages(client):
    world = PathWorld()
    client.force_login(world.trainer)
    made = client.post(url("path_create"), {"title": "Start", "code": "start", "is_ordered": "on"})
    path = world.path.__class__.objects.get(code="start")
    assert made.url == url("path_build", path.pk)
    many = {"courses": [one.pk for one in world.electives], "required_count": 9, "weight": 1}
    bad = client.post(url("path_build", path.pk), many)
    assert (bad.status_code, "Ask for 1 to 3" in bad.content.decode()) == (422, True)
    client.post(url("path_build", path.pk), many | {"required_count": 2})
    client.post(url("path_build", path.pk), {"courses": [world.course.pk], "weight": 2})
    step = path.steps.last()
    client.post(url("step_change", path.pk, step.pk), {"act": "up"})
    assert path.steps.first() == step
    client.post(url("assign"), {"what": f"path:{path.pk}", "people": [world.learner.pk]})
    assert PathAssignment.objects.get().person == world.learner
    assert "Start" in client.get(url("path_list")).content.decode()


def test_the_learner_sees_the_way_and_chooses(client):
    world = PathWorld(is_ordered=False)
    row = world.given()
    client.force_login(world.learner)
    page = client.get(url("path_detail", row.pk)).content.decode()
    assert "2 of these, as you choose" in page
    assert world.path.title in client.get(url("my_learning")).content.decode()
    chosen = client.post(url("path_choose", row.pk), {"course": world.electives[1].pk})
    assert chosen.status_code == 302
    assert world.learner.enrollments.filter(course=world.electives[1]).exists()
    client.force_login(member("agent", world.team))
    assert client.get(url("path_detail", row.pk)).status_code == 404
