"""What hangs on a customer: contact points, notes, tags, consents, roles, relations."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import access
from crm.actions import consents, contact_points, notes, organizations, tags
from crm.forms.customers import (
    ConsentForm,
    InvalidForm,
    NoteForm,
    ReasonForm,
    RelationForm,
    RoleForm,
    TagForm,
    WayForm,
)
from crm.models import (
    Case,
    ContactPoint,
    Customer,
    CustomerRelation,
    Interaction,
    Note,
    OrganizationRole,
    Tag,
)
from crm.views.common import person
from crm.views.customer_edit import REASON, visible_customer
from crm.views.refusals import answer_form
from lib.answers import must, page_refusals


def _part(
    request: HttpRequest, pk: int, title: str, form: forms.Form, act: Callable[[Customer], Any]
) -> HttpResponse:
    """A small form about one customer on a page of its own; a refusal shows it again."""
    customer = visible_customer(person(request), pk)

    def acted() -> Customer:
        act(customer)
        return customer

    context = {
        "customer": customer,
        "title": title,
        "yes": _("Save"),
        "trail": [
            (_("Customers"), reverse("crm:customer_list")),
            (str(customer), customer.get_absolute_url()),
        ],
    }
    return answer_form(request, form, acted, template=REASON, context=context)


def interaction_notes(request: HttpRequest, pk: int) -> HttpResponse:
    """The notes of an interaction, the pinned ones first; a panel of its page."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=pk)
    rows = interaction.notes.select_related("author").prefetch_related("earlier_texts")
    context = {
        "interaction": interaction,
        "notes": list(rows.order_by("-is_pinned", "-written_at", "-pk")),
        "may_note": access.may_write_note(user),
    }
    return render(request, "crm/interaction_notes.html", context)


def interaction_note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note on an interaction, for those who may see it."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=pk)
    must(access.may_write_note(user))
    form = NoteForm(request.POST or None)

    def act() -> Interaction:
        body = form.cleaned_data["body"]
        notes.write_note(body=body, interaction=interaction, by=user, at=timezone.now())
        return interaction

    context = {
        "title": _("Note on %(reference)s") % {"reference": interaction.reference},
        "yes": _("Save"),
        "trail": [(interaction.reference, interaction.get_absolute_url())],
    }
    return answer_form(request, form, act, template=REASON, context=context)


def note_write(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    form = NoteForm(request.POST or None)

    def act(customer: Customer) -> None:
        body = form.cleaned_data["body"]
        notes.write_note(body=body, customer=customer, by=user, at=timezone.now())

    return _part(request, pk, _("Write a note"), form, act)


def note_edit(request: HttpRequest, pk: int) -> HttpResponse:
    """Change one's own note, for a day."""
    user, now = person(request), timezone.now()
    note = get_object_or_404(Note.objects.visible_to(user).select_related("customer"), pk=pk)
    must(note.is_editable(user, now))
    if note.case_id is not None:
        raise Http404
    form = NoteForm(request.POST or None, initial={"body": note.body})

    def act() -> Customer | Interaction | Case:
        notes.change_note(note=note, body=form.cleaned_data["body"], by=user, at=now)
        return note.record

    context = {
        "title": _("Change a note"),
        "yes": _("Save"),
        "trail": [(str(note.record), note.record.get_absolute_url())],
    }
    return answer_form(request, form, act, template=REASON, context=context)


@page_refusals
def note_pin(request: HttpRequest, pk: int) -> HttpResponse:
    """Pin a note, or unpin it."""
    user = person(request)
    note = get_object_or_404(Note.objects.visible_to(user), pk=pk)
    must(access.may_write_note(user))
    is_pinned = request.POST.get("pin") == "1"
    notes.pin_note(note=note, is_pinned=is_pinned, by=user, at=timezone.now())
    return redirect(note.record)


def point_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    form = WayForm(request.POST or None)

    def act(customer: Customer) -> None:
        given = form.cleaned_data
        point = contact_points.add_contact_point(
            customer=customer, way=given["way"], label=given["label"], by=user, at=timezone.now()
        )
        if point.validity != "valid":
            messages.warning(request, _("This number is possible, but not one that is given out."))

    return _part(request, pk, _("Add a contact point"), form, act)


POINT_ACTS: dict[str, Callable[..., Any]] = {
    "primary": contact_points.make_primary,
    "remove": contact_points.remove_contact_point,
    "opt-out": contact_points.opt_out,
    "opt-in": contact_points.opt_in,
}


def visible_point(request: HttpRequest, pk: int) -> ContactPoint:
    """A contact point of a customer whom the person sees, in full or masked."""
    visible = Customer.objects.visible_to(person(request))
    rows = ContactPoint.objects.filter(customer__in=visible).select_related("customer")
    return get_object_or_404(rows, pk=pk)


@page_refusals
def point_act(request: HttpRequest, pk: int, act: str) -> HttpResponse:
    """Do one thing with a contact point that needs no further words."""
    point, user, now = visible_point(request, pk), person(request), timezone.now()
    if act in ("up", "down"):
        contact_points.move_contact_point(point=point, up=act == "up", by=user, at=now)
    elif act == "verify":
        contact_points.verify(point=point, how="confirmed on the page", by=user, at=now)
    elif act in POINT_ACTS:
        POINT_ACTS[act](point=point, by=user, at=now)
    else:
        raise Http404
    return redirect(f"{point.customer.get_absolute_url()}#contact-points")


def point_invalid(request: HttpRequest, pk: int) -> HttpResponse:
    """Say why a contact point does not reach the customer."""
    point, user = visible_point(request, pk), person(request)
    form = InvalidForm(request.POST or None)

    def act(customer: Customer) -> None:
        reason = form.cleaned_data["reason"]
        contact_points.mark_invalid(point=point, reason=reason, by=user, at=timezone.now())

    return _part(
        request,
        point.customer_id,
        _("%(contact)s is invalid") % {"contact": point.masked},
        form,
        act,
    )


def point_reveal(request: HttpRequest, pk: int) -> HttpResponse:
    """Show a masked contact point for ten minutes; the reason is written into the access log."""
    point, user = visible_point(request, pk), person(request)
    must(access.may_reveal(user, point))
    form = ReasonForm(request.POST or None)

    def act(customer: Customer) -> None:
        reason = form.cleaned_data["reason"]
        contact_points.reveal(point=point, reason=reason, by=user, at=timezone.now())

    return _part(
        request,
        point.customer_id,
        _("Show %(contact)s in full") % {"contact": point.masked},
        form,
        act,
    )


@page_refusals
def tag_add(request: HttpRequest, pk: int) -> HttpResponse:
    customer, user = visible_customer(person(request), pk), person(request)
    name = TagForm(request.POST).data.get("name", "")
    tags.tag_record(record=customer, name=name, by=user, at=timezone.now())
    return redirect(customer)


@page_refusals
def tag_remove(request: HttpRequest, pk: int, tag: int) -> HttpResponse:
    customer, user = visible_customer(person(request), pk), person(request)
    row = get_object_or_404(Tag, pk=tag)
    tags.untag_record(record=customer, tag=row, by=user, at=timezone.now())
    return redirect(customer)


def consent_record(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    form = ConsentForm(request.POST or None)

    def act(customer: Customer) -> None:
        consents.record_consent(customer=customer, by=user, at=timezone.now(), **form.cleaned_data)

    return _part(request, pk, _("Write down a decision"), form, act)


def role_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    form = RoleForm(request.POST or None)

    def act(customer: Customer) -> None:
        organizations.add_role(customer=customer, by=user, at=timezone.now(), **form.cleaned_data)

    return _part(request, pk, _("Add an organization"), form, act)


@page_refusals
def role_end(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = person(request), timezone.now()
    visible = Customer.objects.visible_to(user)
    rows = OrganizationRole.objects.filter(customer__in=visible).select_related("customer")
    role = get_object_or_404(rows, pk=pk)
    organizations.end_role(role=role, on=timezone.localdate(now), by=user, at=now)
    return redirect(role.customer)


def relation_add(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    form = RelationForm(request.POST or None)

    def act(customer: Customer) -> None:
        organizations.relate(customer=customer, by=user, at=timezone.now(), **form.cleaned_data)

    return _part(request, pk, _("Add a relation"), form, act)


@page_refusals
def relation_end(request: HttpRequest, pk: int) -> HttpResponse:
    user, now = person(request), timezone.now()
    visible = Customer.objects.visible_to(user)
    rows = CustomerRelation.objects.filter(left__in=visible, right__in=visible)
    relation = get_object_or_404(rows.select_related("left"), pk=pk)
    organizations.end_relation(relation=relation, on=timezone.localdate(now), by=user, at=now)
    return redirect(relation.left)
