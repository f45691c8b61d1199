"""A figure from a survey reaches an interaction once per source, and the conditions that ask."""

from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import AuditEntry
from quality.actions import signals
from quality.facts import facts_of
from quality.models import InteractionSignal
from quality.refusals import Invalid
from tests.factories.crm import LegFactory
from tests.factories.quality import AT

pytestmark = pytest.mark.django_db


def record(leg, value="4", **changes):
    given = {"kind": "csat", "source": "survey:1", "at": AT, **changes}
    return signals.record_signal(interaction=leg.interaction, value=Decimal(value), **given)


def test_record_signal_keeps_one_figure_per_kind_and_source():
    leg = LegFactory()

    record(leg, "4")
    record(leg, "2")
    record(leg, "2")

    assert [row.value for row in InteractionSignal.objects.all()] == [2]
    assert AuditEntry.objects.filter(verb="record_signal").count() == 2


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "customer satisfaction"}, "kind"),
        ({"kind": ""}, "kind"),
        ({"value": "NaN"}, "value"),
        ({"value": "1000000"}, "value"),
        ({"source": ""}, "source"),
    ],
)
def test_record_signal_refuses_what_cannot_be_used(changes, field):
    with pytest.raises(Invalid) as refusal:
        record(LegFactory(), **changes)

    assert refusal.value.field == field
    assert not InteractionSignal.objects.exists()


def test_conditions_read_the_latest_figure_of_a_kind():
    leg = LegFactory()
    record(leg, "5", source="survey:1")
    record(leg, "1.5", source="survey:2", at=AT + timedelta(hours=1))

    facts = facts_of(leg, ["signal.csat", "signal.nps"])

    assert Decimal(facts.pop("signal.csat")) == Decimal("1.5")
    assert facts == {}


def test_withdrawn_answer_leaves_no_figure_behind():
    leg = LegFactory()
    record(leg, kind="csat")
    record(leg, kind="effort")
    record(leg, source="survey:2")

    assert signals.withdraw_signals(source="survey:1", at=AT) == 2
    assert [row.source for row in InteractionSignal.objects.all()] == ["survey:2"]
    assert signals.withdraw_signals(source="survey:1", at=AT) == 0
