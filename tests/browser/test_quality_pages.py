"""The pages of quality in a real browser: clean for axe, wide and narrow, light and dark."""

import re

import pytest
from playwright.sync_api import expect

from quality.actions import scorecards
from quality.models import AnswerSet, Criterion, ScorecardVersion
from tests.browser.axe import violations
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT, AnswerSetFactory
from tests.quality.test_actions_calibration import close, plan, rate
from tests.quality.test_actions_disputes import disputed_world, file
from tests.quality.worlds import GIVEN, YES_NO, document, handled_leg


@pytest.fixture
def world():
    """One leg to evaluate, one disputed result with evidence, one closed calibration."""
    world = disputed_world()
    file(world)
    world.dispute = world.evaluation.disputes.get()
    world.manager = UserFactory(roles=["admin"], full_name="Ada Admin")
    world.open_leg = handled_leg(world.team)
    world.leg, world.first_leg = handled_leg(world.team), world.leg
    plan(world)
    for number, rater in enumerate(world.raters):
        rate(world, rater, GIVEN | {"solve": ("full", "part", "part")[number]})
    close(world)
    world.draft = scorecards.draft_from(scorecard=world.scorecard, by=world.manager, at=AT)
    world.answer_set = AnswerSetFactory(name="Yes or no", options=YES_NO)
    world.locked_set = AnswerSetFactory(options=YES_NO, frozen_at=AT)
    return world


def pages(world):
    evaluation, card = world.evaluation.pk, world.scorecard.pk
    return {
        "/quality/": world.evaluator,
        f"/quality/legs/{world.open_leg.pk}/evaluate/": world.evaluator,
        "/quality/evaluations/": world.evaluator,
        f"/quality/evaluations/{evaluation}/": world.evaluator,
        f"/quality/evaluations/{evaluation}/receipt/": world.agent,
        "/quality/my/": world.agent,
        "/quality/scorecards/": world.manager,
        f"/quality/scorecards/{card}/": world.manager,
        f"/quality/scorecards/{card}/versions/1/": world.manager,
        f"/quality/scorecards/{card}/versions/2/edit/": world.manager,
        f"/quality/scorecards/{card}/versions/2/publish/": world.manager,
        "/quality/disputes/": world.evaluator,
        f"/quality/disputes/{world.dispute.pk}/": world.evaluator,
        "/quality/calibrations/": world.supervisor,
        f"/quality/legs/{world.open_leg.pk}/calibrate/": world.supervisor,
        f"/quality/calibrations/{world.session.pk}/": world.supervisor,
        f"/quality/calibrations/{world.session.pk}/results/": world.supervisor,
        "/quality/reliability/": world.supervisor,
        f"/quality/teams/{world.team.pk}/": world.supervisor,
        "/quality/accuracy/": world.supervisor,
        "/quality/evaluators/": world.supervisor,
        f"/quality/evaluators/{world.evaluator.pk}/": world.supervisor,
        "/quality/plans/": world.supervisor,
        "/quality/rules/": world.manager,
        "/quality/references/": world.manager,
        "/quality/imports/": world.manager,
        "/quality/answer-sets/": world.manager,
        f"/quality/answer-sets/{world.answer_set.pk}/": world.manager,
        f"/quality/answer-sets/{world.locked_set.pk}/": world.manager,
    }


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (360, False)])
def test_pages_are_clean_for_axe(open_page, world, width, dark):
    found = {}
    for path, person in pages(world).items():
        page = open_page(person, path, width=width, dark=dark)
        assert page.url.endswith(path), path
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[path] = violations(page) + (["wider than the window"] if wide else [])
        page.close()

    assert {path: faults for path, faults in found.items() if faults} == {}


# --- The builder ------------------------------------------------------------------------------


@pytest.fixture
def builder(open_page):
    manager = UserFactory(roles=["admin"])
    scorecard = scorecards.create_scorecard(name="Voice", document=document(), by=manager, at=AT)
    return open_page(manager, f"/quality/scorecards/{scorecard.pk}/versions/1/edit/")


def state(page):
    return expect(page.locator("[data-state]"))


SAVED = re.compile(r"Saved \d\d:\d\d:\d\d")


def test_builder_keeps_options_as_a_set_and_gives_them_to_another(builder):
    builder.get_by_role("link", name="Solves").first.click()
    builder.locator("summary", has_text="Answer set").click()
    builder.get_by_label("Keep these options as").fill("How well")
    builder.get_by_role("button", name="Keep as a set").click()
    expect(builder.locator("summary", has_text="Answer set: How well")).to_be_visible()

    builder.get_by_role("link", name="Greets").first.click()
    expect(builder.get_by_label("What is asked")).to_have_value("Greets")
    builder.locator("summary", has_text="Answer set").click()
    builder.get_by_role("button", name="Take", exact=True).click()
    builder.get_by_role("button", name="Replace").click()

    expect(builder.locator("summary", has_text="Answer set: How well")).to_be_visible()
    taken = AnswerSet.objects.get().criteria.order_by("pk")
    assert list(taken.values_list("key", flat=True)) == ["greet", "solve"]


def test_builder_saves_each_field_and_spreads_the_weights(builder):
    builder.get_by_role("link", name="Greets").first.click()
    builder.locator("#id_weight").fill("60")
    builder.keyboard.press("Tab")
    state(builder).to_have_text(SAVED)

    assert {row.key: int(row.weight) for row in Criterion.objects.filter(weight__gt=0)} == {
        "greet": 60,
        "verify": 15,
        "solve": 20,
        "hold": 5,
    }
    expect(builder.locator("#weights-title + .status")).to_contain_text("100 of 100")


def test_builder_moves_and_deletes_by_keys_with_undo(builder):
    outline = builder.locator("[data-tree] [data-item^=criterion]")
    outline.first.focus()

    builder.keyboard.press("Alt+ArrowDown")
    expect(outline.first).to_contain_text("Verifies the caller")
    builder.keyboard.press("Delete")
    expect(outline).to_have_count(6)
    builder.keyboard.press("u")
    expect(outline).to_have_count(7)

    assert list(Criterion.objects.filter(section__key="opening").values_list("key", flat=True)) == [
        "verify",
        "greet",
    ]


def test_builder_shows_a_refused_value_beside_its_field(builder):
    builder.get_by_role("link", name="Greets").first.click()
    builder.locator("#id_weight").fill("a lot")
    builder.keyboard.press("Tab")

    expect(builder.locator("#id_weight_error")).to_contain_text("Enter a number")
    state(builder).to_contain_text("Not saved")


def test_builder_scores_test_answers(builder):
    for key in ("greet", "verify", "solve"):  # “Explains the hold” asks for a fact.
        option = GIVEN[key]
        builder.locator(f'[data-preview-question="{key}"] select').select_option(option)

    expect(builder.locator("[data-preview-score]")).to_contain_text("77.78")


def test_builder_lists_what_keeps_it_from_being_published_and_publishes(builder):
    Criterion.objects.filter(key="greet").update(weight=10)
    builder.reload()
    expect(builder.get_by_text("E03")).to_be_visible()

    builder.get_by_role("button", name="Fix it").first.click()
    expect(builder.get_by_text("May be published")).to_be_visible()
    builder.get_by_role("link", name="Publish…").click()
    builder.get_by_label("What changed, and why?").fill("First edition.")
    builder.get_by_role("button", name="Publish version 1").click()
    builder.wait_for_url(re.compile(r"/versions/1/$"))

    assert ScorecardVersion.objects.get().state == "published"


# --- Deciding a dispute -----------------------------------------------------------------------


def test_dispute_is_decided_by_keys(open_page):
    world = disputed_world()
    dispute = file(world)
    page = open_page(world.evaluator, f"/quality/disputes/{dispute.pk}/")
    page.get_by_role("button", name="Take it").click()
    page.wait_for_selector("[data-dispute][data-ready]")

    page.keyboard.press("o")
    page.locator("select").first.select_option("none")
    expect(page.locator("[data-dispute-score]")).to_contain_text("Not allowed here")
    page.locator("h1").click()
    page.keyboard.press("a")
    expect(page.locator("[data-dispute-score]")).to_contain_text("becomes 100.00 %")
    page.keyboard.type("The last turns show it.")
    page.get_by_label("The decision in words").fill("Heard again.")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Decide").click()
    page.wait_for_selector("text=The decision")

    dispute.refresh_from_db()
    assert dispute.state == "decided"
