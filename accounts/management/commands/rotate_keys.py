"""Seal every sealed value with the first of ATTUNE_FIELD_KEYS."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.apps import apps
from django.core.management.base import BaseCommand
from django.db import transaction

from lib import encryption


class Command(BaseCommand):
    help = "Seal second factors and webhook secrets anew with the first of ATTUNE_FIELD_KEYS."

    def handle(self, *args: Any, **options: Any) -> None:
        count = 0
        for pk in Authenticator.objects.values_list("pk", flat=True):
            with transaction.atomic():
                count += renew_factor(Authenticator.objects.select_for_update().get(pk=pk))
        for model in apps.get_models():
            if getattr(model, "seals_secrets", False):
                count += renew_secrets(model)
        self.stdout.write(f"{count} values sealed anew. Older keys may go once every host knows.")


def renew_secrets(model: Any) -> int:
    """How many secrets the rows of a model with a list `secrets` held."""
    count = 0
    for pk in model.objects.values_list("pk", flat=True):
        with transaction.atomic():
            row = model.objects.select_for_update(of=("self",)).get(pk=pk)
            for item in row.secrets:
                item["secret"] = encryption.renewed(item["secret"])
                count += 1
            row.save(update_fields=["secrets"])
    return count


def renew_factor(factor: Authenticator) -> int:
    """How many sealed values the factor held."""
    sealed = [name for name in ("secret", "seed") if name in factor.data]
    for name in sealed:
        factor.data[name] = encryption.renewed(factor.data[name])
    if sealed:
        factor.save(update_fields=["data"])
    return len(sealed)
