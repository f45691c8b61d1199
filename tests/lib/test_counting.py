"""Many counts are one query, and each of them is what Django counts itself."""

import pytest

from accounts.models import User
from lib.counting import counts
from tests.factories.accounts import TeamMembershipFactory, UserFactory

pytestmark = pytest.mark.django_db


def test_counts_stand_in_the_order_of_the_questions(django_assert_num_queries):
    UserFactory.create_batch(3, is_active=True)
    named = UserFactory(full_name="100 % 'Ada'")
    questions = [
        User.objects.filter(full_name="100 % 'Ada'"),
        User.objects.none(),
        User.objects.order_by("-full_name"),
        User.objects.filter(pk__in=[]),
        User.objects.exclude(pk=named.pk),
    ]

    with django_assert_num_queries(1):
        found = counts(questions)

    assert found == [1, 0, 4, 0, 3]


def test_joined_rows_count_as_django_counts_them():
    user = UserFactory()
    TeamMembershipFactory.create_batch(2, user=user, kind="supervisor")
    joined = User.objects.filter(memberships__kind="supervisor").select_related()

    assert counts([joined, joined.distinct()]) == [joined.count(), joined.distinct().count()]
    assert counts([joined, joined.distinct()]) == [2, 1]


def test_nothing_is_asked_where_nothing_can_be_found(django_assert_num_queries):
    with django_assert_num_queries(0):
        assert (counts([]), counts([User.objects.none()])) == ([], [0])
