"""Samples of the jobs of feedback."""

from tests.feedback import recognition_samples, survey_samples

__all__ = ["recognition_samples", "survey_samples"]
