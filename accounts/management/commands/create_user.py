"""Make an account from the command line: the first administrator of a new site, above all."""

from __future__ import annotations

import getpass
import sys
from argparse import ArgumentParser
from typing import Any

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError
from django.core.validators import validate_email
from django.utils import timezone

from accounts import actions
from accounts.models import User
from accounts.permissions import policy


class Command(BaseCommand):
    help = "Make a user who can sign in. The password is asked for, or read from standard input."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("email")
        parser.add_argument("--name", required=True, help="full name")
        parser.add_argument("--role", action="append", default=[], choices=policy().roles)

    def handle(self, *args: Any, email: str, name: str, role: list[str], **options: Any) -> None:
        try:
            validate_email(email)
            password = read_password()
            validate_password(password, User(email=email, full_name=name))
            user = actions.create_user(
                email=email,
                full_name=name,
                password=password,
                roles=role,
                by=None,
                at=timezone.now(),
            )
        except ValidationError as error:
            raise CommandError(" ".join(error.messages), returncode=2) from error
        except actions.EmailTaken as error:
            raise CommandError(str(error), returncode=1) from error
        roles = ", ".join(role) or "no role yet"
        self.stdout.write(f"{user.full_name} can sign in as {user.email} ({roles}).")


def read_password() -> str:
    if sys.stdin.isatty():
        return getpass.getpass("Password: ")
    return sys.stdin.readline().rstrip("\n")
