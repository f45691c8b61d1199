"""Verbs of certificates: issue after a course or a met requirement, print, revoke."""

from __future__ import annotations

import hashlib
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal

from django.db import IntegrityError, transaction
from django.db.models import Sum

from accounts import audit
from accounts.models import User
from lib import events
from ops import files
from ops.jobs import enqueue
from quality.refusals import Refused, need_reason
from training import certificate_page
from training.actions.assigning import local_today
from training.events import CertificateIssued, CertificateRevoked
from training.models import Certificate, Cycle, Enrollment
from training.validity import add_months

HUNDREDTHS = Decimal("0.01")


class AlreadyRevoked(Refused):
    def __init__(self, certificate: Certificate) -> None:
        super().__init__(f"{certificate} was revoked on {certificate.revoked_at:%Y-%m-%d} already.")


def issue_certificate(*, enrollment: Enrollment, at: datetime) -> Certificate | None:
    """The certificate of a completed course that gives one; the same again changes nothing."""
    course = enrollment.course
    if not course.gives_certificate or not enrollment.is_completed:
        return None
    known = Certificate.objects.filter(enrollment=enrollment).first()
    if known is not None:
        return known
    today = local_today(enrollment.completed_at or at)
    months = course.certificate_months
    certificate = Certificate(
        person=enrollment.person,
        enrollment=enrollment,
        title=course.title,
        hours=_hours(enrollment.revision.expected_minutes),
        issued_on=today,
        valid_until_on=add_months(today, months) if months else None,
        signed_by=course.owner,
    )
    try:
        return _issued(certificate, at)
    except IntegrityError:  # A twin of this handler was first.
        return Certificate.objects.get(enrollment=enrollment)


def issue_cycle_certificate(*, cycle: Cycle, at: datetime) -> Certificate | None:
    """The certificate of a round that was just met, if its requirement gives one.

    Called in the transaction that closes the round, which happens once. Its hours are those of the
    courses among the evidence.
    """
    requirement = cycle.requirement
    if requirement.certificate_signer is None or cycle.satisfied_on is None:
        return None
    taken = [one["enrollment_id"] for one in cycle.evidence if "enrollment_id" in one]
    minutes = Enrollment.objects.filter(pk__in=taken).aggregate(
        minutes=Sum("revision__expected_minutes")
    )["minutes"]
    return _issued(
        Certificate(
            person=cycle.person,
            cycle=cycle,
            title=requirement.title,
            hours=_hours(minutes or 0),
            issued_on=cycle.satisfied_on,
            valid_until_on=cycle.expires_on,
            signed_by=requirement.certificate_signer,
        ),
        at,
    )


def _hours(minutes: int) -> Decimal:
    return (Decimal(minutes) / 60).quantize(HUNDREDTHS, ROUND_HALF_UP)


def _issued(certificate: Certificate, at: datetime) -> Certificate:
    """Stored, in line to be printed, and told."""
    with transaction.atomic():
        certificate.save()
        enqueue("training.build_certificate", key=certificate.serial, certificate_id=certificate.pk)
        audit.record(verb="issue_certificate", record=certificate, by=None, at=at)
        events.publish(
            CertificateIssued(
                at=at,
                by_id=None,
                certificate_id=certificate.pk,
                person_id=certificate.person_id,
                course_id=certificate.enrollment.course_id if certificate.enrollment else None,
                valid_until_on=str(certificate.valid_until_on or ""),
            )
        )
    return certificate


def build_certificate(*, certificate: Certificate) -> Certificate:
    """Print and store the page; once it is there, or its person erased, nothing changes.

    Raises lib.pdf.PdfFailed.
    """
    if certificate.file_id is not None or certificate.person.erased_at is not None:
        return certificate
    document = certificate_page.certificate_pdf(certificate)
    stored = files.store(
        document,
        name=f"{certificate.shown_serial}.pdf",
        media_type="application/pdf",
        kind="certificate",
        by_id=None,
    )
    Certificate.objects.filter(pk=certificate.pk, file__isnull=True).update(
        file=stored, pdf_sha256=hashlib.sha256(document).hexdigest()
    )
    certificate.refresh_from_db()
    return certificate


def revoke_certificate(
    *, certificate: Certificate, reason: str, by: User, at: datetime
) -> Certificate:
    """Take it back; the reason is not public. Raises AlreadyRevoked, ReasonTooShort."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        claimed = Certificate.objects.filter(pk=certificate.pk, revoked_at__isnull=True).update(
            revoked_at=at, revoked_by=by, revoke_reason=reason[:500]
        )
        certificate.refresh_from_db()
        if not claimed:
            raise AlreadyRevoked(certificate)
        audit.record(verb="revoke_certificate", record=certificate, by=by, at=at, reason=reason)
        events.publish(
            CertificateRevoked(
                at=at,
                by_id=by.pk,
                certificate_id=certificate.pk,
                person_id=certificate.person_id,
            )
        )
    return certificate
