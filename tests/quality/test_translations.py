"""A scorecard in several languages: who reads which, how they are written."""

import pytest
from django.urls import reverse

from quality.actions.scorecards import draft_from, publish_version
from quality.content import content_of
from quality.languages import in_language, languages_of
from quality.models import ScorecardVersion
from quality.translating import items_of, lines_of
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import World

OPTION = {"key": "yes", "label": "Yes", "texts": {"de": {"label": "Ja"}, "es": {"label": "Sí"}}}
CRITERION = {
    "key": "greet",
    "text": "Greets",
    "help": "",
    "options": [OPTION],
    "texts": {"de": {"text": "Grüßt"}, "es": {}},
}
SECTION = {
    "key": "opening",
    "title": "Opening",
    "criteria": [CRITERION],
    "texts": {"de": {"title": "Beginn"}},
}
DOCUMENT = {"weight_mode": "points", "sections": [SECTION]}


@pytest.mark.parametrize(
    ("wanted", "title"), [("de", "Beginn"), ("de-AT", "Beginn"), ("es", "Opening"), ("", "Opening")]
)
def test_a_reader_gets_the_own_language_if_every_text_has_it(wanted, title):
    """Q-120."""
    told = in_language(DOCUMENT, wanted)

    assert languages_of(DOCUMENT) == {"de"}
    assert told["sections"][0]["title"] == title
    option = told["sections"][0]["criteria"][0]["options"][0]
    assert option["label"] == ("Ja" if title == "Beginn" else "Yes")
    assert (option["key"], told["weight_mode"]) == ("yes", "points")


@pytest.fixture
def world(db):
    world = World()
    world.manager = UserFactory(roles=["admin"])
    world.draft = draft_from(scorecard=world.scorecard, by=world.manager, at=AT)
    return world


def address(world):
    return reverse("quality:version_translate", args=[world.scorecard.pk, world.draft.number])


def posted(world, language="de", **more):
    words = {line.name: f"de {line.original}" for line in lines_of(world.draft, language)}
    return {"language": language, "row_version": world.draft.row_version, **words, **more}


def test_words_are_written_and_shown_to_their_readers(client, world):
    client.force_login(world.manager)

    done = client.post(address(world), posted(world))
    publish_version(
        version=ScorecardVersion.objects.get(pk=world.draft.pk),
        change_note="In two languages.",
        by=world.manager,
        at=AT,
        impact_skip_reason="",
    )
    world.scorecard.refresh_from_db()
    draft = world.start()
    world.evaluator.language = "de"
    world.evaluator.save()
    client.force_login(world.evaluator)
    page = client.get(reverse("quality:evaluation_score", args=[draft.pk])).content.decode()

    assert done.status_code == 302
    assert "de Greets" in page and "de Yes" in page and "de Opening" in page
    assert content_of(world.scorecard.current_version).criteria["greet"]["text"] == "Greets"


def test_the_score_is_the_same_in_every_language(client, world):
    client.force_login(world.manager)
    client.post(address(world), posted(world))
    whole = content_of(ScorecardVersion.objects.get(pk=world.draft.pk))

    german = whole.in_language("de")

    assert german.document["sections"][0]["title"] == "de Opening"
    assert german.card == whole.card


def test_bad_tags_stale_pages_and_long_texts_are_refused(client, world):
    client.force_login(world.manager)
    name = "criterion.greet.text"

    replies = [
        client.get(address(world) + "?language=not a tag"),
        client.post(address(world), posted(world, language="en")),
        client.post(address(world), posted(world, row_version=99)),
        client.post(address(world), posted(world, **{name: "x" * 501})),
    ]

    assert [reply.status_code for reply in replies] == [422] * 4
    assert all(not item.texts for _place, item, _depth in items_of(world.draft))
    assert "x" * 501 in replies[3].content.decode()


def test_published_versions_and_other_people_are_refused(client, world):
    client.force_login(world.evaluator)
    other = client.get(address(world)).status_code
    client.force_login(world.manager)
    published = client.get(
        reverse("quality:version_translate", args=[world.scorecard.pk, 1])
    ).status_code

    assert (other, published) == (403, 403)
