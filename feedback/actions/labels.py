"""Verbs of topics: a person's label on a comment."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback.actions.follow_up import polarity
from feedback.models import CommentLabel, Response, Topic


def label_comment(
    *, response: Response, topic: Topic, holds: bool, by: User, at: datetime
) -> CommentLabel:
    """Say whether a comment is about a topic; what the rule said is kept beside it."""
    with transaction.atomic():
        label, _ = CommentLabel.objects.select_for_update().get_or_create(
            response=response,
            topic=topic,
            defaults={"polarity": polarity(response), "at": at},
        )
        before, label.by_human = label.by_human, holds
        label.by, label.at = by, at
        label.save(update_fields=["by_human", "by", "at"])
        audit.record(
            verb="label_comment",
            record=label,
            by=by,
            at=at,
            before={"by_human": before},
            after={"by_human": holds},
        )
    return label
