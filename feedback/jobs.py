"""Jobs of feedback, found by ops."""

from feedback import recognition_jobs, survey_jobs

__all__ = ["recognition_jobs", "survey_jobs"]
