"""The list that an access review goes through: every open account with all that it may use."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.mfa.models import Authenticator
from django.db.models import Prefetch

from accounts.models import AccessReview, ApiToken, RightGrant, User

STALE_AFTER = timedelta(days=90)
DUE_AFTER = timedelta(days=90)
FACTORS = {"totp": "app", "webauthn": "passkey", "recovery_codes": "recovery codes"}
COLUMNS = ("Name", "E-mail", "Kind", "Roles", "Rights", "Factors", "Tokens", "Last sign-in")


@dataclass(frozen=True)
class Row:
    """One account. `is_stale` says that nobody signed in with it for 90 days, nor a token was."""

    person: User
    roles: list[str]
    rights: list[str]
    factors: list[str]
    tokens: int
    is_stale: bool

    def cells(self) -> tuple[str, ...]:
        """What the CSV file, the PDF and the digest hold, in the order of COLUMNS."""
        last = self.person.last_login
        return (
            self.person.full_name,
            self.person.email,
            self.person.get_kind_display(),
            ", ".join(self.roles),
            ", ".join(self.rights),
            ", ".join(self.factors),
            str(self.tokens),
            last.strftime("%Y-%m-%d %H:%M UTC") if last else "never",
        )


def rows(at: datetime, *, only_stale: bool = False) -> list[Row]:
    """Every open account by name; five queries, however many there are."""
    people = User.objects.active().order_by("full_name", "pk")
    rights = RightGrant.objects.in_force(at)
    tokens = ApiToken.objects.in_force(at)
    people = people.prefetch_related(
        "groups",
        Prefetch("right_grants", queryset=rights, to_attr="rights_now"),
        Prefetch("api_tokens", queryset=tokens, to_attr="tokens_now"),
    )
    factors: dict[int, list[str]] = {}
    for user_id, kind in Authenticator.objects.order_by("pk").values_list("user_id", "type"):
        factors.setdefault(user_id, []).append(FACTORS.get(kind, kind))
    found = [row_of(person, factors.get(person.pk, []), at) for person in people]
    return [row for row in found if row.is_stale or not only_stale]


def row_of(person: User, factors: list[str], at: datetime) -> Row:
    tokens: list[ApiToken] = person.tokens_now  # type: ignore[attr-defined]
    used = [person.last_login, *(token.last_used_at for token in tokens)]
    last = max((moment for moment in used if moment), default=person.created_at)
    return Row(
        person=person,
        roles=sorted(group.name for group in person.groups.all()),
        rights=sorted(grant.right for grant in person.rights_now),  # type: ignore[attr-defined]
        factors=factors,
        tokens=len(tokens),
        is_stale=last <= at - STALE_AFTER,
    )


def digest_of(found: list[Row]) -> str:
    """SHA-256 of the list without moments of sign-in, so that only what may be done counts."""
    lines = ("\x1f".join(row.cells()[:-1]) for row in found)
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def latest() -> AccessReview | None:
    return AccessReview.objects.select_related("reviewer").order_by("-at", "-pk").first()


def is_due(review: AccessReview | None, at: datetime) -> bool:
    return review is None or review.at <= at - DUE_AFTER


def csv_rows(found: list[Row]) -> Iterator[tuple[str, ...]]:
    yield COLUMNS
    for row in found:
        yield row.cells()
