"""The text of an API token, and which token a request carries.

`att_<8 letters that name it>_<43 that prove it>`: the first part is stored as it is, of the second
only the SHA-256.
"""

from __future__ import annotations

import hmac
import re
import secrets
from datetime import datetime, timedelta
from ipaddress import ip_network

from django.db.models import Q

from accounts.models import ApiToken
from lib import tokens
from lib.addresses import parse

TOUCH_AFTER = timedelta(minutes=1)
_LETTERS = "abcdefghijklmnopqrstuvwxyz234567"
_TOKEN = re.compile(r"att_([a-z2-7]{8})_([A-Za-z0-9_-]{43})")
_NOBODYS_DIGEST = tokens.digest("")


def mint() -> tuple[str, str, str]:
    """A new token: the part that names it, the digest to store, and the whole text to hand out."""
    public_id = "".join(secrets.choice(_LETTERS) for _ in range(8))
    secret = tokens.mint()
    return public_id, tokens.digest(secret), f"att_{public_id}_{secret}"


def find(header: str, *, address: str, now: datetime) -> ApiToken | None:
    """The token in force that an Authorization header holds, used from `address`; one query.

    Whatever is wrong with it, the answer is None, and the secret is compared in any case.
    """
    scheme, _, text = header.partition(" ")
    match = _TOKEN.fullmatch(text)
    if scheme.lower() != "bearer" or match is None:
        return None
    token = ApiToken.objects.select_related("owner").filter(public_id=match[1]).first()
    stored = token.secret_sha256 if token else _NOBODYS_DIGEST
    is_right = hmac.compare_digest(stored, tokens.digest(match[2]))
    if token is None or not is_right or not token.is_in_force(now):
        return None
    return token if may_come_from(token, address) else None


def may_come_from(token: ApiToken, address: str) -> bool:
    """Whether the token may be used from this address; one without networks from anywhere."""
    if not token.networks:
        return True
    host = parse(address)
    return host is not None and any(host in ip_network(network) for network in token.networks)


def note_use(token: ApiToken, now: datetime) -> None:
    """Remember when the token was last used, at most once a minute."""
    if token.last_used_at is None or token.last_used_at <= now - TOUCH_AFTER:
        unused = Q(last_used_at__isnull=True) | Q(last_used_at__lte=now - TOUCH_AFTER)
        ApiToken.objects.filter(unused, pk=token.pk).update(last_used_at=now)
