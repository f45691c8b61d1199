"""Learning paths, and the ways to roles, are wholly in their reader's language."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from tests.factories.accounts import UserFactory
from tests.factories.quality import ScorecardFactory
from tests.factories.training import (
    RoleChoiceFactory,
    RoleSkillFactory,
    SkillEvidenceFactory,
    TargetRoleFactory,
)
from tests.training.test_paths import PathWorld
from tests.training.worlds import LearningWorld
from tests.words import english_left, in_spanish, mark_what_is_said, unsaid, words_of_the_records
from training.models import PathAssignment

pytestmark = [pytest.mark.django_db, pytest.mark.words]


def walked(*, steps=0, who="learner", **assignment):
    """A path of which the learner has completed so many courses."""

    def read():
        world = PathWorld()
        row = world.given()
        for course in [world.course, *world.electives][:steps]:
            world.complete(course)
        PathAssignment.objects.filter(pk=row.pk).update(**assignment)
        return getattr(world, who), reverse("training:path_detail", args=[row.pk])

    return read


def role_of(world, **fields):
    """A role that asks for skills, a course, quality and time, some of it shown."""
    role = TargetRoleFactory(
        scorecard=ScorecardFactory(),
        minimum_percent=80,
        no_critical_days=30,
        tenure_months=12,
        **fields,
    )
    for _ in range(2):
        shown = RoleSkillFactory(target_role=role, level=1)
        SkillEvidenceFactory(person=world.learner, skill=shown.skill)
        RoleSkillFactory(target_role=role)
    role.courses.add(world.course)
    return role


def own_role(hired_on=None, **choice):
    def read():
        world = LearningWorld().published()
        role = role_of(world)
        User.objects.filter(pk=world.learner.pk).update(hired_on=hired_on)
        if choice:
            RoleChoiceFactory(person=world.learner, target_role=role, **choice)
        return world.learner, reverse("training:role_detail", args=[role.pk])

    return read


def shared_role():
    world = LearningWorld().published()
    role = role_of(world)
    RoleChoiceFactory(person=world.learner, target_role=role, is_shared=True)
    path = reverse("training:role_detail", args=[role.pk])
    return world.supervisor, f"{path}?person={world.learner.pk}"


def empty_role():
    path = reverse("training:role_detail", args=[TargetRoleFactory().pk])
    return UserFactory(roles=["agent"]), path


def roles(who, *, is_shared=True):
    def read():
        world = LearningWorld().published()
        RoleChoiceFactory(
            person=world.learner, target_role=role_of(world, summary="Leads."), is_shared=is_shared
        )
        TargetRoleFactory()
        return getattr(world, who), reverse("training:role_list")

    return read


def no_roles(role):
    return lambda: (UserFactory(roles=[role]), reverse("training:role_list"))


TODAY = timezone.localdate
WORLDS = {
    "path at its begin": walked(reason="Refunds come back"),
    "path with a choice": walked(steps=1),
    "path that is due": walked(steps=2, due_on="2026-06-01"),
    "path at its end": walked(steps=3),
    "path of another": walked(who="trainer"),
    "role of a newcomer": own_role(),
    "role that is chosen": own_role(TODAY() - timedelta(days=900), is_shared=True),
    "role in a while": own_role(TODAY() - timedelta(days=9), is_shared=False),
    "role of another": shared_role,
    "role that asks nothing": empty_role,
    "roles and one's own": roles("learner"),
    "roles and a secret": roles("learner", is_shared=False),
    "roles that others share": roles("supervisor"),
    "no roles": no_roles("agent"),
    "no roles to manage": no_roles("admin"),
}


@pytest.mark.parametrize("world", WORLDS)
def test_no_word_of_a_way_is_ours_and_unmarked(client, monkeypatch, world):
    reader, path = WORLDS[world]()
    mark_what_is_said(monkeypatch)

    page = in_spanish(client, reader, path)

    assert page.status_code == 200
    assert page["Content-Language"] == "es"
    assert unsaid(page.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("world", WORLDS)
def test_no_english_of_ours_is_on_a_way(client, world):
    assert english_left(in_spanish(client, *WORLDS[world]()).content.decode()) == set()


def test_course_that_is_not_open_yet_is_refused_in_spanish(client):
    world = PathWorld()
    row = world.given()
    in_spanish(client, world.learner, "/")

    path = reverse("training:path_choose", args=[row.pk])
    page = client.post(path, {"course": world.electives[0].pk}).content.decode()

    assert "Este curso todavía no está abierto en su ruta." in page
