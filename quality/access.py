"""Who may do what with which row of quality: asked by page, API, admin and template alike."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext

from accounts.models import Team, TeamMembership, User
from accounts.permissions import has, scope
from accounts.teams import LEADING_KINDS, spans_led_by
from crm.models import Leg
from quality.models import (
    Assignment,
    AssistRule,
    Dispute,
    Evaluation,
    QualityRule,
    SamplingPlan,
    Scorecard,
)
from quality.models.evaluations import (
    SCORED_STATES,
    SHOWN_TO_AGENT_STATES,
    EvaluationState,
    Purpose,
)


def may_manage_scorecards(user: User, scorecard: Scorecard | None = None) -> bool:
    return has(user, "quality.manage_scorecards")


def may_start_evaluation(user: User, leg: Leg) -> bool:
    """Whoever scores may take a visible leg that is not their own."""
    return has(user, "quality.submit_evaluation") and leg.agent_id not in (None, user.pk)


def may_score_evaluation(user: User, evaluation: Evaluation) -> bool:
    """Only its own evaluator writes into an evaluation."""
    return evaluation.evaluator_id == user.pk and has(user, "quality.submit_evaluation")


def may_view_private_comments(user: User, evaluation: Evaluation) -> bool:
    """Never the person whom the evaluation is about."""
    if evaluation.agent_id == user.pk:
        return False
    return evaluation.evaluator_id == user.pk or has(user, "quality.view_private_comment")


def may_view_evaluator(user: User, evaluation: Evaluation) -> bool:
    """The evaluator's name is masked for the agent where the version says so."""
    is_masked = evaluation.agent_id == user.pk and evaluation.version.evaluator_hidden
    return not is_masked


def may_acknowledge_evaluation(user: User, evaluation: Evaluation) -> bool:
    """The agent alone; whoever's evaluation was evaluated reads and disputes, no more."""
    is_mine = evaluation.agent_id == user.pk and evaluation.purpose == Purpose.STANDARD
    is_open = evaluation.state in SHOWN_TO_AGENT_STATES and evaluation.acknowledged_at is None
    return is_mine and is_open and has(user, "quality.acknowledge_evaluation")


def may_release_evaluation(user: User, evaluation: Evaluation) -> bool:
    """A standard result alone: second scorings and calibrations are never shown to an agent."""
    if evaluation.state != EvaluationState.SUBMITTED or evaluation.agent_id == user.pk:
        return False
    if evaluation.purpose != Purpose.STANDARD:
        return False
    reach = scope(user, "quality.release_evaluation")
    if evaluation.evaluator_id == user.pk:
        return reach is not None
    return reach == "all" or (reach == "team" and leads_team_of(user, evaluation))


def may_approve_evaluation(user: User, evaluation: Evaluation) -> bool:
    """A second person, neither the evaluator nor the agent."""
    if evaluation.state != EvaluationState.IN_APPROVAL:
        return False
    if user.pk in (evaluation.evaluator_id, evaluation.agent_id):
        return False
    return _reaches(user, "quality.approve_evaluation", evaluation)


def may_void_evaluation(user: User, evaluation: Evaluation) -> bool:
    if evaluation.state not in SCORED_STATES or evaluation.agent_id == user.pk:
        return False
    return _reaches(user, "quality.void_evaluation", evaluation)


def may_resubmit_evaluation(user: User, evaluation: Evaluation) -> bool:
    return evaluation.state in ("submitted", "released") and may_score_evaluation(user, evaluation)


def may_grade_evaluation(user: User, subject: Evaluation) -> bool:
    """Whoever scores, a submitted standard evaluation of an interaction that is not about them."""
    if subject.purpose != Purpose.STANDARD or subject.leg_id is None:
        return False
    if subject.state not in SCORED_STATES or user.pk in (subject.evaluator_id, subject.agent_id):
        return False
    return bool(user.roles & {"evaluator", "admin"}) and has(user, "quality.submit_evaluation")


def may_view_evaluator_page(user: User, evaluator: User) -> bool:
    """One's own, and for who manages plans everybody whose work they may see."""
    return evaluator.pk == user.pk or has(user, "quality.manage_plans")


def may_discard_evaluation(user: User, evaluation: Evaluation) -> bool:
    return evaluation.state == EvaluationState.DRAFT and may_score_evaluation(user, evaluation)


def may_manage_plan(user: User, plan: SamplingPlan | None = None) -> bool:
    """Supervisors manage the plans that draw from their own teams alone. One query for a plan."""
    reach = scope(user, "quality.manage_plans")
    if plan is None or reach in (None, "all"):
        return reach is not None
    return leads_every_team(user, plan.teams.all())


def may_manage_rule(user: User, rule: AssistRule | QualityRule) -> bool:
    """Supervisors manage the rules of their own teams alone. Two queries."""
    reach = scope(user, "quality.manage_rules")
    return reach == "all" or (reach == "team" and leads_every_team(user, rule.teams.all()))


def leads_every_team(user: User, teams: Iterable[Team]) -> bool:
    """Whether there are teams and the person supervises each of them now."""
    led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
    named = {team.pk for team in teams}
    return bool(named) and named <= set(led.values_list("team_id", flat=True))


def may_request_coaching(user: User, evaluation: Evaluation) -> bool:
    """For released results of the teams one leads or trains, never one's own."""
    if evaluation.state not in SHOWN_TO_AGENT_STATES or evaluation.purpose != Purpose.STANDARD:
        return False
    if user.pk == evaluation.agent_id or evaluation.leg_id is None:
        return False
    return _reaches(user, "quality.request_coaching", evaluation)


def may_claim_assignment(user: User, assignment: Assignment) -> bool:
    """Whoever scores, what was dealt to them or stands in the pool; never their own work."""
    if not has(user, "quality.claim_assignment") or not user.roles & {"evaluator", "admin"}:
        return False
    if assignment.leg.agent_id == user.pk or not assignment.is_waiting:
        return False
    return assignment.evaluator_id == user.pk or assignment.is_pooled


def may_manage_assignment(user: User, assignment: Assignment) -> bool:
    """Whoever manages plans and sees the assignment; never about their own work."""
    return has(user, "quality.manage_plans") and assignment.leg.agent_id != user.pk


def may_swap_assignment(user: User, assignment: Assignment) -> bool:
    if not assignment.is_waiting:
        return False
    is_own = assignment.evaluator_id == user.pk and may_claim_assignment(user, assignment)
    return is_own or may_manage_assignment(user, assignment)


def leads_team_of(user: User, evaluation: Evaluation) -> bool:
    """Whether the person led the evaluated team when the work was done. One query."""
    row = Evaluation.objects.filter(pk=evaluation.pk)
    return row.filter(spans_led_by(user, at="handled_at")).exists()


def teams_whose_quality_shows(user: User) -> QuerySet[Team]:
    """The teams that this person leads, evaluates or trains now; all of them with reach `all`."""
    reach = scope(user, "quality.view_team_quality")
    if reach == "all":
        return Team.objects.all()
    if reach != "team":
        return Team.objects.none()
    led = TeamMembership.objects.in_force(timezone.now()).filter(user=user, kind__in=LEADING_KINDS)
    return Team.objects.filter(pk__in=led.values("team_id"))


def agents_whose_quality_shows(user: User) -> QuerySet[User]:
    """Oneself, and everybody who has a result in a team whose quality one sees."""
    teams = teams_whose_quality_shows(user)
    evaluated = Evaluation.objects.filter(team__in=teams).values("agent")
    return User.objects.filter(Q(pk=user.pk) | Q(pk__in=evaluated))


def decider_name(user: User, dispute: Dispute, evaluation: Evaluation) -> str:
    """Who decides a dispute; masked where that is an evaluator whom the agent is not to know."""
    if dispute.decider is None:
        return gettext("the pool")
    is_evaluator = dispute.decider_id == evaluation.evaluator_id
    if is_evaluator and not may_view_evaluator(user, evaluation):
        return gettext("the quality team")
    return dispute.decider.short_name


def may_export_evaluations(user: User) -> bool:
    return has(user, "quality.export_evaluations")


def may_view_overturns(user: User) -> bool:
    """Whoever sees the quality of teams sees how often their results were changed."""
    return scope(user, "quality.view_team_quality") is not None


def may_set_accuracy_target(user: User) -> bool:
    return has(user, "quality.set_accuracy_target")


def _reaches(user: User, verb: str, evaluation: Evaluation) -> bool:
    reach = scope(user, verb)
    return reach == "all" or (reach == "team" and leads_team_of(user, evaluation))
