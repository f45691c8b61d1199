"""Which contact repeats another, as the rule in force says."""

from datetime import timedelta

import pytest
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.urls import reverse

from crm.models import Interaction, RepeatRule
from crm.models.repeats import LONGEST, SHORTEST
from tests.crm.pages import sign_in
from tests.factories.crm import (
    STARTED_AT,
    CustomerFactory,
    DispositionFactory,
    InteractionDispositionFactory,
    InteractionFactory,
    RepeatRuleFactory,
)
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def contact():
    customer = CustomerFactory()

    def made(days, **values):
        at = STARTED_AT + timedelta(days=days)
        return InteractionFactory(customer=customer, started_at=at, **values)

    return made


def before(row, rule):
    """The contact that the row repeats, by the list and by its page alike."""
    found = Interaction.objects.all().earlier_contacts(row, rule)
    near = found.filter(started_at__gt=row.started_at - rule.window).first()
    assert (near is not None) == Interaction.objects.repeats(rule).filter(pk=row.pk).exists()
    assert (near is None) == Interaction.objects.no_repeats(rule).filter(pk=row.pk).exists()
    return near


def test_the_window_is_the_rules_and_half_open(contact):
    first, second = contact(0), contact(3)

    assert before(second, RepeatRule(window_seconds=3 * SHORTEST)) is None
    assert before(second, RepeatRule(window_seconds=3 * SHORTEST + 1)) == first


def test_a_rule_may_ask_for_the_same_queue(contact):
    queue = QueueFactory()
    rule = RepeatRule(key="customer_queue")
    first, _, unknown = contact(0, queue=queue), contact(1), contact(2)

    assert before(contact(3, queue=queue), rule) == first
    assert before(unknown, rule) is None


def test_a_rule_may_ask_for_the_same_disposition(contact):
    refund, other = DispositionFactory(), DispositionFactory()
    rows = [contact(0), contact(1), contact(2), contact(3)]
    for row, given in zip(rows, (refund, other, refund), strict=False):
        InteractionDispositionFactory(interaction=row, disposition=given)
    rule = RepeatRule(key="customer_disposition")

    assert [before(row, rule) for row in rows] == [None, None, rows[0], None]


def test_a_rule_may_ask_for_the_channel_and_leave_some_out(contact):
    first, chat, call = contact(0), contact(1, channel="chat"), contact(2)

    assert before(call, RepeatRule()) == chat
    assert before(call, RepeatRule(is_same_channel=True)) == first
    assert before(call, RepeatRule(channels=["voice"])) == first
    assert before(chat, RepeatRule(channels=["voice"])) is None


def test_what_is_said_to_be_no_repeat_is_none_and_is_not_repeated(contact):
    first, marked, last = contact(0), contact(1), contact(2)
    never = DispositionFactory(is_no_repeat=True)
    InteractionDispositionFactory(interaction=marked, disposition=never)

    assert before(marked, RepeatRule()) is None
    assert before(last, RepeatRule()) == first


def test_pages_and_lists_read_the_default_rule(client, contact):
    sign_in(client, "admin")
    rows = [contact(0), contact(3), contact(6)]
    address = reverse("crm:interaction_list")

    usual = client.get(rows[2].get_absolute_url()).content.decode()
    rule = RepeatRuleFactory(window_seconds=SHORTEST, is_default=True)
    strict = client.get(rows[2].get_absolute_url()).content.decode()
    listed = client.get(address, {"repeat": "yes"}).content.decode()

    assert "(contact 3 within 7 days of each other)" in usual
    assert "Contact before" not in strict
    assert not any(row.reference in listed for row in rows)
    assert RepeatRule.objects.in_force() == rule


def test_there_is_one_default_and_windows_are_of_1_to_90_days():
    RepeatRuleFactory(is_default=True)

    with pytest.raises(ValidationError, match="Another rule is the default"):
        RepeatRule(name="Other", is_default=True).full_clean()
    for seconds in (SHORTEST - 1, LONGEST + 1):
        with pytest.raises(IntegrityError), transaction.atomic():
            RepeatRuleFactory(window_seconds=seconds)
