"""How often disputed answers are changed."""

import pytest

from quality.models import Dispute
from quality.overturns import overturns_of
from tests.quality.test_actions_disputes import decide, disputed_world, file

pytestmark = pytest.mark.django_db


def test_overturns_count_decided_items_by_criterion_and_evaluator(django_assert_num_queries):
    """Q-606."""
    kept, changed, waiting = (disputed_world(deciders=["evaluator"]) for _ in range(3))
    decide(kept, file(kept), outcome="kept")
    decide(changed, file(changed), outcome="accepted")
    file(waiting)

    with django_assert_num_queries(5):
        found = overturns_of(Dispute.objects.all())

    assert (found.all.k, found.all.n, found.all.is_shown) == (1, 2, False)
    assert [(row.name, row.rate.n) for row in found.criteria] == [("Solves the matter", 1)] * 2
    assert sorted((row.name, row.rate.k) for row in found.evaluators) == sorted(
        [(kept.evaluator.short_name, 0), (changed.evaluator.short_name, 1)]
    )
