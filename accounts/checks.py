"""Start-up checks: every URL and every admin page has its line in config/permissions.yaml."""

from __future__ import annotations

from typing import Any

from django.apps import apps
from django.contrib import admin
from django.core.checks import CheckMessage, Error, Tags, Warning, register

from accounts.addresses import address_named, places
from accounts.permissions import policy

FILE = "config/permissions.yaml"


@register(Tags.urls)
def every_url_has_a_line(**kwargs: Any) -> list[CheckMessage]:
    found = list(places())
    messages: list[CheckMessage] = []
    for place in found:
        if address_named(place.name) is None:
            hint = f'Add "{place.name}": {{methods: [GET], verb: ...}} under `urls:` in {FILE}.'
            messages.append(
                Error(
                    f"The URL {place.name or 'without name'} at /{place.route} has no line.",
                    hint=hint,
                    id="accounts.E002",
                )
            )
    unused = policy().addresses.keys() - {place.name for place in found}
    messages += [
        Warning(f"{FILE} names the URL {name}, which does not exist.", id="accounts.W003")
        for name in sorted(unused)
    ]
    return messages


@register(Tags.models)
def every_admin_page_has_a_line(**kwargs: Any) -> list[CheckMessage]:
    known = {model._meta.label_lower for model in apps.get_models()}
    messages: list[CheckMessage] = [
        Error(f"{FILE} names the model {label}, which does not exist.", id="accounts.E004")
        for label in sorted(policy().admin.keys() - known)
    ]
    shown = {model._meta.label_lower for model in admin.site._registry}
    messages += [
        Error(
            f"The admin shows {label}, which has no line.",
            hint=f"Add {label}: {{view: ...}} under `admin:` in {FILE}.",
            id="accounts.E005",
        )
        for label in sorted(shown - policy().admin.keys())
    ]
    return messages
