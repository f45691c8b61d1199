"""Many hands at one record: no update is lost, nothing is claimed, spent or sent twice."""

import pytest
from django.utils import timezone

from bench.figures import Reading
from crm.actions import customers
from crm.actions.customers import CustomerContent
from crm.models import Customer
from feedback.models import Redemption, Response
from lib.refusals import Stale
from tests.factories.crm import CustomerFactory
from tests.feedback.test_races_recognition import order_all_at_once
from tests.feedback.test_survey_races import submit_one_link_at_once
from tests.ops.test_races import claims_of, new_run
from tests.races import together

pytestmark = [pytest.mark.race, pytest.mark.slow]
HANDS = 8


def change_all_at_once(customer, edits):
    """Every hand reads the version, then writes; what each edit came to."""

    def change(number):
        seen = Customer.objects.get(pk=customer.pk).version
        content = CustomerContent(last_name=f"Edit {number}")
        try:
            customers.change_customer(
                customer=customer, content=content, seen=seen, by=None, at=timezone.now()
            )
        except Stale:
            return "told"
        return "done"

    return together(change, edits, threads=HANDS)


def lost_updates(edits):
    """Figure 11: each edit is stored as a version of its own, or its person is told."""
    customer = CustomerFactory()
    before = customer.version
    answers = change_all_at_once(customer, edits)
    done, told = answers.count("done"), answers.count("told")
    lost = done - (Customer.objects.get(pk=customer.pk).version - before)
    found = {"edits": edits, "done": done, "told": told, "lost": lost}
    found["errors"] = edits - done - told
    return Reading(found, not lost and not found["errors"] and done > 0)


@pytest.mark.figure(11)
def test_no_update_is_lost(figure, race_database):
    figure(lambda rounds, chance: lost_updates(rounds))


def doubles(rounds):
    """Figure 12: claims of runs, orders of one balance, submits of one link."""
    claims = claims_of([new_run() for _ in range(max(1, rounds // HANDS))])
    _crew, _reward, orders = order_all_at_once(50)
    spends = sum(isinstance(one, Redemption) for one in orders)
    submits = sum(isinstance(one, Response) for one in submit_one_link_at_once(50))
    found = {
        "tries": len(claims) * HANDS + 100,
        "double claims": sum(count != 1 for count in claims),
        "double spends": spends - 10,
        "double submits": submits - 1,
    }
    return Reading(found, not any(found[name] for name in found if name != "tries"))


@pytest.mark.figure(12)
def test_nothing_is_taken_twice(figure, race_database):
    figure(lambda rounds, chance: doubles(rounds))
