"""Tables of training, by concept."""

from training.models.certificates import Certificate
from training.models.coaching import (
    ActionItem,
    AgendaItem,
    AgendaTemplate,
    CoachingNote,
    CoachingProgram,
    CoachingSession,
    EvidenceLink,
)
from training.models.compliance import (
    Cycle,
    ExternalDocument,
    Proof,
    Requirement,
    RequirementAssignment,
)
from training.models.courses import Course, CourseRevision, Lesson, Module, Prerequisite
from training.models.effects import BlindScoring, CourseTie, EffectRanking, EffectReport
from training.models.learning import (
    Assignment,
    AssignmentRule,
    ClockPause,
    Enrollment,
    LessonProgress,
    Override,
    Submission,
)
from training.models.live import LiveSession, Seat
from training.models.paths import ElectiveCourse, LearningPath, PathAssignment, PathStep
from training.models.qualification import (
    EvaluatorQualification,
    QualificationMark,
    QualificationRun,
)
from training.models.quizzes import (
    Attempt,
    AttemptItem,
    Question,
    QuestionVersion,
    Quiz,
    QuizSection,
    SectionQuestion,
)
from training.models.remediation import Proposal, RemediationRule
from training.models.scorm import (
    ScormCommit,
    ScormImport,
    ScormItem,
    ScormLaunch,
    ScormPackage,
    ScormState,
)
from training.models.skills import (
    RoleChoice,
    RoleSkill,
    RoleTarget,
    Skill,
    SkillEvidence,
    TargetRole,
)

__all__ = [
    "ActionItem",
    "AgendaItem",
    "AgendaTemplate",
    "Assignment",
    "AssignmentRule",
    "Attempt",
    "AttemptItem",
    "BlindScoring",
    "Certificate",
    "ClockPause",
    "CoachingNote",
    "CoachingProgram",
    "CoachingSession",
    "Course",
    "CourseRevision",
    "CourseTie",
    "Cycle",
    "EffectRanking",
    "EffectReport",
    "ElectiveCourse",
    "Enrollment",
    "EvaluatorQualification",
    "EvidenceLink",
    "ExternalDocument",
    "LearningPath",
    "Lesson",
    "LessonProgress",
    "LiveSession",
    "Module",
    "Override",
    "PathAssignment",
    "PathStep",
    "Prerequisite",
    "Proof",
    "Proposal",
    "QualificationMark",
    "QualificationRun",
    "Question",
    "QuestionVersion",
    "Quiz",
    "QuizSection",
    "RemediationRule",
    "Requirement",
    "RequirementAssignment",
    "RoleChoice",
    "RoleSkill",
    "RoleTarget",
    "ScormCommit",
    "ScormImport",
    "ScormItem",
    "ScormLaunch",
    "ScormPackage",
    "ScormState",
    "Seat",
    "SectionQuestion",
    "Skill",
    "SkillEvidence",
    "Submission",
    "TargetRole",
]
