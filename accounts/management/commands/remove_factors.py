"""Let somebody in again who lost every second factor."""

from __future__ import annotations

from typing import Any

from allauth.mfa.models import Authenticator
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction
from django.utils import timezone

from accounts import actions
from accounts.models import User


class Command(BaseCommand):
    help = "Remove every second factor of a person who lost them; the person gets a mail."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["email"]).first()
        if user is None:
            raise CommandError(f"Nobody signs in as {options['email']}.")
        removed, _ = Authenticator.objects.filter(user=user).delete()
        actions.note_factor(user=user, change="totp_deactivated", at=timezone.now())
        self.stdout.write(f"{removed} factors removed. The person is asked to add one anew.")
