"""Sources that push interactions under a signature: made, given another secret, ended."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from crm.models import PushSource
from lib import encryption
from lib.refusals import Invalid, Refused
from ops import webhooks

OLD_SECRET_HOLDS_FOR = timedelta(hours=24)


class SourceTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"There is a source {name} already.")


class SourceEnded(Refused):
    """The source was ended; make a new one under another name."""

    def __str__(self) -> str:
        return "This source has ended. Make a new one under another name."


def add_source(*, name: str, owner: User, by: User, at: datetime) -> tuple[PushSource, str]:
    """The source and its secret, which is shown this once. Raises SourceTaken."""
    secret = webhooks.mint_secret()
    sealed = [{"secret": encryption.encrypt(secret), "until": None}]
    try:
        with transaction.atomic():
            source = PushSource.objects.create(
                name=name, owner=owner, secrets=sealed, created_by=by
            )
            after = {"name": name, "owner": owner.pk}
            audit.record(verb="add_push_source", record=source, by=by, at=at, after=after)
    except IntegrityError:
        raise SourceTaken(name) from None
    return source, secret


@transaction.atomic
def rotate_source_secret(*, source: PushSource, by: User, at: datetime) -> tuple[PushSource, str]:
    """A new secret; the one before holds beside it for a day. Raises SourceEnded."""
    source = _open(source)
    secret = webhooks.mint_secret()
    old = source.secrets[0] | {"until": (at + OLD_SECRET_HOLDS_FOR).isoformat()}
    source.secrets = [{"secret": encryption.encrypt(secret), "until": None}, old]
    source.save(update_fields=["secrets", "updated_at"])
    audit.record(verb="rotate_push_secret", record=source, by=by, at=at)
    return source, secret


@transaction.atomic
def end_source(*, source: PushSource, by: User, at: datetime) -> PushSource:
    """Nothing more is taken from the source. Raises SourceEnded."""
    source = _open(source)
    source.ended_at = at
    source.save(update_fields=["ended_at", "updated_at"])
    audit.record(verb="end_push_source", record=source, by=by, at=at)
    return source


def _open(source: PushSource) -> PushSource:
    locked = PushSource.objects.select_for_update(of=("self",)).get(pk=source.pk)
    if locked.ended_at:
        raise SourceEnded
    return locked
