"""Sign off who may do what."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit, reviewing
from accounts.models import AccessReview, User
from lib.refusals import Refused


class ListChanged(Refused):
    """Between the look at the list and the sign-off, somebody's access changed."""

    def __str__(self) -> str:
        return "Somebody's access changed since this list was shown. Look at it again, then sign."


@transaction.atomic
def sign_access_review(*, digest: str, note: str, by: User, at: datetime) -> AccessReview:
    """Keep that `by` looked through the list of this digest; raises ListChanged."""
    found = reviewing.rows(at)
    if reviewing.digest_of(found) != digest:
        raise ListChanged
    review = AccessReview.objects.create(
        reviewer=by, at=at, people=len(found), digest=digest, note=note
    )
    after = {"people": len(found), "digest": digest}
    audit.record(verb="sign_access_review", record=review, by=by, at=at, after=after)
    return review
