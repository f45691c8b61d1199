"""What people have to do: tasks, and promises made to customers."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, TeamMembership, User
from accounts.permissions import scope
from crm.models.cases import Case, Priority
from crm.models.customers import Customer
from crm.models.interactions import Interaction
from crm.references import reference
from lib.constraints import texts_fit
from lib.masking import MaskedCharField
from lib.models import Versioned

LONGEST_TITLE = 200


class TaskKind(models.TextChoices):
    FOLLOW_UP = "follow_up", _("Follow up")
    CALLBACK = "callback", _("Call back")
    REVIEW = "review", _("Review")
    OTHER = "other", pgettext_lazy("kind", "Other")


class TaskState(models.TextChoices):
    OPEN = "open", pgettext_lazy("state", "Open")
    DONE = "done", _("Done")
    CANCELED = "canceled", _("Canceled")


class TaskQuerySet(models.QuerySet["Task"]):
    def visible_to(self, user: User) -> TaskQuerySet:
        """Own: mine or made by me. Team: also those in the pools of my teams."""
        reach = scope(user, "crm.change_task")
        if reach == "all":
            return self
        return self.of(user) if reach else self.none()

    def of(self, user: User) -> TaskQuerySet:
        return self.filter(assignee=user)

    def in_pools_of(self, user: User) -> TaskQuerySet:
        """Tasks that wait for anybody of the teams this person is in now."""
        mine = TeamMembership.objects.in_force(timezone.now()).filter(user=user)
        return self.filter(team__in=mine.values("team_id"))

    def open(self) -> TaskQuerySet:
        return self.filter(state=TaskState.OPEN)

    def overdue(self, at: datetime) -> TaskQuerySet:
        return self.open().filter(due_at__lt=at)

    def for_list(self) -> TaskQuerySet:
        return self.select_related("assignee", "team", "customer", "case")


class Task(Versioned):
    """Something for one person, or for whoever of a team takes it. T-0000123."""

    title = MaskedCharField(max_length=LONGEST_TITLE)
    kind = models.CharField(max_length=10, choices=TaskKind, default=TaskKind.FOLLOW_UP)
    due_at = models.DateTimeField()
    priority = models.CharField(max_length=6, choices=Priority, default=Priority.NORMAL)
    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    assignee = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    team = models.ForeignKey(
        Team, null=True, blank=True, on_delete=models.PROTECT, related_name="tasks"
    )
    reminder_at = models.DateTimeField(null=True, blank=True)
    reminded_at = models.DateTimeField(null=True, blank=True, editable=False)
    state = models.CharField(max_length=8, choices=TaskState, default=TaskState.OPEN)
    result = MaskedCharField(max_length=500, blank=True)
    completed_at = models.DateTimeField(null=True, blank=True, editable=False)
    completed_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    made_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )

    objects = TaskQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["assignee", "state", "due_at"]),
            models.Index(fields=["team", "state", "due_at"]),
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(
                fields=["reminder_at"],
                condition=Q(state="open", reminded_at__isnull=True),
                name="crm_task_reminder_to_send",
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(assignee__isnull=True) | Q(team__isnull=True),
                name="crm_task_has_a_person_or_a_team",
            ),
            models.CheckConstraint(
                condition=Q(state="open", completed_at__isnull=True)
                | (~Q(state="open") & Q(completed_at__isnull=False)),
                name="crm_task_is_completed_at_a_moment",
            ),
            models.CheckConstraint(
                condition=texts_fit(title=LONGEST_TITLE), name="crm_task_texts_fit"
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def reference(self) -> str:
        return reference("T", self.pk)

    def get_absolute_url(self) -> str:
        return reverse("crm:task_detail", kwargs={"pk": self.pk})

    @property
    def is_open(self) -> bool:
        return self.state == TaskState.OPEN


class PromiseKind(models.TextChoices):
    CALL_BACK = "call_back", _("Call back")
    SEND = "send", _("Send something")
    FIX = "fix", _("Fix something")
    REFUND = "refund", _("Refund")
    OTHER = "other", pgettext_lazy("kind", "Other")


class PromiseState(models.TextChoices):
    OPEN = "open", pgettext_lazy("promise", "Open")
    KEPT = "kept", pgettext_lazy("promise", "Kept")
    BROKEN = "broken", pgettext_lazy("promise", "Broken")
    WITHDRAWN = "withdrawn", pgettext_lazy("promise", "Withdrawn")


class PromiseQuerySet(models.QuerySet["Promise"]):
    def visible_to(self, user: User) -> PromiseQuerySet:
        return self if scope(user, "crm.change_task") == "all" else self.none()

    def open(self) -> PromiseQuerySet:
        return self.filter(state=PromiseState.OPEN)

    def expired(self, at: datetime) -> PromiseQuerySet:
        """Open promises whose due moment and grace are over; kept exactly then still counts."""
        return self.open().filter(expires_at__lt=at)

    def due_in(self, start: datetime, end: datetime) -> PromiseQuerySet:
        return self.filter(due_at__gte=start, due_at__lt=end)

    def for_list(self) -> PromiseQuerySet:
        return self.select_related("customer", "case", "made_by")


class Promise(Versioned):
    """What a customer was promised for a moment. P-0000123.

    `expires_at` is due_at with the grace: kept until then, the moment included.
    """

    text = MaskedCharField(max_length=300)
    kind = models.CharField(max_length=10, choices=PromiseKind, default=PromiseKind.CALL_BACK)
    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="promises")
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="promises"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="promises"
    )
    made_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="promises")
    made_at = models.DateTimeField()
    due_at = models.DateTimeField()
    grace_seconds = models.PositiveIntegerField(default=0)
    expires_at = models.DateTimeField(editable=False)
    state = models.CharField(max_length=9, choices=PromiseState, default=PromiseState.OPEN)
    settled_at = models.DateTimeField(null=True, blank=True, editable=False)
    settled_by = models.ForeignKey(
        User, null=True, blank=True, editable=False, on_delete=models.PROTECT, related_name="+"
    )
    kept_late_at = models.DateTimeField(null=True, blank=True, editable=False)
    proof = MaskedCharField(max_length=500, blank=True)
    proof_interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = PromiseQuerySet.as_manager()

    class Meta:
        ordering = ["due_at", "id"]
        indexes = [
            models.Index(fields=["state", "due_at", "id"]),
            models.Index(fields=["customer", "state"]),
            models.Index(
                fields=["expires_at"], condition=Q(state="open"), name="crm_promise_open_expires"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__gt=F("made_at")), name="crm_promise_due_after_it_was_made"
            ),
            models.CheckConstraint(
                condition=Q(state="open", settled_at__isnull=True)
                | (~Q(state="open") & Q(settled_at__isnull=False)),
                name="crm_promise_is_settled_at_a_moment",
            ),
            models.CheckConstraint(
                condition=Q(kept_late_at__isnull=True) | Q(state="broken"),
                name="crm_promise_kept_late_was_broken",
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def reference(self) -> str:
        return reference("P", self.pk)

    def get_absolute_url(self) -> str:
        return reverse("crm:promise_detail", kwargs={"pk": self.pk})

    @property
    def is_open(self) -> bool:
        return self.state == PromiseState.OPEN

    @property
    def grace(self) -> timedelta:
        return timedelta(seconds=self.grace_seconds)
