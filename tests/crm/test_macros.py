from datetime import UTC, datetime

import pytest

from crm import closing, macro_steps, placeholders
from crm.actions import cases, macros
from crm.models import Case, Note, Task
from tests.factories.accounts import UserFactory
from tests.factories.crm import CustomerFactory
from tests.factories.crm_cases import CannedReplyFactory, MacroFactory

pytestmark = pytest.mark.django_db
AT = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)
STEPS = [
    {"do": "priority", "value": "high"},
    {"do": "assign", "value": "me"},
    {"do": "note", "value": "Asked the warehouse."},
    {"do": "task", "value": "Look again tomorrow"},
    {"do": "status", "value": "resolved"},
]


def opened(**kwargs):
    return cases.open_case(**{"subject": "Parcel is late", "by": None, "at": AT} | kwargs)


def test_a_macro_does_every_step():
    by, case = UserFactory(), opened()
    macro = MacroFactory(actions=STEPS)

    case = macros.run_macro(macro=macro, case=case, by=by, at=AT)

    assert (case.priority, case.assignee, case.category) == ("high", by, "resolved")
    assert (Note.objects.count(), Task.objects.count()) == (1, 1)
    macro.refresh_from_db()
    assert (macro.use_count, macro.last_used_at) == (1, AT)


def test_a_step_that_is_refused_undoes_the_others(monkeypatch):
    by, case = UserFactory(), opened()
    monkeypatch.setattr(closing, "_guards", [lambda case: ["Choose a root cause."]])

    with pytest.raises(macros.MacroStopped) as refusal:
        macros.run_macro(macro=MacroFactory(actions=STEPS), case=case, by=by, at=AT)

    assert str(refusal.value) == ("Nothing was done. Step 5, set the status: Choose a root cause.")
    case = Case.objects.get()
    assert (case.priority, case.assignee, case.category) == ("normal", None, "open")
    assert (Note.objects.count(), Task.objects.count()) == (0, 0)


@pytest.mark.parametrize("number", range(len(STEPS)))
def test_a_macro_that_breaks_at_any_step_leaves_nothing(monkeypatch, number):
    case, before = opened(), Case.objects.values().get()
    broken = STEPS[number]["do"]

    def fall(*args):
        raise RuntimeError

    monkeypatch.setitem(macros._DOERS, broken, fall)
    with pytest.raises(RuntimeError):
        macros.run_macro(macro=MacroFactory(actions=STEPS), case=case, by=UserFactory(), at=AT)

    assert Case.objects.values().get() == before


def test_a_reply_is_filled_for_its_customer():
    reply = CannedReplyFactory(body="Hello {customer.first_name|there}, about {case.reference}.")
    case = opened(customer=CustomerFactory(first_name="Anna"))

    assert macros.filled(reply, case, UserFactory()) == f"Hello Anna, about {case.reference}."
    assert macros.filled(reply, opened(), UserFactory()).startswith("Hello there,")


@pytest.mark.parametrize(
    "text",
    [
        "{x.__class__}",
        "{{7*7}}",
        "{customer.__class__}",
        "{customer.first_name.__class__}",
        "{% load x %}",
        "{0}",
        "{",
    ],
)
def test_what_only_looks_like_a_placeholder_stays_text(text):
    assert placeholders.unknown(text) == []
    assert placeholders.fill(text, {"customer.first_name": "Anna"}) == text


def test_an_unknown_placeholder_is_refused_when_it_is_saved():
    with pytest.raises(macros.BadReply, match="Nobody can fill"):
        macros.save_reply(
            reply=None,
            name="Refund",
            shortcut="refund",
            body="{customer.password}",
            scope="personal",
            team=None,
            by=UserFactory(),
            at=AT,
        )


def saved(by, shortcut="/refund", scope="personal"):
    told = {"reply": None, "name": "Refund", "body": "Refunded.", "team": None, "at": AT}
    return macros.save_reply(shortcut=shortcut, scope=scope, by=by, **told)


def test_a_shortcut_is_used_once_in_its_scope():
    boss = UserFactory(roles=["supervisor"])
    assert saved(boss, "Refund", "shared").shortcut == "/refund"
    saved(boss, "/refund", "personal")

    with pytest.raises(macros.BadReply, match="used by another"):
        saved(boss, "/refund", "shared")


def test_an_agent_does_not_share_with_everybody():
    with pytest.raises(macros.BadMacro, match="supervisor"):
        saved(UserFactory(roles=["agent"]), scope="shared")


def test_nobody_changes_what_is_somebody_elses():
    with pytest.raises(macros.NotYours):
        macros.retire(record=saved(UserFactory()), by=UserFactory(roles=["agent"]), at=AT)


@pytest.mark.parametrize(
    ("steps", "sentence"),
    [
        ([], "Step 1: choose what to do"),
        ([{"do": "delete", "value": "x"}], "choose what to do"),
        ([{"do": "note", "value": " "}], "say with what"),
        ([{"do": "status", "value": "closed"}], "open, waiting or resolved"),
        ([{"do": "priority", "value": "huge"}], "a priority is"),
        ([{"do": "assign", "value": "7"}], "to me or to nobody"),
        ([{"do": "reply", "value": "x"}], "choose a canned reply"),
        ([{"do": "note", "value": "x"}] * 9, "at most 8"),
    ],
)
def test_steps_that_cannot_be_are_refused(steps, sentence):
    with pytest.raises(macro_steps.BadStep, match=sentence):
        macro_steps.read(steps)
