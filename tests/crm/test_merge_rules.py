"""Every column that points at a customer says what a merge does with it."""

import pytest
from django.apps import apps

from crm.checks import every_column_of_customers_has_a_merge_rule
from crm.merging import rules


def test_every_column_of_customers_has_a_rule():
    assert rules.columns_without_rule() == []


def test_every_rule_is_of_a_column_that_is_there():
    for rule in rules.all_rules():
        model = apps.get_model(rule.model)
        names = [rule.field, *rule.alike, *rule.within, *([rule.clears] if rule.clears else [])]

        assert all(model._meta.get_field(name) for name in names)


@pytest.mark.parametrize("lost", ["crm.contactpoint", "crm.interaction"])
def test_a_column_without_a_rule_stops_the_check(monkeypatch, lost):
    kept = {key: rule for key, rule in rules._rules.items() if key[0] != lost}
    monkeypatch.setattr(rules, "_rules", kept)

    messages = every_column_of_customers_has_a_merge_rule()

    assert [message.id for message in messages] == ["crm.E001"]
    assert messages[0].msg == f"{lost}.customer points at a customer and has no merge rule."
