"""The palette reaches every page a person may open, and people, work and courses."""

import pytest
from django.urls import reverse

from config import search_sources
from lib import search
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.feedback_surveys import SurveyFactory
from tests.factories.quality import EvaluationFactory, ScorecardFactory
from tests.factories.training import CourseFactory, EnrollmentFactory

pytestmark = pytest.mark.django_db
ROLES = ("agent", "evaluator", "trainer", "supervisor", "admin")


def found(user, words) -> dict[str, list[str]]:
    return {one.title: [hit.title for hit in one.hits] for one in search.search(user, words)}


def test_every_further_page_has_an_address():
    for _, entries in search_sources.further():
        for entry in entries:
            assert reverse(entry.url_name)


@pytest.mark.parametrize("role", ROLES)
def test_every_page_that_the_palette_offers_opens(client, role):
    user = UserFactory(roles=[role])
    client.force_login(user)
    offered = {
        hit.url
        for _, entry in search_sources.every_page()
        for group in search_sources.pages(user, entry.title)
        for hit in group.hits
    }

    refused = {url for url in sorted(offered) if client.get(url).status_code >= 400}

    assert offered and refused == set()


def test_page_is_found_by_beginnings_of_its_words():
    evaluator = UserFactory(roles=["evaluator"])

    assert found(evaluator, "work li")["Pages"] == ["Work list"]
    assert found(evaluator, "LIST work")["Pages"] == ["Work list"]
    assert "Pages" not in found(evaluator, "ork")


def test_page_of_the_name_stands_before_pages_of_the_group():
    admin = UserFactory(roles=["admin"])

    assert found(admin, "reports")["Pages"][0] == "Reports"


def test_pages_that_are_not_for_a_person_are_not_found():
    assert "Pages" not in found(UserFactory(roles=["agent"]), "audit")


def test_people_are_found_by_who_sees_them():
    team = TeamFactory()
    agent = UserFactory(full_name="Ilse Quaresma", roles=["agent"])
    TeamMembershipFactory(user=agent, team=team)
    leader = UserFactory(roles=["supervisor"])
    TeamMembershipFactory(user=leader, team=team, kind="supervisor")

    assert found(leader, "quares")["People"] == ["Ilse Quaresma"]
    assert "People" not in found(UserFactory(roles=["supervisor"]), "quares")


def test_evaluation_is_found_by_its_number_by_who_may_see_it():
    evaluation = EvaluationFactory(evaluator=UserFactory(roles=["evaluator"]))
    number = evaluation.public_ref

    assert found(evaluation.evaluator, number.lower())["Evaluations"] == [number]
    assert "Evaluations" not in found(UserFactory(roles=["agent"]), number)


def test_scorecards_surveys_and_own_courses_are_found_by_name():
    admin = UserFactory(roles=["admin"])
    ScorecardFactory(name="Voice service")
    SurveyFactory(name="Voice survey", state="live")
    course = CourseFactory(title="Voice basics")
    enrollment = EnrollmentFactory(course=course, person=UserFactory(roles=["agent"]))

    hits = found(admin, "voice")

    assert hits["Scorecards"] == ["Voice service"]
    assert hits["Surveys"] == ["Voice survey"]
    assert found(UserFactory(roles=["trainer"]), "voice")["Courses"] == ["Voice basics"]
    assert found(enrollment.person, "voice")["Courses"] == ["Voice basics"]
    assert "Courses" not in found(UserFactory(roles=["agent"]), "voice")


def test_records_cost_the_same_for_one_and_for_many(django_assert_max_num_queries):
    admin = UserFactory(roles=["admin"])
    list(search_sources.records(admin, "voice"))
    for number in range(12):
        ScorecardFactory(name=f"Voice {number}")
        SurveyFactory(name=f"Voice {number}")

    with django_assert_max_num_queries(5):
        groups = list(search_sources.records(admin, "voice"))

    assert max(len(group.hits) for group in groups) == search.LIMIT
