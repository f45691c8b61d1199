"""The dashboards of whole months: equal to the pages below them, closed to others, small hidden."""

import csv
from datetime import timedelta

import pytest
from django.db import connection
from django.http import QueryDict
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from feedback.equity import equity_of
from feedback.models import PointsAccount, Recovery
from feedback.survey_results import Results
from feedback.survey_slices import Slice, visible_tallies
from reports.forms import WrongAddress
from reports.learning_board import learning_board_of
from reports.month_form import MonthForm
from reports.months import month_period
from reports.recognition_board import recognition_board_of
from reports.voice_board import voices_of
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.feedback_surveys import (
    AlertFactory,
    CommentLabelFactory,
    RecoveryFactory,
    ResponseFactory,
    SurveyFactory,
    SurveyVersionFactory,
    TallyFactory,
)
from tests.factories.recognition import (
    BadgeAwardFactory,
    KudosFactory,
    KudosRecipientFactory,
    PointsAccountFactory,
    PointsTransactionFactory,
    PostingFactory,
)
from tests.factories.training import (
    CoachingSessionFactory,
    CycleFactory,
    EffectReportFactory,
    EnrollmentFactory,
    RequirementFactory,
)
from training.compliance import matrix_of
from training.effect_page import shown

pytestmark = pytest.mark.django_db
BOARDS = ("voice", "training", "recognition")
MAY_SEE = {
    "agent": (),
    "evaluator": ("recognition",),
    "trainer": BOARDS,
    "supervisor": BOARDS,
    "admin": BOARDS,
}


def url(board, query=""):
    return f"/reports/{board}/{'?' if query else ''}{query}"


def team_of(size, lead=None, name="Team"):
    team = TeamFactory(name=name)
    agents = UserFactory.create_batch(size, roles=["agent"])
    for agent in agents:
        TeamMembershipFactory(user=agent, team=team)
    if lead:
        TeamMembershipFactory(user=lead, team=team, kind="supervisor")
    return team, agents


@pytest.fixture
def lead():
    return UserFactory(roles=["supervisor"])


def this_month():
    return month_period(f"{timezone.localdate():%Y-%m}").until(timezone.localdate())


def moments():
    return month_form("").moments


def month_form(query):
    form = MonthForm(QueryDict(query), today=timezone.localdate())
    form.check()
    return form


@pytest.mark.parametrize("role", MAY_SEE)
def test_boards_are_for_whom_they_are_meant(client, role):
    client.force_login(UserFactory(roles=[role]))

    seen = tuple(board for board in BOARDS if client.get(url(board)).status_code == 200)

    assert seen == MAY_SEE[role]


@pytest.mark.parametrize("board", BOARDS)
@pytest.mark.parametrize("query", ["colour=red", "month=2001-01", "month=x", "team=999999"])
def test_a_filter_that_no_page_made_is_refused(client, lead, board, query):
    client.force_login(lead)

    assert client.get(url(board, query)).status_code == 400


def test_months_go_back_a_year():
    form = month_form("")
    oldest = form.fields["month"].choices[-1][0]

    assert len(form.fields["month"].choices) == 13
    assert month_form(f"month={oldest}").period.days >= 28
    with pytest.raises(WrongAddress):
        month_form("month=1999-12")


# --- Voice ---------------------------------------------------------------------------------------


def asked(team, n, *, survey=None, value="5", **fields):
    """A survey with n answers of one team this month."""
    survey = survey or SurveyVersionFactory(survey=SurveyFactory(**fields)).survey
    today = timezone.localdate()
    for key in (value, "~answered"):
        TallyFactory(survey=survey, on_date=today, team_key=team.pk, key=key, count=n)
    TallyFactory(
        survey=survey, on_date=today, team_key=team.pk, question="~field", key="I", count=n
    )
    return survey


def test_voice_equals_the_results_of_each_survey(client, lead):
    team, _agents = team_of(1, lead)
    first, second = asked(team, 12, name="A"), asked(team, 7, name="B", value="2")
    asked(TeamFactory(), 9, survey=first)
    period = this_month()

    voices = voices_of(lead, period, "team")

    assert [voice.survey for voice in voices] == [first, second]
    for voice in voices:
        piece = Slice(period.start, period.end)
        alone = Results(voice.survey, visible_tallies(lead, voice.survey), piece)
        assert voice.results.main == alone.main
        assert voice.results.rates == alone.rates
        assert voice.parts == alone.breakdown("team")
    assert [voice.results.main.n for voice in voices] == [12, 7]


def test_voice_never_lets_a_small_cell_be_worked_out(client, lead):
    teams = [team_of(1, lead, name)[0] for name in ("Big", "Middle", "Small")]
    survey = SurveyVersionFactory(survey=SurveyFactory(anonymity="confidential")).survey
    for team, n in zip(teams, (20, 9, 2), strict=True):
        asked(team, n, survey=survey)

    (voice,) = voices_of(lead, this_month(), "team")

    assert voice.results.main.n == 31
    assert [(name, figure and figure.n) for name, figure in voice.parts] == [
        ("Big", 20),
        ("Middle", None),
        ("Small", None),
    ]


def test_voice_hides_a_survey_that_too_few_answered(client, lead):
    team, _agents = team_of(1, lead)
    asked(team, 3, anonymity="confidential")
    client.force_login(lead)

    body = client.get(url("voice")).content.decode()

    assert "so few would let somebody guess" in body
    assert "n = 3" not in body


def test_voice_has_no_filter_of_days_or_of_two_dimensions(client, lead):
    client.force_login(lead)

    for query in ("from_on=2026-05-02", "queue=1", "by=agent"):
        assert client.get(url("voice", query)).status_code == 400


def test_voice_shows_topics_and_recoveries(client, lead):
    team, _agents = team_of(1, lead)
    survey = asked(team, 12)
    response = ResponseFactory(
        survey=survey, submitted_on=timezone.localdate(), team=team, comment="Slow"
    )
    label = CommentLabelFactory(response=response, by_rule=True)
    RecoveryFactory(alert=AlertFactory(team=team))
    Recovery.objects.update(opened_at=timezone.now())
    client.force_login(lead)

    body = client.get(url("voice")).content.decode()

    assert label.topic.name in body
    assert "Recoveries" in body


# --- Training ------------------------------------------------------------------------------------


def test_training_equals_the_matrix_and_the_effect_page(client, lead):
    team, agents = team_of(3, lead)
    requirement, today = RequirementFactory(), timezone.localdate()
    CycleFactory(
        person=agents[0],
        requirement=requirement,
        opened_on=today - timedelta(days=60),
        due_on=today - timedelta(days=30),
    )
    now = timezone.now()
    EnrollmentFactory(person=agents[0], state="completed", completed_at=now, progress_percent=100)
    CoachingSessionFactory(agent=agents[0], coach=lead, starts_at=now, held_at=now, state="held")
    report = EffectReportFactory(created_by=lead)
    start, end = moments()

    board = learning_board_of(lead, on=today, start=start, end=end, at=now, team=None)

    assert board.matrix.whole == matrix_of(lead, today).whole
    assert (board.completed, board.held, board.acknowledged) == (1, 1, 0)
    assert board.overdue_people == 1
    assert [
        [(line.title, line.verdict, line.luck) for line in lines]
        for _report, lines in board.effects
    ] == [[(one.title, one.verdict, one.luck) for one in shown(report)]]
    client.force_login(lead)
    body = client.get(url("training", f"team={team.pk}")).content.decode()
    assert requirement.title in body


def test_training_knows_only_own_people(client, lead):
    RequirementFactory()
    _team, agents = team_of(2)
    EnrollmentFactory(
        person=agents[0], state="completed", completed_at=timezone.now(), progress_percent=100
    )
    start, end = moments()

    board = learning_board_of(
        lead, on=timezone.localdate(), start=start, end=end, at=timezone.now(), team=None
    )

    assert board.completed == 0
    assert not {agent.pk for agent in agents} & {one.pk for one in board.matrix.people}


# --- Recognition ---------------------------------------------------------------------------------


def thanked(agent, team, giver):
    kudos = KudosFactory(giver=giver, posted_at=timezone.now())
    KudosRecipientFactory(kudos=kudos, agent=agent, team=team)


def test_recognition_equals_equity_and_names_nobody(client, lead):
    team, agents = team_of(6, lead, "Harbor")
    team_of(7, None, "Valley")
    thanked(agents[0], team, agents[1])
    BadgeAwardFactory(agent=agents[0], awarded_at=timezone.now())
    now = timezone.now()

    board = recognition_board_of(lead, [team], *moments(), now)
    client.force_login(lead)
    body = client.get(url("recognition")).content.decode()

    assert [line.group for line in board.lines] == [
        row for row in equity_of(now).by_team if row.name == "Harbor"
    ]
    assert (board.given, board.received, board.badges) == (1, 1, 1)
    assert "Harbor" in body
    assert "Valley" not in body
    assert not [agent for agent in agents if agent.full_name in body or agent.short_name in body]


def test_recognition_hides_small_teams_and_their_part_of_the_totals(client):
    admin = UserFactory(roles=["admin"])
    small, few = team_of(3, None, "Small")
    big, many = team_of(9, None, "Big")
    large, _more = team_of(12, None, "Large")
    thanked(few[0], small, few[1])
    thanked(many[0], big, many[1])

    board = recognition_board_of(admin, [big, large, small], *moments(), timezone.now())

    assert [(line.group.name, line.is_hidden) for line in board.lines] == [
        ("Big", True),
        ("Large", False),
        ("Small", True),
    ]
    assert (board.given, board.received) == (0, 0)


def test_recognition_adds_up_what_moved_wallets_of_the_teams_shown():
    admin = UserFactory(roles=["admin"])
    team, agents = team_of(6)
    now = timezone.now()
    for owner, kind, amounts in (
        (agents[0], "kudos", (10, 20)),
        (agents[0], "redeem", (-5,)),
        (UserFactory(), "kudos", (7,)),
    ):
        account = PointsAccount.objects.filter(owner=owner).first() or PointsAccountFactory(
            owner=owner
        )
        for amount in amounts:
            PostingFactory(
                account=account,
                transaction=PointsTransactionFactory(kind=kind, at=now),
                amount=amount,
            )

    board = recognition_board_of(admin, [team], *moments(), now)

    assert [(line.kind, line.points_in, line.points_out) for line in board.points] == [
        ("Kudos", 30, 0),
        ("Reward ordered", 0, 5),
    ]


@pytest.mark.parametrize("board", BOARDS)
def test_more_rows_cost_no_more_queries(client, lead, board):
    def fill():
        team, agents = team_of(6, lead, name=f"Team {timezone.now().timestamp()}")
        asked(team, 12)
        CycleFactory(person=agents[0])
        EffectReportFactory(created_by=lead)
        thanked(agents[0], team, agents[1])

    fill()
    client.force_login(lead)
    client.get(url(board))
    with CaptureQueriesContext(connection) as few:
        client.get(url(board))
    fill()
    fill()

    with CaptureQueriesContext(connection) as many:
        client.get(url(board))

    assert len(few) == len(many) <= 28


# --- Files ---------------------------------------------------------------------------------------


def lines_of(client, board, query=""):
    """(first line, one dict for each line of the file of a board)."""
    answer = client.get(f"/reports/{board}/export.csv{query}")
    text = b"".join(answer).decode("utf-8-sig")
    first, header, *rows = csv.reader(text.splitlines())
    return first, [dict(zip(header, row, strict=True)) for row in rows]


def test_the_file_of_voice_says_and_hides_what_the_page_does(client, lead):
    survey = SurveyVersionFactory(survey=SurveyFactory(name="=Shop", anonymity="confidential"))
    for name, n in (("Big", 20), ("Middle", 9), ("Small", 2)):
        asked(team_of(1, lead, name)[0], n, survey=survey.survey)
    client.force_login(lead)

    first, rows = lines_of(client, "voice", "?by=team")

    assert first[0].startswith("Figures up to ")
    assert first[1] == f"Month: {timezone.localdate():%B %Y}, Parts by: Team"
    assert {row["about"] for row in rows} == {"'=Shop"}
    by_group = {row["group"]: row for row in rows if row["figure"] == "csat1"}
    assert (by_group[""]["value"], by_group[""]["n"]) == ("100.000000", "31")
    assert by_group["team: Big"]["n"] == "20"
    for hidden in ("team: Middle", "team: Small"):
        assert [by_group[hidden][name] for name in ("value", "n", "low")] == ["", "", ""]
        assert by_group[hidden]["note"] == "too few"
    (rate,) = [row for row in rows if row["figure"] == "rr1"]
    assert (rate["numerator"], rate["denominator"]) == ("31", "31")


def test_the_file_of_a_hidden_survey_has_no_number(client, lead):
    asked(team_of(1, lead)[0], 3, anonymity="confidential")
    client.force_login(lead)

    _first, (row,) = lines_of(client, "voice")

    assert (row["value"], row["n"], row["note"]) == ("", "", "too few")


def test_the_file_of_training_is_the_matrix(client, lead):
    team, agents = team_of(3, lead)
    today = timezone.localdate()
    CycleFactory(
        person=agents[0],
        requirement=RequirementFactory(),
        opened_on=today - timedelta(days=60),
        due_on=today - timedelta(days=30),
    )
    client.force_login(lead)

    _first, rows = lines_of(client, "training", f"?team={team.pk}")

    whole = matrix_of(lead, today, team_id=team.pk).whole
    (row,) = [row for row in rows if (row["about"], row["figure"]) == ("Everybody", "tc1")]
    assert float(row["value"]) == pytest.approx(whole.percent)
    assert {row["group"] for row in rows if row["about"] == "Team"} == {team.name}


def test_the_file_of_recognition_hides_small_teams_and_names_nobody(client):
    admin = UserFactory(roles=["admin"])
    small, few = team_of(3, None, "Small")
    _big, many = team_of(9, None, "Big")
    team_of(12, None, "Large")
    thanked(few[0], small, few[1])
    client.force_login(admin)

    _first, rows = lines_of(client, "recognition")

    told = {(row["group"], row["figure"]): row for row in rows if row["about"] == "Team"}
    for team in ("Small", "Big"):
        assert told[team, "nothing in 90 days"]["value"] == ""
        assert told[team, "received"]["value"] == ""
    assert told["Large", "nothing in 90 days"]["value"] == "100.000000"
    everything = str(rows)
    assert not [agent for agent in [*few, *many] if agent.full_name in everything]


def test_the_file_of_quality_is_the_page(client, lead):
    client.force_login(lead)

    _first, rows = lines_of(client, "quality")

    assert {row["figure"] for row in rows} >= {"qa1", "qa2", "cea1-customer", "disputed"}


@pytest.mark.parametrize("board", [*BOARDS, "quality"])
def test_the_file_of_a_board_is_for_whom_the_board_is(client, board):
    for role in MAY_SEE:
        client.force_login(UserFactory(roles=[role]))
        page, file = client.get(url(board)), client.get(f"/reports/{board}/export.csv")
        assert page.status_code == file.status_code
        wrong = client.get(f"/reports/{board}/export.csv?month=2001-01")
        assert wrong.status_code == (400 if page.status_code == 200 else page.status_code)


@pytest.mark.parametrize("board", BOARDS)
def test_an_empty_board_says_so(client, lead, board):
    client.force_login(lead)

    assert "empty" in client.get(url(board)).content.decode()
