"""The dashboards of reports in a real browser: clean for axe, wide and narrow, filled and empty."""

import pytest

from reports import rollups
from tests.browser.axe import violations
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import SavedViewFactory
from tests.factories.training import CycleFactory, EffectReportFactory
from tests.reports.test_boards import asked, team_of, thanked
from tests.reports.worlds import MONDAY, Center

DAYS = "period=days&begin=2026-05-04&end=2026-05-06"
PATHS = (
    "/reports/voice/",
    "/reports/training/",
    "/reports/recognition/",
    f"/reports/operations/?{DAYS}",
    "/reports/risk/",
)


@pytest.fixture
def filled():
    """A supervisor whose team was heard, trained, coached and thanked."""
    center = Center(interactions=20)
    rollups.rebuild(center.days, at=MONDAY)
    team, agents = team_of(6, center.supervisor, "Harbor")
    asked(team, 12)
    asked(team, 2, anonymity="confidential")
    asked(center.teams[0], 7, value="2")
    CycleFactory(person=agents[0])
    EffectReportFactory(created_by=center.supervisor)
    thanked(agents[0], team, agents[1])
    SavedViewFactory(
        owner=center.supervisor, page="operations", query=DAYS.replace("period=days&", "")
    )
    return center.supervisor


@pytest.fixture
def empty():
    person = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=person, kind="supervisor")
    return person


@pytest.mark.parametrize("width", [1440, 360])
@pytest.mark.parametrize("state", ["filled", "empty"])
def test_pages_are_clean_for_axe(open_page, request, state, width):
    person = request.getfixturevalue(state)
    found = {}
    for path in PATHS:
        page = open_page(person, path, width=width)
        assert page.url.endswith(path), path
        wide = page.evaluate("document.documentElement.scrollWidth > innerWidth")
        found[path] = violations(page) + (["wider than the window"] if wide else [])
        page.close()

    assert {path: faults for path, faults in found.items() if faults} == {}
