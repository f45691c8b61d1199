"""A repeated request has one effect and one answer."""

from datetime import timedelta
from functools import partial

import pytest
from django.http import HttpResponse
from django.utils import timezone

from ops.idempotency import answer_once
from ops.models import Bucket, IdempotencyKey
from tests.factories.ops import BucketFactory, IdempotencyKeyFactory

pytestmark = pytest.mark.django_db


class Work:
    """Makes a row and answers 201, or makes one and refuses."""

    def __init__(self, status=201):
        self.status, self.calls = status, 0

    def __call__(self):
        self.calls += 1
        row = BucketFactory()
        return HttpResponse(
            f"made {row.pk}", status=self.status, headers={"Location": f"/things/{row.pk}/"}
        )


@pytest.fixture
def ask(rf):
    def ask(work, key="wish-1", *, scope="token:1", body=b"{}", method="POST", required=True):
        headers = {} if key is None else {"Idempotency-Key": key}
        request = rf.generic(method, "/api/v1/things/", body, headers=headers)
        return answer_once(request, scope=scope, is_required=required, work=work)

    return ask


def test_first_request_works_and_the_second_gets_its_answer(ask):
    work = Work()

    first, second = ask(work), ask(work)

    assert (first.status_code, second.status_code) == (201, 201)
    assert first.content == second.content
    assert first["Location"] == second["Location"]
    assert second["Idempotent-Replayed"] == "true"
    assert (work.calls, Bucket.objects.count()) == (1, 1)


def test_missing_or_unreadable_key_is_named(ask):
    work = Work()

    answers = [ask(work, key) for key in (None, "", "ü", "with space", "x" * 129)]

    assert [answer.status_code for answer in answers] == [400] * 5
    assert all(b"key-missing" in answer.content for answer in answers)
    assert work.calls == 0


def test_key_is_optional_where_it_is_not_required(ask):
    assert ask(Work(200), None, method="PATCH", required=False).status_code == 200
    assert not IdempotencyKey.objects.exists()


def test_same_key_for_something_else_is_a_conflict(ask):
    ask(Work())

    answer = ask(Work(), body=b'{"other": 1}')

    assert answer.status_code == 409
    assert b"key-reused" in answer.content


def test_refusal_leaves_nothing_and_frees_the_key(ask):
    refused = ask(Work(409))

    assert refused.status_code == 409
    assert not Bucket.objects.exists()
    assert ask(Work()).status_code == 201


def test_fault_leaves_nothing_and_frees_the_key(ask):
    def breaks():
        BucketFactory()
        raise RuntimeError("a fault of ours")

    with pytest.raises(RuntimeError):
        ask(breaks)

    assert not Bucket.objects.exists()
    assert ask(Work()).status_code == 201


def test_other_token_has_keys_of_its_own(ask):
    first, second = ask(Work()), ask(Work(), scope="token:2")

    assert first.content != second.content


def test_key_is_new_again_after_a_day(ask):
    IdempotencyKeyFactory(key="wish-1", created_at=timezone.now() - timedelta(hours=24, seconds=1))

    assert ask(Work()).status_code == 201


def test_idempotency_costs_two_queries(ask, django_assert_num_queries):
    answer = partial(HttpResponse, "done", status=201)

    with django_assert_num_queries(6):  # Two, and the four of the savepoints around them.
        ask(answer)
