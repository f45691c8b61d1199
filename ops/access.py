"""Who may see and steer jobs, deliveries and files.

ops stands below accounts, so the reading of the permission file is registered by
`config/wiring.py`; until then nobody may anything.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ops.models import Delivery, JobRun

Scope = Callable[[Any, str], str | None]
_scope: list[Scope] = []


def use_scope(scope: Scope) -> None:
    """Name the function that answers how far a verb reaches for a person."""
    _scope[:] = [scope]


def reach(user: Any, verb: str) -> str | None:
    """None, "own", "team" or "all"; None for anyone who is not signed in."""
    if not _scope or not getattr(user, "is_authenticated", False):
        return None
    return _scope[0](user, verb)


def may_view_job(user: Any, run: JobRun) -> bool:
    scope = reach(user, "ops.view_job")
    return scope == "all" or (scope is not None and run.requested_by_id == user.pk)


def may_retry_job(user: Any, run: JobRun) -> bool:
    return reach(user, "ops.retry_job") == "all"


def may_cancel_job(user: Any, run: JobRun) -> bool:
    return reach(user, "ops.retry_job") == "all"


def may_settle_delivery(user: Any, delivery: Delivery) -> bool:
    return reach(user, "ops.settle_delivery") == "all"
