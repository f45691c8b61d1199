"""Whether what is stored still follows from what it was made of: scores, states, draws."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db.models import Exists, F, OuterRef, Q, Subquery

from quality import scoring
from quality.content import sha256_of
from quality.desk import WITH_FACTS, Desk, desk_of
from quality.models import (
    Assignment,
    Dispute,
    Draw,
    Evaluation,
    EvaluationRevision,
    ScorecardVersion,
)
from quality.models.base import as_text
from quality.replays import replay

AT_ONCE = 200
FIGURES = ("score_percent", "raw_percent", "interaction_percent", "outcome")


@dataclass(frozen=True)
class Mismatch:
    """One thing that does not follow from what it was made of."""

    kind: str
    id: int
    reference: str
    sentence: str

    def as_dict(self) -> dict[str, object]:
        return {
            "kind": self.kind,
            "id": self.id,
            "reference": self.reference,
            "sentence": self.sentence,
        }


class ScoresDiffer(Exception):
    """Stored scores that do not follow from their answers; run check_scores to see all of them."""

    def __init__(self, found: list[str]) -> None:
        super().__init__(f"{len(found)} stored scores differ, such as {found[0]}")


def check_revisions(ids: list[int] | None = None) -> Iterator[Mismatch]:
    """Compute every submitted revision, or those named, again; two queries for each."""
    rows = EvaluationRevision.objects.filter(submitted_at__isnull=False)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    related = [f"evaluation__{name}" for name in WITH_FACTS]
    rows = rows.select_related(*related).order_by("pk")
    for revision in rows.iterator(chunk_size=AT_ONCE):
        if sentence := why_different(revision):
            name = f"{revision.evaluation.public_ref}, revision {revision.number}"
            yield Mismatch("revision", revision.pk, name, sentence)


def check_sample(*, size: int) -> int:
    """Check so many revisions drawn by chance; returns how many. Raises ScoresDiffer."""
    rows = EvaluationRevision.objects.filter(submitted_at__isnull=False).order_by("?")
    ids = list(rows.values_list("pk", flat=True)[:size])
    found = [f"{one.reference}: {one.sentence}" for one in check_revisions(ids)]
    if found:
        raise ScoresDiffer(found)
    return len(ids)


def check_versions() -> Iterator[Mismatch]:
    """Compare the content of every published version with its hash."""
    rows = ScorecardVersion.objects.exclude(state="draft").select_related("scorecard")
    for version in rows.order_by("pk"):
        if sha256_of(version.as_document()) != version.content_sha256:
            sentence = "The content does not match the hash that was published."
            yield Mismatch("version", version.pk, str(version), sentence)


def check_revisions_in_force() -> Iterator[Mismatch]:
    """The revision in force is the evaluation's own and its newest submitted one."""
    newest = EvaluationRevision.objects.filter(
        evaluation=OuterRef("pk"), submitted_at__isnull=False
    ).order_by("-number")
    rows = Evaluation.objects.annotate(newest=Subquery(newest.values("pk")[:1]))
    wrong = rows.exclude(current_revision=F("newest")).exclude(
        current_revision__isnull=True, newest__isnull=True
    )
    for row in wrong.order_by("pk").iterator(chunk_size=AT_ONCE):
        sentence = "The revision in force is not the newest submitted one."
        yield Mismatch("evaluation", row.pk, row.public_ref, sentence)


def check_states() -> Iterator[Mismatch]:
    """Disputed results have an undecided dispute, and no others; what is done has a result."""
    waiting = Dispute.objects.undecided().filter(evaluation=OuterRef("pk"))
    rows = Evaluation.objects.annotate(is_waiting=Exists(waiting))
    for row in rows.filter(Q(state="disputed", is_waiting=False)).order_by("pk"):
        yield Mismatch("evaluation", row.pk, row.public_ref, "Disputed without an open dispute.")
    undisputed = rows.filter(is_waiting=True).exclude(state__in=("disputed", "void"))
    for row in undisputed.order_by("pk"):
        yield Mismatch("evaluation", row.pk, row.public_ref, "An open dispute, but not disputed.")
    results = Evaluation.objects.scored().filter(
        leg=OuterRef("leg"), evaluator=OuterRef("evaluator")
    )
    done = Assignment.objects.filter(state="done").exclude(Exists(results))
    for assignment in done.order_by("pk"):
        yield Mismatch("assignment", assignment.pk, str(assignment), "Done without a result.")


def check_draws() -> Iterator[Mismatch]:
    """Replay every draw whose seed is revealed."""
    rows = Draw.objects.filter(commitment__revealed_at__isnull=False)
    rows = rows.select_related("plan__scorecard", "commitment").order_by("pk")
    for draw in rows.iterator(chunk_size=AT_ONCE):
        for sentence in replay(draw).differences[:1]:
            yield Mismatch("draw", draw.pk, str(draw), sentence)


RULES = (check_versions, check_revisions, check_revisions_in_force, check_states, check_draws)


def why_different(revision: EvaluationRevision) -> str:
    """A sentence about the first difference; empty if everything follows."""
    desk = desk_of(revision.evaluation, revision)
    try:
        score = desk.score()
    except scoring.InvalidRequest as error:
        return f"The answers cannot be scored: {error.problems[0].message}"
    if score.receipt.sha256 != revision.receipt_sha256:
        return f"The receipt {score.receipt.sha256} is not the stored {revision.receipt_sha256}."
    if score.as_dict() != revision.receipt:
        return "The stored receipt does not carry the figures of its hash."
    for name in FIGURES:
        stored, computed = getattr(revision, name), getattr(score, name)
        if name.endswith("_percent"):
            stored, computed = as_text(stored), as_text(computed)
        if stored != computed:
            return f"{name} is {stored}, computed it is {computed}."
    return _why_answers_differ(desk, score)


def _why_answers_differ(desk: Desk, score: scoring.Score) -> str:
    for key, answer in desk.answers.items():
        figures = score.criteria[key]
        stored = (answer.state, as_text(answer.earned), answer.is_failed)
        if stored != (figures.state, as_text(figures.earned), figures.is_failed):
            return f"The figures of the answer to {key} do not follow from it."
    return ""
