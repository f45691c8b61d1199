"""A package's page, its frame and what either refuses are in the learner's language."""

import json

import pytest
from django.urls import reverse

from accounts.models import User
from tests.training.packages import PAGE, item, package
from tests.training.scorm_worlds import CONTENT, ScormWorld, message
from tests.words import english_left, mark_what_is_said, unsaid, words_of_the_records
from training.models import ScormItem, ScormLaunch
from training.scorm_pages import FRAME_WORDS

pytestmark = [pytest.mark.django_db, pytest.mark.words]
HOST = CONTENT.removeprefix("http://")


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path
    settings.SCORM_CONTENT_ORIGIN = CONTENT
    settings.ALLOWED_HOSTS = ["testserver", HOST]


@pytest.fixture
def world(client):
    """Two parts, for a learner who reads Spanish with an English browser."""
    parts = [item(1), item(2, href="Shared/two.html")]
    world = ScormWorld(package(items=parts, files={"Shared/two.html": PAGE}))
    User.objects.filter(pk=world.learner.pk).update(language="es")
    client.force_login(world.learner)
    client.defaults["HTTP_ACCEPT_LANGUAGE"] = "en"
    return world


def opened(client, world, part=0):
    path = reverse("training:scorm_launch", args=[world.enrollment.pk, world.content.pk])
    return client.post(path, {"item": world.items[part].pk})


def read_again(client, world):
    world.launched()
    world.commit(1, seconds=60, core__lesson_status="passed")
    return opened(client, world)


def heading(client, world):
    ScormItem.objects.update(href="", scorm_type="")
    return opened(client, world)


def frame(client, world):
    address = opened(client, world).context["frame"].removeprefix(CONTENT)
    return client.get(address, headers={"host": HOST})


WAYS = {
    "first": (200, opened),
    "last": (200, lambda client, world: opened(client, world, 1)),
    "again": (200, read_again),
    "heading": (409, heading),
    "frame": (200, frame),
}


@pytest.mark.parametrize("way", WAYS)
def test_no_word_around_a_package_is_ours_and_unmarked(client, monkeypatch, world, way):
    mark_what_is_said(monkeypatch)
    status, reach = WAYS[way]

    answer = reach(client, world)

    assert answer.status_code == status
    assert answer["Content-Language"] == "es"
    assert unsaid(answer.content.decode(), words_of_the_records()) == []


@pytest.mark.parametrize("way", WAYS)
def test_no_english_of_ours_is_around_a_package(client, world, way):
    answer = WAYS[way][1](client, world)

    assert english_left(answer.content.decode()) == set()


def test_frame_brings_the_words_of_its_script(client, world):
    brought = frame(client, world).context["data"]["words"]

    assert set(brought) == set(FRAME_WORDS)
    assert brought["Not saved. The connection is gone."] == "No se guardó. Se perdió la conexión."


def test_frame_follows_the_browser_where_no_language_was_chosen(client, world):
    User.objects.update(language="")

    assert frame(client, world)["Content-Language"] == "en"


def test_window_that_was_replaced_is_told_so_in_spanish(client, world):
    base = opened(client, world).context["frame"].removeprefix(CONTENT)
    opened(client, world)

    page = client.get(base, headers={"host": HOST})
    commit = client.post(
        f"{base}commit/",
        json.dumps(message(1)).encode(),
        content_type="application/json",
        headers={"host": HOST},
    )

    assert ScormLaunch.objects.count() == 2
    assert page.content.decode() == commit.json()["sentence"]
    assert page.content.decode() == "Este curso se abrió en otra ventana."
