"""Organizations, the roles people have in them, and how people are related to one another."""

from __future__ import annotations

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.permissions import has
from crm.models.customers import Customer
from crm.models.tags import Tag
from crm.names import name_key
from crm.references import number, reference
from lib.masking import MaskedCharField
from lib.models import Stamped, Versioned


class OrganizationQuerySet(models.QuerySet["Organization"]):
    def visible_to(self, user: User) -> OrganizationQuerySet:
        """Whoever may see customers sees the organizations they belong to."""
        return self if has(user, "crm.view_customer") else self.none()

    def matching(self, words: str) -> OrganizationQuerySet:
        """By reference, external id, a part of the name, or a domain."""
        words = words.strip()
        pk = number(words, "O")
        if pk is not None:
            return self.filter(pk=pk)
        found = Q(external_id=words) | Q(domains__icontains=words.lower())
        key = name_key(words)
        if key:
            found |= Q(name_key__contains=key)
        return self.filter(found)


class Organization(Versioned):
    """A company, an authority, an association. People see the reference O-0000123."""

    name = models.CharField(max_length=200)
    name_key = models.CharField(max_length=220, blank=True, db_index=True, editable=False)
    domains = models.CharField(
        max_length=500, blank=True, help_text="E-mail domains, separated by spaces"
    )
    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    source = models.CharField(max_length=80, blank=True)
    external_id = models.CharField(max_length=120, blank=True)
    custom = models.JSONField(default=dict, blank=True, editable=False)
    tags = models.ManyToManyField(Tag, blank=True, related_name="organizations")
    import_run = models.ForeignKey(
        "crm.ImportRun", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    objects = OrganizationQuerySet.as_manager()

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["source", "external_id"],
                condition=~Q(external_id=""),
                name="crm_organization_external_id_unique_in_its_source",
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def reference(self) -> str:
        return reference("O", self.pk)

    def get_absolute_url(self) -> str:
        return reverse("crm:organization_detail", kwargs={"pk": self.pk})


class RoleKind(models.TextChoices):
    EMPLOYEE = "employee", _("Employee")
    BUYER = "buyer", _("Buyer")
    DECISION_MAKER = "decision_maker", _("Decision maker")
    BILLING = "billing", _("Billing")
    TECHNICAL = "technical", _("Technical")
    OTHER = "other", _("Other")


class DatedQuerySet(models.QuerySet["Dated"]):
    def in_force(self, on: date) -> DatedQuerySet:
        """Rows whose days include `on`; both ends count, and an open end has none."""
        begun = Q(from_on__isnull=True) | Q(from_on__lte=on)
        return self.filter(begun, Q(to_on__isnull=True) | Q(to_on__gte=on))


class Dated(Stamped):
    """Rows in force from one day to another, both included; an empty end is open."""

    from_on = models.DateField("from", null=True, blank=True)
    to_on = models.DateField("to", null=True, blank=True)

    objects = DatedQuerySet.as_manager()

    class Meta:
        abstract = True

    def is_in_force(self, on: date) -> bool:
        return (self.from_on is None or self.from_on <= on) and (
            self.to_on is None or self.to_on >= on
        )


class OrganizationRole(Dated):
    """What a customer is in an organization, and when."""

    customer = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="roles")
    organization = models.ForeignKey(Organization, on_delete=models.PROTECT, related_name="roles")
    role = models.CharField(max_length=16, choices=RoleKind, default=RoleKind.EMPLOYEE)
    title = MaskedCharField(max_length=120, blank=True)

    class Meta:
        ordering = ["customer", "-from_on", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(to_on__isnull=True)
                | Q(from_on__isnull=True)
                | Q(to_on__gte=F("from_on")),
                name="crm_organization_role_ends_after_it_begins",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title or self.get_role_display()} at {self.organization}"


class RelationType(models.Model):
    """A kind of relation: "is the parent of", and from the other side "is a child of"."""

    name = models.CharField(max_length=60, unique=True)
    inverse_name = models.CharField(max_length=60, blank=True)
    is_symmetric = models.BooleanField(default=False)

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def seen_from(self, *, is_left: bool) -> str:
        """The words of the side that stands left, or right, of the relation."""
        return self.name if is_left or self.is_symmetric else self.inverse_name or self.name


class CustomerRelation(Dated):
    """`left` is `type` of `right`; of a symmetric type the lower id stands left."""

    left = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="relations_left")
    right = models.ForeignKey(Customer, on_delete=models.PROTECT, related_name="relations_right")
    type = models.ForeignKey(RelationType, on_delete=models.PROTECT, related_name="relations")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                condition=~Q(left=F("right")), name="crm_customer_relation_is_to_somebody_else"
            ),
            models.UniqueConstraint(
                fields=["left", "right", "type"],
                condition=Q(to_on__isnull=True),
                name="crm_customer_relation_open_once",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.left} {self.type} {self.right}"
