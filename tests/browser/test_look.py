"""The gallery in a real browser: accessible in both schemes, at every width, by keyboard."""

import pytest
from django.urls import reverse

from tests.browser.axe import violations
from tests.factories.accounts import UserFactory
from tests.factories.training import CourseRevisionFactory, LessonFactory

PAGES = ("/gallery/", "/gallery/workspace/", "/gallery/public/", "/nothing/here/")


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1440, 320])
def test_axe_finds_nothing(open_page, width, dark):
    page = open_page(path=PAGES[0], width=width, dark=dark)

    for path in PAGES:
        page.goto(path)
        assert violations(page) == [], path


@pytest.mark.parametrize("width", [1440, 320])
def test_axe_finds_nothing_on_start_page_and_admin(open_page, width):
    admin = UserFactory(roles=["admin", "agent"])
    page = open_page(admin, "/", width=width)

    for path in (
        "/",
        "/admin/",
        "/status/",
        "/admin/accounts/user/",
        f"/admin/accounts/user/{admin.pk}/change/",
    ):
        page.goto(path)
        assert violations(page) == [], path


def test_pages_fit_320_pixels(open_page):
    page = open_page(path=PAGES[0], width=320)

    for path in PAGES:
        page.goto(path)
        assert page.evaluate("document.documentElement.scrollWidth") <= 320, path


def test_question_mark_lists_the_keys_and_escape_closes(open_page):
    page = open_page(path="/gallery/")

    page.keyboard.press("?")

    dialog = page.locator("#keys-dialog")
    assert dialog.is_visible()
    assert "Save draft" in dialog.inner_text()
    page.keyboard.press("Escape")
    assert not dialog.is_visible()


def test_keys_are_letters_while_somebody_types(open_page):
    page = open_page(path="/gallery/")
    page.locator("main input[type=search]").focus()

    page.keyboard.type("what?")

    assert page.locator("main input[type=search]").input_value() == "what?"
    assert not page.locator("#keys-dialog").is_visible()


def test_single_keys_can_be_switched_off(open_page):
    page = open_page(path="/gallery/")
    page.keyboard.press("?")
    page.locator("[data-keys-single]").uncheck()
    page.keyboard.press("Escape")

    page.keyboard.press("?")

    assert not page.locator("#keys-dialog").is_visible()
    page.keyboard.press("Control+k")
    assert page.locator("#palette").is_visible()


def test_signing_out_leaves_nothing_typed_in_the_browser(open_page):
    page = open_page(UserFactory(roles=["evaluator"]), "/")
    page.evaluate("""() => {
        sessionStorage.setItem("draft", "words");
        localStorage.setItem("quiz", "answers");
        localStorage.setItem("attune.keys.single", "off");
    }""")

    page.locator(".rail .menu summary").click()
    page.get_by_role("button", name="Sign out").click()
    page.wait_for_url("**/sign-in/")

    assert page.evaluate("[sessionStorage.length, Object.keys(localStorage)]") == [
        0,
        ["attune.keys.single"],
    ]


def test_rows_are_walked_by_keys(open_page):
    page = open_page(path="/gallery/")

    page.keyboard.press("j")
    page.keyboard.press("j")

    assert page.evaluate("document.activeElement.textContent") == "E-4209"


def test_menu_opens_walks_and_closes_by_keyboard(open_page):
    page = open_page(path="/gallery/")
    page.locator("summary.button", has_text="More").focus()

    page.keyboard.press("Enter")
    page.keyboard.press("ArrowDown")

    assert page.evaluate("document.activeElement.textContent").strip() == "History"
    page.keyboard.press("Escape")
    assert page.locator("summary.button", has_text="More").evaluate(
        "summary => !summary.parentElement.open && summary === document.activeElement"
    )


def test_narrow_menu_works_without_javascript(open_page):
    page = open_page(path="/gallery/", width=360, script=False)

    page.locator(".topbar-menu > summary").click()

    assert page.locator(".topbar-menu").get_by_role("link", name="Work list").is_visible()


def test_panes_become_tabs_on_a_narrow_screen(open_page):
    page = open_page(path="/gallery/workspace/", width=360)

    page.get_by_role("tab", name="Scorecard").click()

    assert page.locator("#pane-scorecard").is_visible()
    assert not page.locator("#pane-interaction").is_visible()


def test_fault_of_a_fragment_is_a_toast_and_changes_nothing(open_page):
    broken = {"**/broken/": lambda route: route.fulfill(status=500, body="<p>trace</p>")}
    page = open_page(path="/gallery/", routes=broken)
    before = page.locator("#buttons").inner_html()

    page.evaluate("htmx.ajax('GET', '/broken/', '#buttons')")

    page.locator("#toasts .toast").wait_for()
    assert "Something went wrong on our side" in page.locator("#toasts").inner_text()
    assert page.locator("#buttons").inner_html() == before


def test_form_that_is_refused_comes_back_in_its_place(open_page):
    refused = {"**/refused/": lambda route: route.fulfill(status=422, body="<p>Look again</p>")}
    page = open_page(path="/gallery/", routes=refused)

    page.evaluate("htmx.ajax('POST', '/refused/', '#buttons')")

    page.locator("#buttons", has_text="Look again").wait_for()
    assert page.locator("#toasts .toast").count() == 0


def test_response_can_send_a_toast(open_page):
    toast = {"HX-Trigger": '{"toast": {"text": "Saved.", "tone": "good"}}'}
    saved = {"**/saved/": lambda route: route.fulfill(status=204, headers=toast)}
    page = open_page(path="/gallery/", routes=saved)

    page.evaluate("htmx.ajax('POST', '/saved/', '#buttons')")

    page.locator("#toasts .toast.good", has_text="Saved.").wait_for()


def test_the_course_builder_runs_its_scripts(open_page):
    revision = CourseRevisionFactory(state="draft")
    lesson = LessonFactory(module__revision=revision)
    path = reverse("training:course_build", args=[revision.course_id])
    page = open_page(UserFactory(roles=["trainer"]), f"{path}?lesson={lesson.pk}")

    page.locator("[data-lesson] a").wait_for()
    page.get_by_role("button", name="Delete this lesson").click()

    assert page.get_by_role("dialog").is_visible()
    assert violations(page) == []
