"""The smallest valid rows of training."""

from datetime import UTC, date, datetime, time, timedelta

import factory
from factory.django import DjangoModelFactory

from tests.factories import quality_plans
from tests.factories.accounts import UserFactory
from tests.factories.ops import StoredFileFactory
from tests.factories.quality import EvaluationFactory, ScorecardVersionFactory
from tests.factories.quality_rules import ReferenceEvaluationFactory
from training import models
from training.effect_data import Definition

AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
ON = date(2026, 5, 4)


class CourseFactory(DjangoModelFactory):
    class Meta:
        model = models.Course

    code = factory.Sequence(lambda n: f"course-{n}")
    title = factory.Sequence(lambda n: f"Course {n}")
    owner = factory.SubFactory(UserFactory)


class CourseRevisionFactory(DjangoModelFactory):
    class Meta:
        model = models.CourseRevision

    course = factory.SubFactory(CourseFactory)
    last_edited_by = factory.SelfAttribute("course.owner")


class ModuleFactory(DjangoModelFactory):
    class Meta:
        model = models.Module

    revision = factory.SubFactory(CourseRevisionFactory)
    position = factory.Sequence(lambda n: n)
    title = factory.Sequence(lambda n: f"Module {n}")


class LessonFactory(DjangoModelFactory):
    class Meta:
        model = models.Lesson

    module = factory.SubFactory(ModuleFactory)
    position = factory.Sequence(lambda n: n)
    kind = "text"
    title = factory.Sequence(lambda n: f"Lesson {n}")
    completion_rule = "marked_done"
    body = "Read this."


class PrerequisiteFactory(DjangoModelFactory):
    class Meta:
        model = models.Prerequisite

    course = factory.SubFactory(CourseFactory)
    needed_course = factory.SubFactory(CourseFactory)
    kind = "course_completed"


class QuestionFactory(DjangoModelFactory):
    class Meta:
        model = models.Question


class QuestionVersionFactory(DjangoModelFactory):
    class Meta:
        model = models.QuestionVersion

    question = factory.SubFactory(QuestionFactory)
    kind = "short_text"
    prompt = "What is asked?"
    key = {"variants": [{"text": "this", "credit": "1"}], "case_sensitive": False}
    created_by = factory.SubFactory(UserFactory)


class QuizFactory(DjangoModelFactory):
    class Meta:
        model = models.Quiz

    title = factory.Sequence(lambda n: f"Quiz {n}")


class QuizSectionFactory(DjangoModelFactory):
    class Meta:
        model = models.QuizSection

    quiz = factory.SubFactory(QuizFactory)
    position = factory.Sequence(lambda n: n)


class SectionQuestionFactory(DjangoModelFactory):
    class Meta:
        model = models.SectionQuestion

    section = factory.SubFactory(QuizSectionFactory)
    question = factory.SubFactory(QuestionFactory)
    position = factory.Sequence(lambda n: n)


class AssignmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Assignment

    person = factory.SubFactory(UserFactory)
    course = factory.SubFactory(CourseFactory)
    assigned_on = ON


class AssignmentRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.AssignmentRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    course = factory.SubFactory(CourseFactory)
    created_by = factory.SubFactory(UserFactory)


class EnrollmentFactory(DjangoModelFactory):
    class Meta:
        model = models.Enrollment

    person = factory.SubFactory(UserFactory)
    revision = factory.SubFactory(CourseRevisionFactory)
    course = factory.SelfAttribute("revision.course")


class LessonProgressFactory(DjangoModelFactory):
    class Meta:
        model = models.LessonProgress

    enrollment = factory.SubFactory(EnrollmentFactory)
    lesson = factory.SubFactory(LessonFactory)


class SubmissionFactory(DjangoModelFactory):
    class Meta:
        model = models.Submission

    enrollment = factory.SubFactory(EnrollmentFactory)
    lesson = factory.SubFactory(LessonFactory)
    number = 1
    text = "My work."
    submitted_at = AT


class AttemptFactory(DjangoModelFactory):
    class Meta:
        model = models.Attempt

    enrollment = factory.SubFactory(EnrollmentFactory)
    lesson = factory.SubFactory(LessonFactory)
    quiz = factory.SubFactory(QuizFactory)
    number = 1
    seed = "a1"
    started_at = AT


class AttemptItemFactory(DjangoModelFactory):
    class Meta:
        model = models.AttemptItem

    attempt = factory.SubFactory(AttemptFactory)
    question_version = factory.SubFactory(QuestionVersionFactory)
    position = factory.Sequence(lambda n: n)


class ClockPauseFactory(DjangoModelFactory):
    class Meta:
        model = models.ClockPause

    person = factory.SubFactory(UserFactory)
    starts_on = ON
    ends_on = ON


class OverrideFactory(DjangoModelFactory):
    class Meta:
        model = models.Override

    quiz = factory.SubFactory(QuizFactory)
    person = factory.SubFactory(UserFactory)
    reason = "More time, as agreed."
    created_by = factory.SubFactory(UserFactory)


class RemediationRuleFactory(DjangoModelFactory):
    class Meta:
        model = models.RemediationRule

    name = factory.Sequence(lambda n: f"Rule {n}")
    criterion_key = "solve"
    coaching_text = "Solving"
    active_since = AT
    created_by = factory.SubFactory(UserFactory)


class ProposalFactory(DjangoModelFactory):
    class Meta:
        model = models.Proposal

    rule = factory.SubFactory(RemediationRuleFactory)
    agent = factory.SubFactory(UserFactory)
    criterion_key = "solve"
    fired_at = AT
    evidence = factory.LazyAttribute(lambda row: [row.last_evidence])
    last_evidence = factory.Sequence(lambda n: n + 1)


class CoachingSessionFactory(DjangoModelFactory):
    class Meta:
        model = models.CoachingSession

    agent = factory.SubFactory(UserFactory)
    coach = factory.SubFactory(UserFactory)
    starts_at = AT


class AgendaItemFactory(DjangoModelFactory):
    class Meta:
        model = models.AgendaItem

    session = factory.SubFactory(CoachingSessionFactory)
    position = factory.Sequence(lambda n: n)
    text = "Greeting"


class EvidenceLinkFactory(DjangoModelFactory):
    class Meta:
        model = models.EvidenceLink

    agenda_item = factory.SubFactory(AgendaItemFactory)
    evaluation = factory.SubFactory(EvaluationFactory)


class CoachingNoteFactory(DjangoModelFactory):
    class Meta:
        model = models.CoachingNote

    session = factory.SubFactory(CoachingSessionFactory)
    author = factory.SelfAttribute("session.coach")


class ActionItemFactory(DjangoModelFactory):
    class Meta:
        model = models.ActionItem

    agenda_item = factory.SubFactory(AgendaItemFactory)
    session = factory.SelfAttribute("agenda_item.session")
    agent = factory.SelfAttribute("session.agent")
    owner = factory.SelfAttribute("session.agent")
    text = "Greets with the company's name"
    metric = "criterion"
    criterion_key = "greet"
    direction = "down"
    baseline = 40
    baseline_n = 10
    baseline_from_on = date(2026, 2, 4)
    baseline_to_on = ON
    target = 10
    agreed_on = ON
    due_on = date(2026, 6, 4)


class AgendaTemplateFactory(DjangoModelFactory):
    class Meta:
        model = models.AgendaTemplate

    name = factory.Sequence(lambda n: f"Agenda {n}")
    lines = "What went well\nWhat to try next"


class CoachingProgramFactory(DjangoModelFactory):
    class Meta:
        model = models.CoachingProgram

    coach = factory.SubFactory(UserFactory)
    every_weeks = 2
    starts_on = ON
    local_time = time(9)
    zone = "UTC"


class CertificateFactory(DjangoModelFactory):
    class Meta:
        model = models.Certificate

    enrollment = factory.SubFactory(EnrollmentFactory)
    person = factory.SelfAttribute("enrollment.person")
    title = factory.SelfAttribute("enrollment.course.title")
    hours = 1
    issued_on = ON
    signed_by = factory.SelfAttribute("enrollment.course.owner")


class LearningPathFactory(DjangoModelFactory):
    class Meta:
        model = models.LearningPath

    code = factory.Sequence(lambda n: f"path-{n}")
    title = factory.Sequence(lambda n: f"Path {n}")


class PathStepFactory(DjangoModelFactory):
    class Meta:
        model = models.PathStep

    path = factory.SubFactory(LearningPathFactory)
    position = factory.Sequence(lambda n: n)
    course = factory.SubFactory(CourseFactory)


class ElectiveCourseFactory(DjangoModelFactory):
    class Meta:
        model = models.ElectiveCourse

    step = factory.SubFactory(PathStepFactory, course=None, required_count=1)
    course = factory.SubFactory(CourseFactory)


class PathAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = models.PathAssignment

    person = factory.SubFactory(UserFactory)
    path = factory.SubFactory(LearningPathFactory)
    assigned_on = ON


class RequirementFactory(DjangoModelFactory):
    class Meta:
        model = models.Requirement

    code = factory.Sequence(lambda n: f"requirement-{n}")
    title = factory.Sequence(lambda n: f"Requirement {n:02}")


class ProofFactory(DjangoModelFactory):
    class Meta:
        model = models.Proof

    requirement = factory.SubFactory(RequirementFactory)
    kind = "course"
    course = factory.SubFactory(CourseFactory)


class RequirementAssignmentFactory(DjangoModelFactory):
    class Meta:
        model = models.RequirementAssignment

    person = factory.SubFactory(UserFactory)
    requirement = factory.SubFactory(RequirementFactory)
    assigned_on = ON
    assigned_by = factory.SubFactory(UserFactory)


class CycleFactory(DjangoModelFactory):
    class Meta:
        model = models.Cycle

    person = factory.SubFactory(UserFactory)
    requirement = factory.SubFactory(RequirementFactory)
    number = 1
    opened_on = ON
    due_on = date(2026, 6, 3)
    plan_due_on = factory.SelfAttribute("due_on")


class ExternalDocumentFactory(DjangoModelFactory):
    class Meta:
        model = models.ExternalDocument

    person = factory.SubFactory(UserFactory)
    requirement = factory.SubFactory(RequirementFactory)
    title = "First aid"
    file = factory.SubFactory(StoredFileFactory, kind="proof")
    issued_on = date(2026, 3, 1)
    valid_until_on = date(2028, 3, 1)


class EffectReportFactory(DjangoModelFactory):
    class Meta:
        model = models.EffectReport

    title = "Solving"
    treatment = "coaching"
    definition = factory.LazyFunction(
        lambda: Definition("coaching", ON, ON, criteria=("solve",)).as_json()
    )
    data_cutoff_at = AT
    result = factory.LazyFunction(lambda: {"coached": 0, "sections": []})
    result_sha256 = "0" * 64
    method_version = 1
    created_by = factory.SubFactory(UserFactory)


class BlindScoringFactory(DjangoModelFactory):
    class Meta:
        model = models.BlindScoring

    report = factory.SubFactory(EffectReportFactory)
    side = "before"
    evaluation = factory.SubFactory(EvaluationFactory)
    assignment = factory.SubFactory(quality_plans.AssignmentFactory)


class EffectRankingFactory(DjangoModelFactory):
    class Meta:
        model = models.EffectRanking

    reader = factory.SubFactory(UserFactory)
    ordered_at = AT


class CourseTieFactory(DjangoModelFactory):
    class Meta:
        model = models.CourseTie

    course = factory.SubFactory(CourseFactory)
    criterion_key = "solve"


class LiveSessionFactory(DjangoModelFactory):
    class Meta:
        model = models.LiveSession

    title = "Practice"
    trainer = factory.SubFactory(UserFactory)
    starts_at = AT + timedelta(days=7)
    ends_at = AT + timedelta(days=7, hours=2)
    seats = 2


class SeatFactory(DjangoModelFactory):
    class Meta:
        model = models.Seat

    session = factory.SubFactory(LiveSessionFactory)
    person = factory.SubFactory(UserFactory)
    state = "waitlisted"
    position = factory.Sequence(lambda n: n + 1)


class QualificationRunFactory(DjangoModelFactory):
    class Meta:
        model = models.QualificationRun

    person = factory.SubFactory(UserFactory)
    version = factory.SubFactory(ScorecardVersionFactory)
    scorecard = factory.SelfAttribute("version.scorecard")
    started_at = AT


class QualificationMarkFactory(DjangoModelFactory):
    class Meta:
        model = models.QualificationMark

    run = factory.SubFactory(QualificationRunFactory)
    reference = factory.SubFactory(ReferenceEvaluationFactory)
    position = factory.Sequence(lambda n: n)


class EvaluatorQualificationFactory(DjangoModelFactory):
    class Meta:
        model = models.EvaluatorQualification

    run = factory.SubFactory(QualificationRunFactory)
    person = factory.SelfAttribute("run.person")
    scorecard = factory.SelfAttribute("run.scorecard")
    passed_on = ON
    valid_until_on = date(2027, 5, 4)


class SkillFactory(DjangoModelFactory):
    class Meta:
        model = models.Skill

    code = factory.Sequence(lambda n: f"skill-{n}")
    title = factory.Sequence(lambda n: f"Skill {n:02}")


class RoleTargetFactory(DjangoModelFactory):
    class Meta:
        model = models.RoleTarget

    role = "agent"
    skill = factory.SubFactory(SkillFactory)
    level = 3


class SkillEvidenceFactory(DjangoModelFactory):
    class Meta:
        model = models.SkillEvidence

    person = factory.SubFactory(UserFactory)
    skill = factory.SubFactory(SkillFactory)
    kind = "quiz"
    level = 2
    dated_on = ON


class TargetRoleFactory(DjangoModelFactory):
    class Meta:
        model = models.TargetRole

    title = factory.Sequence(lambda n: f"Role {n}")


class RoleSkillFactory(DjangoModelFactory):
    class Meta:
        model = models.RoleSkill

    target_role = factory.SubFactory(TargetRoleFactory)
    skill = factory.SubFactory(SkillFactory)
    level = 2


class RoleChoiceFactory(DjangoModelFactory):
    class Meta:
        model = models.RoleChoice

    person = factory.SubFactory(UserFactory)
    target_role = factory.SubFactory(TargetRoleFactory)
