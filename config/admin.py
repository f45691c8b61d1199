"""The Django admin, dressed as the rest of Attune and entered through the same sign-in."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import gate
from accounts.permissions import policy


class AttuneAdminSite(admin.AdminSite):
    site_header = "Attune"
    site_title = "Attune"
    index_title = "Supervision"
    final_catch_all_view = False

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Show only tables of our own apps; those of libraries have no page here."""
        models = [model_or_iterable] if isinstance(model_or_iterable, type) else model_or_iterable
        super().register(list(own(models)), admin_class, **options)

    def login(self, request: HttpRequest, extra_context: Any = None) -> HttpResponse:
        """There is one sign-in page."""
        return HttpResponseRedirect(gate.sign_in_url(request.GET.get("next", "/admin/")))

    def logout(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """Signing out is one page as well."""
        return HttpResponseRedirect("/sign-out/")

    def password_change(self, request: HttpRequest, extra_context: Any = None) -> Any:
        """The account pages hold the password."""
        return HttpResponseRedirect("/account/password/")


def own(models: Iterable[type[Model]]) -> Iterable[type[Model]]:
    labels = {label.partition(".")[0] for label in policy().admin}
    return (model for model in models if model._meta.app_label in labels)
