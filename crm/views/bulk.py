"""One act on every row of a list: chosen, confirmed with the count, watched."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from crm import bulk, listed
from crm.actions import bulk as actions
from crm.models import BulkRun
from crm.saved_pages import plain_query
from crm.views.common import page, person
from crm.views.customer_edit import REASON
from crm.views.refusals import answer_form
from lib.answers import must
from lib.refusals import Invalid
from lib.sentences import one_of

LISTS = {
    "customers": (gettext_lazy("Customers"), "crm:customer_list"),
    "interactions": (gettext_lazy("Interactions"), "crm:interaction_list"),
    "cases": (gettext_lazy("Cases"), "crm:case_list"),
}
TITLES = {
    "customers": gettext_lazy("With all of these customers"),
    "interactions": gettext_lazy("With all of these interactions"),
    "cases": gettext_lazy("With all of these cases"),
}
SHOWN_REFUSALS = 100


class BulkForm(forms.Form):
    act = forms.ChoiceField(label=gettext_lazy("What to do"), widget=forms.RadioSelect)
    argument = forms.CharField(max_length=120, label=gettext_lazy("With"))

    def __init__(self, *args: Any, acts: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        asked = dict.fromkeys(bulk.ACTS[name].asks for name, _ in acts)
        self.fields["argument"].help_text = one_of([str(words) for words in asked]) + "."
        field = self.fields["act"]
        assert isinstance(field, forms.ChoiceField)
        field.choices = acts


def bulk_new(request: HttpRequest) -> HttpResponse:
    """Choose what to do with the list as it is shown; how many rows that are stands above."""
    user = person(request)
    kind = request.GET.get("kind", "")
    if kind not in LISTS:
        raise Http404
    acts = bulk.acts_of(kind, user)
    must(bool(acts))
    query = plain_query(QueryDict(request.GET.get("query", "")))
    form = BulkForm(request.POST or None, acts=acts)

    def act() -> BulkRun:
        return actions.order_bulk(
            kind=kind, query=query, by=user, at=timezone.now(), **form.cleaned_data
        )

    title, url_name = LISTS[kind]
    context = {
        "title": TITLES[kind],
        "yes": _("Do it"),
        "note": note(kind, query, request),
        "trail": [(title, reverse(url_name))],
    }
    return answer_form(request, form, act, template=REASON, context=context)


def note(kind: str, query: str, request: HttpRequest) -> str:
    """How many rows it will be; more than can be done at once are not counted on."""
    try:
        rows = listed.ROWS[kind](person(request), QueryDict(query)).order_by()
    except Invalid as refusal:
        return str(refusal)
    count = rows[: actions.MOST_ROWS + 1].count()
    if count > actions.MOST_ROWS:
        told = _("More than {most} rows. Narrow the list first.")
        return told.format(most=f"{actions.MOST_ROWS:,}")
    return ngettext(
        "{count} row. Each is asked for by itself; what is refused is listed.",
        "{count} rows. Each is asked for by itself; what is refused is listed.",
        count,
    ).format(count=f"{count:,}")


def bulk_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """How far an act is, and what was refused."""
    run = get_object_or_404(BulkRun.objects.visible_to(person(request)), pk=pk)
    title, url_name = LISTS[run.kind]
    context = {
        "run": run,
        "act": bulk.ACTS[run.act].label,
        "refusals": list(run.refusals.all()[:SHOWN_REFUSALS]),
        "trail": [(title, reverse(url_name))],
    }
    return page(request, "crm/bulk_detail.html", context, part="state")
