"""What an accepted answer brings about: topics of its comment, and alerts."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from feedback import topics
from feedback.actions import alerts
from feedback.models import CommentLabel, Response, Topic
from feedback.models.survey_responses import ResponseState


def follow_up(*, response: Response, at: datetime) -> None:
    """Label the comment by rule and raise alerts; again changes nothing."""
    if response.state != ResponseState.ACCEPTED:
        return
    with transaction.atomic():
        label_by_rule(response=response, at=at)
        alerts.raise_alert(response=response, at=at)


def label_by_rule(*, response: Response, at: datetime) -> list[CommentLabel]:
    """One label for each active topic whose phrases fit."""
    if not response.comment:
        return []
    found = [
        topic
        for topic in Topic.objects.filter(is_active=True)
        if topics.matches(topic.phrase_list, response.comment)
    ]
    labels = [
        CommentLabel(
            response=response, topic=topic, by_rule=True, polarity=polarity(response), at=at
        )
        for topic in found
    ]
    return CommentLabel.objects.bulk_create(labels, ignore_conflicts=True)


def polarity(response: Response) -> int:
    """1 for satisfied, -1 for not, 0 where nobody said."""
    return {True: 1, False: -1, None: 0}[response.is_satisfied]
