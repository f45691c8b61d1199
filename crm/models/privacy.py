"""What people asked about their data, and the marks that keep erased people out."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.urls import reverse

from accounts.models import User
from crm.models.customers import Customer
from crm.references import reference
from lib.masking import MaskedCharField
from lib.models import Versioned


class RequestKind(models.TextChoices):
    ACCESS = "access", "Copy of the data"
    ERASURE = "erasure", "Erasure"


class RequestState(models.TextChoices):
    REQUESTED = "requested", "Requested"
    APPROVED = "approved", "Approved"
    RUNNING = "running", "Running"
    FINISHED = "finished", "Finished"
    REFUSED = "refused", "Refused"


UNFINISHED_REQUESTS = (RequestState.REQUESTED, RequestState.APPROVED, RequestState.RUNNING)
REQUEST_TRANSITIONS: dict[str, tuple[str, ...]] = {
    RequestState.REQUESTED: (RequestState.APPROVED, RequestState.RUNNING, RequestState.REFUSED),
    RequestState.APPROVED: (RequestState.RUNNING,),
    RequestState.RUNNING: (RequestState.FINISHED,),
    RequestState.FINISHED: (),
    RequestState.REFUSED: (),
}


class PrivacyRequest(Versioned):
    """A person's request, answered within 30 days. An erasure needs a second person's approval.

    `counts` says how many rows each step touched; `file` is the copy, kept for seven days.
    """

    kind = models.CharField(max_length=8, choices=RequestKind)
    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="privacy_requests"
    )
    state = models.CharField(max_length=9, choices=RequestState, default=RequestState.REQUESTED)
    reason = MaskedCharField(max_length=500, blank=True)
    requested_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    requested_at = models.DateTimeField()
    due_on = models.DateField()
    decided_by = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    decided_at = models.DateTimeField(null=True, blank=True)
    refusal = MaskedCharField(max_length=500, blank=True)
    finished_at = models.DateTimeField(null=True, blank=True)
    counts = models.JSONField(default=dict, blank=True)
    file = models.ForeignKey(
        "ops.StoredFile", null=True, blank=True, on_delete=models.SET_NULL, related_name="+"
    )
    expires_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["state", "due_on"])]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} for {reference('C', self.customer_id)}"

    def get_absolute_url(self) -> str:
        return reverse("crm:privacy_request", kwargs={"pk": self.pk})

    @property
    def is_open(self) -> bool:
        return self.state in UNFINISHED_REQUESTS

    def is_overdue(self, on: date) -> bool:
        return self.is_open and self.due_on < on


class ErasureTombstone(models.Model):
    """A keyed digest of a contact point or an id of somebody who was erased; tells nothing else."""

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(max_length=12)
    erased_at = models.DateTimeField()

    class Meta:
        ordering = ["-id"]

    def __str__(self) -> str:
        return f"{self.kind} erased on {self.erased_at:%Y-%m-%d}"
