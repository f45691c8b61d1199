"""The evaluator's workspace by keys alone, through reloads and lost answers."""

import re

import pytest
from playwright.sync_api import Page, Route, expect

from config.demo.people import DemoPeople
from config.demo.recordings import make_recordings
from crm.models import Transcript, Turn
from quality.actions.evidence import attach_evidence
from quality.models import Answer, Evaluation, Evidence
from tests.browser.axe import violations
from tests.factories.quality import AT
from tests.quality.worlds import YES_NO, World, document

READY = "[data-workspace][data-ready]"
HAS_SOUND = "document.querySelector('audio').readyState > 0"


def thirty_criteria():
    """Three sections of ten: choices of two and three options, one number, one text."""
    three = [
        {"key": "full", "label": "Fully", "points": "10"},
        {"key": "part", "label": "Partly", "points": "5"},
        {"key": "none", "label": "Not at all", "points": "0", "is_fail": True},
    ]
    number = [
        {"key": "few", "label": "Few", "points": "10", "range_from": "0", "range_to": "4"},
        {"key": "many", "label": "Many", "points": "0", "range_from": "5", "range_to": "99"},
    ]
    sections = []
    for s in range(3):
        criteria = [
            {"key": f"c{s}-{n}", "text": f"Question {s}.{n}", "options": three if n % 2 else YES_NO}
            for n in range(10)
        ]
        sections.append({"key": f"s{s}", "title": f"Section {s}", "criteria": criteria})
    sections[1]["criteria"][3] |= {"kind": "number", "options": number, "max_points": "10"}
    sections[2]["criteria"][9] |= {"kind": "text", "options": [], "is_required": False}
    return document(weight_mode="points", sections=sections, bands=[])


@pytest.fixture
def open_workspace(open_page):
    def opened(world: World, evaluation: Evaluation, **options) -> Page:
        page = open_page(world.evaluator, f"/quality/evaluations/{evaluation.pk}/score/", **options)
        page.wait_for_selector(READY)
        return page

    return opened


def saved(page: Page, key: str):
    return expect(page.locator(f'[data-criterion="{key}"] [data-save-state]')).to_have_text(
        re.compile(r"Saved \d\d:\d\d:\d\d"), timeout=15_000
    )


def current(page: Page) -> str:
    return page.locator("[data-criterion][aria-current]").get_attribute("data-criterion")


def test_thirty_criteria_are_scored_without_a_pointer(open_workspace):
    world = World(thirty_criteria(), turns=12)
    page = open_workspace(world, world.start())
    keys = page.keyboard

    for s in range(3):
        for n in range(10):
            key = f"c{s}-{n}"
            assert current(page) == key
            if key == "c1-3":
                keys.press("Enter")
                keys.type("3")
                keys.press("Escape")
            elif key == "c2-9":
                keys.press("Enter")
                keys.type("Kept calm throughout.")
                keys.press("Escape")
            else:
                keys.press("2" if n % 2 else "1")
            saved(page, key)
            keys.press("ArrowDown")
    keys.press("s")
    expect(page.locator("#submit-dialog")).to_be_visible()
    keys.press("Enter")
    page.wait_for_url(re.compile(r"/quality/evaluations/\d+/$"))

    evaluation = Evaluation.objects.get()
    assert evaluation.state == "released"
    assert Answer.objects.count() == 30
    expect(page.locator(".stat-value").first).to_contain_text(
        f"{evaluation.current_revision.score_percent:.2f}"
    )


def test_evidence_is_attached_from_the_focused_turn_by_keys(open_workspace):
    world = World(turns=6)
    page = open_workspace(world, world.start())

    for _ in range(3):
        page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector('[data-criterion="greet"] [data-evidence]')

    evidence = Evidence.objects.get()
    assert evidence.turn_from.position == evidence.turn_to.position == 2
    assert evidence.answer.criterion.key == "greet"


def test_evidence_is_attached_from_the_selected_words(open_workspace):
    world = World(turns=3)
    page = open_workspace(world, world.start())
    page.evaluate(
        """() => {
          const text = document.querySelector("#turn-1 .turn-text").firstChild;
          getSelection().setBaseAndExtent(text, 5, text, 11);
        }"""
    )

    page.keyboard.press("e")
    page.wait_for_selector('[data-criterion="greet"] [data-evidence]')

    assert Evidence.objects.get().words == "number"


def test_reload_in_the_middle_comes_back_to_the_same_place(open_workspace):
    """Q-306: criterion, playback position and speed; Q-308: marks."""
    world = World(thirty_criteria(), turns=30)
    make_recordings(DemoPeople(), [world.leg.interaction])
    page = open_workspace(world, world.start())
    for _ in range(12):
        page.keyboard.press("ArrowDown")
    page.keyboard.press("1")
    saved(page, "c1-2")
    page.wait_for_function(HAS_SOUND)
    for key in ("]", "]", ">", "m"):
        page.keyboard.press(key)
    page.keyboard.type("A sigh")
    page.keyboard.press("Enter")
    expect(page.locator("[data-mark]")).to_contain_text("0:10 A sigh")

    page.reload()
    page.wait_for_selector(READY)
    page.wait_for_function(HAS_SOUND)

    assert current(page) == "c1-2"
    assert page.locator('[data-criterion="c1-2"] [value="yes"]').is_checked()
    place = "[document.querySelector('audio')].map((a) => [a.currentTime, a.playbackRate])[0]"
    assert page.evaluate(place) == [10, 1.25]
    assert page.locator(".player-ticks .mark").count() == 1


def test_answer_given_while_the_server_is_away_goes_out_after_a_reload(open_workspace):
    world = World()
    away = {"**/answers/**": lambda route: route.abort()}
    page = open_workspace(world, world.start(), routes=away)
    page.keyboard.press("1")
    expect(page.locator("[data-unsaved]")).to_contain_text("1 answer not saved, retrying")
    page.on("dialog", lambda dialog: dialog.accept())
    assert Answer.objects.count() == 0

    page.unroute("**/answers/**")
    page.reload()
    page.wait_for_selector(READY)
    saved(page, "greet")

    assert Answer.objects.get().option_keys == ["yes"]


def test_lost_reply_is_one_change(open_workspace):
    world = World()
    lost = []

    def lose_the_first_reply(route: Route) -> None:
        response = route.fetch()
        if lost:
            route.fulfill(response=response)
        else:
            lost.append(response.status)
            route.abort()

    page = open_workspace(world, world.start(), routes={"**/answers/**": lose_the_first_reply})
    page.keyboard.press("1")
    saved(page, "greet")

    assert lost == [200]
    assert Answer.objects.get().row_version == 1


def test_two_browsers_on_one_answer_meet_a_conflict_card(open_workspace):
    world = World()
    evaluation = world.start()
    first, second = open_workspace(world, evaluation), open_workspace(world, evaluation)
    first.keyboard.press("1")
    saved(first, "greet")

    second.keyboard.press("2")
    card = second.locator('[data-criterion="greet"] .conflict')
    expect(card).to_contain_text("saved “Yes” at")
    expect(card).to_contain_text("You have “No”")
    second.keyboard.press("ArrowDown")
    second.keyboard.press("1")
    saved(second, "verify")
    card.get_by_role("button", name="Keep mine").click()
    saved(second, "greet")

    assert Answer.objects.get(criterion__key="greet").option_keys == ["no"]
    assert Answer.objects.get(criterion__key="verify").option_keys == ["yes"]


def test_hidden_criterion_returns_with_its_answer(open_workspace):
    content = document()
    solving = content["sections"][1]["criteria"]
    solving[1]["condition"] = {"criterion": "greet", "op": "in", "value": ["no"]}
    world = World(content)
    page = open_workspace(world, world.start())
    hold = page.locator('[data-criterion="hold"]')
    page.keyboard.press("2")
    saved(page, "greet")
    hold.locator('[value="yes"]').check(force=True)
    saved(page, "hold")

    page.locator('[data-criterion="greet"] [value="yes"]').check(force=True)
    expect(hold).to_be_hidden()
    page.locator('[data-criterion="greet"] [value="no"]').check(force=True)
    expect(hold).to_be_visible()

    assert hold.locator('[value="yes"]').is_checked()


def test_gaps_are_listed_with_links_to_them(open_workspace):
    world = World()
    page = open_workspace(world, world.start())

    page.keyboard.press("s")
    page.keyboard.press("Enter")
    gaps = page.locator("[data-gap]")
    expect(gaps).to_have_count(4)
    gaps.nth(2).click()

    assert current(page) == "solve"


def test_undo_takes_the_last_answer_back(open_workspace):
    world = World()
    page = open_workspace(world, world.start())
    page.keyboard.press("1")
    saved(page, "greet")
    page.keyboard.press("2")
    expect(page.locator('[data-criterion="greet"]')).to_have_attribute("data-failed", "")

    page.keyboard.press("u")
    expect(page.locator('[data-criterion="greet"]')).not_to_have_attribute("data-failed", "")
    saved(page, "greet")

    assert Answer.objects.get().option_keys == ["yes"]


def test_workspace_can_be_read_without_javascript(open_page):
    world = World()
    evaluation = world.start()

    page = open_page(world.evaluator, f"/quality/evaluations/{evaluation.pk}/score/", script=False)

    expect(page.get_by_text("Scoring needs JavaScript")).to_be_visible()
    expect(page.get_by_text("Turn number 2 of the call.")).to_be_visible()
    expect(page.get_by_text("Verifies the caller")).to_be_visible()


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (1440, True), (360, False)])
def test_workspace_is_clean_for_axe(open_workspace, width, dark):
    world = World()
    draft = world.start()
    world.save(draft, "solve", answer={"option": "none"})

    page = open_workspace(world, draft, width=width, dark=dark)

    assert violations(page) == []
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_evidence_stays_within_a_phone(open_workspace):
    world = World()
    draft = world.start()
    words = "A sentence that goes on for longer than a phone is wide, and then some."
    Turn.objects.update(text=words)
    transcript = Transcript.objects.get()
    attach_evidence(
        evaluation=draft,
        key="greet",
        transcript_id=transcript.pk,
        turn_from=0,
        turn_to=1,
        by=world.evaluator,
        at=AT,
    )

    page = open_workspace(world, draft, width=360, height=740)

    assert page.locator("[data-evidence]").is_visible()
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_two_panes_are_two_tabs_on_a_phone(open_workspace):
    world = World()
    page = open_workspace(world, world.start(), width=360, height=740)
    turns, greet = page.locator("#turn-0"), page.locator('[data-criterion="greet"]')
    assert greet.is_visible()
    assert not turns.is_visible()

    page.get_by_role("tab", name="Interaction").click()

    assert turns.is_visible()
    assert not greet.is_visible()
