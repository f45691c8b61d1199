"""Q-702: accuracy is counted in the database, and targets are set by those who may."""

from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AuditEntry
from quality.accuracy_study import DISCLAIMER, accuracy_of
from quality.actions import accuracy as actions
from quality.models import AccuracyTarget, Evaluation
from quality.slice_form import SliceForm
from tests.crm.pages import queries
from tests.factories.accounts import RightGrantFactory, TeamFactory, UserFactory
from tests.factories.quality import CriterionFactory
from tests.quality.centers import Center

pytestmark = pytest.mark.django_db


@pytest.fixture
def center():
    center = Center()
    section = center.greet.section
    for family in ("customer", "business"):
        criterion = CriterionFactory(section=section, key=family, critical_family=family)
        setattr(center, family, criterion)
    return center


def accuracies(center, **chosen):
    form = SliceForm(chosen, user=center.evaluator)
    assert form.is_valid(), form.errors
    study = accuracy_of(Evaluation.objects.visible_to(center.evaluator), form.slice())
    return {family.family: family.accuracy for family in study.families}, study


def four_evaluations(center):
    """A fails customer; B fails business; C is clean; D: customer N/A, fails compliance."""
    agent = center.person("agent", "Ana")
    for customer, business, compliance in (
        ("agent", None, None),
        (None, "tool", None),
        (None, None, None),
        ("absent", None, "agent"),
    ):
        given = [(center.business, business), (center.verify, compliance), (center.greet, None)]
        if customer != "absent":
            given.append((center.customer, customer))
        center.evaluated(agent, 90, answers=given)


def test_v37_each_family_has_its_own_accuracy(center):
    four_evaluations(center)

    found, study = accuracies(center)

    assert {name: (one.percent, one.n) for name, one in found.items()} == {
        "customer": (66.67, 3),
        "business": (75.0, 4),
        "compliance": (75.0, 4),
    }
    assert study.others.n == 4


def test_agent_faults_leave_out_what_was_excused(center):
    four_evaluations(center)

    found, _study = accuracies(center, faults="agent")

    assert (found["business"].percent, found["business"].n) == (100.0, 4)
    assert found["customer"].percent == 66.67


def test_v40_a_family_that_nothing_holds_is_not_configured(center):
    found, _study = accuracies(center)

    assert {one.status for one in found.values()} == {"not_configured"}


def test_a_target_is_set_and_audited(center):
    manager, at = UserFactory(), timezone.now()

    target = actions.set_accuracy_target(
        family="customer", target_percent=Decimal("97.5"), seen=0, by=manager, at=at
    )

    entry = AuditEntry.objects.get(verb="set_accuracy_target")
    assert (target.target_percent, target.row_version) == (Decimal("97.5"), 1)
    assert (entry.actor, entry.changed_fields) == (manager, ["target_percent"])
    assert accuracies(center)[0]["customer"].target == 97.5


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"target_percent": Decimal("100.01")}, actions.TargetOutOfRange),
        ({"target_percent": Decimal(-1)}, actions.TargetOutOfRange),
        ({"family": "all"}, actions.UnknownFamily),
        ({"seen": 3}, actions.TargetMoved),
    ],
)
def test_a_wrong_target_is_refused(change, refusal):
    given = {"family": "customer", "target_percent": Decimal(90), "seen": 0, **change}

    with pytest.raises(refusal):
        actions.set_accuracy_target(**given, by=UserFactory(), at=timezone.now())

    assert not AccuracyTarget.objects.exists()


def test_the_page_says_the_status_in_words_and_that_it_is_no_certification(client, center):
    four_evaluations(center)
    client.force_login(center.person("supervisor", "Sue"))

    page = client.get(reverse("quality:accuracy")).content.decode()

    assert "Below target" in page and DISCLAIMER in page
    assert "Set target" not in page


def test_only_a_scorecard_manager_sets_targets(client, center):
    address = reverse("quality:accuracy_target", args=["customer"])
    supervisor = center.person("supervisor", "Sue")
    client.force_login(supervisor)
    given = {"target_percent": "96", "seen": "0"}
    assert client.post(address, given).status_code == 403

    RightGrantFactory(user=supervisor, right="quality.manage_scorecards")

    assert "Set target" in client.get(reverse("quality:accuracy")).content.decode()
    assert client.post(address, {**given, "target_percent": "101"}).status_code == 422
    assert client.post(address, given).status_code == 302
    assert client.post(address, given).status_code == 409
    assert AccuracyTarget.objects.get().target_percent == 96


def test_other_teams_are_not_counted_and_agents_are_refused(client, center):
    four_evaluations(center)
    outsider = center.person("supervisor", "Oda")
    outsider.memberships.update(team=TeamFactory())
    client.force_login(outsider)
    assert "Below target" not in client.get(reverse("quality:accuracy")).content.decode()

    client.force_login(center.person("agent", "Ana"))
    assert client.get(reverse("quality:accuracy")).status_code == 403


def test_an_unknown_filter_is_refused(client, center):
    client.force_login(center.person("supervisor", "Sue"))

    assert client.get(reverse("quality:accuracy") + "?grain=day").status_code == 400


def test_the_page_takes_as_many_queries_for_many_rows_as_for_few(client, center):
    client.force_login(center.person("supervisor", "Sue"))
    four_evaluations(center)
    queries(client, reverse("quality:accuracy"))
    for_few = queries(client, reverse("quality:accuracy"))
    for _ in range(5):
        four_evaluations(center)

    assert queries(client, reverse("quality:accuracy")) == for_few <= 14
