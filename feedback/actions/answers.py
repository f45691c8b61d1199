"""What a survey answer means for recognition: facts about the agents, and praise to look at."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from accounts.models import User
from feedback.actions import facts, praise
from feedback.facts import FactArrived
from feedback.models import Response
from feedback.models.survey_responses import Driver, ResponseState
from feedback.models.surveys import Anonymity


def follow_answer(*, response_id: str, at: datetime) -> None:
    """Let facts and praise be what an accepted answer says now; again changes nothing.

    Its row is locked, so that the answer cannot be withdrawn in between. Answers that name no
    invitation, as anonymous ones, mean nothing to anybody.
    """
    with transaction.atomic():
        response = _locked(response_id)
        if response is None or response.state != ResponseState.ACCEPTED:
            return
        agents = _credited(response)
        for agent in agents:
            facts.record_fact(arrived=_fact(response, agent), at=at)
        if _is_praise(response):
            praise.draft_praise(
                response_id=response_id, comment=response.comment, agents=agents, at=at
            )
        else:
            praise.drop_draft(response_id=response_id, reason="It is not about people.", at=at)


def forget_answer(*, response_id: str, at: datetime) -> None:
    """The answer counts no more: take back what it gave. One that counts again by now stays."""
    with transaction.atomic():
        response = _locked(response_id)
        is_standing = response is not None and response.state == ResponseState.ACCEPTED
        if is_standing and response is not None and not response.is_anonymized:
            return
        facts.withdraw_fact(fact_key=_key(response_id), at=at)
        praise.retract_praise(response_id=response_id, at=at)


# --- Below ------------------------------------------------------------------------------------


def _locked(response_id: str) -> Response | None:
    rows = Response.objects.select_related("survey").select_for_update(of=("self",))
    return rows.filter(pk=response_id).first()


def _credited(response: Response) -> list[User]:
    """The people whom the invitation credits, the largest share first."""
    if response.invitation_id is None or response.is_anonymous:
        return []
    rows = User.objects.filter(survey_credits__invitation=response.invitation_id)
    return list(rows.order_by("-survey_credits__weight", "pk"))


def _key(response_id: str) -> str:
    return f"response:{response_id}"


def _fact(response: Response, agent: User) -> FactArrived:
    return FactArrived(
        fact_key=_key(str(response.pk)),
        kind="survey",
        agent_id=agent.pk,
        occurred_at=response.moment,
        payload={
            "value": response.value,
            "is_satisfied": response.is_satisfied,
            "driver": response.driver,
            "queue": response.queue_id,
        },
    )


def _is_praise(response: Response) -> bool:
    """Satisfied, and about people; confidential words are shown to agents as figures alone."""
    is_named = response.survey.anonymity == Anonymity.IDENTIFIED
    return is_named and bool(response.is_satisfied) and response.driver == Driver.PERSON
