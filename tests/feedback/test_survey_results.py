"""Results by period and part, and what surveys with a promise keep to themselves."""

from datetime import date

import pytest

from feedback.models import Response, Survey
from tests.factories.accounts import UserFactory
from tests.factories.feedback_surveys import (
    AnnotationFactory,
    CommentLabelFactory,
    TallyFactory,
    TopicFactory,
)
from tests.factories.routing import QueueFactory
from tests.feedback.survey_worlds import AskingWorld, answer

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    client.force_login(UserFactory(roles=["admin"]))
    return client


def counted(world, on, n, key="5", **fields):
    """n answers of that day and value, as the counts have them."""
    cell = {"survey": world.survey, "on_date": on, "question": "csat", "queue_key": world.queue.pk}
    for one in (key, "~answered"):
        TallyFactory(**cell | fields, key=one, count=n)


def promising(world, **fields):
    Survey.objects.filter(pk=world.survey.pk).update(anonymity="confidential", **fields)
    return f"/feedback/surveys/{world.survey.code}/results/"


def test_whole_months_are_compared_with_as_many_and_with_a_year_before(admin):
    world = AskingWorld()
    for on, n in ((date(2026, 3, 9), 50), (date(2026, 2, 1), 40), (date(2025, 3, 31), 30)):
        counted(world, on, n)
    address = f"/feedback/surveys/{world.survey.code}/results/?from_on=2026-03-01"

    month = admin.get(f"{address}&until_on=2026-03-31").context["results"]
    year = admin.get(f"{address}&until_on=2026-03-31&against=year").context["results"]

    assert "against 2026-02-01 to 2026-02-28" in month.change
    assert "against 2025-03-01 to 2025-03-31" in year.change
    assert (month.past.main.n, year.past.main.n) == (40, 30)


def test_a_promise_takes_one_month_quarter_or_year(admin):
    world = AskingWorld()
    address = promising(world)
    counted(world, date(2026, 2, 2), 20)

    statuses = {
        span: admin.get(f"{address}?from_on={span[0]}&until_on={span[1]}").status_code
        for span in (
            ("2026-02-01", "2026-02-28"),
            ("2026-01-01", "2026-03-31"),
            ("2026-01-01", "2026-02-28"),
            ("2026-02-01", "2026-02-27"),
        )
    }

    assert list(statuses.values()) == [200, 200, 422, 422]


def test_what_would_tell_a_small_month_or_queue_is_hidden_too(admin):
    world = AskingWorld()
    address = promising(world)
    counted(world, date(2026, 1, 5), 12)
    counted(world, date(2026, 2, 5), 3, queue_key=0)
    counted(world, date(2026, 3, 5), 20)

    def is_hidden(query):
        return admin.get(f"{address}?{query}").context["results"].is_hidden

    assert is_hidden("from_on=2026-02-01&until_on=2026-02-28")
    assert is_hidden("from_on=2026-01-01&until_on=2026-01-31")
    assert not is_hidden("from_on=2026-03-01&until_on=2026-03-31")
    assert not is_hidden("from_on=2026-01-01&until_on=2026-03-31")
    assert is_hidden(f"from_on=2026-01-01&until_on=2026-03-31&queue={world.queue.pk}")


def test_pictures_of_a_promise_have_no_small_part(admin):
    world = AskingWorld()
    address = promising(world)
    counted(world, date(2026, 1, 5), 12)
    counted(world, date(2026, 2, 5), 3, key="2")
    counted(world, date(2026, 3, 5), 20)

    page = admin.get(f"{address}?from_on=2026-01-01&until_on=2026-03-31")

    trend, values = (chart.table[1] for chart in page.context["pictures"])
    sizes = {row[0]: row[-1] for row in trend}
    assert sizes == {"01 Jan": "0", "01 Feb": "0", "01 Mar": "20"}
    assert {row[0]: row[1] for row in values} == {"1": "0", "2": "–", "3": "0", "4": "0", "5": "–"}


def test_the_latest_hundred_answers_are_a_line_of_their_own(admin):
    world = AskingWorld()
    counted(world, date(2026, 1, 5), 90)
    counted(world, date(2026, 1, 15), 30, key="1")
    address = f"/feedback/surveys/{world.survey.code}/results/"

    page = admin.get(f"{address}?from_on=2026-01-01&until_on=2026-01-14")
    longer = admin.get(f"{address}?from_on=2026-01-01&until_on=2026-01-31")

    assert "Latest 100 answers" not in page.content.decode()
    assert "Latest 100 answers" in longer.content.decode()


def test_an_export_has_what_the_page_counts(admin):
    world = AskingWorld()
    other = QueueFactory()
    answer(world, 5)
    Response.objects.filter(pk=answer(world, 4).pk).update(queue=other)
    address = f"/feedback/surveys/{world.survey.code}/results/export/"

    everything = b"".join(admin.get(address).streaming_content).decode()
    one = b"".join(admin.get(f"{address}?queue={other.pk}").streaming_content).decode()
    promising(world)

    assert everything.splitlines()[-1] == '"rows","2"'
    assert one.splitlines()[-1] == '"rows","1"'
    assert admin.get(address).status_code == 422


def test_a_list_tells_nothing_of_a_promise_and_nothing_of_other_teams(client):
    world, other = AskingWorld(), AskingWorld()
    answer(world, 5)
    answer(other, 1)
    client.force_login(world.supervisor)

    def readings():
        rows = client.get("/feedback/surveys/").context["rows"]
        return {row["survey"]: row["reading"] for row in rows}

    rows = readings()
    promising(world)
    quiet = readings()

    assert (rows[world.survey].n, rows[other.survey].n) == (1, 0)
    assert quiet[world.survey] is None


def test_few_answers_of_a_promise_are_in_no_figure_of_the_agent(client):
    world = AskingWorld()
    promising(world)
    for value in (5, 5, 4, 1):
        answer(world, value)
    client.force_login(world.agent)

    few = client.get("/feedback/mine/").context
    answer(world, 5)
    enough = client.get("/feedback/mine/").context

    assert (few["n_answers"], few["drivers"]) == (0, [])
    assert (enough["own"]["text"], enough["drivers"]) == ("80.0", [])


# --- Two periods ---------------------------------------------------------------------------------

MARCH = "from_on=2026-03-01&until_on=2026-03-31"


def months_of_answers(world):
    """March 50 of 60 satisfied, February 30 of 60, a year before 8 of 10."""
    for on, good, bad in (
        (date(2026, 3, 9), 50, 10),
        (date(2026, 2, 9), 30, 30),
        (date(2025, 7, 9), 8, 2),
    ):
        counted(world, on, good)
        counted(world, on, bad, key="1", series=1, channel="chat")
    return f"/feedback/surveys/{world.survey.code}/results/?{MARCH}"


def test_any_second_period_is_compared_with_its_interval_in_words(admin):
    address = months_of_answers(AskingWorld())

    page = admin.get(f"{address}&against_from=2025-07-01&against_until=2025-07-31")
    before = admin.get(address).context["results"]

    found = page.context["results"]
    assert found.change == (
        "+3.3 points against 2025-07-01 to 2025-07-31 (−15.0 to +35.2): not a clear change."
    )
    assert before.change.endswith(
        "against 2026-02-01 to 2026-02-28 (+16.6 to +47.6): a clear change."
    )
    text = page.content.decode()
    assert "2026-03-01 to 2026-03-31" in text
    assert "80.0 %" in text
    assert "49.0 to 94.3" in text


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ("against_from=2025-07-01", "Give both days of the second period"),
        ("against_until=2025-07-01", "Give both days of the second period"),
        ("against_from=2025-07-02&against_until=2025-07-01", "End the second period on or after"),
        ("against_from=2026-03-31&against_until=2026-04-02", "without a day of the first"),
        ("against_from=july&against_until=2026-04-02", "Give a day as year, month and day"),
        ("against_from=0001-01-01&against_until=0001-01-02", "Choose a day from 2000 to 2099."),
        ("against=never", "never is not one of the available choices"),
    ],
)
def test_a_second_period_that_cannot_be_is_told(admin, query, sentence):
    address = months_of_answers(AskingWorld())

    page = admin.get(f"{address}&{query}")

    assert page.status_code == 422
    assert sentence in page.content.decode()


@pytest.mark.parametrize("field", ["from_on", "until_on"])
@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
def test_a_day_out_of_this_century_is_told(admin, field, day):
    world = AskingWorld()

    page = admin.get(f"/feedback/surveys/{world.survey.code}/results/?{field}={day}")

    assert page.status_code == 422
    assert "Choose a day from 2000 to 2099." in page.content.decode()


def test_a_promise_is_compared_by_month_quarter_or_year(admin):
    world = AskingWorld()
    address = months_of_answers(world)
    promising(world)

    whole = admin.get(f"{address}&against_from=2026-02-01&against_until=2026-02-28")
    some = admin.get(f"{address}&against_from=2026-02-01&against_until=2026-02-27")

    assert "a clear change" in whole.context["results"].change
    assert some.status_code == 422
    assert "other spans would single people out" in some.content.decode()


def test_too_few_answers_and_other_scales_are_not_compared(admin):
    world = AskingWorld()
    counted(world, date(2026, 3, 9), 50)
    counted(world, date(2026, 2, 9), 4)
    counted(world, date(2026, 1, 9), 50, series=2)
    address = f"/feedback/surveys/{world.survey.code}/results/?{MARCH}"

    few = admin.get(address).context["results"].change
    other = admin.get(f"{address}&against_from=2026-01-01&against_until=2026-01-31")
    none = admin.get(f"{address}&against_from=2025-01-01&against_until=2025-01-31")

    assert few == (
        "Fewer than 5 answers, here or from 2026-02-01 to 2026-02-28: too few to compare."
    )
    assert "different scales cannot be compared" in other.context["results"].change
    assert none.context["results"].change == (
        "No answers from 2025-01-01 to 2025-01-31 to compare with."
    )


def test_the_table_of_the_trend_has_the_numbers_of_the_picture(admin):
    world = AskingWorld()
    counted(world, date(2026, 3, 2), 80)
    counted(world, date(2026, 3, 9), 3)
    counted(world, date(2026, 3, 16), 40, series=2)
    AnnotationFactory(survey=world.survey, on_date=date(2026, 3, 10), text="New script")
    address = f"/feedback/surveys/{world.survey.code}/results/"

    page = admin.get(f"{address}?from_on=2026-03-02&until_on=2026-03-22&grain=week")

    trend = page.context["pictures"][0]
    columns, rows = trend.table
    assert list(columns[:5]) == [
        "From",
        "Satisfaction",
        "Satisfaction low",
        "Satisfaction high",
        "Satisfaction n",
    ]
    assert [list(row[1:5]) for row in rows] == [
        ["100.0 %", "95.4 %", "100.0 %", "80"],
        ["100.0 %", "–", "–", "3"],
        ["–", "–", "–", "0"],
    ]
    assert list(rows[2][5:9]) == ["100.0 %", "91.2 %", "100.0 %", "40"]
    assert "09 Mar: New script." in trend.note


def test_shares_and_rates_stand_with_their_intervals(admin):
    world = AskingWorld()
    day = date(2026, 3, 9)
    counted(world, day, 50)
    for key, n in (("person.no", 8), ("process.no", 2), ("person.yes", 40)):
        TallyFactory(survey=world.survey, on_date=day, question="~driver", key=key, count=n)
    for key, n in (("I", 50), ("NC", 40), ("U", 10)):
        TallyFactory(survey=world.survey, on_date=day, question="~field", key=key, count=n)
    address = f"/feedback/surveys/{world.survey.code}/"

    page = admin.get(f"{address}results/?{MARCH}")
    field = admin.get(f"{address}field/?{MARCH}").content.decode()

    drivers = {row[0]: row[1:] for row in page.context["results"].driver_rows}
    assert drivers["Person"] == (48, "96.0 % (86.5 to 98.9)", 8, "80.0 % (49.0 to 94.3)")
    assert "40.4 to 59.6" in page.content.decode()
    assert "40.4 to 59.6" in field
    assert "45.3 to 65.4" in field


def test_a_trend_says_how_long_its_steps_are(admin):
    world = AskingWorld()
    counted(world, date(2026, 3, 9), 50)
    address = f"/feedback/surveys/{world.survey.code}/results/?grain=day"

    short = admin.get(f"{address}&{MARCH}").context["pictures"][0]
    long = admin.get(f"{address}&from_on=2026-01-01&until_on=2026-03-31").context["pictures"][0]

    assert (short.title, len(short.rows)) == ("Satisfaction by day", 31)
    assert (long.title, len(long.rows)) == ("Satisfaction by 2 days", 45)


def test_comments_are_found_by_the_effective_driver_and_topics_tell_how_right_they_are(admin):
    world = AskingWorld()
    row = answer(world, 1, driver="person", comment="The refund was late.")
    topic = TopicFactory(name="Refunds", phrases="refund*")
    CommentLabelFactory(response=row, topic=topic, by_rule=True, by_human=True)
    relabeled = {"driver_by_staff": "process", "driver_reason": "The rule says so."}
    Response.objects.filter(pk=row.pk).update(
        **relabeled, driver_set_by=world.supervisor, driver_set_at=row.submitted_at
    )
    address = f"/feedback/surveys/{world.survey.code}/comments/"

    process, person = (
        admin.get(address, {"driver": one}).context["rows"] for one in ("process", "person")
    )
    page = admin.get(address).content.decode()

    assert ([one["row"] for one in process], person) == ([row], [])
    assert "precision 1.00, recall 1.00, F1 1.00, n 1" in page
