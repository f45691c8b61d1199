"""Who may do what with surveys and answers: asked by pages, API, exports and admin alike."""

from __future__ import annotations

from collections.abc import Callable

from accounts.models import User
from accounts.permissions import has, scope
from crm.models import Interaction
from feedback.models import Alert, Answer, Response
from ops.models import StoredFile

# Whether somebody's own evaluation of an interaction is submitted; told by config/wiring.py.
EvaluatedBy = Callable[[User, int], bool]
_evaluated: list[EvaluatedBy] = []


def use_evaluations(source: EvaluatedBy) -> None:
    """Name who knows which interactions a person has evaluated."""
    _evaluated[:] = [source]


def may_design(user: User) -> bool:
    return has(user, "feedback.design_survey")


def may_see_response(user: User, interaction: Interaction) -> bool:
    """Ratings of an interaction: who leads, or who evaluates after the own evaluation alone."""
    if has(user, "feedback.view_comment"):
        return True
    if "evaluator" not in user.roles:
        return False
    return any(source(user, interaction.pk) for source in _evaluated)


def may_view_identity(user: User, response: Response) -> bool:
    """Who answered: everybody who reads an identified answer, few of a confidential one."""
    if response.is_anonymous:
        return False
    if response.survey.anonymity == "identified":
        return True
    return has(user, "feedback.view_identity")


def may_decide_response(user: User, response: Response) -> bool:
    """Release, reject or relabel; never about one's own work."""
    if not has(user, "feedback.release_response"):
        return False
    invitation = response.invitation
    return invitation is None or not invitation.credits.filter(agent=user).exists()


def may_work_alert(user: User, alert: Alert) -> bool:
    return has(user, "feedback.work_alert")


def may_read_survey_file(user: User, stored: StoredFile) -> bool:
    """The row rule of files that customers sent with an answer."""
    answer = Answer.objects.filter(file=stored).first()
    if answer is None:
        return False
    return Response.objects.visible_to(user).filter(pk=answer.response_id).exists()


def sees_team_results(user: User) -> bool:
    return scope(user, "feedback.view_results") is not None
