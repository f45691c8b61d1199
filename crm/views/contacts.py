"""Contacts that people write down, sounds they add, and the customer it really was."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from crm import access
from crm.actions import contacts as actions
from crm.forms.contacts import ContactForm, OtherCustomerForm, OwnValuesForm, RecordingForm
from crm.models import Customer, Interaction
from crm.references import number
from crm.views.common import person
from crm.views.customer_edit import REASON
from crm.views.refusals import answer_form
from lib.answers import must
from lib.refusals import Invalid
from ops import files


def interaction_new(request: HttpRequest) -> HttpResponse:
    """Write down a contact that no switch knows of, perhaps from a customer's page."""
    user, now = person(request), timezone.now()
    must(access.may_record_contact(user))
    asked = number(request.GET.get("customer", ""), "C")
    known = Customer.objects.visible_to(user).filter(pk=asked).first() if asked else None
    local = timezone.localtime(now).replace(second=0, microsecond=0, tzinfo=None)
    initial = {
        "customer": known.reference if known else "",
        "started_at": local,
        "ended_at": local,
    }
    form = ContactForm(request.POST or None, user=user, initial=initial)

    def act() -> Interaction:
        return actions.record_contact(**form.cleaned_data, by=user, at=now)

    context = {
        "title": _("Write down a contact"),
        "yes": _("Save"),
        "trail": [(_("Interactions"), reverse("crm:interaction_list"))],
    }
    return answer_form(request, form, act, template=REASON, context=context)


def interaction_customer(request: HttpRequest, pk: int) -> HttpResponse:
    """Say that a contact was with somebody else."""
    user = person(request)
    interaction = _visible(request, pk)
    must(access.may_change_customer(user))
    form = OtherCustomerForm(request.POST or None, user=user)

    def act() -> Interaction:
        return actions.reassign_customer(
            interaction=interaction, by=user, at=timezone.now(), **form.cleaned_data
        )

    return answer_form(
        request,
        form,
        act,
        template=REASON,
        context=_context(interaction, _("Another customer"), _("Save")),
    )


def interaction_values(request: HttpRequest, pk: int) -> HttpResponse:
    """Change the custom fields of an interaction."""
    user = person(request)
    interaction = _visible(request, pk)
    must(access.may_tag_interaction(user, interaction))
    held = {"seen": interaction.version}
    form = OwnValuesForm(request.POST or None, initial=held, held=interaction.custom)

    def act() -> Interaction:
        return actions.set_own_values(
            interaction=interaction,
            values=form.custom_values(),
            seen=form.cleaned_data["seen"],
            by=user,
            at=timezone.now(),
        )

    context = _context(interaction, _("Custom fields"), _("Save"))
    return answer_form(request, form, act, template=REASON, context=context)


def recording_add(request: HttpRequest, pk: int) -> HttpResponse:
    """Keep a sound of ours with an interaction."""
    user = person(request)
    interaction = _visible(request, pk)
    must(access.may_add_recording(user, interaction))
    form = RecordingForm(request.POST or None, request.FILES or None)

    def act() -> Interaction:
        upload = form.cleaned_data["file"]
        try:
            stored = files.store(
                upload.file,
                name=upload.name,
                media_type=form.media_type,
                kind="recording",
                by_id=user.pk,
            )
        except files.NoSpace as error:
            raise Invalid("file", str(error)) from None
        actions.attach_recording(interaction=interaction, stored=stored, by=user, at=timezone.now())
        return interaction

    context = _context(interaction, _("Add a recording"), _("Upload")) | {"is_upload": True}
    return answer_form(request, form, act, template=REASON, context=context)


def _visible(request: HttpRequest, pk: int) -> Interaction:
    return get_object_or_404(Interaction.objects.visible_to(person(request)), pk=pk)


def _context(interaction: Interaction, title: str, yes: str) -> dict[str, Any]:
    return {
        "title": f"{title}: {interaction.reference}",
        "yes": yes,
        "trail": [
            (_("Interactions"), reverse("crm:interaction_list")),
            (interaction.reference, interaction.get_absolute_url()),
        ],
    }
