"""Cases: what a customer needs until it is done, with its state, owner and team."""

from __future__ import annotations

from datetime import datetime

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, TeamMembership, User
from accounts.permissions import scope
from crm.models.customers import Customer
from crm.models.interactions import Channel, Interaction
from crm.models.tags import Tag
from crm.names import name_key
from crm.references import number, reference
from lib.constraints import texts_fit
from lib.masking import MaskedCharField, MaskedTextField
from lib.models import Stamped, Versioned
from lib.speaking import SOURCE
from routing.models import Queue

LONGEST_SUBJECT = 200
LONGEST_DESCRIPTION = 10_000
# A search that fits more customers than this is too wide to be one.
MOST_CUSTOMERS = 200


class StatusCategory(models.TextChoices):
    OPEN = "open", pgettext_lazy("case", "Open")
    WAITING = "waiting", _("Waiting")
    RESOLVED = "resolved", pgettext_lazy("case", "Resolved")
    CLOSED = "closed", pgettext_lazy("case", "Closed")


UNFINISHED = (StatusCategory.OPEN, StatusCategory.WAITING)
FINISHED = (StatusCategory.RESOLVED, StatusCategory.CLOSED)
# From resolved and closed to open is a reopening, which has rules of its own.
CASE_TRANSITIONS: dict[str, tuple[str, ...]] = {
    StatusCategory.OPEN: (StatusCategory.OPEN, StatusCategory.WAITING, StatusCategory.RESOLVED),
    StatusCategory.WAITING: (StatusCategory.OPEN, StatusCategory.WAITING, StatusCategory.RESOLVED),
    StatusCategory.RESOLVED: (StatusCategory.OPEN, StatusCategory.CLOSED),
    StatusCategory.CLOSED: (StatusCategory.OPEN,),
}


class Priority(models.TextChoices):
    LOW = "low", pgettext_lazy("priority", "Low")
    NORMAL = "normal", pgettext_lazy("priority", "Normal")
    HIGH = "high", pgettext_lazy("priority", "High")
    URGENT = "urgent", pgettext_lazy("priority", "Urgent")


class CaseKind(models.TextChoices):
    QUESTION = "question", pgettext_lazy("case", "Question")
    REQUEST = "request", pgettext_lazy("case", "Request")
    PROBLEM = "problem", pgettext_lazy("case", "Problem")
    COMPLAINT = "complaint", _("Complaint")
    SERVICE_RECOVERY = "service_recovery", _("Service recovery")
    OTHER = "other", pgettext_lazy("kind", "Other")


# The statuses that a center begins with; the names that it gives itself stay as they are.
GIVEN_STATUSES = {
    "New": pgettext_lazy("case status", "New"),
    "In progress": _("In progress"),
    "Open": pgettext_lazy("case", "Open"),
    "Waiting": _("Waiting"),
    "Waiting for the customer": _("Waiting for the customer"),
    "Waiting for others": _("Waiting for others"),
    "Resolved": pgettext_lazy("case", "Resolved"),
    "Closed": pgettext_lazy("case", "Closed"),
}


def status_words(name: str) -> str:
    """The name of a status in the reader's language, if it is one that Attune gave."""
    return str(GIVEN_STATUSES.get(name, name))


class CaseStatusQuerySet(models.QuerySet["CaseStatus"]):
    def first_of(self, category: str) -> CaseStatus:
        """The status that a case gets on entering a category; one is made where none is left."""
        found = self.filter(category=category).order_by("position", "pk").first()
        if found is not None:
            return found
        with translation.override(SOURCE):  # What is kept speaks no reader’s language.
            name = str(StatusCategory(category).label)
        return self.create(name=name, category=category)


class CaseStatus(Versioned):
    """A name for a state of a case. Only the category decides what may happen."""

    name = models.CharField(max_length=40, unique=True)
    category = models.CharField(max_length=8, choices=StatusCategory)
    position = models.PositiveSmallIntegerField(default=1)

    objects = CaseStatusQuerySet.as_manager()

    class Meta:
        ordering = ["position", "pk"]
        verbose_name_plural = "case statuses"

    def __str__(self) -> str:
        return self.name

    @property
    def words(self) -> str:
        return status_words(self.name)


class CaseQuerySet(models.QuerySet["Case"]):
    def visible_to(self, user: User) -> CaseQuerySet:
        return self.reached_by(user, "crm.view_case")

    def reached_by(self, user: User, verb: str) -> CaseQuerySet:
        """Own: mine or opened by me. Team: also those of a team that I am in or lead now."""
        reach = scope(user, verb)
        if reach == "all":
            return self
        if reach is None:
            return self.none()
        found = Q(assignee=user) | Q(opened_by=user)
        if reach == "team":
            mine = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
            found |= Q(team__in=mine.values("team_id"))
        return self.filter(found)

    def unfinished(self) -> CaseQuerySet:
        return self.filter(status__category__in=UNFINISHED)

    def in_category(self, category: str) -> CaseQuerySet:
        return self.filter(status__category=category)

    def tagged(self, tag: Tag) -> CaseQuerySet:
        return self.filter(tags=tag)

    def due_first(self) -> CaseQuerySet:
        """By the next due moment, those without one last."""
        return self.order_by(F("next_due_at").asc(nulls_last=True), "pk")

    def for_list(self) -> CaseQuerySet:
        rows = self.select_related("status", "customer", "assignee", "team", "queue")
        return rows.prefetch_related("tags")

    def matching(self, words: str, *, with_contact_points: bool) -> CaseQuerySet:
        """By reference, words of the subject, or the customer."""
        words = words.strip()
        pk = number(words, "K")
        if pk is not None:
            return self.filter(pk=pk)
        people = Customer.objects.matching(words, with_contact_points=with_contact_points)
        customers = list(people.values_list("pk", flat=True)[:MOST_CUSTOMERS])
        found = Q(customer__in=customers)
        if key := name_key(words):
            found |= Q(subject_key__contains=key)
        return self.filter(found)


class Case(Versioned):
    """Something to be done for a customer. People see the reference K-0000123.

    `next_due_at`, `next_due_metric` and `is_breached` repeat what the clocks say, for lists.
    `status_at` is when the present status was entered.
    """

    subject = MaskedCharField(max_length=LONGEST_SUBJECT)
    subject_key = models.CharField(max_length=220, editable=False)
    description = MaskedTextField(blank=True, max_length=LONGEST_DESCRIPTION)
    status = models.ForeignKey(CaseStatus, on_delete=models.PROTECT, related_name="cases")
    status_at = models.DateTimeField(editable=False)
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    kind = models.CharField(max_length=20, choices=CaseKind, default=CaseKind.QUESTION)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="assigned_cases"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    queue = models.ForeignKey(
        Queue, null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    channel = models.CharField(max_length=10, choices=Channel, blank=True)
    interactions: models.ManyToManyField[Interaction, CaseInteraction] = models.ManyToManyField(
        Interaction, through="crm.CaseInteraction", related_name="cases"
    )
    tags = models.ManyToManyField(Tag, blank=True, related_name="cases")
    is_from_customer = models.BooleanField("opened by a customer contact", default=False)
    opened_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="opened_cases"
    )
    opened_at = models.DateTimeField()
    first_response_at = models.DateTimeField(null=True, blank=True, editable=False)
    first_resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    resolved_at = models.DateTimeField(null=True, blank=True, editable=False)
    closed_at = models.DateTimeField(null=True, blank=True, editable=False)
    reopened_count = models.PositiveSmallIntegerField(default=0, editable=False)
    follow_up_of = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="follow_ups"
    )
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_cases"
    )
    policy_version = models.ForeignKey(
        "crm.PolicyVersion", null=True, blank=True, on_delete=models.PROTECT, related_name="cases"
    )
    custom = models.JSONField(default=dict, blank=True, editable=False)
    next_due_at = models.DateTimeField(null=True, blank=True, editable=False)
    next_due_metric = models.CharField(max_length=16, blank=True, editable=False)
    is_breached = models.BooleanField(default=False, editable=False)

    objects = CaseQuerySet.as_manager()

    class Meta:
        ordering = ["-opened_at", "-id"]
        indexes = [
            models.Index(fields=["next_due_at", "id"]),
            models.Index(fields=["-opened_at", "-id"]),
            models.Index(fields=["customer", "-opened_at"]),
            models.Index(fields=["team", "status", "next_due_at"]),
            models.Index(fields=["status", "resolved_at"]),
        ]
        constraints = [
            models.CheckConstraint(
                condition=texts_fit(subject=LONGEST_SUBJECT, description=LONGEST_DESCRIPTION),
                name="crm_case_texts_fit",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="crm_case_is_not_merged_into_itself",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.reference} {self.subject}"

    @property
    def reference(self) -> str:
        return reference("K", self.pk)

    def get_absolute_url(self) -> str:
        return reverse("crm:case_detail", kwargs={"pk": self.pk})

    @property
    def category(self) -> str:
        return self.status.category

    @property
    def is_finished(self) -> bool:
        return self.category in FINISHED

    def is_late(self, at: datetime) -> bool:
        return self.is_breached or (self.next_due_at is not None and self.next_due_at < at)


class CaseInteraction(Stamped):
    """An interaction that belongs to a case, and who put it there.

    `is_opening` marks those that the case was opened from: an answer given in them counts, also
    if it was given before the case was written down.
    """

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="links")
    interaction = models.ForeignKey(
        Interaction, on_delete=models.PROTECT, related_name="case_links"
    )
    is_opening = models.BooleanField(default=False)
    linked_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    reason = MaskedCharField(max_length=500, blank=True)

    class Meta:
        ordering = ["case", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["case", "interaction"], name="crm_interaction_once_in_a_case"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.interaction} in {self.case_id}"


class WatchReason(models.TextChoices):
    ASKED = "asked", "Wants to follow it"
    MENTIONED = "mentioned", "Was mentioned"
    OPENED = "opened", "Opened it"


class CaseWatcher(Stamped):
    """Someone who follows a case, and why."""

    case = models.ForeignKey(Case, on_delete=models.PROTECT, related_name="watchers")
    user = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=10, choices=WatchReason, default=WatchReason.ASKED)

    class Meta:
        ordering = ["case", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["case", "user"], name="crm_case_watched_once"),
        ]

    def __str__(self) -> str:
        return f"{self.user} watches {self.case_id}"
