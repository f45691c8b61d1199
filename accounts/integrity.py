"""What the database must satisfy about people and the audit trail."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils import timezone

from accounts import verification
from accounts.models import User
from ops.integrity import Finding, register


def audit_chain() -> Iterator[Finding]:
    for sequence, text in verification.verify(now=timezone.now()).faults:
        yield Finding("audit_chain", "accounts_auditentry", str(sequence), text)


def an_administrator() -> Iterator[Finding]:
    """Where anybody has an account, somebody must be able to administer."""
    if User.objects.exists() and not User.objects.active().in_role("admin").exists():
        yield Finding("an_administrator", "accounts_user", "", "nobody can administer this site")


def register_own() -> None:
    for rule in (audit_chain, an_administrator):
        register("accounts", rule.__name__, rule)
