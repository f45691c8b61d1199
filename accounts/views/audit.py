"""What happened, by whom; and who read what."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from accounts.forms import AccessFilters, AuditFilters
from accounts.models import AccessEntry, AuditAnchor, AuditEntry, AuditHead, User
from accounts.views.common import signed_in
from lib import keyset


def audit_list(request: HttpRequest) -> HttpResponse:
    """Acts, newest first, with their before and after; at most 12 queries."""
    reader = signed_in(request)
    filters = AuditFilters(request.GET)
    is_valid = filters.is_valid()
    wanted = filters.cleaned_data
    entries = entries_about(wanted.get("object") or "", reader)
    entries = in_period(by_whom(entries, wanted), wanted)
    if wanted.get("verb"):
        entries = entries.filter(verb=wanted["verb"].strip().lower().replace(" ", "_"))
    if not is_valid:
        entries = entries.none()
    page = keyset.page_of(request, entries.select_related("actor", "payload"), order="-at")
    previous_url, next_url = keyset.page_links(request, page)
    name_people(page.rows, reader)
    context = {
        "filters": filters,
        "is_narrowed": any(wanted.values()),
        "entries": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
        "head": AuditHead.objects.first(),
        "anchor": AuditAnchor.objects.first(),
    }
    return render(request, "accounts/audit_list.html", context, status=200 if is_valid else 400)


def name_people(entries: list[AuditEntry], reader: User) -> None:
    """Give entries about people the person's name as `object_name`; one query."""
    label = User._meta.label_lower
    ids = {entry.object_id for entry in entries if entry.object_type == label}
    people = User.objects.visible_to(reader).filter(pk__in=ids)
    names = {str(person.pk): person.full_name for person in people}
    for entry in entries:
        if entry.object_type == label:
            entry.object_name = names.get(entry.object_id, "")


def entries_about(written: str, reader: User) -> Any:
    """Entries the reader may see; of one record, all of them if the record itself is visible."""
    mine = AuditEntry.objects.visible_to(reader)
    if not written:
        return mine
    label, _, pk = written.partition(":")
    if is_visible(label, pk, reader):
        mine = AuditEntry.objects.all()
    return mine.filter(object_type=label, object_id=pk)


def is_visible(label: str, pk: str, reader: User) -> bool:
    try:
        model = apps.get_model(label)
        rows = model._default_manager
        return hasattr(rows, "visible_to") and rows.visible_to(reader).filter(pk=pk).exists()
    except (LookupError, ValueError):
        return False


def access_list(request: HttpRequest) -> HttpResponse:
    """Who read personal content, newest first."""
    reader = signed_in(request)
    filters = AccessFilters(request.GET)
    is_valid = filters.is_valid()
    wanted = filters.cleaned_data
    entries = in_period(by_whom(AccessEntry.objects.visible_to(reader), wanted), wanted)
    if wanted.get("kind"):
        entries = entries.filter(kind=wanted["kind"])
    if not is_valid:
        entries = entries.none()
    page = keyset.page_of(request, entries.select_related("actor", "about"), order="-at")
    previous_url, next_url = keyset.page_links(request, page)
    context = {
        "filters": filters,
        "is_narrowed": any(wanted.values()),
        "entries": page.rows,
        "previous_url": previous_url,
        "next_url": next_url,
    }
    return render(request, "accounts/access_list.html", context, status=200 if is_valid else 400)


def by_whom(entries: Any, wanted: dict[str, Any]) -> Any:
    if not wanted.get("who"):
        return entries
    return entries.filter(actor__in=User.objects.matching(wanted["who"]).values("pk"))


def in_period(entries: Any, wanted: dict[str, Any]) -> Any:
    if wanted.get("from_on"):
        entries = entries.filter(at__gte=wanted["from_on"])
    if wanted.get("to_on"):
        entries = entries.filter(at__lt=wanted["to_on"])
    return entries
