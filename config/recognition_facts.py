"""Facts of other areas, translated into what recognition understands."""

from __future__ import annotations

from typing import Any

from crm.models import Interaction
from feedback.actions.facts import record_fact, withdraw_fact
from feedback.facts import FactArrived
from quality.events import EvaluationChanged, EvaluationFinalized, EvaluationVoided
from training.events import CertificateIssued, CertificateRevoked
from training.models import Certificate

RANDOM = "random"  # Targeted and hand-picked work says nothing about the average.


def evaluation_finalized(event: EvaluationFinalized) -> None:
    """A released result of a random draw, as a fact about the agent."""
    if event.selection == RANDOM and event.interaction_id is not None:
        record_fact(arrived=_evaluation(event, version=1), at=event.at)


def evaluation_changed(event: EvaluationChanged) -> None:
    """The next version; a result that moved to somebody else is taken back from the first one."""
    if event.selection != RANDOM or event.interaction_id is None:
        return
    key = f"evaluation:{event.evaluation_id}"
    if event.cause == "moved":
        withdraw_fact(fact_key=key, at=event.at)
    record_fact(arrived=_evaluation(event, version=event.revision), at=event.at)


def evaluation_voided(event: EvaluationVoided) -> None:
    withdraw_fact(fact_key=f"evaluation:{event.evaluation_id}", at=event.at)


def _evaluation(event: EvaluationFinalized, version: int) -> FactArrived:
    score = event.score_percent
    assert event.interaction_id is not None
    queue = Interaction.objects.filter(pk=event.interaction_id).values_list("queue_id", flat=True)
    payload: dict[str, Any] = {
        "score_percent": None if score is None else float(score),
        "is_passed": {"passed": True, "failed": False}.get(event.outcome),
        "has_critical_failure": any(
            one["critical"] and one["failed"] and one["fault_owner"] in (None, "agent")
            for one in event.criteria
        ),
        "scorecard": event.scorecard_id,
        "queue": queue.first(),
    }
    return FactArrived(
        fact_key=f"evaluation:{event.evaluation_id}",
        kind="evaluation",
        agent_id=event.agent_id,
        occurred_at=event.finalized_at,
        payload=payload,
        version=version,
    )


def certificate_issued(event: CertificateIssued) -> None:
    """A certificate of a course that stands, as a fact about its holder."""
    if event.course_id is None:
        return
    if Certificate.objects.filter(pk=event.certificate_id, revoked_at=None).exists():
        arrived = FactArrived(
            fact_key=f"certificate:{event.certificate_id}",
            kind="certificate",
            agent_id=event.person_id,
            occurred_at=event.at,
            payload={"course": event.course_id},
            version=1,
        )
        record_fact(arrived=arrived, at=event.at)


def certificate_revoked(event: CertificateRevoked) -> None:
    withdraw_fact(fact_key=f"certificate:{event.certificate_id}", at=event.at)
