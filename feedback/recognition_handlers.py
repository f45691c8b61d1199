"""What recognition does about facts of other areas; wired in config/wiring.py."""

from __future__ import annotations

from accounts.events import UserDeactivated, UserErased, UserReactivated
from accounts.models import User
from feedback.actions import answers, erasing, facts, leavers
from feedback.facts import FactArrived
from feedback.recognition_events import KudosEnded, KudosPosted
from feedback.survey_events import (
    RecoveryMeasured,
    SurveyDriverRelabeled,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
)

WON_BACK = ("recovered", "improved")


def freeze_points_of(event: UserDeactivated) -> None:
    leavers.freeze_points(person=User.objects.get(pk=event.user_id), at=event.at)


def thaw_points_of(event: UserReactivated) -> None:
    leavers.thaw_points(person=User.objects.get(pk=event.user_id), at=event.at)


def forget_person(event: UserErased) -> None:
    erasing.erase_recognition_of(person=User.objects.get(pk=event.user_id), at=event.at)


def note_kudos(event: KudosPosted) -> None:
    """Being thanked is a fact about each recipient."""
    for agent_id in event.agent_ids:
        arrived = FactArrived(
            fact_key=f"kudos:{event.kudos_id}",
            kind="kudos",
            agent_id=agent_id,
            occurred_at=event.at,
            payload={
                "giver": event.giver_id,
                "points": event.points // max(1, len(event.agent_ids)),
                "source": event.source,
            },
            version=1,
        )
        facts.record_fact(arrived=arrived, at=event.at)


def forget_kudos(event: KudosEnded) -> None:
    facts.withdraw_fact(fact_key=f"kudos:{event.kudos_id}", at=event.at)


def note_answer(event: SurveyResponseReceived) -> None:
    """What a customer said is a fact about whoever it credits, and perhaps praise."""
    if event.credits:
        answers.follow_answer(response_id=event.response_id, at=event.at)


def note_relabeling(event: SurveyDriverRelabeled) -> None:
    answers.follow_answer(response_id=event.response_id, at=event.at)


def forget_answer(event: SurveyResponseWithdrawn) -> None:
    answers.forget_answer(response_id=event.response_id, at=event.at)


def note_recovery(event: RecoveryMeasured) -> None:
    """A customer who was won back is a fact about each agent of the recovery."""
    if event.outcome not in WON_BACK:
        return
    for agent_id, _weight in event.credits:
        arrived = FactArrived(
            fact_key=f"recovery:{event.recovery_id}",
            kind="recovery",
            agent_id=agent_id,
            occurred_at=event.at,
            payload={"before": event.before, "after": event.after, "outcome": event.outcome},
            version=1,
        )
        facts.record_fact(arrived=arrived, at=event.at)
