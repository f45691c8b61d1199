"""How training reacts to facts of the apps below it; each is safe to run twice."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from uuid import UUID

from accounts.events import (
    MembershipChanged,
    RoleEnded,
    RoleGranted,
    UserDeactivated,
    UserErased,
    UserJoined,
    UserReactivated,
)
from accounts.models import TeamMembership, User
from feedback.events import (
    SurveyDriverRelabeled,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
)
from feedback.models import InvitationCredit
from quality.events import (
    CoachingRequested,
    EvaluationChanged,
    EvaluationFinalized,
    EvaluationVoided,
)
from training.actions import (
    agenda,
    assigning,
    assignment_rules,
    certificates,
    coaching,
    compliance,
    erasing,
    live,
    paths,
    qualification,
    remediation,
    skills,
)
from training.events import CertificateIssued, CertificateRevoked, EnrollmentCompleted
from training.judgements import criterion_texts
from training.models import Certificate, CoachingSession, Course, Enrollment, Proposal


def free_learning_of(fact: UserDeactivated) -> None:
    """Somebody who left has nothing to learn here any more."""
    person = User.objects.get(pk=fact.user_id)
    assigning.withdraw_all_of(person=person, at=fact.at)
    live.free_seats_of(person=person, at=fact.at)
    qualification.end_all_of(person=person, at=fact.at)


def follow_rules(
    fact: MembershipChanged | RoleGranted | RoleEnded | UserJoined | UserReactivated,
) -> None:
    """Somebody's team or role changed: assignment rules look at the person at once."""
    person = User.objects.get(pk=fact.user_id)
    assignment_rules.run_rules(at=fact.at, person=person)


def forget_person(fact: UserErased) -> None:
    """What was written by and about somebody who is erased."""
    erasing.erase_learning_of(person=User.objects.get(pk=fact.user_id), at=fact.at)


def judge_again(fact: EvaluationFinalized | EvaluationChanged | EvaluationVoided) -> None:
    """Evaluations of an agent changed: remediation rules look at them again.

    A result that moved to somebody else also changes whoever had it before.
    """
    remediation.look_again(agent_id=fact.agent_id, at=fact.at)
    if isinstance(fact, EvaluationChanged) and fact.cause == "moved":
        rows = Proposal.objects.filter(state__in=["proposed", "confirmed"])
        pairs = rows.exclude(agent=fact.agent_id).values_list("agent_id", "evidence")
        for agent_id in {agent for agent, ids in pairs if fact.evaluation_id in ids}:
            remediation.look_again(agent_id=agent_id, at=fact.at)


def hear_customers(
    fact: SurveyResponseReceived | SurveyResponseWithdrawn | SurveyDriverRelabeled,
) -> None:
    """What a customer said about people is new, gone or read anew: rules look at them again."""
    if not fact.response_id:  # Nobody can be named by an anonymous answer.
        return
    credits = InvitationCredit.objects.filter(invitation__response=UUID(fact.response_id))
    agents = set(credits.values_list("agent_id", flat=True))
    rows = Proposal.objects.filter(state__in=["proposed", "confirmed"], rule__kind="csat_driver")
    pairs = rows.values_list("agent_id", "evidence")
    agents |= {agent for agent, ids in pairs if fact.response_id in ids}
    for agent_id in sorted(agents):
        remediation.look_again(agent_id=agent_id, at=fact.at)


def settle_proposals(fact: EnrollmentCompleted) -> None:
    """What was given after failures is done."""
    enrollment = Enrollment.objects.get(pk=fact.enrollment_id)
    if enrollment.assignment_id is not None:
        remediation.settle_completed(assignment_id=enrollment.assignment_id, at=fact.at)


def give_certificate(fact: EnrollmentCompleted) -> None:
    """A course that gives a certificate was completed."""
    rows = Enrollment.objects.select_related("course__owner", "person", "revision")
    certificates.issue_certificate(enrollment=rows.get(pk=fact.enrollment_id), at=fact.at)


def take_paths_on(fact: EnrollmentCompleted) -> None:
    """A course was completed: the next step of a path opens."""
    paths.move_on_after(person_id=fact.person_id, course_id=fact.course_id, at=fact.at)


def meet_requirements(fact: EnrollmentCompleted | CertificateIssued) -> None:
    """A course was completed, or gave its certificate: requirements that ask for it look at it."""
    if fact.course_id is None:  # The certificate of a requirement, which is met by then.
        return
    person = User.objects.get(pk=fact.person_id)
    compliance.settle_course(person=person, course_id=fact.course_id, at=fact.at)


def prove_skills(fact: EnrollmentCompleted) -> None:
    """A course was completed: it proves the skills that it teaches."""
    skills.prove_by_course(
        person=User.objects.get(pk=fact.person_id),
        course=Course.objects.get(pk=fact.course_id),
        percent=None if fact.percent is None else Decimal(fact.percent),
        enrollment_id=fact.enrollment_id,
        at=fact.at,
    )


def end_evidence_of(fact: CertificateRevoked) -> None:
    """What rested on a revoked certificate counts no more from that day on.

    Of a requirement's certificate that is the round that it was given for.
    """
    certificate = Certificate.objects.select_related("cycle").get(pk=fact.certificate_id)
    on = assigning.local_today(fact.at)
    if certificate.cycle is not None:
        compliance.end_cycle(cycle=certificate.cycle, on=on, at=fact.at)
    elif certificate.enrollment_id is not None:
        compliance.end_evidence(
            source="enrollment_id",
            pk=certificate.enrollment_id,
            person_id=certificate.person_id,
            on=on,
            at=fact.at,
        )


def plan_requested_coaching(fact: CoachingRequested) -> None:
    """Open a planned session about an evaluation, led by the agent's supervisor, once."""
    agent = User.objects.get(pk=fact.agent_id)
    coach = supervisor_of(agent, fact.at)
    known = CoachingSession.objects.filter(
        agent=agent, agenda__evidence__evaluation=fact.evaluation_id
    )
    if coach is None or known.exists():
        return
    (session,) = coaching.plan_sessions(
        agents=[agent],
        kind="quality",
        starts_at=coaching.next_morning(fact.at),
        minutes=30,
        by=coach,
        at=fact.at,
    )
    texts = criterion_texts(fact.criteria)
    for key in fact.criteria or [""]:
        agenda.add_agenda_item(
            session=session,
            text=texts.get(key, "The evaluation as a whole"),
            criterion_key=key,
            evaluation_ids=[fact.evaluation_id],
            by=coach,
            at=fact.at,
        )


def supervisor_of(agent: User, at: datetime) -> User | None:
    """Who leads the team that the agent is in at that moment."""
    in_force = TeamMembership.objects.in_force(at)
    teams = in_force.agents().filter(user=agent).values("team_id")
    lead = in_force.filter(kind="supervisor", team__in=teams, user__is_active=True)
    found = lead.exclude(user=agent).select_related("user").order_by("starts_at", "pk").first()
    return found.user if found else None
