"""Limits that all web processes share."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest

from ops import limits
from ops.models import Bucket
from ops.retention import outdated
from tests.factories.ops import BucketFactory

AT = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
pytestmark = pytest.mark.django_db


def test_bucket_gives_its_capacity_and_then_tells_how_long_to_wait():
    taken = [limits.take("a", 20, Fraction(1, 3), AT) for _ in range(21)]

    assert [one.is_allowed for one in taken] == [True] * 20 + [False]
    assert taken[20].retry_after_seconds == 3


def test_bucket_refills_exactly_and_never_above_its_capacity():
    for _ in range(2):
        limits.take("a", 2, Fraction(1, 3), AT)

    early = limits.take("a", 2, Fraction(1, 3), AT + timedelta(seconds=2, microseconds=999_999))
    right = limits.take("a", 2, Fraction(1, 3), AT + timedelta(seconds=3))
    later = limits.take("a", 2, Fraction(1, 3), AT + timedelta(days=30))

    assert (early.is_allowed, right.is_allowed, right.level) == (False, True, 0)
    assert later.level == 1


def test_clock_set_back_gives_nothing():
    limits.take("a", 1, 1, AT)

    taken = limits.take("a", 1, 1, AT - timedelta(hours=1))
    after = limits.take("a", 1, 1, AT + timedelta(milliseconds=500))

    assert (taken.is_allowed, after.is_allowed) == (False, False)


def test_names_do_not_share_a_bucket():
    limits.take("a", 1, 1, AT)

    assert limits.take("b", 1, 1, AT).is_allowed


def test_buckets_of_yesterday_are_removed():
    BucketFactory(name="old", updated_at=AT - timedelta(days=2))
    BucketFactory(name="new", updated_at=AT)

    found = [row.name for rows in outdated(AT) if rows.model is Bucket for row in rows]

    assert found == ["old"]
