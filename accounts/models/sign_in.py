"""What sign-in keeps beside the sign-in library's own tables."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import Q

from accounts import permissions
from accounts.models.people import User
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Stamped


class SignInCounter(models.Model):
    """Failed tries of one login from one network; the login itself is not kept."""

    login_hash = models.CharField(max_length=64)
    network = models.CharField(max_length=64)
    failures = models.PositiveSmallIntegerField(default=0)
    window_start_at = models.DateTimeField(null=True, blank=True)
    locked_until = models.DateTimeField(null=True, blank=True)
    updated_at = models.DateTimeField(auto_now=True, db_index=True)

    class Meta:
        ordering = ["-updated_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["login_hash", "network"], name="accounts_sign_in_counter_once"
            ),
            models.CheckConstraint(
                condition=texts_fit(login_hash=64, network=64), name="accounts_counter_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.failures} from {self.network}"


class CodeStep(models.Model):
    """The last step whose one-time code a person used; no code is taken twice."""

    user = models.OneToOneField(User, on_delete=models.PROTECT, related_name="code_step")
    last_step = models.BigIntegerField(default=0)

    class Meta:
        ordering = ["user"]

    def __str__(self) -> str:
        return f"{self.user}: {self.last_step}"


class SignInIdentity(Stamped):
    """Who a person is at the issuer of single sign-on; bound at the first sign-in from there."""

    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="identities")
    issuer = models.CharField(max_length=300)
    subject = MaskedCharField(max_length=255)
    last_used_at = models.DateTimeField()

    class Meta:
        ordering = ["user", "issuer"]
        constraints = [
            models.UniqueConstraint(
                fields=["issuer", "subject"], name="accounts_identity_leads_to_one_person"
            ),
            models.UniqueConstraint(
                fields=["user", "issuer"], name="accounts_identity_one_per_person_and_issuer"
            ),
            models.CheckConstraint(
                condition=texts_fit(issuer=300, subject=255), name="accounts_identity_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} at {self.issuer}"


class AccountInvitationQuerySet(models.QuerySet["AccountInvitation"]):
    def visible_to(self, user: User) -> AccountInvitationQuerySet:
        return self if permissions.has(user, "accounts.manage_users") else self.none()

    def open(self) -> AccountInvitationQuerySet:
        return self.filter(used_at__isnull=True, revoked_at__isnull=True)

    def in_force(self, at: datetime) -> AccountInvitationQuerySet:
        return self.open().filter(expires_at__gt=at)


class AccountInvitation(Stamped):
    """An offer of an account by mail; the link's secret exists in the mail alone."""

    email = models.EmailField(max_length=254)
    full_name = models.CharField(max_length=150, blank=True)
    roles = models.JSONField(default=list)
    token_sha256 = models.CharField(max_length=64, unique=True, editable=False)
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = AccountInvitationQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["email"],
                condition=Q(used_at__isnull=True, revoked_at__isnull=True),
                name="accounts_one_open_invitation_per_email",
            ),
        ]

    def __str__(self) -> str:
        return self.email

    def state_at(self, now: datetime) -> str:
        if self.used_at:
            return "accepted"
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at <= now else "pending"
