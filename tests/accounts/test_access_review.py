"""The access review: one list as page, file and document, signed off only as it was seen."""

import csv
import io
from datetime import timedelta

import pytest
from allauth.mfa.models import Authenticator
from django.utils import timezone

from accounts import reviewing
from accounts.models import AccessReview, AuditEntry, User
from tests.factories.accounts import (
    AccessReviewFactory,
    ApiTokenFactory,
    RightGrantFactory,
    UserFactory,
)

URL = "/team/access-review/"
pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(client):
    user = UserFactory(roles=["admin"], full_name="Ada Admin")
    client.force_login(user)
    return user


def unused(**fields):
    """An account that was made long ago and never used."""
    user = UserFactory(**fields)
    User.objects.filter(pk=user.pk).update(created_at=timezone.now() - timedelta(days=91))
    return user


def sign(client, **fields):
    digest = reviewing.digest_of(reviewing.rows(timezone.now()))
    return client.post(URL, {"digest": digest, "note": "All may stay."} | fields)


def test_list_holds_all_that_an_account_may_use(client, admin):
    amy = UserFactory(full_name="Amy", email="amy@attune.example", roles=["agent", "trainer"])
    RightGrantFactory(user=amy, right="reports.view_all")
    ApiTokenFactory(owner=amy)
    Authenticator.objects.create(user=amy, type="totp", data={})
    UserFactory(full_name="Closed", is_active=False, deactivated_at=timezone.now())

    found = csv.reader(io.StringIO(client.get(f"{URL}csv/").content.decode("utf-8-sig")))

    rows = {row[0]: row for row in found}
    assert rows["Amy"] == [
        "Amy",
        "amy@attune.example",
        "Person",
        "agent, trainer",
        "reports.view_all",
        "app",
        "1",
        "never",
    ]
    assert "Closed" not in rows
    assert "reports.view_all" in client.get(URL).content.decode()


def test_unused_accounts_are_found(client, admin):
    unused(full_name="Old Account")
    used = unused(full_name="Program")
    ApiTokenFactory(owner=used, last_used_at=timezone.now())

    page = client.get(f"{URL}?stale=1").content.decode()

    assert "Old Account" in page
    assert "Program" not in page


def test_sign_off_is_kept_and_due_after_ninety_days(client, admin):
    assert "A review is due" in client.get(URL).content.decode()

    assert sign(client).status_code == 302

    review = AccessReview.objects.get()
    assert (review.reviewer, review.people, review.note) == (admin, 1, "All may stay.")
    assert AuditEntry.objects.filter(verb="sign_access_review").count() == 1
    page = client.get(URL).content.decode()
    assert "A review is due" not in page
    assert "by Ada Admin" in page
    later = review.at + timedelta(days=90)
    assert (reviewing.is_due(review, later), reviewing.is_due(review, review.at)) == (True, False)


def test_list_that_changed_meanwhile_is_not_signed(client, admin):
    digest = reviewing.digest_of(reviewing.rows(timezone.now()))
    UserFactory(roles=["admin"])

    answer = sign(client, digest=digest)

    assert answer.status_code == 409
    assert "Somebody&#x27;s access changed" in answer.content.decode()
    assert not AccessReview.objects.exists()


@pytest.mark.parametrize("fields", [{"digest": ""}, {"digest": "x"}, {"note": "x" * 501}])
def test_bad_input_comes_back(client, admin, fields):
    assert sign(client, **fields).status_code == 422


def test_only_administrators_review(client):
    client.force_login(UserFactory(roles=["supervisor"]))

    assert [client.get(URL + end).status_code for end in ("", "csv/", "pdf/")] == [403] * 3


def test_list_costs_the_same_for_one_account_and_for_many(client, admin, django_assert_num_queries):
    AccessReviewFactory()
    client.get(URL)
    with django_assert_num_queries(9) as few:
        client.get(URL)
    for _ in range(30):
        RightGrantFactory()

    with django_assert_num_queries(len(few.captured_queries)):
        client.get(URL)


def test_document_is_a_pdf(client, admin):
    answer = client.get(f"{URL}pdf/")

    assert (answer.status_code, answer["Content-Type"]) == (200, "application/pdf")
    assert answer.content.startswith(b"%PDF")
