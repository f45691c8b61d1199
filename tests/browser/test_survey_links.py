"""A real browser at the links of a real mail: as a machine it leaves no trace, as a person one."""

import re

import pytest

from feedback.models import Draft, Response, Suppression
from tests.feedback.survey_worlds import fresh
from tests.feedback.test_survey_harness import addresses, sent_message

WAITS = 5_000  # Milliseconds a machine stays on each page, with the page's script running.


@pytest.fixture
def mail(server):
    message, invitation = sent_message("csat")
    return [url for url in addresses(message) if "/s/u/" not in url], invitation


def nothing_is_written(invitation):
    return (
        not Response.objects.exists()
        and not Draft.objects.exists()
        and not Suppression.objects.exists()
        and fresh(invitation).state == "sent"
    )


def test_a_browser_without_hands_that_follows_every_anchor_leaves_no_trace(open_page, mail):
    urls, invitation = mail
    page = open_page(path=urls[0])
    page.wait_for_timeout(WAITS)
    anchors = page.eval_on_selector_all("a[href]", "found => found.map(one => one.pathname)")
    for anchor in [*anchors, *urls]:
        page.goto(anchor)
        page.wait_for_timeout(300)

    assert nothing_is_written(invitation)


def test_one_press_on_a_small_phone_without_scripts_is_one_response(open_page, mail):
    urls, _invitation = mail
    rated = next(url for url in urls if re.search(r"\?r=5$", url))
    page = open_page(path=rated, width=360, height=740, script=False)
    is_preselected = page.locator("input[type=radio][value='5']").first.is_checked()
    page.wait_for_timeout(2_500)

    page.get_by_role("button", name=re.compile("Send|Next")).first.click()
    page.wait_for_load_state()

    assert is_preselected
    assert Response.objects.get().value == 5
