"""What people say about a month."""

from __future__ import annotations

from datetime import date, datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from reports.models import MonthComment


def comment_month(*, month: date, text: str, by: User, at: datetime) -> MonthComment:
    """Write the month's one comment, or put another in its place."""
    with transaction.atomic():
        kept, is_new = MonthComment.objects.select_for_update().get_or_create(
            month=month, defaults={"text": text, "by": by}
        )
        before = {} if is_new else {"text": kept.text}
        kept.text, kept.by = text, by
        kept.save(update_fields=["text", "by", "updated_at"])
        audit.record(
            verb="comment_month", record=kept, by=by, at=at, before=before, after={"text": text}
        )
    return kept
