"""Count tries to sign in, before any password is looked at, for known and unknown logins alike."""

from __future__ import annotations

import hashlib
import unicodedata
from datetime import datetime
from fractions import Fraction

from django.conf import settings
from django.db import transaction
from django.http import HttpRequest
from django.utils import timezone

from accounts import lockout
from accounts.models import SignInCounter, User
from lib import addresses, counters, faults
from lib.http import client_of
from lib.transactions import again_on_conflict
from ops import limits, mail

# How many failures at once, and how many more each second.
OF_A_NETWORK = (60, Fraction(60, 900))
OF_A_LOGIN = (100, Fraction(100, 3600))


def hash_of(login: str) -> str:
    """A login in one spelling, so that case and width do not make new ones; not to be read back."""
    same = unicodedata.normalize("NFKC", login).strip().casefold()
    return hashlib.sha256(f"{settings.SECRET_KEY}:{same}".encode()).hexdigest()


def network_of(request: HttpRequest) -> str:
    return addresses.network_of(client_of(request))[:64]


def is_network_over(request: HttpRequest) -> bool:
    """Whether too many tries from this network failed lately."""
    name = f"sign-in:{network_of(request)}"
    return not limits.has_left(name, *OF_A_NETWORK, timezone.now())


def may_try(request: HttpRequest, login: str) -> bool:
    """Count a try as failed; False while a lock stands."""
    now, key = timezone.now(), (hash_of(login), network_of(request))
    return again_on_conflict(lambda: _may_try(*key, now))


@transaction.atomic
def _may_try(login_hash: str, network: str, now: datetime) -> bool:
    rows = SignInCounter.objects
    if faults.guard_is_on("accounts.sign_in_counter"):
        rows = rows.select_for_update()  # type: ignore[assignment]
    row, _ = rows.get_or_create(login_hash=login_hash, network=network)
    before = lockout.Count(row.failures, row.window_start_at, row.locked_until)
    after, may_look = lockout.tried(before, now)
    if may_look:
        row.failures, row.window_start_at = after.failures, after.window_start_at
        row.locked_until = after.locked_until
        row.save()
    return may_look


def succeeded(request: HttpRequest, login: str) -> None:
    """The try was right: start over."""
    SignInCounter.objects.filter(login_hash=hash_of(login), network=network_of(request)).update(
        failures=0, window_start_at=None, locked_until=None
    )


def failed(request: HttpRequest, login: str) -> None:
    """Count against the network, and warn the owner of a login that many networks try."""
    now, login_hash = timezone.now(), hash_of(login)
    counters.add("attune_sign_in_failures_total")
    count_network(request)
    if not limits.take(f"sign-in-login:{login_hash}", *OF_A_LOGIN, now).is_allowed:
        warn_owner(login, now)


def count_network(request: HttpRequest) -> None:
    """A failure that names no login counts against the network alone."""
    limits.take(f"sign-in:{network_of(request)}", *OF_A_NETWORK, timezone.now())


def warn_owner(login: str, now: datetime) -> None:
    user = User.objects.active().filter(email__iexact=login.strip()).first()
    if user is not None:
        with transaction.atomic():
            mail.send("accounts.guessed", key=f"{user.pk}:{now:%Y%m%d%H}", user_id=user.pk)
