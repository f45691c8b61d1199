"""Customers made and changed, put away and taken back, restricted, marked as VIP."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from crm import access
from crm.actions import customers as actions
from crm.actions import merges
from crm.forms.customers import CustomerForm, NewCustomerForm, ReasonForm, VipForm
from crm.models import Customer
from crm.models.customers import CustomerState, primary_points
from crm.views.common import list_summary, page, person
from crm.views.refusals import answer_form
from lib import keyset
from lib.answers import page_refusals
from lib.http import number_in

EDIT = "crm/customer_edit.html"
REASON = "crm/reason_form.html"


def visible_customer(user: User, pk: int) -> Customer:
    """404 for a customer this person may not see."""
    return get_object_or_404(Customer.objects.visible_to(user), pk=pk)


def customer_new(request: HttpRequest) -> HttpResponse:
    """A new customer; people alike are shown while one types, and never stop the saving."""
    user = person(request)
    start = {"display_name": request.GET.get("name", ""), "phone": request.GET.get("phone", "")}
    form = NewCustomerForm(request.POST or None, initial=start)

    def act() -> Customer:
        ways, now = form.cleaned_data["ways"], timezone.now()
        customer = actions.create_customer(content=form.content(), ways=ways, by=user, at=now)
        remember_others(request, customer)
        return customer

    context = {
        "title": _("New customer"),
        "trail": [(_("Customers"), reverse("crm:customer_list"))],
    }
    return answer_form(request, form, act, template=EDIT, context=context)


def remember_others(request: HttpRequest, customer: Customer) -> None:
    """Keep for whom of those alike it was said: this is someone else."""
    ids = [pk for pk in request.POST.getlist("someone_else") if number_in(pk)]
    rows = Customer.objects.visible_to(person(request)).filter(pk__in=ids)
    for other in rows.exclude(pk=customer.pk):
        merges.dismiss_pair(one=customer, other=other, by=person(request), at=timezone.now())


def customer_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change what is known of a customer; saved only over the version one saw."""
    user = person(request)
    customer = visible_customer(user, pk)
    names = CustomerForm.base_fields.keys() - {"seen"}
    held = {name: getattr(customer, name) for name in names} | {"seen": customer.version}
    form = CustomerForm(request.POST or None, initial=held, held=customer.custom)

    def act() -> Customer:
        seen = form.cleaned_data["seen"] or 0
        changed = actions.change_customer(
            customer=customer, content=form.content(), seen=seen, by=user, at=timezone.now()
        )
        remember_others(request, changed)
        return changed

    context = {
        "title": _("Change %(name)s") % {"name": customer},
        "customer": customer,
        "trail": [
            (_("Customers"), reverse("crm:customer_list")),
            (str(customer), customer.get_absolute_url()),
        ],
    }
    return answer_form(request, form, act, template=EDIT, context=context)


def customer_vip(request: HttpRequest, pk: int) -> HttpResponse:
    """Mark as VIP, with a reason and an end, or take the mark away."""
    user = person(request)
    customer = visible_customer(user, pk)
    names = ("is_vip", "vip_reason", "vip_until_on")
    held = {name: getattr(customer, name) for name in names}
    form = VipForm(request.POST or None, initial=held)

    def act() -> Customer:
        given, now = form.cleaned_data, timezone.now()
        return actions.set_vip(
            customer=customer,
            is_vip=given["is_vip"],
            reason=given["vip_reason"],
            until_on=given["vip_until_on"],
            on=timezone.localdate(now),
            by=user,
            at=now,
        )

    context = _asking(
        customer, _("VIP"), _("Save"), _("The badge stands wherever the customer is shown.")
    )
    return answer_form(request, form, act, template=REASON, context=context)


def customer_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Put a customer away."""
    note = _(
        "The customer leaves lists, searches and segments. The record can be restored for 30 days; "
        "then its content is removed."
    )
    return _with_reason(request, pk, actions.delete_customer, _("Delete"), note, is_danger=True)


def customer_restrict(request: HttpRequest, pk: int) -> HttpResponse:
    """Lock a record at the person's request."""
    note = _(
        "Nothing can be changed until the restriction is lifted, and the customer is left out of "
        "segments and exports."
    )
    return _with_reason(request, pk, actions.restrict, _("Restrict the processing"), note)


def customer_unrestrict(request: HttpRequest, pk: int) -> HttpResponse:
    """Allow changes of a restricted record again."""
    note = _("The record can be changed again, and stands in segments and exports.")
    return _with_reason(request, pk, actions.lift_restriction, _("Lift the restriction"), note)


def _with_reason(
    request: HttpRequest,
    pk: int,
    verb: Callable[..., Customer],
    words: str,
    note: str,
    *,
    is_danger: bool = False,
) -> HttpResponse:
    """A verb that asks why."""
    user = person(request)
    customer = visible_customer(user, pk)
    form = ReasonForm(request.POST or None)

    def act() -> Customer:
        reason = form.cleaned_data["reason"]
        return verb(customer=customer, reason=reason, by=user, at=timezone.now())

    context = _asking(customer, words, words, note) | {"is_danger": is_danger}
    return answer_form(request, form, act, template=REASON, context=context)


def _asking(customer: Customer, title: str, yes: str, note: str) -> dict[str, Any]:
    return {
        "customer": customer,
        "title": f"{title}: {customer}",
        "yes": yes,
        "note": note,
        "trail": [
            (_("Customers"), reverse("crm:customer_list")),
            (str(customer), customer.get_absolute_url()),
        ],
    }


@page_refusals
def customer_restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a deleted customer back."""
    user = person(request)
    customer = visible_customer(user, pk)
    actions.restore_customer(customer=customer, by=user, at=timezone.now())
    return redirect(customer)


def deleted_list(request: HttpRequest) -> HttpResponse:
    """Customers that were put away and can still be taken back, the latest first."""
    user = person(request)
    rows = Customer.objects.visible_to(user).filter(state=CustomerState.DELETED)
    found = keyset.page_of(request, rows.prefetch_related(primary_points()), order="-deleted_at")
    previous_url, next_url = keyset.page_links(request, found)
    context = {
        "customers": found.rows,
        "may_restore": access.may_change_customer(user),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "customer", is_whole=not (previous_url or next_url)),
        "trail": [(_("Customers"), reverse("crm:customer_list"))],
    }
    return page(request, "crm/customer_deleted.html", context)
