"""Certificates: once for a completed course, checked by anyone, revoked at once."""

from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from ops.models import JobRun
from tests.factories.accounts import UserFactory
from tests.factories.training import (
    AT,
    CertificateFactory,
    CourseRevisionFactory,
    EnrollmentFactory,
)
from training import certificate_page, serials
from training.actions import certificates as actions
from training.models import Certificate

pytestmark = pytest.mark.django_db


def completed(**course):
    revision = CourseRevisionFactory(expected_minutes=90)
    for name, value in {"gives_certificate": True, **course}.items():
        setattr(revision.course, name, value)
    revision.course.save()
    return EnrollmentFactory(revision=revision, state="completed", completed_at=AT)


def verify(client, text):
    return client.get(reverse("training:certificate_verify", args=[text]))


def test_a_completed_course_gives_one_certificate():
    enrollment = completed(certificate_months=12)
    first = actions.issue_certificate(enrollment=enrollment, at=AT)
    again = actions.issue_certificate(enrollment=enrollment, at=AT + timedelta(days=3))

    assert first == again == Certificate.objects.get()
    assert (str(first.hours), f"{first.valid_until_on}") == ("1.50", "2027-05-04")
    assert JobRun.objects.filter(job="training.build_certificate").count() == 1
    assert actions.issue_certificate(enrollment=completed(gives_certificate=False), at=AT) is None


def test_anyone_checks_one_and_sees_no_more(client):
    person = UserFactory(email="secret@attune.example", full_name="Ada Lovelace")
    one = CertificateFactory(enrollment__person=person)
    page = verify(client, one.shown_serial.lower().replace("-", " "))
    text = page.content.decode()

    assert page.status_code == 200
    assert "Valid" in text
    assert "Ada Lovelace" in text
    assert "secret@" not in text
    assert page["Cache-Control"] == "no-store"
    wrong = one.shown_serial[:-1] + ("0" if one.shown_serial[-1] != "0" else "1")
    assert "typing error" in verify(client, wrong).content.decode()
    unknown = verify(client, serials.shown(serials.new_payload()))
    assert (unknown.status_code, "No certificate" in unknown.content.decode()) == (404, True)


def test_checks_are_limited(client, monkeypatch):
    one, at = CertificateFactory(), timezone.now()
    # A slow machine must not refill the bucket between two checks.
    monkeypatch.setattr(timezone, "now", lambda: at)
    found = [verify(client, one.shown_serial).status_code for _ in range(32)]

    assert found == [200] * 30 + [429] * 2


def test_a_revoked_one_says_so_at_once_and_once(client):
    one = CertificateFactory()
    by = one.signed_by
    actions.revoke_certificate(certificate=one, reason="Somebody else sat there.", by=by, at=AT)
    with pytest.raises(actions.AlreadyRevoked):
        actions.revoke_certificate(certificate=one, reason="Once more, please.", by=by, at=AT)
    page = verify(client, one.shown_serial).content.decode()

    assert "Revoked on" in page
    assert "sat there" not in page


def test_validity_ends_after_its_last_day():
    one = CertificateFactory(valid_until_on=AT.date())

    assert one.state_on(AT.date()) == "valid"
    assert one.state_on(AT.date() + timedelta(days=1)) == "expired"


def test_the_page_carries_number_and_code():
    html = certificate_page.certificate_html(CertificateFactory())

    assert "data:image/svg+xml" in html
    assert "/verify/ATT-" in html
