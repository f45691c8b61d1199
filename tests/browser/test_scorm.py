"""Real packages played in a real browser: from the first page to the end, left, taken up again."""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.axe import violations
from tests.real.real_data import real_file
from tests.training.packages import item, package
from tests.training.scorm_worlds import ScormWorld
from training.models import LessonProgress, ScormCommit, ScormLaunch, ScormState

CONTENT_12 = b"""<!doctype html><html lang="en"><title>Part</title><body><h1 id="said">?</h1>
<button id="more" onclick="more()">More</button><button id="end" onclick="end()">End</button>
<button id="peek" onclick="peek()">Peek</button>
<script>
let up = window; while (up.parent !== up && !up.API) up = up.parent;
const api = up.API; api.LMSInitialize("");
const said = document.getElementById("said");
const place = api.LMSGetValue("cmi.core.lesson_location");
const kept = api.LMSGetValue("cmi.suspend_data").length;
said.textContent = place ? `${place}, ${kept} letters` : "new";
function more() {
  api.LMSSetValue("cmi.core.lesson_location", "page 2");
  api.LMSSetValue("cmi.suspend_data", "x".repeat(60000));
  said.textContent = "stored " + api.LMSCommit("");
}
function end() {
  api.LMSSetValue("cmi.core.lesson_status", "completed");
  api.LMSSetValue("cmi.core.score.raw", "90");
  api.LMSSetValue("cmi.core.session_time", "00:00:10");
  said.textContent = "ended " + api.LMSFinish("");
}
function peek() {
  const found = [];
  try { found.push(top.document.title); } catch { found.push("no page"); }
  try { top.location = "https://evil.example/"; } catch { found.push("no way"); }
  found.push(document.cookie || "no cookie");
  said.textContent = found.join(", ");
}
</script></body></html>"""


@pytest.fixture(autouse=True)
def places(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def lesson_path(world):
    return f"/learning/enrollments/{world.enrollment.pk}/lessons/{world.content.pk}/"


def inside(page):
    """The content, two frames down."""
    return page.frame_locator("iframe.scorm-frame").frame_locator("#content")


def start(page, name="Start"):
    page.get_by_role("button", name=name, exact=True).click()
    page.wait_for_selector("[data-play][data-ready]")


@pytest.fixture
def made():
    return ScormWorld(
        package(items=[item(1), item(2, href="two.html")], files={"two.html": CONTENT_12}
                | {"index.html": CONTENT_12})
    )  # fmt: skip


def test_content_is_stored_resumed_and_completed(open_page, made):
    page = open_page(made.learner, lesson_path(made))
    start(page)
    content = inside(page)
    expect(content.locator("#said")).to_have_text("new")
    content.locator("#more").click()
    expect(content.locator("#said")).to_have_text("stored true")

    page.goto(lesson_path(made))
    start(page, "Go on")
    expect(inside(page).locator("#said")).to_have_text("page 2, 60000 letters")
    inside(page).locator("#end").click()
    expect(page.get_by_text("This part is closed")).to_be_visible()
    state = made.state()
    assert (state.status, state.percent, state.is_done) == ("completed", 90, True)
    assert len(state.cmi["cmi.suspend_data"]) == 60_000


def test_content_reaches_neither_the_page_nor_its_cookies(open_page, made):
    page = open_page(made.learner, lesson_path(made))
    start(page)
    inside(page).locator("#peek").click()

    expect(inside(page).locator("#said")).to_have_text(re.compile("no page, no way, no cookie"))
    assert page.url.endswith("/launch/")


def test_a_lost_connection_is_told_and_made_up_for(open_page, made):
    lost = {"**/commit/": lambda route: route.abort()}
    page = open_page(made.learner, lesson_path(made), routes=lost)
    start(page)
    frame, content = page.frame_locator("iframe.scorm-frame"), inside(page)
    expect(content.locator("#said")).to_have_text("new")
    content.locator("#more").click()
    expect(content.locator("#said")).to_have_text("stored false")
    expect(frame.get_by_role("alert")).to_contain_text("Not saved")
    assert not ScormCommit.objects.exists()

    page.unroute("**/commit/")
    frame.get_by_role("button", name="Try again").click()
    expect(frame.get_by_role("alert")).to_be_hidden()
    assert made.state().cmi["cmi.core.lesson_location"] == "page 2"


def test_a_second_window_takes_over(open_page, made):
    first = open_page(made.learner, lesson_path(made))
    start(first)
    expect(inside(first).locator("#said")).to_have_text("new")
    second = open_page(made.learner, lesson_path(made))
    start(second, "Go on")
    expect(inside(second).locator("#said")).to_have_text("new")

    inside(first).locator("#more").click()
    bar = first.frame_locator("iframe.scorm-frame").get_by_role("alert")
    expect(bar).to_contain_text("This course was opened in another window.")


def test_one_goes_from_item_to_item(open_page, made):
    page = open_page(made.learner, lesson_path(made))
    start(page)
    expect(page.get_by_role("heading", level=1)).to_have_text("Part 1")
    page.get_by_role("button", name="Next", exact=True).click()

    expect(page.get_by_role("heading", level=1)).to_have_text("Part 2")
    assert ScormLaunch.objects.filter(ended_at__isnull=True).count() == 2


@pytest.mark.parametrize(("width", "dark"), [(1440, False), (360, True)])
def test_pages_are_clean_for_axe(open_page, made, width, dark):
    found = {}
    paths = {
        lesson_path(made): made.learner,
        "/training/scorm/": made.trainer,
        "/training/scorm/import/": made.trainer,
        f"/training/scorm/{made.package.pk}/": made.trainer,
    }
    for path, person in paths.items():
        page = open_page(person, path, width=width, dark=dark)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[path] = violations(page) + (["wider than the window"] if wide else [])
        if person == made.learner:
            start(page)
            wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
            found["play"] = violations(page) + (["wider than the window"] if wide else [])
        page.close()

    assert {path: faults for path, faults in found.items() if faults} == {}


# --- Packages of the world -----------------------------------------------------------------------


def played_to_the_end(page, pages=15):
    """Golf Explained: through its pages to the quiz, then the way out."""
    content = inside(page)
    for _page in range(pages - 1):
        content.locator("#butNext").click()
    return content


@pytest.mark.real_data
def test_a_real_1_2_package_is_played_left_and_resumed(open_page):
    data = real_file("scorm/packages/RuntimeBasicCalls_SCORM12.zip").read_bytes()
    world = ScormWorld(data)
    page = open_page(world.learner, lesson_path(world))
    page.on("dialog", lambda dialog: dialog.accept())
    start(page)
    content = inside(page)
    expect(content.locator("#butNext")).to_be_enabled()
    for _click in range(3):
        content.locator("#butNext").click()
    page.wait_for_timeout(2100)
    content.locator("#butExit").click()
    expect(page.get_by_text("This part is closed")).to_be_visible()
    left = world.state()
    assert (left.cmi["cmi.core.lesson_location"], left.exit) == ("3", "suspend")
    assert left.total_hundredths >= 200

    page.goto(lesson_path(world))
    start(page, "Go on")
    expect(inside(page).locator("#butPrevious")).to_be_enabled()
    assert world.fresh_launch().entry == "resume"
    played_to_the_end(page, pages=12)
    inside(page).locator("#butExit").click()
    expect(page.get_by_text("This part is closed")).to_be_visible()
    assert ScormState.objects.get().total_hundredths > left.total_hundredths


@pytest.mark.real_data
def test_a_real_2004_package_is_played_and_completed(open_page):
    data = real_file("scorm/packages/RunTimeAdvancedCalls_SCORM20043rdEdition.zip").read_bytes()
    world = ScormWorld(data)
    page = open_page(world.learner, lesson_path(world))
    page.on("dialog", lambda dialog: dialog.accept())
    start(page)
    content = inside(page)
    expect(content.locator("#butNext")).to_be_enabled()
    played_to_the_end(page)
    page.wait_for_timeout(1100)
    content.locator("#butExit").click()
    page.wait_for_url(f"**{lesson_path(world)}")

    state = world.state()
    assert state.status == "completed"
    assert state.cmi["cmi.progress_measure"] == "1"
    assert not [one for commit in ScormCommit.objects.all() for one in commit.refusals]
    assert LessonProgress.objects.get(lesson=world.content).is_done is (state.success != "failed")
