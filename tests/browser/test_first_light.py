"""The first path through every floor, on real calls, against Attune running as its users run it."""

import io
import json
import re
from collections.abc import Iterator

import pikepdf
import pytest
from pdfminer.high_level import extract_text
from playwright.sync_api import Browser, Page, expect

from tests.browser import real_server
from tests.browser.conftest import free_port
from tests.browser.real_server import RealServer
from tests.real.real_data import real_file

PASSWORD = "a-long-enough-password"
CALL = "0002f70f7386445b"
PEOPLE = """
from datetime import datetime, UTC
from accounts import actions
from accounts.models import Team
from quality.actions.samples import load_sample_scorecards
from quality.actions.scorecards import publish_version
from quality.models import Scorecard
at = datetime(1998, 1, 1, tzinfo=UTC)
team = Team.objects.create(name="Harper Valley")
for role in ("admin", "evaluator", "supervisor"):
    person = actions.create_user(
        email=role + "@bank.example", full_name="Bank " + role.title(),
        password=PASSWORD, roles=[role], by=None, at=at,
    )
    if role != "admin":
        actions.add_to_team(user=person, team=team, kind=role, starts_at=at, by=None, at=at)
    else:
        load_sample_scorecards(by=person, at=at)
        version = Scorecard.objects.get(name="Voice service").versions.get()
        publish_version(version=version, change_note="First edition.", by=person, at=at)
"""
AGENT_SIGNS_IN = """
from django.utils import timezone
from accounts import actions
from crm.models import Leg
agent = Leg.objects.get(interaction__external_id=CALL).agent
actions.set_password(user=agent, password=PASSWORD, by=None, at=timezone.now())
print(agent.email)
"""


@pytest.fixture(scope="module")
def attune(tmp_path_factory) -> Iterator[RealServer]:
    real_file("harper_valley")
    with real_server.running(tmp_path_factory.mktemp("attune"), free_port()) as server:
        server.python(f"PASSWORD = {PASSWORD!r}\n{PEOPLE}")
        yield server


def sign_in(chromium: Browser, attune: RealServer, email: str) -> Page:
    context = chromium.new_context(base_url=attune.url)
    context.set_default_timeout(60_000)
    page = context.new_page()
    page.goto("/sign-in/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_url(attune.url + "/")
    return page


def score_with_keys(page: Page) -> None:
    """Fail the first criterion with a quoted turn, pass the rest, and write nothing by mouse."""
    page.wait_for_selector("[data-workspace][data-ready]")
    for _ in range(2):
        page.keyboard.press("j")
    page.keyboard.press("e")
    page.wait_for_selector('[data-criterion="greet"] [data-evidence]')
    page.keyboard.press("2")
    page.keyboard.press("c")
    page.keyboard.type("The company was not named in the greeting.")
    page.keyboard.press("Escape")
    expect(saved(page, "greet")).to_contain_text("Saved")
    page.reload()
    page.wait_for_selector("[data-workspace][data-ready]")
    assert page.locator('[data-criterion="greet"] [value="no"]').is_checked()
    for _ in range(12):
        page.keyboard.press("ArrowDown")
        key = page.locator("[data-criterion][aria-current]").get_attribute("data-criterion")
        if key == "coach_note":
            break
        page.keyboard.press("1")
        expect(saved(page, key)).to_contain_text("Saved")


def saved(page: Page, key: str):
    return page.locator(f'[data-criterion="{key}"] [data-save-state]')


@pytest.mark.real_data
def test_real_calls_from_import_to_the_signed_off_sheet(chromium: Browser, attune: RealServer):
    # An operator imports the real calls, and once more, which adds nothing.
    files = [str(path) for path in sorted(real_file("harper_valley").glob("*.json"))]
    command = ["import_interactions", *files, "--format", "harper_valley", "--json"]
    command += ["--source", "harper", "--agents", "create", "--agent-team", "Harper Valley"]
    first = json.loads(attune.manage(*command))["runs"]
    again = json.loads(attune.manage(*command, "--again"))["runs"]
    assert sum(run["created"] for run in first) == len(files) == 11
    assert sum(run["skipped"] for run in again) == 11
    for run in first + again:
        counted = run["created"] + run["updated"] + run["skipped"] + run["failed"]
        assert run["read"] == counted

    # An evaluator opens one, scores it with keys alone, reloads in the middle, and submits.
    evaluator = sign_in(chromium, attune, "evaluator@bank.example")
    evaluator.goto("/interactions/?q=" + CALL)
    evaluator.click("main table tbody a")
    expect(evaluator.locator("main")).to_contain_text("Transcript")
    evaluator.get_by_role("link", name="Evaluate").first.click()
    evaluator.fill("[name=reason]", "The first real call of the center.")
    evaluator.click("text=Start scoring")
    score_with_keys(evaluator)
    expect(evaluator.locator("main")).to_contain_text("so far")
    evaluator.keyboard.press("s")
    expect(evaluator.locator("#submit-dialog")).to_be_visible()
    evaluator.keyboard.press("Enter")
    evaluator.wait_for_url(re.compile(r"/quality/evaluations/\d+/$"))
    address = evaluator.url.removeprefix(attune.url)

    # The agent reads the result and acknowledges it.
    email = attune.python(f"CALL, PASSWORD = {CALL!r}, {PASSWORD!r}\n{AGENT_SIGNS_IN}").strip()
    agent = sign_in(chromium, attune, email)
    agent.goto("/quality/my/")
    agent.click(f'main a[href="{address}"]')
    expect(agent.locator("main")).to_contain_text("The company was not named in the greeting.")
    agent.get_by_role("button", name="Acknowledge").click()
    expect(agent.locator("main")).to_contain_text("Acknowledged")

    # The supervisor finds it in the admin.
    supervisor = sign_in(chromium, attune, "supervisor@bank.example")
    supervisor.goto("/admin/quality/evaluation/")
    expect(supervisor.locator("#result_list tbody tr")).to_have_count(1)

    # The sheet comes out as a tagged PDF with the facts, the evidence and the receipt.
    sheet = evaluator.request.get(attune.url + address + "sheet.pdf")
    assert sheet.headers["content-type"] == "application/pdf"
    with pikepdf.open(io.BytesIO(sheet.body())) as pdf:
        assert pdf.Root.MarkInfo.Marked
    words = " ".join(extract_text(io.BytesIO(sheet.body())).split())
    assert "The company was not named in the greeting." in words
    assert "Verifies the customer before opening the account" in words
    assert "receipt" in words.lower()
