"""Notes: what colleagues tell one another; no customer ever sees them."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import models
from django.db.models import Q

from accounts.models import User
from crm.models.cases import Case
from crm.models.customers import Customer
from crm.models.interactions import Interaction
from lib.constraints import texts_fit
from lib.masking import MaskedTextField
from lib.models import Stamped, Versioned

LONGEST_NOTE = 10_000
MOST_PINNED = 3
EDITABLE_FOR = timedelta(hours=24)


class NoteQuerySet(models.QuerySet["Note"]):
    def visible_to(self, user: User) -> NoteQuerySet:
        """Notes on what the person may see."""
        return self.filter(
            Q(case__in=Case.objects.visible_to(user))
            | Q(interaction__in=Interaction.objects.visible_to(user))
            | Q(customer__in=Customer.objects.visible_to(user))
        )


class Note(Versioned):
    """A text on exactly one customer, interaction or case."""

    customer = models.ForeignKey(
        Customer, null=True, blank=True, on_delete=models.PROTECT, related_name="notes"
    )
    interaction = models.ForeignKey(
        Interaction, null=True, blank=True, on_delete=models.PROTECT, related_name="notes"
    )
    case = models.ForeignKey(
        Case, null=True, blank=True, on_delete=models.PROTECT, related_name="notes"
    )
    body = MaskedTextField(max_length=LONGEST_NOTE)
    author = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    written_at = models.DateTimeField()
    is_pinned = models.BooleanField(default=False)
    mentions: models.ManyToManyField[User, models.Model] = models.ManyToManyField(
        User, blank=True, related_name="+"
    )
    edited_at = models.DateTimeField(null=True, blank=True)

    objects = NoteQuerySet.as_manager()

    class Meta:
        ordering = ["written_at", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(customer__isnull=False, interaction__isnull=True, case__isnull=True)
                | Q(customer__isnull=True, interaction__isnull=False, case__isnull=True)
                | Q(customer__isnull=True, interaction__isnull=True, case__isnull=False),
                name="crm_note_is_about_one_thing",
            ),
            models.CheckConstraint(condition=texts_fit(body=LONGEST_NOTE), name="crm_note_fits"),
        ]

    def __str__(self) -> str:
        return self.body[:60]

    @property
    def record(self) -> Customer | Interaction | Case:
        """What the note is written on."""
        record = self.customer or self.interaction or self.case
        assert record is not None  # A check constraint holds it.
        return record

    def is_editable(self, user: User, at: datetime) -> bool:
        """One's own, for a day."""
        return self.author_id == user.pk and at - self.written_at <= EDITABLE_FOR


class NoteText(Stamped):
    """An earlier text of a note that its author changed."""

    note = models.ForeignKey(Note, on_delete=models.PROTECT, related_name="earlier_texts")
    body = MaskedTextField(max_length=LONGEST_NOTE)
    replaced_at = models.DateTimeField()

    class Meta:
        ordering = ["note", "pk"]

    def __str__(self) -> str:
        return self.body[:60]
