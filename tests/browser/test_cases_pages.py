"""The pages of cases and work in a real browser: clean for axe, wide and narrow, by keys."""

from datetime import timedelta

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from crm.actions import case_messages, cases, clocks, tasks
from tests.browser.axe import violations
from tests.factories.accounts import (
    BusinessCalendarFactory,
    TeamFactory,
    TeamMembershipFactory,
    UserFactory,
)
from tests.factories.crm import CustomerFactory
from tests.factories.crm_cases import CannedReplyFactory, PromiseFactory, SlaPolicyFactory

LISTENING = "html[data-keys=ready]"


@pytest.fixture
def world():
    """An administrator with a late case, a promise, a task, a policy, a calendar and a reply."""
    admin, team = UserFactory(roles=["admin"], full_name="Ada Admin"), TeamFactory()
    TeamMembershipFactory(user=admin, team=team, kind="supervisor")
    calendar, customer = BusinessCalendarFactory(), CustomerFactory()
    SlaPolicyFactory(targets={"resolution": 3600}, targets__calendar=calendar)
    CannedReplyFactory(scope="shared", shortcut="/refund", body="Your refund is on its way.")
    at = timezone.now() - timedelta(hours=5)
    case = cases.open_case(
        subject="Late parcel", customer=customer, team=team, by=admin, at=at, is_from_customer=True
    )
    case_messages.write_note(case=case, body="Ask the warehouse.", by=admin, at=at)
    clocks.note_breaches(at=timezone.now())
    tasks.create_task(title="Call", due_at=timezone.now(), case=case, by=admin, at=at)
    due_at = timezone.now() + timedelta(days=1)
    PromiseFactory(customer=customer, made_by=admin, made_at=at, due_at=due_at)
    return {"admin": admin, "case": case, "calendar": calendar}


@pytest.mark.parametrize(("width", "dark"), [(1440, True), (360, False)])
def test_pages_are_clean_for_axe(open_page, world, width, dark):
    at = world["case"].get_absolute_url()
    paths = [
        *("/cases/", "/cases/?view=board", "/cases/new/", "/cases/macros/", at, f"{at}clocks/"),
        *("/tasks/", "/promises/", "/promises/new/", "/sla-policies/", "/sla-policies/new/"),
        *("/customers/?columns=tags", "/organizations/", "/interactions/?columns=tags&repeat=no"),
        *("/cases/?columns=due&columns=gone", "/bulk/?kind=cases"),
        *("/calendars/", world["calendar"].get_absolute_url()),
    ]
    found = {}
    for path in paths:
        page = open_page(world["admin"], path, width=width, dark=dark)
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[path] = violations(page) + (["wider than the window"] if wide else [])
        page.close()

    assert {path: faults for path, faults in found.items() if faults} == {}


def test_a_case_is_answered_and_resolved_by_keys(open_page, world):
    page = open_page(world["admin"], world["case"].get_absolute_url())
    page.wait_for_load_state("networkidle")
    page.wait_for_selector(LISTENING)

    page.keyboard.press("r")
    expect(page.locator("#message-body")).to_be_focused()
    page.keyboard.type("/refund ")
    expect(page.locator("#message-body")).to_have_value("Your refund is on its way.")
    page.get_by_role("button", name="Add to the case").click()
    expect(page.locator(".thread")).to_contain_text("Your refund is on its way.")
    page.wait_for_selector(LISTENING)
    page.keyboard.press("d")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Resolved")
