"""Own values of cases: entered, checked, shown, and asked for by policies; segments as well."""

import pytest
from django.urls import reverse

from crm import policies
from crm.actions import cases
from crm.custom_fields import UnknownField, WrongValue
from crm.models import Case, SlaPolicy
from crm.models.custom_fields import FieldType, Target
from tests.crm.pages import sign_in
from tests.crm.runs import AT
from tests.factories.accounts import TeamFactory
from tests.factories.crm import CustomerFactory, CustomFieldDefinitionFactory, SegmentFactory
from tests.factories.crm_cases import SlaPolicyFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def amount():
    return CustomFieldDefinitionFactory(
        target=Target.CASE, key="amount", label="Amount", type=FieldType.DECIMAL
    )


def asking(**rule):
    return {"targets__conditions": {"all": [rule]}}


def test_a_case_is_opened_changed_and_shown_with_own_values(client, amount):
    sign_in(client, "admin")
    team = TeamFactory()
    told = {"subject": "Refund", "kind": "question", "priority": "normal", "team": team.pk}

    client.post(reverse("crm:case_new"), told | {"custom_amount": "12.5"})
    case = Case.objects.get()
    assert case.custom == {"amount": "12.5"}
    assert "12.5" in client.get(case.get_absolute_url()).content.decode()

    refused = client.post(
        reverse("crm:case_edit", args=[case.pk]),
        told | {"custom_amount": "many", "version": case.version},
    )
    assert refused.status_code == 422
    client.post(
        reverse("crm:case_edit", args=[case.pk]),
        told | {"custom_amount": "", "version": case.version},
    )
    case.refresh_from_db()
    assert case.custom == {}


def test_the_verb_refuses_what_is_no_field_and_no_value(amount):
    with pytest.raises(UnknownField):
        cases.open_case(subject="Refund", custom={"color": "red"}, by=None, at=AT)
    with pytest.raises(WrongValue, match="Amount"):
        cases.open_case(subject="Refund", custom={"amount": "many"}, by=None, at=AT)


def test_a_policy_asks_for_own_values_of_case_and_customer(amount):
    large = SlaPolicyFactory(
        **asking(field="custom.amount", operator="at_least", value="100"),
        position=1,
    )
    gold = SlaPolicyFactory(
        **asking(field="customer.tier", operator="is", value="gold"),
        position=2,
    )
    customer = CustomerFactory(custom={"tier": "gold"})

    for values, policy in (({"amount": "100"}, large), ({"amount": "99.99"}, gold)):
        case = cases.open_case(subject="Refund", customer=customer, custom=values, by=None, at=AT)
        assert case.policy_version.policy == policy


def test_a_policy_asks_for_segments():
    loyal = SegmentFactory(
        conditions={
            "match": "all",
            "rules": [{"field": "interactions", "operator": "at_least", "value": "5"}],
        }
    )
    SlaPolicyFactory(**asking(field="segment", operator="is", value=str(loyal.pk)))

    often = cases.open_case(
        subject="A", customer=CustomerFactory(interaction_count=5), by=None, at=AT
    )
    seldom = cases.open_case(
        subject="B", customer=CustomerFactory(interaction_count=4), by=None, at=AT
    )

    assert often.policy_version is not None
    assert seldom.policy_version is None


def test_a_segment_that_cannot_be_asked_any_more_fits_nobody():
    gone = SegmentFactory(
        conditions={
            "match": "all",
            "rules": [{"field": "custom.gone", "operator": "is", "value": "x"}],
        }
    )
    SlaPolicyFactory(**asking(field="segment", operator="is", value=str(gone.pk)))
    case = cases.open_case(subject="A", customer=CustomerFactory(), by=None, at=AT)

    assert policies.chosen(case, SlaPolicy.objects.in_order()) is None
