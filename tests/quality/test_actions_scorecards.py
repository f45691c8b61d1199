"""Creating, publishing and retiring versions: result, audit entry and event."""

import pytest

from accounts.models import AuditEntry
from lib import events
from quality.actions import drafts
from quality.actions import scorecards as actions
from quality.actions.scorecards import (
    DraftExists,
    LintErrors,
    NameTaken,
    NoChangeNote,
    NoImpactRun,
    NotPossible,
)
from quality.content import content_of, sha256_of
from quality.events import VersionPublished
from quality.models import AnswerSet, Scorecard, ScorecardVersion
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT, AnswerSetFactory
from tests.quality.worlds import World, document, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory(roles=["admin"])


@pytest.fixture
def draft(manager):
    scorecard = actions.create_scorecard(name="Voice", document=document(), by=manager, at=AT)
    return scorecard.versions.get()


def publish(version, by, note="First edition.", **options):
    return actions.publish_version(version=version, change_note=note, by=by, at=AT, **options)


def test_new_scorecard_can_be_published_as_it_is(manager):
    scorecard = actions.create_scorecard(name="Fresh", by=manager, at=AT)

    version = publish(scorecard.versions.get(), manager)

    assert version.state == "published"


def test_name_is_taken_in_any_case(manager, draft):
    with pytest.raises(NameTaken, match="Choose another name"):
        actions.create_scorecard(name="VOICE", by=manager, at=AT)


def test_draft_holds_the_document(draft):
    stored, given = draft.as_document(), document()

    assert stored["pass_percent"] == "80"
    assert [s["key"] for s in stored["sections"]] == [s["key"] for s in given["sections"]]
    assert stored["sections"][0]["criteria"][1]["options"][1]["critical_scope"] == "evaluation"
    assert stored["sections"][1]["criteria"][1]["condition"] == {
        "fact": "hold_seconds",
        "op": "gt",
        "value": "60",
    }


def test_publish_locks_the_content_and_tells_everyone(manager, draft, monkeypatch):
    heard = []
    monkeypatch.setattr(events, "publish", heard.append)

    version = publish(draft, manager)

    scorecard = Scorecard.objects.get()
    assert scorecard.current_version == version
    assert version.content_sha256 == sha256_of(version.as_document())
    assert version.published_by == manager
    assert [type(fact) for fact in heard] == [VersionPublished]
    assert AuditEntry.objects.filter(verb="publish_version").count() == 1


def test_publish_needs_a_change_note(manager, draft):
    with pytest.raises(NoChangeNote):
        publish(draft, manager, note="  ")


def test_publish_lists_the_errors_of_lint(manager, draft):
    draft.criteria.filter(key="greet").update(weight=10)

    with pytest.raises(LintErrors) as refusal:
        publish(draft, manager)

    assert [finding.code for finding in refusal.value.findings] == ["E03"]
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_published_version_cannot_be_published_again(manager, draft):
    version = publish(draft, manager)

    with pytest.raises(NotPossible, match="in state published"):
        publish(version, manager)


def test_next_version_retires_the_one_before(manager, draft):
    first = publish(draft, manager)
    second = actions.draft_from(scorecard=first.scorecard, by=manager, at=AT)

    publish(second, manager, note="The weights are new.")

    first.refresh_from_db()
    assert (first.state, first.retired_by) == ("retired", manager)
    assert second.number == 2
    assert sha256_of(second.as_document()) == first.content_sha256


def test_second_draft_is_refused(manager, draft):
    with pytest.raises(DraftExists, match="Version 1 is still a draft"):
        actions.draft_from(scorecard=draft.scorecard, by=manager, at=AT)


def test_publishing_over_many_evaluations_needs_an_impact_run_or_a_reason(manager, monkeypatch):
    monkeypatch.setattr(actions, "LEAST_FOR_IMPACT", 1)
    world = World()
    world.submitted()
    draft = actions.draft_from(scorecard=world.scorecard, by=manager, at=AT)

    with pytest.raises(NoImpactRun):
        publish(draft, manager)
    version = publish(draft, manager, impact_skip_reason="Only a typing error was mended.")

    assert version.impact_skip_reason == "Only a typing error was mended."


def test_evaluation_pins_its_version_for_ever(manager):
    world = World()
    evaluation = world.start()
    draft = actions.draft_from(scorecard=world.scorecard, by=manager, at=AT)
    publish(draft, manager)

    evaluation.refresh_from_db()
    assert evaluation.version.number == 1
    world.save(evaluation, "greet", answer={"option": "yes"})


def test_answer_sets_freeze_with_the_version(manager, draft):
    answer_set = AnswerSetFactory(
        options=[
            {"key": "yes", "label": "Yes", "points": "1"},
            {"key": "no", "label": "No", "points": "0", "is_fail": True},
        ]
    )
    drafts.use_answer_set(
        criterion=draft.criteria.get(key="greet"),
        answer_set=answer_set,
        seen=1,
        by=manager,
        at=AT,
    )

    publish(draft, manager)

    assert AnswerSet.objects.get().frozen_at == AT


def test_retired_version_leaves_nothing_in_force(manager, draft):
    version = publish(draft, manager)

    actions.retire_version(version=version, by=manager, at=AT)

    assert Scorecard.objects.get().current_version is None
    assert not Scorecard.objects.in_use().exists()


def test_first_draft_takes_its_scorecard_along(manager, draft):
    actions.delete_draft(version=draft, by=manager, at=AT)

    assert not Scorecard.objects.exists()


def test_published_version_cannot_be_deleted(manager, draft):
    version = publish(draft, manager)

    with pytest.raises(NotPossible):
        actions.delete_draft(version=version, by=manager, at=AT)


def test_binding_is_stored_with_its_audit_entry(manager, draft):
    actions.bind_scorecard(
        scorecard=draft.scorecard,
        channels=["voice"],
        direction="inbound",
        teams=[],
        queues=[],
        by=manager,
        at=AT,
    )

    scorecard = Scorecard.objects.get()
    assert (scorecard.channels, scorecard.direction) == (["voice"], "inbound")
    entry = AuditEntry.objects.get(verb="bind_scorecard")
    assert entry.payload.after["channels"] == ["voice"]


def test_archived_name_is_free_again(manager, draft):
    actions.archive_scorecard(scorecard=draft.scorecard, by=manager, at=AT)

    actions.create_scorecard(name="Voice", by=manager, at=AT)

    assert Scorecard.objects.filter(name="Voice").count() == 2


def test_published_content_is_read_once(django_assert_num_queries):
    version = published().current_version
    content_of(version)

    with django_assert_num_queries(0):
        content_of(
            ScorecardVersion(
                pk=version.pk, state="published", content_sha256=version.content_sha256
            )
        )


def test_scorecard_is_seen_by_its_teams_alone():
    world = World()
    world.scorecard.teams.add(world.team)
    stranger = World().evaluator

    assert world.scorecard in Scorecard.objects.visible_to(world.evaluator)
    assert world.scorecard not in Scorecard.objects.visible_to(stranger)
