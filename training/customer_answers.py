"""What customers said about people: the answers that rules with the kind `csat_driver` read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby
from typing import Protocol
from uuid import UUID

from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce

from accounts.models import User
from feedback.models import CommentLabel, InvitationCredit, Response
from feedback.models.survey_responses import ResponseQuerySet
from feedback.models.surveys import Anonymity
from training.remediation import Outcome

AT_ONCE = 2000
SHOWN_AFTER = timedelta(hours=24)
Group = tuple[int, str, list[Outcome]]


class AsksCustomers(Protocol):
    """The part of a rule that narrows answers."""

    @property
    def team_id(self) -> int | None: ...

    @property
    def queue_id(self) -> int | None: ...

    @property
    def topic_id(self) -> int | None: ...


def answers_about_people(asked: AsksCustomers) -> QuerySet[InvitationCredit]:
    """Accepted answers whose driver is the person, by whom they are credited to.

    A colleague's label of the driver wins over the customer's; process and product never count.
    """
    answer = "invitation__response__"
    rows = InvitationCredit.objects.filter(
        **{
            f"{answer}state": "accepted",
            f"{answer}is_satisfied__isnull": False,
            f"{answer}submitted_at__isnull": False,
        }
    )
    driver = Coalesce(f"{answer}driver_by_staff", f"{answer}driver_by_customer")
    rows = rows.alias(driver=driver).filter(driver="person")
    if asked.team_id:
        rows = rows.filter(**{f"{answer}team": asked.team_id})
    if asked.queue_id:
        rows = rows.filter(**{f"{answer}queue": asked.queue_id})
    if asked.topic_id:
        told = Q(by_human=True) | Q(by_human__isnull=True, by_rule=True)
        labels = CommentLabel.objects.filter(
            told, response=OuterRef("invitation__response"), topic=asked.topic_id
        )
        rows = rows.filter(Exists(labels))
    return rows


def outcomes_by_agent(
    asked: AsksCustomers, *, agent_id: int | None = None, before: datetime | None = None
) -> Iterator[Group]:
    """(agent, "", outcomes), one agent at a time; streamed. Not satisfied is failed."""
    rows = answers_about_people(asked)
    if agent_id is not None:
        rows = rows.filter(agent=agent_id)
    if before is not None:
        rows = rows.filter(invitation__response__submitted_at__lt=before)
    values = rows.order_by("agent_id", "invitation__response__submitted_at").values_list(
        "agent_id",
        "invitation__response__submitted_at",
        "invitation__response__pk",
        "invitation__response__is_satisfied",
    )
    lines = values.iterator(chunk_size=AT_ONCE)
    for person, group in groupby(lines, key=lambda line: line[0]):
        outcomes = [
            Outcome(at, str(pk), not satisfied) for _agent, at, pk, satisfied in group if at
        ]
        yield person, "", outcomes


@dataclass(frozen=True)
class Anybody:
    """Answers about people, whatever their team, queue or topic."""

    team_id: int | None = None
    queue_id: int | None = None
    topic_id: int | None = None


def satisfied_of(agent_id: int, start: datetime, end: datetime) -> tuple[int, int]:
    """(satisfied, all) of the answers about one agent in [start, end). One query."""
    sent = "invitation__response__submitted_at"
    rows = answers_about_people(Anybody()).filter(
        agent=agent_id, **{f"{sent}__gte": start, f"{sent}__lt": end}
    )
    is_satisfied = Q(invitation__response__is_satisfied=True)
    counts = rows.aggregate(n=Count("pk"), satisfied=Count("pk", filter=is_satisfied))
    return counts["satisfied"], counts["n"]


def moments_of(ids: Iterable[str]) -> dict[int | str, datetime]:
    """When each answer was sent. One query."""
    rows = Response.objects.filter(pk__in=[UUID(one) for one in ids])
    return {str(pk): at for pk, at in rows.values_list("pk", "submitted_at") if at}


def answers_for_talk(agent: User, reader: User, at: datetime) -> ResponseQuerySet:
    """Answers about the agent that a talk may rest on: a day old, and nobody promised silence.

    The agent reads them with the session, so only identified surveys count; the reader is who
    leads the talk.
    """
    about = answers_about_people(Anybody()).filter(agent=agent)
    return Response.objects.visible_to(reader).filter(
        pk__in=about.values("invitation__response"),
        survey__anonymity=Anonymity.IDENTIFIED,
        submitted_at__lte=at - SHOWN_AFTER,
    )
