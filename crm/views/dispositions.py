"""What came of an interaction, set on its page."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from crm import access
from crm.actions import dispositions as actions
from crm.models import Disposition, Interaction, InteractionDisposition
from crm.models.interactions import Outcome
from crm.views.common import person
from crm.views.customer_edit import REASON
from crm.views.refusals import answer_form
from lib.answers import must, page_refusals


class DispositionForm(forms.Form):
    disposition = forms.ModelChoiceField(
        Disposition.objects.none(), label=gettext_lazy("Disposition")
    )
    note = forms.CharField(max_length=500, required=False, label=gettext_lazy("Note"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["disposition"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Disposition.objects.in_use().filter(children__isnull=True)


def facts(interaction: Interaction, user: User) -> dict[str, Any]:
    """The dispositions in force, and the form of who may set one; two queries."""
    rows = interaction.dispositions.filter(superseded_at=None).select_related("disposition", "by")
    may_set = access.may_set_disposition(user, interaction)
    said = list(rows)
    return {
        "dispositions": said,
        "is_disposition_owed": not said and is_asked_for(interaction),
        "disposition_form": DispositionForm() if may_set else None,
        "may_set_disposition": may_set,
    }


def is_asked_for(interaction: Interaction) -> bool:
    """Whether the queue asks what came of each contact that was handled."""
    queue = interaction.queue
    is_handled = interaction.outcome == Outcome.HANDLED
    return is_handled and queue is not None and queue.wrap_needs_disposition


def disposition_set(request: HttpRequest, pk: int) -> HttpResponse:
    """Say what came of an interaction."""
    user = person(request)
    interaction = get_object_or_404(Interaction.objects.visible_to(user), pk=pk)
    must(access.may_set_disposition(user, interaction))
    form = DispositionForm(request.POST or None)

    def act() -> Interaction:
        actions.set_disposition(
            interaction=interaction, by=user, at=timezone.now(), **form.cleaned_data
        )
        return interaction

    context = {
        "title": _("What came of %(reference)s") % {"reference": interaction.reference},
        "yes": _("Save"),
        "trail": [
            (_("Interactions"), reverse("crm:interaction_list")),
            (interaction.reference, interaction.get_absolute_url()),
        ],
    }
    return answer_form(request, form, act, template=REASON, context=context)


@page_refusals
def disposition_remove(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a disposition back: one's own, or anybody's for those who may change them."""
    user = person(request)
    visible = Interaction.objects.visible_to(user)
    rows = InteractionDisposition.objects.filter(interaction__in=visible)
    row = get_object_or_404(rows.select_related("interaction", "disposition"), pk=pk)
    must(row.by_id == user.pk or access.may_change_disposition(user, row.interaction))
    actions.remove_disposition(row=row, by=user, at=timezone.now())
    return redirect(row.interaction)
