"""Admin of training: what was made is read here; it changes by verbs alone."""

from training.admin import coaching, compliance, courses, learning, live, quizzes, scorm, skills

__all__ = ["coaching", "compliance", "courses", "learning", "live", "quizzes", "scorm", "skills"]
