"""The audit trail with its chain, and the log of who read what."""

from __future__ import annotations

import secrets
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import models
from django.db.models import Q
from django.utils import timezone

from accounts import permissions, teams
from accounts.models.people import User
from lib.masking import MaskedCharField, MaskedTextField


def new_salt() -> bytes:
    return secrets.token_bytes(16)


def people_led_by(user: User) -> models.QuerySet[User]:
    return User.objects.filter(teams.members_of_teams_led_by(user, timezone.now()))


def words_for(object_type: str, object_id: str) -> str:
    """A record as people name it: `team membership 12`; also where its model is gone."""
    try:
        name = str(apps.get_model(object_type)._meta.verbose_name)
    except (LookupError, ValueError):
        name = object_type
    return f"{name} {object_id}"


class AuditEntryQuerySet(models.QuerySet["AuditEntry"]):
    def visible_to(self, user: User) -> AuditEntryQuerySet:
        """Own: what I did or what was done to my account. Team: the same of people I lead now."""
        reach = permissions.scope(user, "accounts.view_audit")
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        seen = Q(actor=user) | about_user(str(user.pk))
        if reach == "team":
            ids = people_led_by(user).values_list("pk", flat=True)
            seen |= Q(actor__in=ids) | about_user(*(str(pk) for pk in ids))
        return self.filter(seen)

    def about(self, record: models.Model) -> AuditEntryQuerySet:
        """Everything that happened to one record; ask whether the record is visible first."""
        return self.filter(object_type=record._meta.label_lower, object_id=str(record.pk))

    def unsealed(self) -> AuditEntryQuerySet:
        return self.filter(sequence__isnull=True)


def about_user(*ids: str) -> Q:
    return Q(object_type=User._meta.label_lower, object_id__in=ids)


class AuditEntry(models.Model):
    """One act: who did what to which record, when. Append-only; holds no personal values."""

    sequence = models.PositiveBigIntegerField(null=True, unique=True)
    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    acting_as = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=80)
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=40)
    changed_fields = models.JSONField(default=list)
    source = models.CharField(max_length=10)
    request_id = models.CharField(max_length=64, blank=True)
    payload_digest = models.CharField(max_length=64)
    previous_hash = models.CharField(max_length=64, blank=True)
    hash = models.CharField(max_length=64, blank=True)

    objects = AuditEntryQuerySet.as_manager()
    object_name = ""  # A page that knows the record's name sets it.

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["object_type", "object_id", "at"]),
            models.Index(fields=["actor", "at"], name="accounts_audit_by_actor"),
            models.Index(
                fields=["at", "id"],
                condition=Q(sequence__isnull=True),
                name="accounts_audit_unsealed",
            ),
        ]
        verbose_name_plural = "audit entries"

    def __str__(self) -> str:
        return f"{self.verb} {self.object_type} {self.object_id}"

    @property
    def object_words(self) -> str:
        return words_for(self.object_type, self.object_id)

    @property
    def verb_words(self) -> str:
        return self.verb.rpartition(".")[2].replace("_", " ")

    @property
    def changes(self) -> list[tuple[str, Any, Any]]:
        """Field, before and after of each change, as far as they were not erased."""
        payload = getattr(self, "payload", None)
        if payload is None:
            return []
        names = sorted(payload.before.keys() | payload.after.keys())
        return [(name, payload.before.get(name), payload.after.get(name)) for name in names]


class AuditPayload(models.Model):
    """The erasable contents of one audit entry; the entry keeps only their digest."""

    entry = models.OneToOneField(
        AuditEntry, on_delete=models.PROTECT, primary_key=True, related_name="payload"
    )
    salt = models.BinaryField(max_length=16, default=new_salt)
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)
    reason = MaskedTextField(blank=True)

    def __str__(self) -> str:
        return f"Payload of audit entry {self.entry_id}"


class AuditHead(models.Model):
    """The one row that says where the chain ends; whoever seals holds its lock."""

    id = models.PositiveSmallIntegerField(primary_key=True, default=1, editable=False)
    sequence = models.PositiveBigIntegerField(default=0)
    hash = models.CharField(max_length=64)
    sealed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(id=1), name="accounts_audit_has_one_head"),
        ]

    def __str__(self) -> str:
        return f"Audit chain up to {self.sequence}"


class AuditAnchor(models.Model):
    """A day's head of the chain under a keyed seal; never changed once written."""

    on_date = models.DateField(unique=True)
    sequence = models.PositiveBigIntegerField()
    head = models.CharField(max_length=64)
    seal = models.CharField(max_length=64)
    sent_to = models.CharField(max_length=254, blank=True)

    class Meta:
        ordering = ["-on_date"]

    def __str__(self) -> str:
        return f"Audit anchor of {self.on_date}"


class AccessKind(models.TextChoices):
    VIEWED_TRANSCRIPT = "viewed_transcript", "Read a transcript"
    PLAYED_RECORDING = "played_recording", "Played a recording"
    DOWNLOADED_RECORDING = "downloaded_recording", "Downloaded a recording"
    REVEALED_CONTACT_POINT = "revealed_contact_point", "Revealed a contact point"
    EXPORTED_PERSON = "exported_person", "Exported a person"
    EXPORTED_LIST = "exported_list", "Exported a list"
    VIEWED_EVALUATION = "viewed_evaluation", "Read an evaluation"
    VIEWED_SCORECARD = "viewed_scorecard", "Read a performance scorecard"
    VIEWED_IDENTITY = "viewed_identity", "Saw who answered a survey"
    DOWNLOADED_REPORT = "downloaded_report", "Downloaded a report"
    VIEWED_PRIVACY_REQUEST = "viewed_privacy_request", "Read a privacy request"
    VIEWED_KUDOS = "viewed_kudos", "Read private kudos"
    ERASED = "erased", "Erased a person"


class AccessEntryQuerySet(models.QuerySet["AccessEntry"]):
    def visible_to(self, user: User) -> AccessEntryQuerySet:
        """Own: readings of my records. Team: also readings by and about people I lead now."""
        reach = permissions.scope(user, "accounts.view_access_log")
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        seen = Q(about=user)
        if reach == "team":
            led = people_led_by(user).values("pk")
            seen |= Q(actor=user) | Q(actor__in=led) | Q(about__in=led)
        return self.filter(seen)

    def same_reading(self, *, by: User, kind: str, record: models.Model, since: datetime) -> Any:
        """Entries of the same person, kind and record from `since` on, newest first."""
        return self.filter(
            actor=by,
            kind=kind,
            object_type=record._meta.label_lower,
            object_id=str(record.pk),
            at__gt=since,
        ).order_by("-at")


class AccessEntry(models.Model):
    """Someone read personal content. `about` is the person whose record it was, where known."""

    at = models.DateTimeField(db_index=True)
    actor = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    about = models.ForeignKey(User, null=True, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=24, choices=AccessKind)
    object_type = models.CharField(max_length=80)
    object_id = models.CharField(max_length=40)
    reason = MaskedCharField(max_length=500, blank=True)
    from_seconds = models.PositiveIntegerField(null=True)
    to_seconds = models.PositiveIntegerField(null=True)
    request_id = models.CharField(max_length=64, blank=True)

    objects = AccessEntryQuerySet.as_manager()

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(
                fields=["actor", "kind", "object_type", "object_id", "at"],
                name="accounts_access_by_reading",
            ),
            models.Index(fields=["about", "at"], name="accounts_access_by_person"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(from_seconds__isnull=True, to_seconds__isnull=True)
                | Q(from_seconds__isnull=False, to_seconds__gte=models.F("from_seconds")),
                name="accounts_access_range_is_ordered",
            ),
        ]
        verbose_name_plural = "access entries"

    def __str__(self) -> str:
        return f"{self.actor}: {self.get_kind_display()}"

    @property
    def object_words(self) -> str:
        return words_for(self.object_type, self.object_id)
