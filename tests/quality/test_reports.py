"""Reports and records as PDF: what they say, to whom they are served."""

import pytest
from django.urls import reverse
from django.utils import timezone

from quality.actions.calibration import close_calibration
from quality.actions.scorecards import draft_from, publish_version
from quality.agent_report import agent_report_html
from quality.calibration_record import calibration_record_html
from quality.dispute_record import dispute_record_html
from quality.models import Evaluation, Option
from quality.slice_form import SliceForm
from quality.version_sheet import changes_html, version_sheet_html
from tests.factories.accounts import UserFactory
from tests.factories.quality import AT
from tests.quality.centers import Center
from tests.quality.test_actions_calibration import plan, rate
from tests.quality.test_actions_disputes import REASON, decide, disputed_world, file
from tests.quality.worlds import World, document

pytestmark = pytest.mark.django_db


@pytest.fixture
def center():
    center = Center()
    center.agent = center.person("agent", "Ana Lopez")
    for owner in ("agent", None, None, None, "tool", None):
        center.evaluated(center.agent, 90, answers=[(center.greet, owner), (center.verify, None)])
    return center


def address(name, *args):
    return reverse(f"quality:{name}", args=args)


def test_agent_report_tells_averages_criteria_and_results(center):
    form = SliceForm({}, user=center.evaluator, without=("team", "faults", "agent"))
    assert form.is_valid()

    html = agent_report_html(center.agent, Evaluation.objects.all(), form, timezone.now())

    assert "Quality of Ana Lopez" in html
    assert "90.00" in html and "n = 6" in html
    assert "1 of 6" in html
    assert html.count('<th scope="row">E-') == 6


def test_agent_report_is_for_the_agent_and_who_sees_the_team(client, center):
    path = address("agent_report", center.agent.pk)
    statuses = {}
    for person in (center.agent, center.person("supervisor", "Sue"), UserFactory(roles=["agent"])):
        client.force_login(person)
        statuses[str(person)] = client.get(path).status_code

    assert list(statuses.values()) == [200, 200, 404]


def test_bad_filters_of_a_report_are_400_with_the_form(client, center):
    client.force_login(center.agent)

    reply = client.get(address("agent_report", center.agent.pk) + "?color=red")

    assert reply.status_code == 400
    assert "There is no filter named color" in reply.content.decode()


def test_accuracy_report_is_a_pdf(client, center):
    client.force_login(center.person("supervisor", "Sue"))

    reply = client.get(address("accuracy_report"))

    assert (reply.status_code, reply["Content-Type"]) == (200, "application/pdf")


def test_calibration_record_has_names_or_letters(client):
    world = World()
    session = plan(world)
    for rater in world.raters[:2]:
        rate(world, rater)
    client.force_login(world.raters[0])
    too_early = client.get(address("calibration_record", session.pk))
    session = close_calibration(session=session, by=world.supervisor, at=AT)

    named = calibration_record_html(session, letters=False, at=AT)
    lettered = calibration_record_html(session, letters=True, at=AT)

    assert too_early.status_code == 404
    assert client.get(address("calibration_record", session.pk)).status_code == 200
    assert all(rater.short_name in named for rater in world.raters)
    assert not any(rater.short_name in lettered for rater in world.raters)
    assert '<th scope="row">A</th>' in lettered and '<th scope="row">C</th>' in lettered


def test_dispute_record_tells_the_thread_without_private_notes(client):
    world = disputed_world()
    dispute = decide(world, file(world), private_note="CANARY for the supervisor")
    world.evaluation.refresh_from_db()
    evaluation = Evaluation.objects.for_reading().get(pk=world.evaluation.pk)

    html = dispute_record_html(evaluation, reader=world.agent, at=AT)
    client.force_login(world.agent)

    assert REASON in html and "Turn 12 shows it." in html
    assert "CANARY" not in html
    assert dispute.revision.receipt_sha256 in html
    assert evaluation.current_revision.receipt_sha256 in html
    assert client.get(address("dispute_record", evaluation.pk)).status_code == 200


def test_masked_evaluator_stays_masked_in_disputes(client):
    """Q-121."""
    world = disputed_world(evaluator_hidden=True)
    dispute = file(world)
    evaluation = Evaluation.objects.for_reading().get(pk=world.evaluation.pk)
    client.force_login(world.agent)

    page = client.get(address("dispute_detail", dispute.pk)).content.decode()
    html = dispute_record_html(evaluation, reader=world.agent, at=AT)

    assert world.evaluator.short_name not in page
    assert world.evaluator.short_name not in html


def test_changes_show_no_points_that_the_version_hides(client):
    world = World(document(weights_hidden=True))
    manager = UserFactory(roles=["admin"])
    draft = draft_from(scorecard=world.scorecard, by=manager, at=AT)
    draft.criteria.filter(weight=10).update(weight=13)
    draft.criteria.filter(key="greet").update(weight=17, text="Greets warmly")
    Option.objects.filter(criterion__version=draft, key="yes").update(points=6)
    publish_version(version=draft, change_note="Other weights.", by=manager, at=AT)
    path = address("version_compare", world.scorecard.pk, 2, 1) + "?format=json"

    def kinds(reader):
        client.force_login(reader)
        return {change["kind"] for change in client.get(path).json()["changes"]}

    assert kinds(manager) == {"reworded", "weight", "points"}
    assert kinds(world.evaluator) == {"reworded"}
    assert ">17<" in version_sheet_html(draft, manager, AT)
    assert ">17<" not in version_sheet_html(draft, world.evaluator, AT)


def test_version_and_its_changes_are_printed(client):
    """Q-118."""
    world = World()
    first = world.scorecard.current_version
    draft = draft_from(scorecard=world.scorecard, by=world.evaluator, at=AT)
    draft.criteria.filter(key="greet").update(text="Greets warmly")
    manager = UserFactory(roles=["admin"])
    client.force_login(manager)

    whole = version_sheet_html(draft, manager, AT)
    changes = changes_html(first, draft, manager, AT)
    path = address("version_compare", world.scorecard.pk, draft.number, first.number)

    assert "What changed since version 1" in whole and "Greets warmly" in whole
    assert "Greets warmly" in changes and "Reworded (1)" in changes
    assert client.get(path + "?format=pdf")["Content-Type"] == "application/pdf"
    sheet = client.get(address("version_sheet", world.scorecard.pk, 1))
    assert sheet.content.startswith(b"%PDF")
    assert document()["pass_percent"] + " %" in whole
