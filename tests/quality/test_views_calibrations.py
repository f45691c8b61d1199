"""Calibration by page: planned, rated blind, compared, agreed."""

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from quality.actions import calibration
from quality.models import CalibrationSession, Evaluation
from tests.factories.quality import AT
from tests.quality.test_actions_calibration import close, plan, rate
from tests.quality.worlds import GIVEN, World, handled_leg, member

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


def url(name, *args):
    return reverse(f"quality:{name}", args=args)


def closed(world, raters=3):
    plan(world, raters=raters)
    for number, rater in enumerate(world.raters):
        rate(world, rater, GIVEN | {"solve": ("full", "part", "part")[number % 3]})
    close(world)
    return world.session


def test_supervisor_plans_a_session(client, world):
    raters = [member("evaluator", world.team) for _ in range(2)]
    client.force_login(member("supervisor", world.team))
    fields = {
        "scorecard": world.scorecard.pk,
        "raters": [rater.pk for rater in raters],
        "deadline_at": f"{timezone.localtime() + timedelta(days=2):%Y-%m-%dT%H:%M}",
        "threshold_percent": "10",
        "hide_agent": "on",
    }

    form = client.get(url("calibration_plan", world.leg.pk)).content.decode()
    refused = client.post(url("calibration_plan", world.leg.pk), fields | {"raters": []})
    planned = client.post(url("calibration_plan", world.leg.pk), fields)

    session = CalibrationSession.objects.get()
    assert raters[0].full_name in form
    assert world.agent.full_name not in form.split("<form")[-1]
    assert refused.status_code == 422
    assert planned.url == url("calibration_detail", session.pk)


def test_rater_goes_to_the_workspace_and_sees_no_name(client, world):
    world.agent.full_name = "Erika Mustermann"
    world.agent.save()
    plan(world, deadline_at=timezone.now() + timedelta(days=1))
    client.force_login(world.raters[0])

    taken = client.post(url("calibration_take", world.session.pk))
    pages = [
        client.get(taken.url),
        client.get(url("calibration_detail", world.session.pk)),
        client.get(url("calibration_list")),
        client.get(url("work_list")),
        client.get(url("evaluation_list")),
    ]

    assert taken.url == url("evaluation_score", Evaluation.objects.get().pk)
    for page in pages:
        text = page.content.decode()
        assert page.status_code == 200
        assert "Mustermann" not in text.replace(f">{world.agent.full_name}</option>", "")


def test_results_are_not_there_before_the_session_closes(client, world):
    plan(world)
    rate(world, world.raters[0])

    for person in (*world.raters, world.supervisor):
        client.force_login(person)
        assert client.get(url("calibration_results", world.session.pk)).status_code == 404
        other = Evaluation.objects.get()
        expected = 200 if person == world.raters[0] else 404
        assert client.get(url("evaluation_detail", other.pk)).status_code == expected


def test_strangers_see_no_session(client, world):
    closed(world)

    for role in ("evaluator", "supervisor", "trainer", "agent"):
        client.force_login(member(role, handled_leg().team))
        assert client.get(url("calibration_detail", world.session.pk)).status_code == 404
        assert client.get(url("calibration_results", world.session.pk)).status_code == 404


def test_results_compare_raters_and_flag_what_lies_apart(client, world):
    session = closed(world)
    client.force_login(world.supervisor)

    page = client.get(url("calibration_results", session.pk)).content.decode()

    assert "86.67" in page  # Mean of 100, 80 and 80.
    assert "50.00" in page  # Spread of “Solves the matter”.
    assert "Wide" in page


def test_gold_is_recorded_and_alignment_follows(client, world):
    session = closed(world)
    client.force_login(world.supervisor)
    gold = {f"gold-{key}": option for key, option in GIVEN.items()}

    client.post(url("calibration_gold", session.pk), gold | {"note-solve": "Sent at once."})
    page = client.get(url("calibration_results", session.pk)).content.decode()
    client.post(url("calibration_finish", session.pk))

    assert "agreed by the group" in page
    assert "Sent at once." in page
    assert "differs" in page
    assert "100.00" in page
    session.refresh_from_db()
    assert session.state == "finished"


def test_bad_gold_is_refused(client, world):
    session = closed(world)
    client.force_login(world.supervisor)

    response = client.post(url("calibration_gold", session.pk), {"gold-greet": "maybe"})

    assert response.status_code == 422


def test_raters_do_not_lead(client, world):
    session = closed(world)
    client.force_login(world.raters[0])

    for name in ("gold", "close", "cancel", "extend", "finish"):
        assert client.post(url(f"calibration_{name}", session.pk)).status_code == 403


def test_leader_extends_closes_and_calls_off(client, world):
    plan(world, deadline_at=timezone.now() + timedelta(days=1))
    client.force_login(world.supervisor)
    pk = world.session.pk

    bad = client.post(url("calibration_extend", pk), {"deadline_at": "soon"})
    good = client.post(url("calibration_extend", pk), {"deadline_at": "2099-01-01T10:00"})
    done = client.post(url("calibration_close", pk))
    again = client.post(url("calibration_cancel", pk))

    assert (bad.status_code, good.status_code) == (422, 302)
    assert (done.status_code, again.status_code) == (302, 409)


def test_results_cost_the_same_for_3_and_for_12_raters(client):
    counts = []
    for raters in (3, 12):
        world = World()
        session = closed(world, raters=raters)
        calibration.set_gold(
            session=session,
            answers={key: {"option": option} for key, option in GIVEN.items()},
            notes={},
            by=world.supervisor,
            at=AT,
        )
        client.force_login(world.supervisor)
        client.get(url("calibration_results", session.pk))
        with CaptureQueriesContext(connection) as captured:
            client.get(url("calibration_results", session.pk))
        counts.append(len(captured))

    assert counts[0] == counts[1] <= 16
