"""Verbs of the builder, each saved at once."""

from decimal import Decimal

import pytest

from quality import documents
from quality.actions import drafts, fixes
from quality.actions import scorecards as scorecard_actions
from quality.actions.draft_tree import TooDeep
from quality.actions.drafts import ChangedElsewhere, KeyIsFixed, KeyTaken, NotADraft, TooMany
from quality.actions.fixes import NothingToFix
from quality.refusals import Invalid
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.worlds import document, published

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return UserFactory(roles=["admin"])


@pytest.fixture
def draft(manager):
    scorecard = scorecard_actions.create_scorecard(
        name="Voice", document=document(), by=manager, at=AT
    )
    return scorecard.versions.get()


@pytest.fixture
def act(draft, manager):
    """Call a verb with the version as it stands now."""

    def call(verb, **options):
        draft.refresh_from_db()
        return verb(seen=draft.row_version, by=manager, at=AT, **options)

    return call


def keys(draft, section="opening"):
    return list(draft.sections.get(key=section).criteria.values_list("key", flat=True))


def weights(draft):
    rows = draft.criteria.filter(weight__isnull=False, is_bonus=False)
    return {row.key: row.weight for row in rows}


def test_setting_one_weight_spreads_the_difference(draft, act):
    act(drafts.set_weight, item=draft.criteria.get(key="greet"), weight=Decimal(60))

    assert weights(draft) == {
        "greet": 60,
        "verify": 15,
        "solve": 20,
        "hold": 5,
    }


def test_locked_weight_stays(draft, act):
    act(drafts.lock_weight, version=draft, key="solve", is_locked=True)

    act(drafts.set_weight, item=draft.criteria.get(key="greet"), weight=Decimal(30))

    assert weights(draft)["solve"] == 40
    assert sum(weights(draft).values()) == 100


def test_share_evenly(draft, act):
    act(drafts.share_evenly, version=draft)

    assert set(weights(draft).values()) == {Decimal(25)}


def test_edit_over_an_older_version_is_refused(draft, manager):
    criterion = draft.criteria.get(key="greet")
    drafts.change_item(item=criterion, changes={"text": "A"}, seen=1, by=manager, at=AT)

    with pytest.raises(ChangedElsewhere):
        drafts.change_item(item=criterion, changes={"text": "B"}, seen=1, by=manager, at=AT)

    criterion.refresh_from_db()
    assert criterion.text == "A"


def test_published_version_is_refused(manager):
    version = published().current_version

    with pytest.raises(NotADraft):
        drafts.add_section(version=version, title="New", seen=1, by=manager, at=AT)


def test_sections_and_criteria_are_added_at_the_end(draft, act):
    section = act(drafts.add_section, version=draft, title="Closing")
    criterion = act(drafts.add_criterion, section=section, text="Says goodbye")
    option = act(drafts.add_option, criterion=criterion, label="Half")

    assert section.position == 2
    assert criterion.options.count() == 3
    assert option.key == "option-1"


def test_subsection_has_no_subsections(draft, act):
    top = draft.sections.first()
    below = act(drafts.add_section, version=draft, title="Below", parent=top)

    with pytest.raises(TooDeep):
        act(drafts.add_section, version=draft, title="Too deep", parent=below)


@pytest.mark.parametrize(("limit", "verb"), [("MAX_SECTIONS", "section"), ("MAX_CRITERIA", "it")])
def test_limits_hold_at_limit_and_one_more(draft, act, monkeypatch, limit, verb):
    count = draft.sections.count() if verb == "section" else draft.criteria.count()
    monkeypatch.setattr(documents, limit, count + 1)

    def add():
        if verb == "section":
            return act(drafts.add_section, version=draft, title="More")
        return act(drafts.add_criterion, section=draft.sections.first(), text="More")

    add()
    with pytest.raises(TooMany):
        add()


def test_used_key_is_refused(draft, act):
    with pytest.raises(KeyTaken, match="verify is used already"):
        act(
            drafts.change_item,
            item=draft.criteria.get(key="greet"),
            changes={"key": "verify"},
        )


def test_published_key_stays(draft, manager):
    scorecard_actions.publish_version(version=draft, change_note="First.", by=manager, at=AT)
    second = scorecard_actions.draft_from(scorecard=draft.scorecard, by=manager, at=AT)

    with pytest.raises(KeyIsFixed, match="carries the trend"):
        drafts.change_item(
            item=second.criteria.get(key="greet"),
            changes={"key": "hello"},
            seen=1,
            by=manager,
            at=AT,
        )


def test_contradicting_values_are_refused_in_words(draft, act):
    with pytest.raises(Invalid, match="bonus is never critical"):
        act(
            drafts.change_item,
            item=draft.criteria.get(key="verify"),
            changes={"is_bonus": True},
        )


def test_criteria_move_among_their_siblings_and_between_sections(draft, act):
    act(drafts.move_item, item=draft.criteria.get(key="verify"), step="up")
    up = keys(draft)
    act(drafts.move_item, item=draft.criteria.get(key="greet"), step="in")
    into = keys(draft), keys(draft, "solving")[:2]
    act(drafts.move_item, item=draft.criteria.get(key="greet"), step="out")

    assert up == ["verify", "greet"]
    assert into == (["verify"], ["greet", "solve"])
    assert keys(draft) == ["verify", "greet"]


def test_section_moves_below_the_one_before_and_out_again(draft, act):
    solving = draft.sections.get(key="solving")

    act(drafts.move_item, item=solving, step="in")
    inside = draft.sections.get(key="solving").parent
    act(drafts.move_item, item=draft.sections.get(key="solving"), step="out")

    assert inside.key == "opening"
    assert draft.sections.get(key="solving").parent is None


@pytest.mark.parametrize("what", ["section", "criterion", "option"])
def test_removed_item_is_restored_as_it_was(draft, act, what):
    before = draft.as_document()
    items = {
        "section": draft.sections.get(key="opening"),
        "criterion": draft.criteria.get(key="solve"),
        "option": draft.criteria.get(key="solve").options.get(key="part"),
    }

    removed = act(drafts.remove_item, item=items[what])
    act(drafts.restore_item, version=draft, removed=removed)

    assert draft.as_document() == before


@pytest.mark.parametrize(
    "removed", [{}, {"what": "nonsense"}, {"what": "criterion", "section": "gone", "document": {}}]
)
def test_what_cannot_be_restored_is_refused(draft, act, removed):
    with pytest.raises(Invalid):
        act(drafts.restore_item, version=draft, removed=removed)


def test_switches_change(draft, act):
    act(drafts.change_switches, version=draft, changes={"pass_percent": Decimal(85)})

    draft.refresh_from_db()
    assert draft.pass_percent == 85


def test_preset_replaces_the_options(draft, act):
    solve = draft.criteria.get(key="solve")

    act(drafts.preset_options, criterion=solve)

    assert list(solve.options.values_list("key", flat=True)) == ["yes", "no"]


def test_fix_makes_the_weights_100(draft, act):
    draft.criteria.filter(key="greet").update(weight=10)
    finding = next(f for f in scorecard_actions.lint_findings(draft) if f.edits)

    act(fixes.fix_finding, version=draft, code=finding.code, place=finding.place)

    assert sum(weights(draft).values()) == 100
    with pytest.raises(NothingToFix):
        act(fixes.fix_finding, version=draft, code=finding.code, place=finding.place)
