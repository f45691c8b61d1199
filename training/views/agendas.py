"""Agendas that sessions may begin with: their list, a new one, one changed or retired."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.views.decorators.http import require_POST

from quality.refusals import Invalid
from training.actions import agenda_templates as actions
from training.forms.coaching import AgendaTemplateForm
from training.models import AgendaTemplate
from training.views.common import form_page, page_refusals, person, refused_by


@page_refusals
def agenda_list(request: HttpRequest) -> HttpResponse:
    form = AgendaTemplateForm(request.POST or None)
    if _saved(request, form, None):
        return redirect("training:agenda_list")
    agendas = AgendaTemplate.objects.active()
    return form_page(request, "training/agenda_list.html", form, {"agendas": agendas})


@page_refusals
def agenda_edit(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(AgendaTemplate.objects.active(), pk=pk)
    stored = {"name": template.name, "lines": template.lines, "seen": template.row_version}
    form = AgendaTemplateForm(request.POST or None, initial=stored)
    if _saved(request, form, template):
        return redirect("training:agenda_list")
    return form_page(request, "training/agenda_edit.html", form, {"template": template})


@require_POST
@page_refusals
def agenda_retire(request: HttpRequest, pk: int) -> HttpResponse:
    template = get_object_or_404(AgendaTemplate.objects.active(), pk=pk)
    actions.retire_template(template=template, by=person(request), at=timezone.now())
    return redirect("training:agenda_list")


def _saved(request: HttpRequest, form: AgendaTemplateForm, template: AgendaTemplate | None) -> bool:
    """Whether what was sent is stored; a refusal stands in the form."""
    if request.method != "POST" or not form.is_valid():
        return False
    by, at = person(request), timezone.now()
    try:
        actions.save_template(template=template, by=by, at=at, **form.cleaned_data)
    except Invalid as refusal:
        refused_by(form, refusal)
    except actions.ChangedElsewhere as refusal:
        form.add_error(None, str(refusal))
    return not form.errors
