"""What ends is written down outside the database too, and ended again after a restore."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from accounts import actions
from accounts.events import RightEnded, RoleEnded, TokenRevoked, UserDeactivated, UserErased
from accounts.models import ApiToken, RightGrant, User, role_group
from ops import tombstones


def keep_deactivation(fact: UserDeactivated) -> None:
    tombstones.append("user_deactivated", fact.at, user_id=fact.user_id)


def keep_erasure(fact: UserErased) -> None:
    tombstones.append("user_erased", fact.at, user_id=fact.user_id)


def keep_role_end(fact: RoleEnded) -> None:
    tombstones.append("role_ended", fact.at, user_id=fact.user_id, role=fact.role)


def keep_right_end(fact: RightEnded) -> None:
    tombstones.append("right_ended", fact.at, user_id=fact.user_id, right=fact.right)


def keep_revocation(fact: TokenRevoked) -> None:
    tombstones.append("token_revoked", fact.at, token_id=fact.token_id)


# --- After a restore; each answers whether there was something to end -----------------------------


def deactivate_again(line: Mapping[str, Any], now: datetime) -> bool:
    user = User.objects.filter(pk=line["user_id"], is_active=True).first()
    if user is None:
        return False
    actions.deactivate_user(user=user, by=None, at=now, reason="Restored backup was older.")
    return True


def erase_again(line: Mapping[str, Any], now: datetime) -> bool:
    user = User.objects.filter(pk=line["user_id"], erased_at__isnull=True).first()
    if user is None:
        return False
    reason = "Restored backup was older."
    if user.is_active:
        actions.deactivate_user(user=user, by=None, at=now, reason=reason)
    actions.erase_user(user=user, by=None, at=now, reason=reason)
    return True


def end_role_again(line: Mapping[str, Any], now: datetime) -> bool:
    user = User.objects.filter(pk=line["user_id"], groups__name=line["role"]).first()
    if user is None:
        return False
    user.groups.remove(role_group(line["role"]))
    return True


def end_right_again(line: Mapping[str, Any], now: datetime) -> bool:
    grants = RightGrant.objects.filter(user=line["user_id"], right=line["right"])
    return bool(grants.filter(to_at__isnull=True).update(to_at=now))


def revoke_again(line: Mapping[str, Any], now: datetime) -> bool:
    tokens = ApiToken.objects.filter(pk=line["token_id"], revoked_at__isnull=True)
    return bool(tokens.update(revoked_at=now))
