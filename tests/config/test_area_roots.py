"""The bare address of an area leads to the first page that one has there."""

import pytest

from config.area_roots import AREAS
from tests.factories.accounts import UserFactory

pytestmark = pytest.mark.django_db
ROLES = ("agent", "evaluator", "trainer", "supervisor", "admin")
WITHOUT_PAGES = {
    ("evaluator", "feedback"),
    *((role, "settings") for role in ("agent", "evaluator", "trainer", "supervisor")),
}


@pytest.mark.parametrize("area", AREAS)
@pytest.mark.parametrize("role", ROLES)
def test_a_root_leads_to_a_page_that_opens(client, role, area):
    client.force_login(UserFactory(roles=[role]))

    answer = client.get(f"/{area}/")

    if answer.status_code == 302:
        assert answer.url.startswith(AREAS[area])
        assert client.get(answer.url).status_code == 200
    else:
        assert answer.status_code == 403
        assert (role, area) in WITHOUT_PAGES


@pytest.mark.parametrize(
    ("role", "area", "url"),
    [
        ("agent", "feedback", "/feedback/mine/"),
        ("agent", "reports", "/reports/me/"),
        ("agent", "training", "/learning/"),
        ("supervisor", "feedback", "/feedback/surveys/"),
        ("supervisor", "reports", "/reports/today/"),
        ("supervisor", "training", "/training/board/"),
    ],
)
def test_a_root_leads_to_the_first_page_of_the_role(client, role, area, url):
    client.force_login(UserFactory(roles=[role]))

    assert client.get(f"/{area}/").url == url


def test_a_root_asks_a_stranger_to_sign_in(client):
    assert client.get("/feedback/").url == "/sign-in/?next=/feedback/"
