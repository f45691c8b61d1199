"""What customers allow: purposes, and an append-only log of their decisions."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import User
from crm.models.customers import Customer
from crm.models.interactions import Channel
from lib.masking import MaskedCharField

ANY = "any"


class Decision(models.TextChoices):
    GRANTED = "granted", pgettext_lazy("consent", "Granted")
    WITHDRAWN = "withdrawn", pgettext_lazy("consent", "Withdrawn")
    OBJECTED = "objected", pgettext_lazy("consent", "Objected")


class LawfulBasis(models.TextChoices):
    CONSENT = "consent", _("Consent")
    CONTRACT = "contract", _("Contract")
    LEGAL_OBLIGATION = "legal_obligation", _("Legal obligation")
    VITAL_INTERESTS = "vital_interests", _("Vital interests")
    PUBLIC_TASK = "public_task", _("Public task")
    LEGITIMATE_INTERESTS = "legitimate_interests", _("Legitimate interests")


class ConsentPurpose(models.Model):
    """What somebody may be contacted for; `default_allowed` answers while nothing was decided."""

    code = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    default_allowed = models.BooleanField(default=False)

    class Meta:
        ordering = ["label"]

    def __str__(self) -> str:
        return self.label


class ConsentEvent(models.Model):
    """One decision for one channel, or `any`. Never changed; a later one overrules it."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="consents")
    purpose = models.ForeignKey(ConsentPurpose, on_delete=models.PROTECT, related_name="events")
    channel = models.CharField(
        max_length=10, choices=[(ANY, _("Every channel")), *Channel.choices], default=ANY
    )
    decision = models.CharField(max_length=10, choices=Decision)
    lawful_basis = models.CharField(max_length=24, choices=LawfulBasis, default=LawfulBasis.CONSENT)
    source = models.CharField(max_length=80, blank=True)
    text_version = models.CharField(max_length=40, blank=True)
    at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True, blank=True)
    by = models.ForeignKey(User, null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    evidence = MaskedCharField(max_length=500, blank=True)
    created_at = models.DateTimeField(auto_now_add=True, editable=False)

    class Meta:
        ordering = ["customer", "-at", "-id"]
        indexes = [models.Index(fields=["customer", "purpose", "-at"])]

    def __str__(self) -> str:
        return f"{self.purpose}, {self.get_channel_display().lower()}: {self.decision}"
