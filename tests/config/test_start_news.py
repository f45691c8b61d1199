"""What the start page tells of the last seven days, and to whom."""

from datetime import UTC, date, datetime, timedelta

import pytest

from config import home, start_news
from crm.models.imports import ImportState
from lib.start_page import Ask, News
from tests.factories.accounts import UserFactory
from tests.factories.crm import ImportRunFactory
from tests.factories.recognition import BadgeAwardFactory
from tests.factories.training import AssignmentFactory, CertificateFactory, CoachingSessionFactory
from tests.quality.worlds import World, document

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 6, 9, tzinfo=UTC)
SINCE = AT - timedelta(days=7)


def titles(news: list[News | Ask[News]]) -> list[str]:
    return [one.title for one in home.told(news)]


def test_agent_hears_of_released_results_of_the_week_alone():
    world = World()
    evaluation = world.submitted()
    released_at = evaluation.released_at

    heard = start_news.result_news(world.agent, released_at)
    later = start_news.result_news(world.agent, released_at + timedelta(seconds=1))
    by_others = start_news.result_news(world.evaluator, released_at)

    assert titles(heard) == [f"Your result for {evaluation.version.scorecard.name} was released"]
    assert (titles(later), titles(by_others)) == ([], [])


def test_result_that_waits_for_its_release_is_no_news():
    world = World(document(release_mode="manual"))
    world.submitted()

    assert titles(start_news.result_news(world.agent, SINCE)) == []


def test_versions_are_news_for_those_who_score_others():
    world = World()
    version = world.submitted().version
    since = version.published_at

    heard = start_news.scorecard_news(world.evaluator, since)

    assert titles(heard) == [f"{version.scorecard.name} version {version.number} is in use"]
    assert start_news.scorecard_news(UserFactory(roles=["agent"]), since) == []


def test_own_badges_certificates_and_courses_are_news():
    person = UserFactory(roles=["agent"])
    badge = BadgeAwardFactory(agent=person, awarded_at=AT).badge
    BadgeAwardFactory(awarded_at=AT)
    CertificateFactory(person=person, title="Card data", issued_on=AT.date())
    CertificateFactory(person=person, title="Long ago", issued_on=date(2026, 4, 1))
    course = AssignmentFactory(person=person, assigned_on=AT.date()).course

    assert titles(start_news.badge_news(person, SINCE)) == [f"You earned a badge: {badge.name}"]
    assert titles(start_news.certificate_news(person, SINCE)) == [
        "You earned a certificate: Card data"
    ]
    assert titles(start_news.course_news(person, SINCE)) == [
        f"A course was assigned to you: {course.title}"
    ]


def test_coach_hears_that_a_session_was_answered():
    session = CoachingSessionFactory(state="acknowledged", acknowledged_at=AT, shared_at=AT)

    heard = start_news.coaching_news(session.coach, SINCE)

    assert titles(heard) == [f"{session.agent.short_name} answered your coaching"]
    assert titles(start_news.coaching_news(session.agent, SINCE)) == []


def test_import_that_ended_is_news_for_who_ordered_it():
    person = UserFactory(roles=["supervisor"])
    run = ImportRunFactory(
        ordered_by=person, state=ImportState.FINISHED, finished_at=AT, file_name="may.csv"
    )

    assert titles(start_news.import_news(person, SINCE)) == [
        f"may.csv was imported: {run.created:,} new, {run.failed:,} failed"
    ]
    assert titles(start_news.import_news(UserFactory(roles=["supervisor"]), SINCE)) == []


def test_newest_stands_first_and_eight_are_enough(monkeypatch):
    monkeypatch.setattr(home, "_news_sources", [])
    hours = list(range(10))
    home.add_news(
        lambda user, since: [News(AT - timedelta(hours=n), str(n), "/", "award") for n in hours]
    )

    news = home.news_for(UserFactory(), AT)

    assert titles(news) == ["0", "1", "2", "3", "4", "5", "6", "7"]


@pytest.mark.parametrize(("rows", "queries"), [(0, 1), (1, 2), (7, 2)])
def test_what_is_counted_is_read_once(django_assert_num_queries, rows, queries):
    person = UserFactory(roles=["agent"])
    for _ in range(rows):
        BadgeAwardFactory(agent=person, awarded_at=AT)

    with django_assert_num_queries(queries):
        news = home.told(start_news.badge_news(person, SINCE))

    assert len(news) == min(rows, start_news.MOST_OF_A_KIND)


def test_self_assessment_that_comes_first_keeps_the_result_out_of_the_news():
    world = World(document(self_assessment="required"))
    released_at = world.submitted().released_at

    assert titles(start_news.result_news(world.agent, released_at)) == []
