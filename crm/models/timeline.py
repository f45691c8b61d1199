"""What happened with a customer beside the interactions themselves."""

from __future__ import annotations

from django.db import models
from django.db.models import Q

from accounts.models import User
from accounts.permissions import scope
from crm.models.customers import Customer
from lib.masking import MaskedCharField


class TimelineEntryQuerySet(models.QuerySet["TimelineEntry"]):
    def visible_to(self, user: User) -> TimelineEntryQuerySet:
        """Entries of visible customers, within the person's reach of each entry's verb.

        Own: entries about the person. Team: also those about people of the person's teams.
        """
        rows = self.filter(customer__in=Customer.objects.visible_to(user))
        reached = Q(audience="")
        for verb in self.model.audiences():
            reach = scope(user, verb)
            if reach == "all":
                reached |= Q(audience=verb)
            elif reach == "team":
                reached |= Q(audience=verb, about__in=User.objects.visible_to(user))
            elif reach == "own":
                reached |= Q(audience=verb, about=user)
        return rows.filter(reached)


class TimelineEntry(models.Model):
    """One fact on a customer's timeline, written by the verb or the handler of the fact.

    Interactions are not repeated here: the page reads them from their own table and puts both in
    one order. `audience` is the verb that a reader needs ("" for whoever sees the customer) and
    `about` the person whose work it is. The target may be a row of any app.
    """

    customer = models.ForeignKey(
        Customer, on_delete=models.PROTECT, related_name="timeline_entries", db_index=False
    )
    at = models.DateTimeField()
    kind = models.CharField(max_length=40)
    title = models.CharField(max_length=200)
    summary = MaskedCharField(max_length=300, blank=True)
    channel = models.CharField(max_length=10, blank=True)
    actor = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    about = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    target_type = models.CharField(max_length=80, blank=True)
    target_id = models.CharField(max_length=40, blank=True)
    audience = models.CharField(max_length=60, blank=True)

    objects = TimelineEntryQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "-at", "-id"]
        indexes = [models.Index(fields=["customer", "-at", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["target_type", "target_id", "kind", "at"],
                name="crm_timeline_entry_once_per_fact",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} ({self.at:%Y-%m-%d})"

    @staticmethod
    def audiences() -> list[str]:
        from crm.timeline import kinds  # The registry of kinds knows this model.

        return sorted({kind.audience for kind in kinds() if kind.audience})
