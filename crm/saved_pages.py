"""The lists whose filters people keep as saved views, and the picker above each of them.

An app above `crm` registers its pages in `config/wiring.py` and asks `picker` for its templates.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from crm.forms.custom_filters import WithCustomFilters
from crm.models import SavedView
from crm.models.saved import ViewScope
from lib.keyset import CURSOR_PARAMETER

# In the address of a list that is wanted whole, though a view is its default.
WHOLE = "all=1"
_pages: dict[str, str] = {}


def register(**pages: str) -> None:
    """Let the list of a URL name keep views under a name: register(customers="crm:…")."""
    _pages.update(pages)


def is_known(page: str) -> bool:
    return page in _pages


def address(page: str, query: str = "") -> str:
    """Where a page stands, with the filters of a view."""
    return f"{reverse(_pages[page])}?{query}" if query else reverse(_pages[page])


def plain_query(given: QueryDict) -> str:
    """The filters of an address in one order, without the place in the list."""
    kept = QueryDict(mutable=True)
    for name in sorted(given):
        if name not in (CURSOR_PARAMETER, "all"):
            kept.setlist(name, [value for value in given.getlist(name) if value])
    return kept.urlencode()


def audiences() -> list[tuple[str, str]]:
    """Whom a view can be shared with; `role:` and a name is everybody of that role."""
    roles = [
        (f"{ViewScope.ROLE}:{name}", _("Role {role}").format(role=name))
        for name in permissions.policy().roles
    ]
    others = [(name, str(words)) for name, words in ViewScope.choices if name != ViewScope.ROLE]
    return [*others[:2], *roles, *others[2:]]


def _views(request: HttpRequest, user: User, page: str) -> list[SavedView]:
    """The views of a list that the person may open, read once for a request."""
    read: dict[str, list[SavedView]] = request.__dict__.setdefault("saved_views", {})
    if page not in read:
        rows = SavedView.objects.visible_to(user).filter(page=page).select_related("owner")
        read[page] = list(rows)
    return read[page]


def picker(request: HttpRequest, page: str) -> dict[str, Any]:
    """For the list's view picker: the person's views and what the page shows now; one query."""
    user = request.user
    assert isinstance(user, User)
    query = plain_query(request.GET)
    rows = _views(request, user, page)
    has_default = any(view.is_default and view.owner_id == user.pk for view in rows)
    return {
        "page": page,
        "query": query,
        "rows": [
            (view, address(page, view.query), view.query == query, view.owner_id == user.pk)
            for view in rows
        ],
        "scopes": audiences(),
        "link": settings.BASE_URL + address(page, query),
        "whole_url": address(page, WHOLE if has_default else ""),
    }


def opening(request: HttpRequest, page: str) -> HttpResponse | None:
    """Where the list opens for somebody who comes without filters and has a default view."""
    user = request.user
    assert isinstance(user, User)
    if request.GET or request.headers.get("HX-Request") == "true":
        return None
    mine = (view for view in _views(request, user, page) if view.owner_id == user.pk)
    default = next((view for view in mine if view.is_default), None)
    if default is None or not default.query:
        return None
    return redirect(address(page, default.query))


def without_outdated(request: HttpRequest, page: str, names: Iterable[str]) -> HttpResponse | None:
    """Where a saved view opens that names what is gone, or what this person may not choose.

    None for an address that is no view of the person's: a made-up one is refused as ever.
    """
    user = request.user
    assert isinstance(user, User)
    gone = sorted(names)
    views = SavedView.objects.visible_to(user).filter(page=page)
    if not gone or not views.filter(query=plain_query(request.GET)).exists():
        return None
    kept = request.GET.copy()
    for name in gone:
        kept.pop(name, None)
    told = _("This view asks for what is gone or not yours: {names}. It opens without.").format(
        names=", ".join(gone)
    )
    messages.warning(request, told)
    return redirect(address(page, plain_query(kept) or WHOLE))


def without_gone(request: HttpRequest, page: str, form: WithCustomFilters) -> HttpResponse | None:
    """Where a saved view opens that filters by a row or a custom field that is gone."""
    return without_outdated(request, page, [*form.errors, *form.gone(request.GET)])
