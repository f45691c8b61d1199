"""Take facts in, once each, and let the agent's badges be folded anew."""

from __future__ import annotations

import logging
from datetime import datetime

from django.db import transaction

from accounts.models import User
from feedback.facts import FactArrived
from feedback.models import RecognitionFact
from feedback.models.badges import FACT_FIELDS
from ops.jobs import enqueue

logger = logging.getLogger(__name__)


def record_fact(*, arrived: FactArrived, at: datetime) -> RecognitionFact | None:
    """Store one version of a fact; the same version twice is one. None for an unknown kind.

    Without a version it is the next one, unless the last one says the same already.
    """
    if arrived.kind not in FACT_FIELDS:
        logger.warning("recognition_fact_of_unknown_kind", extra={"kind": arrived.kind})
        return None
    with transaction.atomic():
        person = User.objects.select_for_update(of=("self",)).get(pk=arrived.agent_id)
        rows = RecognitionFact.objects.filter(fact_key=arrived.fact_key, agent=person)
        last = rows.order_by("-version").first()
        if arrived.version is None and last is not None and _says_the_same(last, arrived):
            return last
        version = arrived.version or (last.version if last else 0) + 1
        fact, is_new = RecognitionFact.objects.get_or_create(
            fact_key=arrived.fact_key,
            agent=person,
            version=version,
            defaults={
                "kind": arrived.kind,
                "occurred_at": arrived.occurred_at,
                "payload": dict(arrived.payload),
                "is_withdrawn": arrived.is_withdrawn,
            },
        )
        if is_new:
            enqueue("feedback.fold_facts", key=f"fold-fact-{fact.pk}", agent_id=person.pk)
    return fact


def _says_the_same(last: RecognitionFact, arrived: FactArrived) -> bool:
    return (last.payload, last.occurred_at, last.is_withdrawn) == (
        dict(arrived.payload),
        arrived.occurred_at,
        arrived.is_withdrawn,
    )


def withdraw_fact(*, fact_key: str, at: datetime, agent_id: int | None = None) -> int:
    """Take a fact back for one agent, or for everyone it was about; how many it was about."""
    rows = RecognitionFact.objects.filter(fact_key=fact_key)
    if agent_id is not None:
        rows = rows.filter(agent=agent_id)
    standing = list(rows.newest())
    for fact in standing:
        record_fact(
            arrived=FactArrived(
                fact_key=fact_key,
                kind=fact.kind,
                agent_id=fact.agent_id,
                occurred_at=fact.occurred_at,
                payload=fact.payload,
                is_withdrawn=True,
            ),
            at=at,
        )
    return len(standing)
