"""The admin of feedback, found by Django."""

from feedback import (
    recognition_admin,
    survey_answers_admin,
    survey_asking_admin,
    survey_setup_admin,
)

__all__ = [
    "recognition_admin",
    "survey_answers_admin",
    "survey_asking_admin",
    "survey_setup_admin",
]
