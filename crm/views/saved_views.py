"""Saved views of lists, and segments of customers."""

from __future__ import annotations

from typing import Any

from django import forms
from django.http import Http404, HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext

from accounts.models import Team
from accounts.teams import spans_holding
from crm import access, saved_pages, segments
from crm.actions import saved as actions
from crm.models import SavedView, Segment
from crm.models.saved import ViewScope
from crm.views.common import page, person
from crm.views.refusals import answer_form
from lib.answers import must, page_refusals

ROWS_OF_RULES = 6


@page_refusals
def view_save(request: HttpRequest) -> HttpResponse:
    """Keep the list as it is shown."""
    user = person(request)
    given = request.POST
    if not saved_pages.is_known(given.get("page", "")):
        raise Http404
    scope, _colon, role = given.get("scope", "").partition(":")
    mine = user.memberships.filter(spans_holding(timezone.now())).values("team")
    view = actions.save_view(
        page=given["page"],
        name=given.get("name", ""),
        query=saved_pages.plain_query(QueryDict(given.get("query", ""))),
        scope=scope or ViewScope.PERSONAL,
        team=Team.objects.filter(pk__in=mine).order_by("pk").first(),
        role=role,
        is_default=given.get("is_default") == "on",
        by=user,
        at=timezone.now(),
    )
    return redirect(saved_pages.address(view.page, view.query))


@page_refusals
def view_delete(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    view = get_object_or_404(SavedView.objects.visible_to(user), pk=pk)
    actions.delete_view(view=view, by=user, at=timezone.now())
    return redirect(saved_pages.address(view.page))


class SegmentForm(forms.Form):
    """A name, and up to six conditions in rows of three fields."""

    name = forms.CharField(max_length=80, label=gettext_lazy("Name"))
    match = forms.ChoiceField(
        label=gettext_lazy("Customers for whom"),
        choices=[
            ("all", gettext_lazy("every condition holds")),
            ("any", gettext_lazy("at least one condition holds")),
        ],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = [(name, field.label) for name, field in segments.fields().items()]
        for row in range(ROWS_OF_RULES):
            self.fields[f"field_{row}"] = forms.ChoiceField(
                label=_("Field"), choices=[("", "–"), *known], required=False
            )
            self.fields[f"operator_{row}"] = forms.ChoiceField(
                label=pgettext("segment", "How"),
                choices=list(segments.OPERATORS.items()),
                required=False,
            )
            self.fields[f"value_{row}"] = forms.CharField(
                label=_("Value"), max_length=200, required=False
            )

    @property
    def rows(self) -> list[tuple[forms.BoundField, forms.BoundField, forms.BoundField]]:
        return [
            (self[f"field_{row}"], self[f"operator_{row}"], self[f"value_{row}"])
            for row in range(ROWS_OF_RULES)
        ]

    def conditions(self) -> dict[str, Any]:
        given = self.cleaned_data
        rules = [
            {
                "field": given[f"field_{row}"],
                "operator": given[f"operator_{row}"],
                "value": given[f"value_{row}"],
            }
            for row in range(ROWS_OF_RULES)
            if given[f"field_{row}"]
        ]
        return {"match": given["match"], "rules": rules}


def begun(segment: Segment) -> dict[str, Any]:
    """What the form of a segment begins with."""
    initial = {"name": segment.name, "match": segment.conditions.get("match", "all")}
    for row, rule in enumerate(segment.conditions.get("rules", [])[:ROWS_OF_RULES]):
        for name in ("field", "operator", "value"):
            initial[f"{name}_{row}"] = rule.get(name)
    return initial


def segment_list(request: HttpRequest) -> HttpResponse:
    """Every segment with its size and how old the count is."""
    user = person(request)
    rows = Segment.objects.select_related("owner")
    context = {
        "segments": [(row, segments.in_words(row.conditions)) for row in rows],
        "may_change": access.may_change_customer(user),
        "trail": [(_("Customers"), reverse("crm:customer_list"))],
    }
    return page(request, "crm/segment_list.html", context)


def segment_edit(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Make a segment, or change one."""
    user = person(request)
    segment = get_object_or_404(Segment, pk=pk) if pk else None
    form = SegmentForm(request.POST or None, initial=begun(segment) if segment else None)

    def act() -> str:
        actions.save_segment(
            segment=segment,
            name=form.cleaned_data["name"],
            conditions=form.conditions(),
            by=user,
            at=timezone.now(),
        )
        return "crm:segment_list"

    context = {
        "segment": segment,
        "title": _("Change “%(name)s”") % {"name": segment} if segment else _("New segment"),
        "trail": [
            (_("Customers"), reverse("crm:customer_list")),
            (_("Segments"), reverse("crm:segment_list")),
        ],
    }
    return answer_form(request, form, act, template="crm/segment_edit.html", context=context)


def segment_count(request: HttpRequest, pk: int) -> HttpResponse:
    """Count a segment anew."""
    segment = get_object_or_404(Segment, pk=pk)
    actions.count_segment(segment=segment, at=timezone.now())
    return redirect("crm:segment_list")


def segment_delete(request: HttpRequest, pk: int) -> HttpResponse:
    """Let a segment go; its owner or an admin may."""
    user = person(request)
    segment = get_object_or_404(Segment, pk=pk)
    must(segment.owner_id == user.pk or access.may_manage_settings(user))
    actions.delete_segment(segment=segment, by=user, at=timezone.now())
    return redirect("crm:segment_list")
