"""Certificates: what was completed, by whom, until when, under a number that anyone can check."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import models
from django.db.models import Q

from accounts.models import User
from lib.masking import MaskedCharField
from lib.models import Stamped
from ops.models import StoredFile
from training import serials
from training.models.base import at_most, together
from training.models.compliance import Cycle
from training.models.learning import Enrollment
from training.reach import rows_about


class CertificateQuerySet(models.QuerySet["Certificate"]):
    def visible_to(self, user: User) -> CertificateQuerySet:
        return self.filter(rows_about(user, "training.view_board"))


class Certificate(Stamped):
    """Never changed but for its revocation, its document once made, and that its end was told."""

    serial = models.CharField(max_length=12, unique=True, default=serials.new_payload)
    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="certificates")
    enrollment = models.OneToOneField(
        Enrollment, null=True, blank=True, on_delete=models.PROTECT, related_name="certificate"
    )
    cycle = models.OneToOneField(
        Cycle, null=True, blank=True, on_delete=models.PROTECT, related_name="certificate"
    )
    title = models.CharField(max_length=200)
    hours = models.DecimalField(max_digits=6, decimal_places=2)
    issued_on = models.DateField()
    valid_until_on = models.DateField(null=True, blank=True)
    signed_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey(
        StoredFile, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    pdf_sha256 = models.CharField(max_length=64, blank=True)
    expiry_told_at = models.DateTimeField(null=True, blank=True, editable=False)
    revoked_at = models.DateTimeField(null=True, blank=True)
    revoked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    revoke_reason = MaskedCharField(max_length=500, blank=True)

    objects = CertificateQuerySet.as_manager()

    class Meta:
        ordering = ["-issued_on", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(enrollment__isnull=False, cycle__isnull=True)
                | Q(enrollment__isnull=True, cycle__isnull=False),
                name="training_certificate_of_a_course_or_of_a_round",
            ),
            models.CheckConstraint(
                condition=together("revoked_at", "revoked_by")
                & (Q(revoked_at__isnull=True, revoke_reason="") | ~Q(revoke_reason="")),
                name="training_certificate_revoked_by_someone_for_a_reason",
            ),
            models.CheckConstraint(
                condition=at_most("title", 200) & at_most("revoke_reason", 500),
                name="training_certificate_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.shown_serial

    @property
    def shown_serial(self) -> str:
        return serials.shown(self.serial)

    @property
    def last_day(self) -> date | None:
        """The last day on which it is good; sooner where the round it stands for ended early."""
        ended_on = None if self.cycle is None else self.cycle.ended_on
        days = [self.valid_until_on, ended_on and ended_on - timedelta(days=1)]
        return min((day for day in days if day is not None), default=None)

    def state_on(self, today: date) -> str:
        """valid, expired or revoked; computed, and revoked wins. Select the cycle along."""
        if self.revoked_at is not None:
            return "revoked"
        if self.last_day is not None and today > self.last_day:
            return "expired"
        return "valid"
