"""Papers of surveys: what the report, the recovery sheet and the selection proof tell."""

import hashlib
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from feedback import survey_papers as papers
from feedback.actions import asking
from feedback.models import FrequencyRule, Recovery
from feedback.survey_field import field_work
from lib import pdf
from tests.factories.accounts import UserFactory
from tests.factories.feedback_surveys import (
    AlertFactory,
    RecoveryFactory,
    ResponseFactory,
    RootCauseFactory,
)
from tests.feedback.survey_worlds import MONDAY, AskingWorld, answered

pytestmark = pytest.mark.django_db
DAYS = (MONDAY.date() - timedelta(days=1), MONDAY.date() + timedelta(days=1))
STRATA = [{"name": "all", "p": "0.5"}]


def decided(count, **program):
    """A program that has decided about `count` interactions that ended on Monday."""
    world = AskingWorld(**program)
    for _ in range(count):
        world.interaction()
    asking.run_program(program=world.program, at=MONDAY + timedelta(minutes=1))
    return world


def test_the_proof_shows_the_draw_and_hides_the_salt():
    world = decided(40, strata=STRATA)
    html = papers.proof_html(world.program, *DAYS, at=MONDAY)
    (stratum,) = papers.strata_of(world.program.decisions.order_by())

    assert world.program.salt not in html
    assert hashlib.sha256(world.program.salt.encode()).hexdigest() in html
    assert (stratum.name, stratum.p, stratum.n) == ("all", Decimal("0.5000"), 40)
    assert stratum.drawn == world.program.decisions.filter(outcome="invited").count()
    assert f"{stratum.share}</td><td>{stratum.interval}" in html
    papers_made = [pdf.render(html, generated_at=MONDAY) for _ in range(2)]
    assert papers_made[0] == papers_made[1]


def test_the_field_tells_which_rule_held_back_and_what_became_by_program():
    world = AskingWorld()
    FrequencyRule.objects.create(scope="global", max_sends=1, window_seconds=86_400)
    customer = world.customer()
    for _ in range(2):
        world.interaction(customer=customer)
    asking.run_program(program=world.program, at=MONDAY + timedelta(minutes=1))
    answered(version=world.survey.published, program=world.program, sent_at=MONDAY)
    today = timezone.localdate()

    field = field_work(world.survey, DAYS[0], today)

    assert dict(field.decisions)["Invited"] == 1
    assert field.rules == [("1 in 1 days, global", "Asked too often", 1)]
    assert dict(field.states)["Accepted"] == 1
    assert dict(field.visits) == {"human": 1, "automated": 0, "unknown": 2}
    (part,) = field.parts
    assert (part.program, part.channel, part.sent, part.answered) == (
        world.program.name,
        "email",
        1,
        1,
    )
    assert part.rr1 == "100.0 %"


def test_the_recovery_sheet_tells_steps_cause_and_outcome():
    response = ResponseFactory(value=2, comment="Nobody called +44 20 7946 0958 back.")
    alert = AlertFactory(response=response, survey=response.survey, reasons=["rated 2"])
    recovery = RecoveryFactory(
        alert=alert,
        resolved_at=MONDAY + timedelta(days=2),
        contacted_at=MONDAY + timedelta(days=1, hours=22),
        root_cause=RootCauseFactory(name="Callback forgotten"),
        action_taken="Called back and sent a voucher.",
        before_value=2,
        after_value=5,
        outcome="recovered",
    )

    html = papers.recovery_html(recovery, at=MONDAY)
    steps = [name for name, _ in papers.steps_of(recovery)]

    assert "[phone]" in html
    assert "7946" not in html
    assert "Callback forgotten. Called back and sent a voucher." in html
    assert "Recovered" in html
    assert steps == ["Answered", "Recovery begun", "Customer reached", "Resolved"]


def test_papers_are_for_those_who_may(client):
    world = decided(1)
    recovery = RecoveryFactory(alert__team=world.team)
    stranger = UserFactory(roles=["agent"])
    address = f"/feedback/recoveries/{recovery.pk}/sheet/"
    client.force_login(stranger)
    refused = client.get(address).status_code
    client.force_login(world.supervisor)
    sheet = client.get(address)
    client.force_login(UserFactory(roles=["admin"]))
    proof = client.get(f"/feedback/programs/{world.program.pk}/proof/")
    wrong = client.get(f"/feedback/programs/{world.program.pk}/proof/", {"from_on": "soon"})

    assert (refused, sheet.content[:5], proof.content[:5]) == (403, b"%PDF-", b"%PDF-")
    assert wrong.status_code == 422
    assert Recovery.objects.count() == 1


def test_the_report_costs_few_queries(client, django_assert_max_num_queries):
    invitation, _page = answered(5)
    client.force_login(UserFactory(roles=["admin"]))

    with django_assert_max_num_queries(30):
        page = client.get(f"/feedback/surveys/{invitation.survey.code}/results/report/")

    assert page.content[:5] == b"%PDF-"
