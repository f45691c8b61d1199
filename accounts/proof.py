"""Whether the person proved lately that it is they, and whether a second factor is missing."""

from __future__ import annotations

import time

from allauth.account.authentication import get_authentication_records
from django.conf import settings
from django.http import HttpRequest

from accounts.models import User
from accounts.permissions import has, policy
from accounts.sessions import SIGNED_IN

FRESH_SECONDS = 600
# In the session of whoever gave a second factor to the issuer of single sign-on.
FACTOR_AT_ISSUER = "factor_at_issuer"


def is_fresh(request: HttpRequest) -> bool:
    """By signing in, or by password or factor again, less than ten minutes ago."""
    now = time.time()
    moments = [record.get("at", 0) for record in get_authentication_records(request, request.user)]
    moments.append(request.session.get(SIGNED_IN, 0))
    return now < max(moments) + FRESH_SECONDS


def needs_factor(user: User) -> bool:
    """Who holds a role of ATTUNE_MFA_ROLES, a single right, or may export; nobody if it is empty.

    No query beside the one for roles and rights.
    """
    required = frozenset(settings.MFA_ROLES)
    if not required:
        return False
    if user.roles & required or user.granted_names & policy().rights.keys():
        return True
    return any(has(user, verb) for verb in policy().verbs if ".export_" in verb)


def lacks_factor(request: HttpRequest) -> bool:
    """Whether the person of the request must add a second factor before anything else."""
    user = request.user
    assert isinstance(user, User)
    if user.has_second_factor or request.session.get(FACTOR_AT_ISSUER):
        return False
    return needs_factor(user)
