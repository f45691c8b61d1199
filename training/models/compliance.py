"""Requirements, the cycles in which people meet them, and proofs from outside."""

from __future__ import annotations

from datetime import date, datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from lib.masking import MaskedCharField
from lib.models import Stamped
from ops.models import StoredFile
from training.models.base import RowVersioned, at_most, together, within
from training.models.courses import Course, is_a_code
from training.models.paths import LearningPath
from training.reach import rows_about
from training.validity import Anchor


class AnchorKind(models.TextChoices):
    COMPLETION = "completion", "Counted from the day it was passed"
    PREVIOUS_EXPIRY = "previous_expiry", "Counted from the end before, if renewed in time"
    CALENDAR = "calendar", "Until a day of the year"


class ProofKind(models.TextChoices):
    COURSE = "course", "Course completed"
    PATH = "path", "Path completed"
    CERTIFICATE = "certificate", "Certificate held"
    LIVE_SESSION = "live_session", "Live session attended"
    DOCUMENT = "document", "Approved document"


OF_A_COURSE = (ProofKind.COURSE, ProofKind.CERTIFICATE, ProofKind.LIVE_SESSION)


class RequirementQuerySet(models.QuerySet["Requirement"]):
    def active(self) -> RequirementQuerySet:
        return self.filter(retired_at__isnull=True)


class Requirement(RowVersioned):
    """What people of a role or team must be able to show, and for how long it holds."""

    code = models.SlugField(max_length=40, unique=True, validators=[is_a_code])
    title = models.CharField(max_length=200)
    description = models.TextField(max_length=2000, blank=True)
    role = models.CharField(max_length=20, blank=True)
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    validity_months = models.PositiveSmallIntegerField(
        "valid for months",
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(240)],
        help_text="Left empty, it is shown once and for ever.",
    )
    anchor = models.CharField(
        "the end is", max_length=15, choices=AnchorKind, default=AnchorKind.COMPLETION
    )
    calendar_month = models.PositiveSmallIntegerField("month", null=True, blank=True)
    calendar_day = models.PositiveSmallIntegerField("day", null=True, blank=True)
    minimum_validity_months = models.PositiveSmallIntegerField("valid at least months", default=0)
    window_days = models.PositiveSmallIntegerField(
        "may be renewed days before", default=60, validators=[MaxValueValidator(366)]
    )
    grace_days = models.PositiveSmallIntegerField(
        "days of grace", default=0, validators=[MaxValueValidator(366)]
    )
    due_days = models.PositiveSmallIntegerField(
        "due after days", default=30, validators=[MaxValueValidator(366)]
    )
    due_soon_days = models.PositiveSmallIntegerField(
        "ends soon within days", default=30, validators=[MaxValueValidator(366)]
    )
    pauses_in_absence = models.BooleanField("absence moves its due date", default=False)
    certificate_signer = models.ForeignKey(
        User,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        verbose_name="gives a certificate, signed by",
        help_text="Left empty, meeting it gives none. Each renewal gives a new one.",
    )
    retired_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = RequirementQuerySet.as_manager()

    class Meta:
        ordering = ["title", "id"]
        constraints = [
            models.CheckConstraint(
                condition=(
                    Q(anchor="calendar")
                    & Q(calendar_month__gte=1, calendar_month__lte=12)
                    & Q(calendar_day__gte=1, calendar_day__lte=31)
                    & Q(validity_months__isnull=False)
                )
                | (
                    ~Q(anchor="calendar")
                    & Q(calendar_month__isnull=True, calendar_day__isnull=True)
                ),
                name="training_requirement_calendar_has_its_day",
            ),
            models.CheckConstraint(
                condition=within("validity_months", 1, 240),
                name="training_requirement_is_valid_for_1_to_240_months",
            ),
            models.CheckConstraint(
                condition=at_most("code", 40)
                & at_most("title", 200)
                & at_most("description", 2000),
                name="training_requirement_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def rule(self) -> Anchor:
        """How its expiry is found; only where `validity_months` says that there is one."""
        return Anchor(
            kind=self.anchor,
            validity_months=self.validity_months or 0,
            month=self.calendar_month,
            day=self.calendar_day,
            minimum_validity_months=self.minimum_validity_months,
            window_days=self.window_days,
            grace_days=self.grace_days,
        )


class Proof(Stamped):
    """What meets a requirement: all of one alternative, any of the alternatives."""

    requirement = models.ForeignKey(Requirement, on_delete=models.CASCADE, related_name="proofs")
    alternative = models.PositiveSmallIntegerField(default=1)
    kind = models.CharField(max_length=12, choices=ProofKind)
    course = models.ForeignKey(
        Course, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    path = models.ForeignKey(
        LearningPath, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["requirement", "alternative", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(kind__in=OF_A_COURSE, course__isnull=False, path__isnull=True)
                | Q(kind="path", course__isnull=True, path__isnull=False)
                | Q(kind="document", course__isnull=True, path__isnull=True),
                name="training_proof_names_what_its_kind_asks_for",
            ),
        ]

    def __str__(self) -> str:
        if self.kind == ProofKind.CERTIFICATE:
            return gettext("The certificate of {course}").format(course=self.course)
        if self.kind == ProofKind.LIVE_SESSION:
            return gettext("A live session of {course}").format(course=self.course)
        named = self.course or self.path
        return named.title if named else gettext("An approved document")


class CycleQuerySet(models.QuerySet["Cycle"]):
    def visible_to(self, user: User) -> CycleQuerySet:
        return self.filter(rows_about(user, "training.view_compliance"))

    def open(self) -> CycleQuerySet:
        return self.filter(satisfied_on__isnull=True)

    def satisfied(self) -> CycleQuerySet:
        return self.filter(satisfied_on__isnull=False)


class Cycle(Stamped):
    """One round of one person with one requirement; once satisfied it changes only by its end.

    `evidence` is a list of {"kind", "title", "on"} and the ids of the rows that it rests on:
    "enrollment_id", "document_id", "certificate_id", "seat_id".
    `recorded_at` is when the house learned of it, `satisfied_on` the day it is good from.
    `ended_on` is the first day on which its evidence counts no more, as it was revoked.
    """

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="cycles")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="cycles")
    number = models.PositiveIntegerField()
    opened_on = models.DateField()
    due_on = models.DateField()
    plan_due_on = models.DateField()
    satisfied_on = models.DateField(null=True, blank=True)
    expires_on = models.DateField(null=True, blank=True)
    anchor_day = models.PositiveSmallIntegerField(null=True, blank=True)
    evidence = models.JSONField(default=list, blank=True)
    recorded_at = models.DateTimeField(null=True, blank=True)
    ended_on = models.DateField(null=True, blank=True)
    waived_on = models.DateField(null=True, blank=True)
    waived_until_on = models.DateField(null=True, blank=True)
    waiver_reason = MaskedCharField(max_length=500, blank=True)

    objects = CycleQuerySet.as_manager()

    class Meta:
        ordering = ["person", "requirement", "number"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "requirement", "number"],
                name="training_cycle_number_unique_per_person",
            ),
            models.UniqueConstraint(
                fields=["person", "requirement"],
                condition=Q(satisfied_on__isnull=True),
                name="training_cycle_one_open_per_requirement",
            ),
            models.CheckConstraint(
                condition=together("satisfied_on", "recorded_at"),
                name="training_cycle_satisfied_is_recorded",
            ),
            models.CheckConstraint(
                condition=Q(expires_on__isnull=True)
                | Q(satisfied_on__isnull=False, expires_on__gte=F("satisfied_on")),
                name="training_cycle_expires_after_it_was_satisfied",
            ),
            models.CheckConstraint(
                condition=together("waived_on", "waived_until_on")
                & (Q(waived_until_on__isnull=True, waiver_reason="") | ~Q(waiver_reason=""))
                & at_most("waiver_reason", 500),
                name="training_cycle_waived_for_a_reason",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} of {self.person}, round {self.number}"

    @property
    def is_open(self) -> bool:
        return self.satisfied_on is None


class RequirementAssignmentQuerySet(models.QuerySet["RequirementAssignment"]):
    def visible_to(self, user: User) -> RequirementAssignmentQuerySet:
        return self.filter(rows_about(user, "training.view_compliance"))

    def in_force(self) -> RequirementAssignmentQuerySet:
        return self.filter(withdrawn_at__isnull=True)

    def in_force_on(self, day: date, day_end: datetime) -> RequirementAssignmentQuerySet:
        """Those of a past or present day; `day_end` is the first moment after it."""
        is_still = Q(withdrawn_at__isnull=True) | Q(withdrawn_at__gte=day_end)
        return self.filter(is_still, assigned_on__lte=day)


class RequirementAssignment(Stamped):
    """A requirement asked of one person by hand, beside those that its role and team ask."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="asked_by_hand")
    requirement = models.ForeignKey(
        Requirement, on_delete=models.PROTECT, related_name="assignments"
    )
    reason = MaskedCharField(max_length=500, blank=True)
    assigned_on = models.DateField()
    assigned_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    objects = RequirementAssignmentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "requirement"],
                condition=Q(withdrawn_at__isnull=True),
                name="training_requirement_assignment_one_in_force",
            ),
            models.CheckConstraint(
                condition=at_most("reason", 500),
                name="training_requirement_assignment_reason_is_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.requirement} for {self.person}"


class DocumentState(models.TextChoices):
    WAITING = "waiting", _("Waits for a trainer")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Not accepted")


DOCUMENT_TRANSITIONS: dict[str, frozenset[str]] = {
    "waiting": frozenset({"approved", "rejected"}),
    "approved": frozenset(),
    "rejected": frozenset(),
}


class ExternalDocumentQuerySet(models.QuerySet["ExternalDocument"]):
    def visible_to(self, user: User) -> ExternalDocumentQuerySet:
        return self.filter(rows_about(user, "training.view_compliance"))


class ExternalDocument(Stamped):
    """A paper from elsewhere that somebody shows; it counts once a trainer has approved it."""

    person = models.ForeignKey(User, on_delete=models.PROTECT, related_name="external_documents")
    requirement = models.ForeignKey(Requirement, on_delete=models.PROTECT, related_name="documents")
    title = MaskedCharField(max_length=200)
    file = models.ForeignKey(StoredFile, on_delete=models.PROTECT, related_name="+")
    issued_on = models.DateField()
    valid_until_on = models.DateField()
    state = models.CharField(max_length=8, choices=DocumentState, default=DocumentState.WAITING)
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    decision = MaskedCharField(max_length=500, blank=True)

    objects = ExternalDocumentQuerySet.as_manager()

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(valid_until_on__gt=F("issued_on")),
                name="training_document_ends_after_it_was_issued",
            ),
            models.CheckConstraint(
                condition=~Q(decided_by=F("person")), name="training_document_nobody_approves_own"
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by__isnull=True, decided_at__isnull=True)
                | (~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False)),
                name="training_document_decided_by_someone",
            ),
            models.CheckConstraint(
                condition=at_most("title", 200) & at_most("decision", 500),
                name="training_document_texts_are_not_too_long",
            ),
        ]

    def __str__(self) -> str:
        return self.title
