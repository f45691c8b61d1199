"""Unfinished work is thrown away part by part: no row of a scored evaluation goes with another."""

from __future__ import annotations

from quality.models import Answer, Evaluation, Evidence


def drop_open_revision(evaluation: Evaluation) -> None:
    """Delete the scoring that was not submitted, with its answers and their evidence."""
    opened = evaluation.revisions.filter(submitted_at__isnull=True)
    answers = Answer.objects.filter(revision__in=opened)
    Evidence.objects.filter(answer__in=answers).delete()
    answers.delete()
    opened.delete()


def drop_evaluation(evaluation: Evaluation) -> None:
    """Delete an evaluation that was never submitted, and what was noted while it was made."""
    drop_open_revision(evaluation)
    evaluation.marks.all().delete()
    evaluation.suggestions.all().delete()
    evaluation.delete()
