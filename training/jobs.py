"""What training does in the background."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

from ops.jobs import job
from training.actions import (
    assignment_rules,
    attempts,
    certificates,
    coaching,
    compliance,
    effects,
    passing,
    programs,
    qualification,
    remediation,
    reminders,
    skills,
)
from training.models import Certificate, EffectRanking, EffectReport


@job("training.close_attempts")
def close_attempts() -> dict[str, Any]:
    """Hand in the quizzes whose time is over."""
    return {"closed": attempts.close_overdue(at=timezone.now())}


@job("training.run_rules", queue="slow")
def run_rules() -> dict[str, Any]:
    """Give courses by rule, and take back what no rule asks for any more."""
    return {"assigned": assignment_rules.run_rules(at=timezone.now())}


@job("training.remind")
def remind() -> dict[str, Any]:
    """The day's digests of what is due and late."""
    now = timezone.now()
    return {
        "learners": reminders.remind_learners(at=now),
        "supervisors": reminders.remind_supervisors(at=now),
    }


@job("training.open_cycles", queue="slow")
def open_cycles() -> dict[str, Any]:
    """Begin the rounds of requirements that are due to begin."""
    opened = compliance.open_all_cycles(at=timezone.now())
    return {"opened": opened.cycles, "satisfied": opened.satisfied}


@job("training.tidy_coaching")
def tidy_coaching() -> dict[str, Any]:
    """Plan the next sessions of programs, mark missed ones, let old proposals expire."""
    now = timezone.now()
    return {
        "planned": programs.plan_all_ahead(at=now),
        "missed": coaching.mark_missed_sessions(at=now),
        "expired": remediation.expire_proposals(at=now),
    }


@job("training.end_qualifications")
def end_qualifications() -> dict[str, Any]:
    """Shut the gate for evaluators whose qualification expired."""
    return {"ended": qualification.end_expired(at=timezone.now())}


@job("training.tell_ends")
def tell_ends() -> dict[str, Any]:
    """Tell of certificates, due dates and actions that ended with yesterday."""
    now = timezone.now()
    return {
        "certificates": passing.tell_expired_certificates(at=now),
        "overdue": passing.tell_overdue_assignments(at=now),
        "actions": passing.close_action_items(at=now),
    }


@job("training.note_skills", queue="slow")
def note_skills() -> dict[str, Any]:
    """Levels that evaluations have shown."""
    return {"noted": skills.prove_by_evaluations(at=timezone.now())}


@job("training.build_certificate", queue="slow")
def build_certificate(*, certificate_id: int) -> None:
    """Print a certificate; again it finds the page made."""
    rows = Certificate.objects.select_related("person", "signed_by")
    certificates.build_certificate(certificate=rows.get(pk=certificate_id))


@job("training.compute_effect", queue="slow")
def compute_effect(*, report_id: int) -> None:
    """Compute an ordered effect report; again it finds the answer kept."""
    report = EffectReport.objects.select_related("created_by").get(pk=report_id)
    effects.compute_report(report=report, at=timezone.now())


@job("training.compute_ranking", queue="slow")
def compute_ranking(*, ranking_id: int) -> None:
    """Put coaches or courses beside each other for who asked; again it finds the answer kept."""
    ranking = EffectRanking.objects.select_related("reader").get(pk=ranking_id)
    effects.compute_ranking(ranking=ranking, at=timezone.now())
