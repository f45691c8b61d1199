"""Customers to find and to read."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from crm import access, bulk, customer_page, saved_pages, timeline, timeline_pages
from crm.forms.customer_filters import CustomerFilter
from crm.forms.customers import NoteForm, TagForm
from crm.list_columns import ListColumns
from crm.models import Customer, Interaction
from crm.models.customers import CustomerState, primary_points
from crm.models.interactions import Channel
from crm.views.common import active_filters, list_summary, page, person, shown_panels
from lib import keyset
from lib.speaking import spoken

LIST = "crm/customer_list.html"
DETAIL = "crm/customer_detail.html"
COLUMNS = {
    "reference": gettext_lazy("Reference"),
    "contact": gettext_lazy("Main contact"),
    "tags": gettext_lazy("Tags"),
    "external_id": gettext_lazy("External id"),
    "interactions": gettext_lazy("Interactions"),
    "last_contact": gettext_lazy("Last contact"),
}


def customer_list(request: HttpRequest) -> HttpResponse:
    """Customers one may see, the latest contact first; search and filters narrow them."""
    user = person(request)
    if default := saved_pages.opening(request, "customers"):
        return default
    in_full = access.may_see_contact_points(user)
    form = CustomerFilter(request.GET)
    if without := saved_pages.without_gone(request, "customers", form):
        return without
    if not form.is_valid():
        return page(request, LIST, {"form": form, "customers": []}, part="rows", status=400)
    visible = Customer.objects.visible_to(user).active()
    rows = form.narrow(visible, with_contact_points=in_full)
    rows = rows.prefetch_related(primary_points(), "tags")
    found = keyset.page_of(request, rows, order="-last_interaction_at")
    previous_url, next_url = keyset.page_links(request, found)
    columns = ListColumns(request.GET, COLUMNS, form.own)
    context = {
        "form": form,
        "columns": columns,
        "customers": [
            (customer, main_contact(customer, in_full), own)
            for customer, own in columns.with_cells(found)
        ],
        "filters": active_filters(request, form),
        "views": saved_pages.picker(request, "customers"),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(len(found), "customer", is_whole=not (previous_url or next_url)),
        "may_import": access.may_import(user),
        "may_change": access.may_change_customer(user),
        "may_export": access.may_export(user),
        "may_act": bool(bulk.acts_of("customers", user)),
        "may_merge": access.may_merge(user),
    }
    return page(request, LIST, context, part="rows")


def main_contact(customer: Customer, in_full: bool) -> str:
    """The first primary contact point, masked for those who may not see it in full."""
    point = customer.main_contact
    if point is None:
        return ""
    return point.value if in_full else point.masked


def customer_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """Who this is, how to reach them, and what has happened.

    The address of a customer who was merged leads to the one who remained. At most 20 queries.
    """
    user = person(request)
    customer = get_object_or_404(Customer.objects.visible_to(user), pk=pk)
    if customer.state == CustomerState.MERGED:
        last = Customer.objects.survivors([customer.pk])[customer.pk]
        return redirect("crm:customer_detail", pk=last, permanent=True)
    narrowed = timeline_filter(request)
    cursor = request.GET.get(keyset.CURSOR_PARAMETER, "")
    found = timeline_pages.page_of(customer, user, narrowed, cursor)
    context = {
        "customer": customer,
        "timeline": found,
        "newer_url": found.newer_cursor and narrowed.query(cursor=found.newer_cursor),
        "older_url": found.older_cursor and narrowed.query(cursor=found.older_cursor),
        "chips": timeline_chips(narrowed),
        "is_narrowed": bool(narrowed.kind or narrowed.channel),
        "note_form": NoteForm(),
    }
    if request.headers.get("HX-Request") != "true":
        context |= beside(customer, user)
    return page(request, DETAIL, context, part="timeline")


def beside(customer: Customer, user: User) -> dict[str, Any]:
    """Everything of the page but the timeline."""
    now = timezone.now()
    today = timezone.localdate(now)
    visible = Interaction.objects.visible_to(user).filter(customer=customer)
    abilities = customer_page.abilities(user, customer)
    return {
        "trail": [(_("Customers"), reverse("crm:customer_list"))],
        "points": customer_page.shown_points(customer, user, now),
        "facts": customer_page.facts(customer),
        "chart": customer_page.months_chart(visible, customer),
        "consents": customer_page.consent_lines(customer, now),
        "roles": customer_page.roles(customer, today),
        "relations": customer_page.relations(customer, user, today),
        "notes": customer_page.latest_notes(customer),
        "tags": customer.tags.all(),
        "tag_form": TagForm(),
        "panels": shown_panels("customer.side", user),
        "timeline_panels": shown_panels("customer.timeline", user),
        **abilities,
        "pairs": customer_page.open_pairs(customer) if abilities["may_change"] else [],
    }


def timeline_filter(request: HttpRequest) -> timeline_pages.Narrowed:
    """What the address filters by; unknown words filter nothing."""
    kinds = {timeline_pages.INTERACTIONS, *(kind.name for kind in timeline.kinds())}
    kind, channel = request.GET.get("kind", ""), request.GET.get("channel", "")
    return timeline_pages.Narrowed(
        kind if kind in kinds else "", channel if channel in Channel.values else ""
    )


def timeline_chips(narrowed: timeline_pages.Narrowed) -> dict[str, list[tuple[str, str, bool]]]:
    """Words, address and whether chosen, for kinds of entries and for channels."""
    kinds = [(timeline_pages.INTERACTIONS, _("Interactions"))]
    kinds += [(kind.name, spoken(kind.title)) for kind in timeline.kinds()]
    return {
        "kinds": [(_("Everything"), narrowed.query(kind=""), not narrowed.kind)]
        + [(title, narrowed.query(kind=name), narrowed.kind == name) for name, title in kinds],
        "channels": [(_("Any channel"), narrowed.query(channel=""), not narrowed.channel)]
        + [
            (str(channel.label), narrowed.query(channel=channel), narrowed.channel == channel)
            for channel in Channel
        ],
    }
