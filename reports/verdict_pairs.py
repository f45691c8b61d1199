"""Evaluations and the customers' own answers about the same interactions, as four groups."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, F, OuterRef, Subquery

from accounts.models import User
from feedback.models import Response
from feedback.models.surveys import Anonymity
from quality.models import Evaluation
from quality.models.evaluations import OPEN_STATES, EvaluationQuerySet
from quality.slices import Slice

GROUPS = {
    "passed-satisfied": ("Passed", "Satisfied"),
    "passed-dissatisfied": ("Passed", "Not satisfied"),
    "failed-satisfied": ("Failed", "Satisfied"),
    "failed-dissatisfied": ("Failed", "Not satisfied"),
}


@dataclass(frozen=True)
class Group:
    """How often an outcome of the scorecard met an answer of the customer."""

    name: str
    outcome: str
    answer: str
    count: int


def paired(rows: EvaluationQuerySet, piece: Slice, user: User) -> EvaluationQuerySet:
    """Evaluations that passed or failed, and whose interaction's customer answered `satisfied`.

    Only answers one may read, of surveys that promise no secrecy; the latest where there are
    several. What one is still evaluating oneself is left out, so that no answer sways a score.
    """
    answers = (
        Response.objects.visible_to(user)
        .counting()
        .filter(
            survey__anonymity=Anonymity.IDENTIFIED,
            is_satisfied__isnull=False,
            invitation__interaction=OuterRef("leg__interaction"),
        )
        .order_by("-submitted_on", "-pk")
    )
    own = Evaluation.objects.filter(evaluator=user, state__in=OPEN_STATES)
    found = piece.narrow(rows).filter(current_revision__outcome__in=("passed", "failed"))
    found = found.annotate(satisfied=Subquery(answers.values("is_satisfied")[:1]))
    return found.filter(satisfied__isnull=False).exclude(
        leg__interaction__in=own.values("leg__interaction")
    )


def groups_of(pairs: EvaluationQuerySet) -> list[Group]:
    """All four, with 0 where there is none; one query."""
    rows = pairs.order_by().values_list(F("current_revision__outcome"), "satisfied")
    counts = {(outcome, good): n for outcome, good, n in rows.annotate(n=Count("pk"))}
    return [Group(name, *words, counts.get(parts_of(name), 0)) for name, words in GROUPS.items()]


def in_group(pairs: EvaluationQuerySet, name: str) -> EvaluationQuerySet:
    outcome, good = parts_of(name)
    wanted: dict[str, object] = {"current_revision__outcome": outcome, "satisfied": good}
    return pairs.filter(**wanted)


def parts_of(name: str) -> tuple[str, bool]:
    outcome, answer = name.split("-")
    return outcome, answer == "satisfied"
