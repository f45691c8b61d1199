"""The rows of a list as its address has it, for whoever asks: for files and for bulk acts."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.http import QueryDict
from django.utils.translation import gettext as _

from accounts.models import User
from crm import access
from crm.forms.cases import CaseFilter
from crm.forms.customer_filters import CustomerFilter
from crm.forms.interactions import InteractionFilter
from crm.models import Case, Customer, Interaction
from crm.models.cases import CaseQuerySet
from lib.refusals import Invalid


class UnreadableFilters(Invalid):
    def __init__(self) -> None:
        super().__init__("query", _("The filters of this list cannot be read any more."))


def customers(user: User, query: QueryDict) -> QuerySet[Customer]:
    """Active customers, restricted ones left out; raises UnreadableFilters."""
    form = CustomerFilter(query)
    if not form.is_valid():
        raise UnreadableFilters
    visible = Customer.objects.visible_to(user).active().filter(restricted_at__isnull=True)
    return form.narrow(visible, with_contact_points=access.may_see_contact_points(user))


def interactions(user: User, query: QueryDict) -> QuerySet[Interaction]:
    """Interactions, those of restricted customers left out; raises UnreadableFilters."""
    form = InteractionFilter(query, user)
    if not form.is_valid():
        raise UnreadableFilters
    visible = Interaction.objects.visible_to(user).exclude(customer__restricted_at__isnull=False)
    return form.narrow(visible, with_contact_points=access.may_see_contact_points(user))


def cases(user: User, query: QueryDict) -> CaseQuerySet:
    """Cases, those of restricted customers left out; raises UnreadableFilters."""
    form = CaseFilter(query, user)
    if not form.is_valid():
        raise UnreadableFilters
    visible = Case.objects.visible_to(user).exclude(customer__restricted_at__isnull=False)
    return form.narrow(visible, with_contact_points=access.may_see_contact_points(user))


ROWS: dict[str, Any] = {"customers": customers, "interactions": interactions, "cases": cases}
