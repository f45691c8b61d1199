"""What evaluations said about criteria: the outcomes that rules, coaching and effects read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby

from django.db.models import F, QuerySet

from quality.models import Answer, Criterion, Evaluation
from quality.models.evaluations import SHOWN_TO_AGENT_STATES, Purpose
from training import customer_answers
from training.customer_answers import Group
from training.remediation import Firing, Outcome, firings

AT_ONCE = 2000
CRITICAL_FAIL, CSAT_DRIVER = "critical_fail", "csat_driver"


@dataclass(frozen=True)
class Asked:
    """What a rule, as stored or as tried, looks for."""

    kind: str
    criterion_key: str
    k: int
    n: int
    window_days: int
    cool_off_days: int
    team_id: int | None = None
    queue_id: int | None = None
    topic_id: int | None = None

    def fired(self, outcomes: Iterable[Outcome]) -> list[Firing]:
        k, n = (1, 1) if self.kind == CRITICAL_FAIL else (self.k, self.n)
        return firings(outcomes, k, n, self.window_days, self.cool_off_days)


def judged_answers() -> QuerySet[Answer]:
    """Applicable answers of released standard evaluations; calibrations and void never count."""
    evaluation = "revision__evaluation__"
    return Answer.objects.filter(
        **{f"{evaluation}state__in": SHOWN_TO_AGENT_STATES},
        revision__evaluation__purpose=Purpose.STANDARD,
        revision=F("revision__evaluation__current_revision"),
        state="scored",
        is_failed__isnull=False,
    )


def only_critical(rows: QuerySet[Answer]) -> QuerySet[Answer]:
    """Answers to criteria of a critical family, or whose failure has an effect of its own."""
    return rows.exclude(criterion__fail_trigger="none", criterion__critical_family__isnull=True)


def answers_for(asked: Asked) -> QuerySet[Answer]:
    """The answers that a rule looks at, by its criterion and its scope."""
    rows = judged_answers()
    if asked.criterion_key:
        rows = rows.filter(criterion__key=asked.criterion_key)
    if asked.kind == CRITICAL_FAIL:
        rows = only_critical(rows)
    if asked.team_id:
        rows = rows.filter(revision__evaluation__team=asked.team_id)
    if asked.queue_id:
        rows = rows.filter(revision__evaluation__leg__queue=asked.queue_id)
    return rows


def outcomes_by_agent(rows: QuerySet[Answer]) -> Iterator[Group]:
    """(agent, criterion key, outcomes), one agent and key at a time; streamed."""
    evaluation = "revision__evaluation__"
    agent, key = f"{evaluation}agent_id", "criterion__key"
    values = rows.order_by(agent, key, f"{evaluation}released_at", f"{evaluation}id").values_list(
        agent, key, f"{evaluation}released_at", f"{evaluation}id", "is_failed"
    )
    lines = values.iterator(chunk_size=AT_ONCE)
    for (person, criterion), group in groupby(lines, key=lambda line: (line[0], line[1])):
        yield person, criterion, [Outcome(at, pk, failed) for _a, _k, at, pk, failed in group]


def groups_for(
    asked: Asked, *, agent_id: int | None = None, before: datetime | None = None
) -> Iterator[Group]:
    """What a rule looks at, of one agent or of everybody, known before a moment. One query."""
    if asked.kind == CSAT_DRIVER:
        return customer_answers.outcomes_by_agent(asked, agent_id=agent_id, before=before)
    rows = answers_for(asked)
    if agent_id is not None:
        rows = rows.filter(revision__evaluation__agent=agent_id)
    if before is not None:
        rows = rows.filter(revision__evaluation__released_at__lt=before)
    return outcomes_by_agent(rows)


def outcomes_of(asked: Asked, agent_id: int) -> Mapping[str, list[Outcome]]:
    """One agent's outcomes by criterion key. One query."""
    return {key: outcomes for _agent, key, outcomes in groups_for(asked, agent_id=agent_id)}


def criterion_texts(keys: Iterable[str]) -> dict[str, str]:
    """The newest wording of each criterion. One query."""
    rows = Criterion.objects.filter(key__in=set(keys)).order_by("pk").values_list("key", "text")
    return dict(rows)


def moments_of(ids: Iterable[int | str]) -> dict[int | str, datetime]:
    """When evaluations were released and customers' answers sent. At most two queries."""
    known = list(ids)
    evaluations = [pk for pk in known if isinstance(pk, int)]
    answers = [pk for pk in known if isinstance(pk, str)]
    found: dict[int | str, datetime] = {}
    if evaluations:
        rows = Evaluation.objects.filter(pk__in=evaluations, released_at__isnull=False)
        found |= {pk: at for pk, at in rows.values_list("pk", "released_at") if at}
    return found | (customer_answers.moments_of(answers) if answers else {})


def days_told(moments: Iterable[datetime]) -> str:
    """ "12 and 27 Jan", "30 Jan, 2 and 5 Feb"."""
    by_month = [
        (month, [f"{day.day}" for day in days])
        for month, days in groupby(moments, key=lambda day: f"{day:%b}")
    ]
    parts = [f"{_listed(days)} {month}" for month, days in by_month]
    return ", ".join(parts)


def _listed(words: list[str]) -> str:
    if len(words) < 2:
        return "".join(words)
    return f"{', '.join(words[:-1])} and {words[-1]}"
