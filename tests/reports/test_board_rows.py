"""Programs read of evaluations, surveys and training what the pages of these say."""

import json
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from feedback import indices, tallies
from feedback.models import Survey
from feedback.survey_results import Results
from feedback.survey_slices import Slice, visible_tallies
from feedback.survey_templates import TEMPLATES
from quality.models import Evaluation
from quality.slice_form import SliceForm
from quality.slices import Slice as EvaluationSlice
from quality.team_study import study_of
from reports import periods
from reports.months import month_period
from reports.quality_board import board_of
from tests.factories.accounts import ApiTokenFactory, UserFactory
from tests.factories.feedback_surveys import (
    InvitationFactory,
    ResponseFactory,
    SurveyFactory,
    SurveyVersionFactory,
    TallyFactory,
)
from tests.factories.quality import EvaluationFactory
from tests.factories.training import CycleFactory, RequirementFactory
from tests.quality.centers import Center
from tests.reports.test_boards import asked, team_of
from training.compliance import matrix_of

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead():
    return UserFactory(roles=["supervisor"])


def program(owner):
    token = ApiTokenFactory(owner=owner, scopes=["kpis:read"])
    return Client(headers={"Authorization": f"Bearer {token.text}"})


def values(person, slug, period, **more):
    asked = {"definition": slug, "from": str(period.start), "to": str(period.end), **more}
    return program(person).get("/api/v1/kpis/values/", asked)


def rows(person, slug, period, **more):
    answer = values(person, slug, period, **more)
    assert answer.status_code == 200, answer.content
    return answer.json()["results"]


def month():
    return month_period(f"{timezone.localdate():%Y-%m}")


def as_number(text):
    return None if text is None else float(text)


def test_customers_answers_are_those_of_each_survey_and_never_added_up(lead):
    team, _agents = team_of(1, lead)
    surveys = [asked(team, 12), asked(team, 7, value="2")]

    found = rows(lead, "csat1", month())
    rates = rows(lead, "rr1", month())
    teams = rows(lead, "csat1", month(), by="team")

    right = {}
    for survey in surveys:
        piece = Slice(month().start, timezone.localdate())
        right[survey.name] = Results(survey, visible_tallies(lead, survey), piece).main
    assert {row["key"]: (as_number(row["value"]), row["n"]) for row in found} == {
        name: (main.value, main.n) for name, main in right.items()
    }
    assert {row["key"]: row["value"] for row in rates} == dict.fromkeys(right, "100.000000")
    assert {row["key"] for row in teams} == {f"{name}, team: {team.name}" for name in right}


def of_field(survey, team, key, count):
    """So many invitations of this month became that."""
    TallyFactory(
        survey=survey,
        on_date=timezone.localdate(),
        team_key=team.pk,
        question=tallies.FIELD,
        key=key,
        count=count,
    )


@pytest.mark.parametrize("percent", [100, 90])
def test_response_rates_are_those_of_what_became_of_the_invitations(lead, settings, percent):
    settings.SURVEY_ELIGIBLE_PERCENT = percent
    team, _agents = team_of(1, lead)
    survey = SurveyVersionFactory().survey
    counts = {"I": 180, "P": 20, "R": 10, "NC": 650, "O": 0, "U": 140}
    for key, count in counts.items():
        of_field(survey, team, key, count)

    right = indices.response_rates(*counts.values(), percent / 100)
    for name in ("rr1", "rr2", "rr3", "rr4", "rr5", "rr6"):
        (row,) = rows(lead, name, month())
        assert as_number(row["value"]) == pytest.approx(100 * getattr(right, name), abs=1e-6)
        assert row["numerator"] == (200 if name in ("rr2", "rr4", "rr6") else 180)
        assert as_number(row["low"]) < as_number(row["value"]) < as_number(row["high"])


def test_the_page_shows_the_response_rate_that_is_asked_for(client, lead):
    team, _agents = team_of(1, lead)
    survey = asked(team, 9)
    of_field(survey, team, "U", 3)
    client.force_login(lead)

    first = client.get("/reports/voice/")
    fifth = client.get("/reports/voice/?def.rr=rr5")

    assert (first.context["voices"][0].rate_shown, fifth.context["voices"][0].rate_shown) == (
        "75.0",
        "100.0",
    )
    assert "RR5: answers of invitations that arrived" in fifth.content.decode()
    assert client.get("/reports/voice/?def.rr=nps1").status_code == 400


def test_what_customers_say_of_a_solution_stands_beside_who_came_back(client, lead):
    team, _agents = team_of(1, lead)
    version = SurveyVersionFactory(content=TEMPLATES["case"].content)
    asked(team, 10, survey=version.survey)
    for key, count in (("~answered", 9), ("yes", 6), ("partly", 2), ("no", 1)):
        TallyFactory(
            survey=version.survey,
            on_date=timezone.localdate(),
            team_key=team.pk,
            question="solved",
            key=key,
            count=count,
        )
    client.force_login(lead)

    (row,) = rows(lead, "fcr3", month())
    page = client.get("/reports/voice/")

    assert (row["numerator"], row["denominator"], row["n"]) == (6, 9, 9)
    assert as_number(row["value"]) == pytest.approx(66.666667)
    assert "66.7" in page.content.decode()
    assert [one.slug for one in page.context["resolutions"]] == [
        "fcr1-w7-customer-any",
        "fcr2-w7-customer-any",
    ]

    Survey.objects.update(anonymity="confidential")
    (row,) = rows(lead, "fcr3", month())
    assert (row["value"], row["note"]) == (None, "too few")


def test_the_command_tells_what_boards_tell_by_somebodys_rights(lead):
    team, _agents = team_of(1, lead)
    asked(team, 12)
    span = ("--from", str(month().start), "--to", str(month().end))
    out = StringIO()

    call_command("kpis", "--definition", "csat1", *span, "--as", lead.email, stdout=out)

    (row,) = json.loads(out.getvalue())
    (right,) = rows(lead, "csat1", month())
    assert row | {"cutoff_at": "", "excluded": None} == right | {"cutoff_at": ""}
    with pytest.raises(CommandError, match="no filters but"):
        call_command(
            "kpis", "--definition", "csat1", *span, "--as", lead.email, "--channel", "chat"
        )


def test_small_cells_stay_hidden_from_programs(lead):
    team, _agents = team_of(1, lead)
    asked(team, 3, anonymity="confidential")

    (row,) = rows(lead, "csat1", month())

    assert (row["value"], row["n"], row["note"]) == (None, 0, "too few")


@pytest.mark.parametrize(
    ("slug", "more", "sentence"),
    [
        ("csat1", {"to": "2026-05-20"}, "whole calendar months"),
        ("csat1", {"queue": "1"}, "has no such filter"),
        ("qa1", {"by": "day"}, "of the whole or by team"),
    ],
)
def test_what_a_board_does_not_tell_is_refused_with_the_reason(lead, slug, more, sentence):
    answer = values(lead, slug, month_period("2026-05"), **more)

    assert answer.status_code == 400
    assert sentence in answer.content.decode()


def test_compliance_is_that_of_the_matrix(lead):
    team, agents = team_of(3, lead)
    today = timezone.localdate()
    CycleFactory(
        person=agents[0],
        requirement=RequirementFactory(),
        opened_on=today - timedelta(days=60),
        due_on=today - timedelta(days=30),
    )
    period = periods.Period(today, today)

    (whole,) = rows(lead, "tc1", period)
    (of_team,) = rows(lead, "tc1", period, by="team", team=team.pk)

    right = matrix_of(lead, today).whole
    assert as_number(whole["value"]) == pytest.approx(right.percent)
    assert (of_team["key"], of_team["value"]) == (team.name, whole["value"])


def test_quality_is_that_of_the_quality_pages():
    center = Center()
    agent = center.person("agent", "Ana Lopez")
    for owner in ("agent", None, None, "tool", None, None):
        center.evaluated(agent, 90, answers=[(center.greet, owner), (center.verify, None)])
    boss = center.person("supervisor", "Sue")
    form = SliceForm({}, user=boss, without=("faults",))
    assert form.is_valid()
    piece = form.slice()
    period = periods.Period(piece.from_on, piece.until_on)

    (mean,) = rows(boss, "qa1", period)
    (of_team,) = rows(boss, "qa1", period, by="team", team=center.team.pk)

    seen = Evaluation.objects.visible_to(boss)
    right = study_of(seen, EvaluationSlice(piece.from_on, piece.until_on, {})).average
    assert (as_number(mean["value"]), mean["n"]) == (float(right.mean), right.n) == (90.0, 6)
    assert (of_team["key"], of_team["value"]) == (center.team.name, mean["value"])
    for family in board_of(seen, piece).accuracy.families:
        (row,) = rows(boss, f"cea1-{family.family}", period)
        assert as_number(row["value"]) == pytest.approx(family.accuracy.percent)
        assert row["n"] == family.accuracy.n


def test_whoever_may_not_see_a_board_reads_nothing_of_it():
    agent = UserFactory(roles=["agent"])

    assert values(agent, "qa1", month()).status_code == 403


# --- Evaluations beside customers' answers --------------------------------------------------------


@pytest.fixture
def judged():
    """Evaluations of 90 and of 60, and what their customers said; the last one said nothing."""
    center = Center()
    center.boss = center.person("supervisor", "Sue")
    center.agent = center.person("agent", "Ana Lopez")
    survey = SurveyVersionFactory(survey=SurveyFactory(anonymity="identified"))
    said = [(90, True), (90, True), (90, False), (60, False), (60, None)]
    for score, is_satisfied in said:
        evaluation = center.evaluated(center.agent, score)
        if is_satisfied is not None:
            ResponseFactory(
                invitation=InvitationFactory(
                    version=survey, interaction=evaluation.leg.interaction, state="answered"
                ),
                team=center.team,
                is_satisfied=is_satisfied,
                submitted_on=timezone.localdate(center.at),
            )
    return center


def test_four_groups_count_as_many_as_their_lists_hold(client, judged):
    client.force_login(judged.boss)

    page = client.get("/reports/quality/")

    counts = {group.name: group.count for group in page.context["pairs"]}
    assert counts == {
        "passed-satisfied": 2,
        "passed-dissatisfied": 1,
        "failed-satisfied": 0,
        "failed-dissatisfied": 1,
    }
    for name, count in counts.items():
        opened = client.get(f"/reports/quality/pairs/?group={name}")
        assert len(opened.context["rows"]) == opened.context["count"] == count
    assert "/reports/quality/pairs/?group=passed-dissatisfied" in page.content.decode()
    assert client.get("/reports/quality/pairs/?group=great").status_code == 400


def test_what_one_still_evaluates_stands_in_no_group(client, judged):
    legs = list(Evaluation.objects.order_by("pk").values_list("leg", flat=True))
    EvaluationFactory(leg_id=legs[0], evaluator=judged.boss, purpose="calibration", state="draft")
    client.force_login(judged.boss)

    groups = client.get("/reports/quality/").context["pairs"]

    assert [group.count for group in groups] == [1, 1, 0, 1]


def test_answers_under_a_promise_or_out_of_sight_stand_in_no_group(client, judged):
    client.force_login(judged.evaluator)
    assert "pairs" not in client.get("/reports/quality/").context
    assert client.get("/reports/quality/pairs/?group=passed-satisfied").status_code == 403

    Survey.objects.update(anonymity="confidential")
    client.force_login(judged.boss)

    assert not any(group.count for group in client.get("/reports/quality/").context["pairs"])
