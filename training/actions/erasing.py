"""What training forgets of a person who is erased; results, times and certificates stay."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import Q, QuerySet

from accounts import actions, audit
from accounts.models import User
from ops import files
from ops.models import StoredFile
from training.models import (
    ActionItem,
    AgendaItem,
    Assignment,
    Attempt,
    AttemptItem,
    Certificate,
    ClockPause,
    CoachingNote,
    CoachingSession,
    Cycle,
    ExternalDocument,
    Override,
    PathAssignment,
    Proposal,
    RequirementAssignment,
    RoleChoice,
    ScormState,
    Submission,
)

GONE = "Erased with the person."
WRITTEN_KINDS = ("essay", "file", "short_text", "gap_fill", "numeric")


def erase_learning_of(*, person: User, at: datetime) -> None:
    """Words by and about the person go, and files that name them; again: nothing.

    A certificate stays verifiable by its number, with initials and without its page.
    """
    with transaction.atomic():
        _erase_coaching(person)
        _erase_work(person)
        _erase_orders(person)
        _erase_papers(person)
        RoleChoice.objects.filter(person=person).delete()
        audit.record(verb="erase_learning", record=person, by=None, at=at)


def _erase_coaching(person: User) -> None:
    sessions = CoachingSession.objects.filter(agent=person)
    notes = CoachingNote.objects.filter(Q(session__in=sessions) | Q(author=person, is_private=True))
    _gone(notes, "training.coachingnote", body="")
    _gone(AgendaItem.objects.filter(session__in=sessions), "", text=GONE, outcome="")
    items = ActionItem.objects.filter(agent=person)
    _gone(items, "training.actionitem", text=GONE)
    items.exclude(cancel_reason="").update(cancel_reason=GONE)
    _gone(sessions, "training.coachingsession", agent_comment="", decision="")
    sessions.exclude(cancel_reason="").update(cancel_reason=GONE)
    _gone(Proposal.objects.filter(agent=person), "training.proposal", reason="")


def _erase_work(person: User) -> None:
    """What was handed in, typed or kept by a package; what it earned stays."""
    work = Submission.objects.filter(enrollment__person=person)
    stored = list(StoredFile.objects.filter(pk__in=work.values("file_id")))
    _gone(work, "training.submission", text=GONE, comment="", file=None)
    for one in stored:
        files.remove(one)
    voided = Attempt.objects.filter(enrollment__person=person).exclude(void_reason="")
    _gone(voided, "training.attempt", void_reason=GONE)
    answers = AttemptItem.objects.filter(attempt__enrollment__person=person)
    answers.update(grader_note="")
    typed = answers.filter(question_version__kind__in=WRITTEN_KINDS)
    typed.exclude(response={}).update(response={})
    ScormState.objects.filter(enrollment__person=person).exclude(cmi={}).update(cmi={})


def _erase_orders(person: User) -> None:
    """Reasons for what was ordered, moved or waived."""
    orders = Assignment.objects.filter(person=person)
    orders.exclude(waiver_reason="").update(waiver_reason=GONE)
    _gone(orders, "training.assignment", reason="")
    _gone(PathAssignment.objects.filter(person=person), "training.pathassignment", reason="")
    by_hand = RequirementAssignment.objects.filter(person=person)
    _gone(by_hand, "training.requirementassignment", reason="")
    cycles = Cycle.objects.filter(person=person)
    cycles.exclude(waiver_reason="").update(waiver_reason=GONE)
    _gone(cycles, "training.cycle")
    _gone(ClockPause.objects.filter(person=person), "training.clockpause", reason="")
    _gone(Override.objects.filter(person=person), "training.override", reason=GONE)


def _erase_papers(person: User) -> None:
    """Papers from elsewhere and printed certificates carry the name."""
    documents = ExternalDocument.objects.filter(person=person)
    for cycle in Cycle.objects.filter(person=person).exclude(evidence=[]):
        cycle.evidence = [_unnamed(one) for one in cycle.evidence]
        cycle.save(update_fields=["evidence", "updated_at"])
    stored = list(StoredFile.objects.filter(pk__in=documents.values("file_id")))
    actions.empty_audit("training.externaldocument", documents.values_list("pk", flat=True))
    documents.delete()
    certificates = Certificate.objects.filter(person=person)
    stored += StoredFile.objects.filter(pk__in=certificates.values("file_id"))
    certificates.exclude(revoke_reason="").update(revoke_reason=GONE)
    _gone(certificates, "training.certificate", file=None)
    for one in stored:
        files.remove(one)


def _unnamed(line: dict[str, Any]) -> dict[str, Any]:
    """A line of evidence; what a person called an own paper goes."""
    return line | {"title": "A document"} if line.get("kind") == "document" else line


def _gone(rows: QuerySet[Any], label: str, **words: Any) -> None:
    """Replace words of some rows, and empty what acts on them said."""
    if label:
        actions.empty_audit(label, rows.values_list("pk", flat=True))
    if words:
        rows.update(**words)
