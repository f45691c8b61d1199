"""Organizations to find, to read, to make and to change."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from crm import access, custom_fields, saved_pages
from crm.actions import organizations as actions
from crm.forms.organizations import OrganizationForm
from crm.list_columns import ListColumns
from crm.models import Customer, CustomFieldDefinition, Organization
from crm.models.custom_fields import Target
from crm.views.common import list_summary, page, person
from crm.views.refusals import answer_form
from lib import keyset

EDIT = "crm/organization_edit.html"
LONGEST_SEARCH = 200
COLUMNS = {
    "reference": gettext_lazy("Reference"),
    "domains": gettext_lazy("Domains"),
    "parent": gettext_lazy("Part of"),
    "tags": gettext_lazy("Tags"),
}


def organization_list(request: HttpRequest) -> HttpResponse:
    """Organizations by name."""
    user = person(request)
    if default := saved_pages.opening(request, "organizations"):
        return default
    words = request.GET.get("q", "").strip()[:LONGEST_SEARCH]
    rows = Organization.objects.visible_to(user).select_related("parent")
    if words:
        rows = rows.matching(words)
    found = keyset.page_of(request, rows.prefetch_related("tags"), order="name")
    previous_url, next_url = keyset.page_links(request, found)
    own = list(CustomFieldDefinition.objects.of(Target.ORGANIZATION))
    columns = ListColumns(request.GET, COLUMNS, own)
    context = {
        "organizations": columns.with_cells(found),
        "columns": columns,
        "views": saved_pages.picker(request, "organizations"),
        "words": words,
        "may_change": access.may_change_customer(user),
        "previous_url": previous_url,
        "next_url": next_url,
        "summary": list_summary(
            len(found), "organization", is_whole=not (previous_url or next_url)
        ),
    }
    return page(request, "crm/organization_list.html", context, part="rows")


def organization_detail(request: HttpRequest, pk: int) -> HttpResponse:
    """An organization and its people."""
    user = person(request)
    rows = Organization.objects.visible_to(user).select_related("parent")
    row = get_object_or_404(rows, pk=pk)
    today = timezone.localdate()
    people = row.roles.filter(customer__in=Customer.objects.visible_to(user).active())
    shown = list(people.select_related("customer").order_by("customer__name_key", "pk")[:200])
    context = {
        "organization": row,
        "trail": [(_("Organizations"), reverse("crm:organization_list"))],
        "people": [role for role in shown if role.is_in_force(today)],
        "former": [role for role in shown if not role.is_in_force(today)],
        "children": row.children.order_by("name")[:100],
        "facts": facts(row),
        "tags": row.tags.all(),
        "may_change": access.may_change_customer(user),
    }
    return page(request, "crm/organization_detail.html", context)


def facts(row: Organization) -> list[tuple[str, str]]:
    told = [
        (_("Domains"), row.domains),
        (_("Source"), row.source),
        (_("External id"), row.external_id),
    ]
    told += custom_fields.told(CustomFieldDefinition.objects.of(Target.ORGANIZATION), row.custom)
    return [(name, value) for name, value in told if value]


def organization_new(request: HttpRequest) -> HttpResponse:
    user = person(request)
    form = OrganizationForm(request.POST or None)

    def act() -> Organization:
        return actions.create_organization(content=form.content(), by=user, at=timezone.now())

    context = {
        "title": _("New organization"),
        "trail": [(_("Organizations"), reverse("crm:organization_list"))],
    }
    return answer_form(request, form, act, template=EDIT, context=context)


def organization_edit(request: HttpRequest, pk: int) -> HttpResponse:
    user = person(request)
    row = get_object_or_404(Organization.objects.visible_to(user).select_related("parent"), pk=pk)
    held = {
        "name": row.name,
        "domains": row.domains,
        "parent": row.parent.reference if row.parent else "",
        "source": row.source,
        "external_id": row.external_id,
        "seen": row.version,
    }
    form = OrganizationForm(request.POST or None, initial=held, held=row.custom)

    def act() -> Organization:
        seen = form.cleaned_data["seen"] or 0
        return actions.change_organization(
            organization=row, content=form.content(), seen=seen, by=user, at=timezone.now()
        )

    context = {
        "title": _("Change %(name)s") % {"name": row},
        "organization": row,
        "trail": [
            (_("Organizations"), reverse("crm:organization_list")),
            (row.name, row.get_absolute_url()),
        ],
    }
    return answer_form(request, form, act, template=EDIT, context=context)
