"""Organizations, the dated roles of customers in them, and how customers are related."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import date, datetime
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from crm.actions.customers import locked
from crm.custom_fields import read_values
from crm.models import (
    Customer,
    CustomerRelation,
    CustomFieldDefinition,
    Organization,
    OrganizationRole,
    RelationType,
)
from crm.models.custom_fields import Target
from crm.names import name_key
from lib.refusals import Invalid, Stale
from lib.sentences import said

DEEPEST = 10


class ParentOfItself(Invalid):
    def __init__(self) -> None:
        super().__init__("parent", said("An organization cannot stand above itself."))


class TooDeep(Invalid):
    def __init__(self) -> None:
        super().__init__("parent", said("Organizations nest at most {most} deep.", most=DEEPEST))


class RoleOverlaps(Invalid):
    def __init__(self, role: OrganizationRole) -> None:
        super().__init__(
            "from_on",
            said(
                "{customer} is already {role} in that time.",
                customer=role.customer,
                role=role.get_role_display().lower(),
            ),
        )


class OneselfRelated(Invalid):
    def __init__(self) -> None:
        super().__init__("other", said("A customer is not related to the same customer."))


class AlreadyRelated(Invalid):
    def __init__(self) -> None:
        super().__init__("other", said("This relation is already there."))


@dataclass(frozen=True)
class OrganizationContent:
    name: str
    domains: str = ""
    parent: Organization | None = None
    source: str = ""
    external_id: str = ""
    custom: Mapping[str, Any] = field(default_factory=dict)


def create_organization(
    *, content: OrganizationContent, by: User | None, at: datetime
) -> Organization:
    """Make an organization; raises ParentOfItself, TooDeep and Invalid."""
    with transaction.atomic():
        row = Organization()
        _write(row, content)
        row.save()
        audit.record(verb="create_organization", record=row, by=by, at=at, after=_told(row))
    return row


def change_organization(
    *,
    organization: Organization,
    content: OrganizationContent,
    seen: int,
    by: User | None,
    at: datetime,
) -> Organization:
    """Change an organization; raises Stale and as above."""
    with transaction.atomic():
        row = Organization.objects.select_for_update(of=("self",)).get(pk=organization.pk)
        if row.version != seen:
            raise Stale(said("Somebody changed this organization meanwhile. Load the page again."))
        before = _told(row)
        _write(row, content)
        row.version += 1
        row.save()
        audit.record(
            verb="change_organization", record=row, by=by, at=at, before=before, after=_told(row)
        )
    return row


def _write(row: Organization, content: OrganizationContent) -> None:
    if not content.name.strip():
        raise Invalid("name", said("Enter the name of the organization."))
    row.name, row.parent = content.name.strip()[:200], content.parent
    row.name_key = name_key(row.name)[:220]
    row.domains = " ".join(sorted(set(content.domains.lower().replace(",", " ").split())))[:500]
    row.source, row.external_id = content.source.strip(), content.external_id.strip()
    definitions = CustomFieldDefinition.objects.of(Target.ORGANIZATION) if content.custom else []
    row.custom = read_values(
        list(definitions), content.custom, settings.PHONE_REGION, before=row.custom
    )
    same = Organization.objects.filter(source=row.source, external_id=row.external_id)
    if row.external_id and same.exclude(pk=row.pk).exists():
        raise Invalid("external_id", said("Another organization has this id in this source."))
    _refuse_bad_parent(row)


def _refuse_bad_parent(row: Organization) -> None:
    above, depth = row.parent, 1
    while above is not None:
        if above.pk == row.pk:
            raise ParentOfItself
        depth += 1
        if depth > DEEPEST:
            raise TooDeep
        above = above.parent


def _told(row: Organization) -> dict[str, Any]:
    content = OrganizationContent(
        row.name, row.domains, None, row.source, row.external_id, row.custom
    )
    told = asdict(content)
    told["parent"] = row.parent_id
    return told


def add_role(
    *,
    customer: Customer,
    organization: Organization,
    role: str,
    title: str = "",
    from_on: date | None = None,
    to_on: date | None = None,
    by: User | None,
    at: datetime,
) -> OrganizationRole:
    """Say what the customer is in an organization; raises RoleOverlaps, Invalid."""
    if from_on and to_on and to_on < from_on:
        raise Invalid("to_on", said("The last day lies before the first one."))
    with transaction.atomic():
        customer = locked(customer)
        held = customer.roles.filter(organization=organization, role=role)
        clash = _overlapping(held, from_on, to_on)
        if clash is not None:
            raise RoleOverlaps(clash)
        row = OrganizationRole.objects.create(
            customer=customer,
            organization=organization,
            role=role,
            title=title.strip()[:120],
            from_on=from_on,
            to_on=to_on,
        )
        after = {"customer": customer.pk, "organization": organization.pk, "role": role}
        audit.record(verb="add_organization_role", record=row, by=by, at=at, after=after)
    return row


def _overlapping(rows: Any, from_on: date | None, to_on: date | None) -> Any:
    """A row that shares a day with [from_on, to_on], open ends included."""
    if to_on is not None:
        rows = rows.filter(Q(from_on=None) | Q(from_on__lte=to_on))
    if from_on is not None:
        rows = rows.filter(Q(to_on=None) | Q(to_on__gte=from_on))
    return rows.select_related("customer").first()


def end_role(*, role: OrganizationRole, on: date, by: User, at: datetime) -> OrganizationRole:
    """The customer is this up to and with that day."""
    with transaction.atomic():
        locked(role.customer)
        role = OrganizationRole.objects.select_for_update(of=("self",)).get(pk=role.pk)
        before, role.to_on = role.to_on, max(on, role.from_on or on)
        role.save(update_fields=["to_on", "updated_at"])
        audit.record(
            verb="end_organization_role",
            record=role,
            by=by,
            at=at,
            before={"to_on": before and before.isoformat()},
            after={"to_on": role.to_on.isoformat()},
        )
    return role


def relate(
    *,
    customer: Customer,
    other: Customer,
    type: RelationType,
    is_inverse: bool = False,
    from_on: date | None = None,
    by: User | None,
    at: datetime,
) -> CustomerRelation:
    """Say how two customers are related; with `is_inverse` the other one is `type` of the first.

    A symmetric relation is stored once, the lower id left. Raises OneselfRelated, AlreadyRelated.
    """
    if customer.pk == other.pk:
        raise OneselfRelated
    left, right = (other, customer) if is_inverse else (customer, other)
    if type.is_symmetric and left.pk > right.pk:
        left, right = right, left
    with transaction.atomic():
        for each in sorted((left, right), key=lambda row: row.pk):
            locked(each)
        try:
            with transaction.atomic():
                row = CustomerRelation.objects.create(
                    left=left, right=right, type=type, from_on=from_on
                )
        except IntegrityError:
            raise AlreadyRelated from None
        after = {"left": left.pk, "right": right.pk, "type": type.name}
        audit.record(verb="relate_customers", record=row, by=by, at=at, after=after)
    return row


def end_relation(
    *, relation: CustomerRelation, on: date, by: User, at: datetime
) -> CustomerRelation:
    """The two are no longer related so after that day."""
    with transaction.atomic():
        relation = CustomerRelation.objects.select_for_update(of=("self",)).get(pk=relation.pk)
        relation.to_on = max(on, relation.from_on or on)
        relation.save(update_fields=["to_on", "updated_at"])
        audit.record(
            verb="end_relation",
            record=relation,
            by=by,
            at=at,
            after={"to_on": relation.to_on.isoformat()},
        )
    return relation
