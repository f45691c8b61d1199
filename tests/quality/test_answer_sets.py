"""Answer sets: kept from a criterion, taken by others, edited until a version has them."""

import pytest
from django.urls import reverse

from accounts.models import AuditEntry
from quality.actions import answer_sets, drafts, scorecards
from quality.models import AnswerSet, Criterion
from quality.refusals import Invalid
from tests.factories.accounts import RightGrantFactory
from tests.factories.quality import AT, AnswerSetFactory
from tests.quality.worlds import DOCUMENT

pytestmark = pytest.mark.django_db
OPTIONS = [
    {"key": "full", "label": "Fully", "points": "10", "tone": "good"},
    {
        "key": "none",
        "label": "Not at all",
        "points": "0",
        "tone": "bad",
        "is_fail": True,
        "root_causes": [{"key": "haste", "label": "Haste"}],
    },
]


@pytest.fixture
def manager(client):
    user = RightGrantFactory(right="quality.manage_scorecards").user
    client.force_login(user)
    return user


@pytest.fixture
def draft(manager):
    card = scorecards.create_scorecard(
        name="Calls", document=DOCUMENT, channels=["voice"], by=manager, at=AT
    )
    return card.versions.get()


@pytest.fixture
def kept():
    return AnswerSetFactory(name="How fully", options=OPTIONS)


def change(answer_set, by, seen=1, **given):
    given = {"name": answer_set.name, "options": OPTIONS} | given
    return answer_sets.change_answer_set(answer_set=answer_set, seen=seen, by=by, at=AT, **given)


def labels(criterion):
    return [option.label for option in Criterion.objects.get(pk=criterion.pk).options.all()]


# --- Verbs ---------------------------------------------------------------------------------------


def test_options_of_one_criterion_are_kept_and_taken_by_another(manager, draft):
    greet, solve = draft.criteria.get(key="greet"), draft.criteria.get(key="solve")

    kept = answer_sets.keep_answer_set(
        criterion=solve, name="How well", seen=draft.row_version, by=manager, at=AT
    )
    draft.refresh_from_db()
    drafts.use_answer_set(
        criterion=greet, answer_set=kept, seen=draft.row_version, by=manager, at=AT
    )

    assert labels(greet) == labels(solve) == [option["label"] for option in kept.options]
    assert set(kept.criteria.values_list("key", flat=True)) == {"greet", "solve"}
    assert AuditEntry.objects.filter(verb="keep_answer_set").count() == 1


def test_changing_a_set_changes_no_draft_that_took_it(manager, draft, kept):
    greet = draft.criteria.get(key="greet")
    drafts.use_answer_set(criterion=greet, answer_set=kept, seen=1, by=manager, at=AT)

    changed = change(kept, manager, options=[*OPTIONS, {"label": "Partly", "points": "5"}])

    assert [option["key"] for option in changed.options] == ["full", "none", "option-1"]
    assert labels(greet) == ["Fully", "Not at all"]


def test_locked_set_refuses_and_its_copy_is_edited(manager, draft, kept):
    drafts.use_answer_set(
        criterion=draft.criteria.get(key="greet"), answer_set=kept, seen=1, by=manager, at=AT
    )
    scorecards.publish_version(version=draft, change_note="First edition.", by=manager, at=AT)

    with pytest.raises(answer_sets.SetIsLocked, match="Copy it and edit the copy"):
        change(kept, manager, name="Another name")
    copied = answer_sets.copy_answer_set(
        answer_set=kept, name="How fully, with partly", by=manager, at=AT
    )
    change(copied, manager, options=[*OPTIONS, {"label": "Partly", "points": "5"}])

    kept.refresh_from_db()
    assert (kept.name, kept.options) == ("How fully", OPTIONS)
    assert len(AnswerSet.objects.get(pk=copied.pk).options) == 3


def test_second_of_two_editors_is_refused(manager, kept):
    change(kept, manager, name="First")

    with pytest.raises(answer_sets.ChangedElsewhere):
        change(kept, manager, name="Second")


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "how FULLY", "a\x00b"])
def test_name_is_given_short_and_not_taken(manager, kept, name):
    other = AnswerSetFactory(options=OPTIONS)

    with pytest.raises(Invalid):
        change(other, manager, name=name)


@pytest.mark.parametrize("count", [1, 51])
def test_set_holds_two_to_fifty_options(manager, kept, count):
    options = [{"label": f"Option {n}", "points": "1"} for n in range(count)]

    with pytest.raises(Invalid, match="2 to 50 options"):
        change(kept, manager, options=options)


# --- Pages ---------------------------------------------------------------------------------------


def detail(kept):
    return reverse("quality:answer_set_detail", args=[kept.pk])


def test_page_edits_line_by_line_and_keeps_what_no_line_says(client, manager, kept):
    lines = "10 Fully (good)\n5 Partly\n0 Not at all (bad, fails)"
    data = {"name": "How well", "options": lines, "row_version": 1}

    assert "10 Fully (good)" in client.get(detail(kept)).content.decode()
    answered = client.post(detail(kept), data)

    assert answered.status_code == 302
    kept.refresh_from_db()
    told = [(o["key"], o["points"], o.get("is_fail", False)) for o in kept.options]
    assert told == [("full", "10", False), ("option-1", "5", False), ("none", "0", True)]
    assert kept.options[2]["root_causes"] == OPTIONS[1]["root_causes"]


@pytest.mark.parametrize(
    ("lines", "sentence"),
    [
        ("Fully\n0 Not at all", "Write each option as"),
        ("10 Fully\n0 Fully", "stands here twice"),
        ("10 Fully", "2 to 50 options"),
    ],
)
def test_page_says_what_is_wrong_and_changes_nothing(client, manager, kept, lines, sentence):
    answered = client.post(detail(kept), {"name": "New", "options": lines, "row_version": 1})

    assert answered.status_code == 422
    assert sentence in answered.content.decode()
    assert lines.splitlines()[0] in answered.content.decode()
    assert AnswerSet.objects.get().options == OPTIONS


@pytest.mark.parametrize("seen", ["", "²", "9" * 5000])
def test_version_that_no_page_has_shown_is_an_old_one(client, manager, kept, seen):
    lines = "1 Fully\n0 Not at all"

    answered = client.post(detail(kept), {"name": "New", "options": lines, "row_version": seen})

    assert answered.status_code == 409


def test_page_of_a_locked_set_offers_copy_and_edit(client, manager, kept):
    AnswerSet.objects.filter(pk=kept.pk).update(frozen_at=AT)

    page = client.get(detail(kept)).content.decode()
    lines = "1 Fully\n0 Not at all"
    refused = client.post(detail(kept), {"name": "New", "options": lines, "row_version": 1})
    copied = client.post(
        reverse("quality:answer_set_copy", args=[kept.pk]), {"name": "A copy"}, follow=True
    )

    assert "Copy and edit" in page
    assert "<textarea" not in page
    assert refused.status_code == 409
    assert "<textarea" in copied.content.decode()
    assert AnswerSet.objects.get(name="A copy").options == OPTIONS


def test_builder_keeps_and_takes_sets(client, manager, draft):
    url = reverse("quality:version_edit", args=[draft.scorecard_id, draft.number])
    greet, solve = draft.criteria.get(key="greet"), draft.criteria.get(key="solve")
    keep = {"act": "keep_set", "item": solve.item, "row_version": 1, "name": "How well"}

    client.post(url, keep)
    offered = client.get(url, {"item": greet.item}).content.decode()
    kept = AnswerSet.objects.get(name="How well")
    client.post(
        url, {"act": "use_set", "item": greet.item, "row_version": 2, "answer_set": kept.pk}
    )

    assert "How well: " in offered
    assert labels(greet) == labels(solve)


def test_list_asks_the_same_for_one_and_for_many(client, manager, django_assert_max_num_queries):
    for _ in range(30):
        AnswerSetFactory(options=OPTIONS)

    with django_assert_max_num_queries(10):
        page = client.get(reverse("quality:answer_set_list"))

    assert page.content.decode().count("Fully 10, Not at all 0") == 30
