"""Customers and the ways to reach them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has, scope
from crm.contact_points import mask
from crm.models.tags import Tag
from crm.names import name_key
from crm.references import number, reference
from lib.masking import MaskedCharField
from lib.models import Versioned
from lib.sentences import said

# Fewer digits of a telephone number than this fit too many people.
FEWEST_DIGITS = 4


class CustomerState(models.TextChoices):
    ACTIVE = "active", pgettext_lazy("customer", "Active")
    MERGED = "merged", pgettext_lazy("customer", "Merged")
    DELETED = "deleted", pgettext_lazy("customer", "Deleted")
    ERASED = "erased", pgettext_lazy("customer", "Erased")


class CustomerQuerySet(models.QuerySet["Customer"]):
    def on_legal_hold(self) -> CustomerQuerySet:
        """Those of whom a recording must be kept as evidence."""
        return self.filter(interactions__recordings__legal_hold=True)

    def visible_to(self, user: User) -> CustomerQuerySet:
        """Customers this person may see: all, those of their teams' interactions, or none."""
        reach = scope(user, "crm.view_customer")
        if reach == "all":
            return self
        if reach == "team":
            from crm.models.interactions import Interaction  # Interactions point at customers.

            seen = Interaction.objects.visible_to(user).values("customer_id")
            return self.filter(id__in=seen)
        return self.none()

    def active(self) -> CustomerQuerySet:
        return self.filter(state=CustomerState.ACTIVE)

    def survivors(self, ids: Iterable[int]) -> dict[int, int]:
        """For each of these ids the customer it lives on in: itself unless it was merged.

        One query, and one more for each further link of a chain of merges.
        """
        found = {pk: pk for pk in ids}
        while True:
            merged = dict(
                self.filter(pk__in=set(found.values()), merged_into__isnull=False).values_list(
                    "pk", "merged_into_id"
                )
            )
            if not merged:
                return found
            found = {pk: merged.get(last, last) for pk, last in found.items()}

    def tagged(self, tag: Tag) -> CustomerQuerySet:
        return self.filter(pk__in=tag.customers.through.objects.filter(tag=tag).values("customer"))

    def matching(self, words: str, *, with_contact_points: bool) -> CustomerQuerySet:
        """By reference, external id, a part of the name, an e-mail address or a number's end.

        Contact points that a person may not see in full do not answer that person's search.
        """
        words = words.strip()
        pk = number(words, "C")
        if pk is not None:
            return self.filter(pk=pk)
        found = Q(external_id=words)
        key = name_key(words)
        if key and not key.replace(" ", "").isdigit():
            found |= Q(name_key__contains=key)
        if with_contact_points:
            found |= Q(pk__in=ContactPoint.objects.answering(words).values("customer_id"))
        return self.filter(found)


class Customer(Versioned):
    """Someone we serve. People see the reference C-0000123."""

    first_name = models.CharField(max_length=100, blank=True)
    last_name = models.CharField(max_length=100, blank=True)
    display_name = models.CharField(max_length=200, blank=True)
    name_key = models.CharField(max_length=220, blank=True, db_index=True, editable=False)
    preferred_language = models.CharField(max_length=12, blank=True)
    preferred_channel = models.CharField(max_length=12, blank=True)
    time_zone = models.CharField(max_length=64, blank=True)
    is_vip = models.BooleanField("VIP", default=False)
    vip_reason = MaskedCharField("VIP because", max_length=200, blank=True)
    vip_until_on = models.DateField("VIP until", null=True, blank=True)
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    state = models.CharField(max_length=8, choices=CustomerState, default=CustomerState.ACTIVE)
    custom = models.JSONField(default=dict, blank=True, editable=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="customers")
    merged_into = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="merged_customers"
    )
    deleted_at = models.DateTimeField(null=True, blank=True, editable=False)
    delete_reason = MaskedCharField(max_length=500, blank=True, editable=False)
    restricted_at = models.DateTimeField(null=True, blank=True, editable=False)
    restrict_reason = MaskedCharField(max_length=500, blank=True, editable=False)
    erased_at = models.DateTimeField(null=True, blank=True, editable=False)
    import_run = models.ForeignKey(
        "crm.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    first_interaction_at = models.DateTimeField(null=True, blank=True, editable=False)
    last_interaction_at = models.DateTimeField(null=True, blank=True, editable=False)
    interaction_count = models.PositiveIntegerField(default=0, editable=False)

    objects = CustomerQuerySet.as_manager()

    class Meta:
        ordering = ["display_name", "id"]
        indexes = [models.Index(fields=["-last_interaction_at", "-id"])]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="crm_customer_external_id_unique_in_its_source",
            ),
            models.CheckConstraint(
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into__isnull=True)),
                name="crm_customer_merged_into_somebody",
            ),
        ]

    def __str__(self) -> str:
        return self.display_name or self.reference

    @property
    def reference(self) -> str:
        return reference("C", self.pk)

    @property
    def is_active(self) -> bool:
        return self.state == CustomerState.ACTIVE

    @property
    def is_restricted(self) -> bool:
        return self.restricted_at is not None

    def get_absolute_url(self) -> str:
        return reverse("crm:customer_detail", kwargs={"pk": self.pk})

    @property
    def main_contact(self) -> ContactPoint | None:
        """The first of the primary contact points, as `primary_points` fetched them."""
        found: list[ContactPoint] = getattr(self, "shown_points", [])
        return found[0] if found else None


class ContactKind(models.TextChoices):
    PHONE = "phone", _("Phone")
    EMAIL = "email", _("E-mail")
    HANDLE = "handle", pgettext_lazy("contact point", "Handle")


class InvalidReason(models.TextChoices):
    BOUNCED = "bounced", _("It bounced")
    DISCONNECTED = "disconnected", _("It is disconnected")
    WRONG_PERSON = "wrong_person", _("It reaches somebody else")
    OTHER = "other", _("Another reason")


OPTED_OUT = {
    "phone": said("The customer does not want to be contacted by this phone."),
    "email": said("The customer does not want to be contacted by this email."),
    "handle": said("The customer does not want to be contacted by this handle."),
}


class ContactPointQuerySet(models.QuerySet["ContactPoint"]):
    def visible_to(self, user: User) -> ContactPointQuerySet:
        """Contact points of visible customers, for those who may see them in full."""
        if not has(user, "crm.view_contact_point"):
            return self.none()
        return self.filter(customer__in=Customer.objects.visible_to(user))

    def answering(self, words: str) -> ContactPointQuerySet:
        """An e-mail address as it stands, or a telephone number by its last digits."""
        digits = "".join(letter for letter in words if letter.isdigit())
        if "@" in words:
            return self.filter(value=words.lower())
        if len(digits) >= FEWEST_DIGITS:
            return self.filter(reversed_digits__startswith=digits[::-1])
        return self.none()


class ContactPoint(Versioned):
    """One way to reach a customer: `raw` as it came, `value` normalized (E.164 for phones)."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="contact_points")
    kind = models.CharField(max_length=8, choices=ContactKind)
    network = models.CharField(max_length=12, blank=True)
    raw = models.CharField(max_length=254)
    value = models.CharField(max_length=254)
    extension = models.CharField(max_length=12, blank=True)
    country = models.CharField(max_length=2, blank=True)
    match_key = models.CharField(max_length=254, blank=True)
    reversed_digits = models.CharField(max_length=20, blank=True, db_index=True)
    label = models.CharField(max_length=40, blank=True)
    position = models.PositiveSmallIntegerField(default=1)
    is_primary = models.BooleanField(default=False)
    validity = models.CharField(max_length=8, default="valid")
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)
    verified_how = models.CharField(max_length=80, blank=True, editable=False)
    invalid_at = models.DateTimeField(null=True, blank=True, editable=False)
    invalid_reason = models.CharField(
        max_length=16, choices=InvalidReason, blank=True, editable=False
    )
    opted_out_at = models.DateTimeField(null=True, blank=True, editable=False)
    opted_out_until_on = models.DateField(null=True, blank=True, editable=False)
    opt_out_source = models.CharField(max_length=80, blank=True, editable=False)

    objects = ContactPointQuerySet.as_manager()

    class Meta:
        ordering = ["customer", "kind", "position"]
        indexes = [
            models.Index(fields=["kind", "value"]),
            models.Index(fields=["kind", "match_key"]),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["customer", "kind", "network", "value", "extension"],
                name="crm_contact_point_once_per_customer",
            ),
            models.UniqueConstraint(
                fields=["customer", "kind"],
                condition=Q(is_primary=True),
                name="crm_contact_point_one_primary_per_kind",
            ),
        ]

    def __str__(self) -> str:
        return self.masked

    @property
    def masked(self) -> str:
        """As much as helps to recognize it."""
        return mask(self.kind, self.value)

    def refusal(self, on: date) -> str:
        """Why nothing may be sent there on that day, as a sentence; "" if it may."""
        if self.invalid_at:
            reason = self.get_invalid_reason_display().lower() or gettext("it does not work")
            kind = self.get_kind_display().lower()
            return said("This {kind} is marked invalid: {reason}.", kind=kind, reason=reason)
        if self.is_opted_out(on):
            return OPTED_OUT[self.kind]
        return ""

    def is_opted_out(self, on: date) -> bool:
        if self.opted_out_at is None:
            return False
        return self.opted_out_until_on is None or on <= self.opted_out_until_on


def primary_points() -> models.Prefetch[str, models.QuerySet[ContactPoint], str]:
    """The primary contact points of the customers of a list, for `main_contact`."""
    rows = ContactPoint.objects.filter(is_primary=True)
    return models.Prefetch("contact_points", queryset=rows, to_attr="shown_points")
