"""Every URL of the site by name, and the permission file's word on each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from django.urls import ResolverMatch, URLPattern, URLResolver, get_resolver

from accounts.permission_file import Act, Address
from accounts.permissions import policy

READ = frozenset({"GET", "HEAD"})
READ_AND_POST = READ | {"POST"}
# Pages of the admin that belong to no model, with the methods they answer.
ADMIN_FRAME = {
    "index": READ,
    "app_list": READ,
    "jsi18n": READ,
    "autocomplete": READ,
    "view_on_site": READ,
    "password_change": READ,
    "password_change_done": READ,
    "logout": READ_AND_POST,
}
ADMIN_PAGES: dict[str, tuple[Act, frozenset[str]]] = {
    "changelist": ("view", READ_AND_POST),
    "add": ("add", READ_AND_POST),
    "change": ("view", READ_AND_POST),
    "delete": ("delete", READ_AND_POST),
    "history": ("view", READ),
}


@dataclass(frozen=True)
class Place:
    """One URL pattern: its full name, and its route with converters such as `<int:pk>`."""

    name: str
    route: str
    pattern: URLPattern


def places(resolver: URLResolver | None = None) -> Iterator[Place]:
    """Every URL pattern of the site."""
    yield from _walk(resolver or get_resolver(), names=(), route="")


def _walk(resolver: URLResolver, names: tuple[str, ...], route: str) -> Iterator[Place]:
    for item in resolver.url_patterns:
        deeper = route + str(item.pattern)
        if isinstance(item, URLResolver):
            space = (item.namespace,) if item.namespace else ()
            yield from _walk(item, (*names, *space), deeper)
        else:
            yield Place(":".join((*names, item.name or "")), deeper, item)


def address_of(match: ResolverMatch) -> Address | None:
    """What the permission file says about a resolved URL; None where it says nothing."""
    return address_named(":".join((*match.namespaces, match.url_name or "")))


def address_named(name: str) -> Address | None:
    written = policy().addresses.get(name)
    if written is None and name.startswith("admin:"):
        return _admin_addresses().get(name.removeprefix("admin:"))
    return written


@cache
def _admin_addresses() -> dict[str, Address]:
    """Pages that the admin makes by itself, by their names without `admin:`.

    The empty name stands for the redirect from an old address of a row to its page.
    """
    pages = [Address(name, methods, is_for_staff=True) for name, methods in ADMIN_FRAME.items()]
    pages += [Address("", READ, is_for_staff=True), Address("login", READ, is_public=True)]
    for label, acts in policy().admin.items():
        for page, (act, methods) in ADMIN_PAGES.items():
            name = f"{label.replace('.', '_')}_{page}"
            verb = acts.get(act)
            pages.append(Address(name, methods, verb, is_for_staff=True, is_closed=verb is None))
    return {page.name: page for page in pages}
