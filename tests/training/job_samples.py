"""What each job of training finds, and the ids it is given."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.utils import timezone

from ops import files
from tests.factories.accounts import UserFactory
from tests.factories.training import (
    AssignmentRuleFactory,
    CertificateFactory,
    CoachingProgramFactory,
    CoachingSessionFactory,
    EffectRankingFactory,
    EffectReportFactory,
    EvaluatorQualificationFactory,
    ProofFactory,
    ProposalFactory,
    RequirementFactory,
    SkillFactory,
)
from tests.factories.training_scorm import ScormImportFactory
from tests.ops.job_samples import sample
from tests.training.packages import package
from tests.training.worlds import LearningWorld


@sample("training.close_attempts")
def late_attempt() -> dict[str, Any]:
    LearningWorld(time_limit_minutes=10).published().attempt()
    return {}


@sample("training.run_rules")
def rule_of_agents() -> dict[str, Any]:
    world = LearningWorld().published()
    AssignmentRuleFactory(course=world.course, role="agent")
    return {}


@sample("training.remind")
def due_course() -> dict[str, Any]:
    world = LearningWorld().published()
    row = world.assigned().made[0]
    row.due_on = timezone.localdate() + timedelta(days=1)
    row.save()
    return {}


@sample("training.tidy_coaching")
def late_coaching() -> dict[str, Any]:
    CoachingSessionFactory()
    ProposalFactory()
    program = CoachingProgramFactory(starts_on=timezone.localdate())
    program.agents.add(UserFactory())
    return {}


@sample("training.build_certificate")
def new_certificate() -> dict[str, Any]:
    return {"certificate_id": CertificateFactory().pk}


@sample("training.open_cycles")
def asked_agent() -> dict[str, Any]:
    world = LearningWorld().published()
    ProofFactory(requirement=RequirementFactory(role="agent"), course=world.course)
    return {}


@sample("training.import_scorm")
def ordered_import() -> dict[str, Any]:
    stored = files.store(
        package(), name="golf.zip", media_type="application/zip", kind="scorm", by_id=None
    )
    return {"import_id": ScormImportFactory(file=stored).pk}


@sample("training.sweep_scorm")
def no_package() -> dict[str, Any]:
    return {}


@sample("training.end_qualifications")
def expired_qualification() -> dict[str, Any]:
    today = timezone.localdate()
    EvaluatorQualificationFactory(
        passed_on=today - timedelta(days=9), valid_until_on=today - timedelta(days=1)
    )
    return {}


@sample("training.tell_ends")
def ended_certificate() -> dict[str, Any]:
    today = timezone.localdate()
    CertificateFactory(
        issued_on=today - timedelta(days=9), valid_until_on=today - timedelta(days=1)
    )
    return {}


@sample("training.compute_effect")
def ordered_effect() -> dict[str, Any]:
    empty = {"data_cutoff_at": None, "result": None, "result_sha256": "", "method_version": None}
    return {"report_id": EffectReportFactory(**empty).pk}


@sample("training.compute_ranking")
def ordered_ranking() -> dict[str, Any]:
    return {"ranking_id": EffectRankingFactory().pk}


@sample("training.note_skills")
def proven_by_evaluations() -> dict[str, Any]:
    SkillFactory(criterion_key="solve")
    return {}
