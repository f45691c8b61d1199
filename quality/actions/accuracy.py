"""Set what share of error-free evaluations a family of critical criteria is to reach."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from quality.models import AccuracyTarget
from quality.models.base import as_text
from quality.models.tree import CriticalFamily
from quality.refusals import Invalid, Stale


class UnknownFamily(Invalid):
    def __init__(self) -> None:
        super().__init__("family", "There is no such family of critical criteria.")


class TargetOutOfRange(Invalid):
    def __init__(self) -> None:
        super().__init__("target_percent", "A target is a percentage from 0 to 100.")


class TargetMoved(Stale):
    def __init__(self) -> None:
        super().__init__("Somebody else set this target first. Look at it and set yours again.")


def set_accuracy_target(
    *, family: str, target_percent: Decimal, seen: int, by: User, at: datetime
) -> AccuracyTarget:
    """`seen` is the row's version that the person looked at, 0 while the default applies."""
    if family not in CriticalFamily.values:
        raise UnknownFamily
    if not 0 <= target_percent <= 100:
        raise TargetOutOfRange
    try:
        with transaction.atomic():
            return _set(family, target_percent, seen, by, at)
    except IntegrityError:
        raise TargetMoved from None  # Two people left the default at once.


def _set(family: str, target_percent: Decimal, seen: int, by: User, at: datetime) -> AccuracyTarget:
    target = AccuracyTarget.objects.select_for_update().filter(family=family).first()
    if (target.row_version if target else 0) != seen:
        raise TargetMoved
    before = {"target_percent": as_text(target.target_percent)} if target else {}
    target = target or AccuracyTarget(family=family, row_version=0)
    target.target_percent = target_percent
    target.row_version += 1
    target.save()
    after = {"target_percent": as_text(target_percent)}
    audit.record(
        verb="set_accuracy_target", record=target, by=by, at=at, before=before, after=after
    )
    return target
