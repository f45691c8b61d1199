"""Ask a list of people: each row is decided like any other subject, and told one by one."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from accounts import audit
from accounts.models import User
from feedback.actions import asking
from feedback.deciding import Subject, decider_for
from feedback.models import Program, SendDecision
from feedback.models.survey_programs import Outcome
from feedback.recipients import Recipient

KNOWN = "This list, or one before it, asked about this already."


@dataclass(frozen=True)
class RowResult:
    """What became of one row: invited, refused (by a rule, with its reason) or failed."""

    line: int
    state: str
    reason: str


@dataclass(frozen=True)
class ListResult:
    """read = invited + refused + failed."""

    rows: list[RowResult]

    @property
    def read(self) -> int:
        return len(self.rows)

    @property
    def invited(self) -> int:
        return self._count("invited")

    @property
    def refused(self) -> int:
        return self._count("refused")

    @property
    def failed(self) -> int:
        return self._count("failed")

    @property
    def others(self) -> list[RowResult]:
        """Rows that were not invited, by line."""
        return [row for row in self.rows if row.state != "invited"]

    def _count(self, state: str) -> int:
        return sum(row.state == state for row in self.rows)


def check_recipients(
    *, program: Program, recipients: Sequence[Recipient], at: datetime
) -> ListResult:
    """What asking them now would do; writes nothing."""
    known = _known(program, recipients)
    decider = decider_for(program, at)
    subjects = {one.line: _subject(one, at) for one in recipients if not one.fault}
    decider.load(subjects.values())
    found: dict[int, SendDecision] = {
        line: decider.decide(subject)
        for line, subject in subjects.items()
        if subject.key not in known
    }
    return ListResult([_result(one, found.get(one.line)) for one in recipients])


def ask_recipients(
    *, program: Program, recipients: Sequence[Recipient], by: User, at: datetime
) -> ListResult:
    """Ask everybody whom the rules allow; the same list again asks nobody.

    Raises Refused for a program that takes no lists.
    """
    asking.must_take_wishes(program)
    fine = [one for one in recipients if not one.fault]
    known = _known(program, recipients)
    with transaction.atomic():
        for start in range(0, len(fine), asking.BATCH):
            some = fine[start : start + asking.BATCH]
            asking.decide_batch(
                program=program, subjects=[_subject(one, at) for one in some], at=at
            )
        decisions = _decisions(program, fine)
        found = {one.line: decisions[_key(one)] for one in fine if _key(one) not in known}
        result = ListResult([_result(one, found.get(one.line)) for one in recipients])
        audit.record(
            verb="ask_recipients",
            record=program,
            by=by,
            at=at,
            after={"read": result.read, "invited": result.invited, "failed": result.failed},
        )
    return result


# --- Below ---------------------------------------------------------------------------------------


def _key(one: Recipient) -> str:
    return f"asked:list:{one.key}"


def _subject(one: Recipient, at: datetime) -> Subject:
    assert one.point is not None
    row = one.interaction
    return Subject(
        key=_key(one),
        draw_id=row.pk if row else one.point.customer_id,
        ended_at=at,
        customer=one.point.customer,
        interaction=row,
        hidden=one.hidden,
        language=one.language,
        point=one.point,
    )


def _decisions(program: Program, recipients: Sequence[Recipient]) -> dict[str, SendDecision]:
    found: dict[str, SendDecision] = {}
    keys = [_key(one) for one in recipients]
    for start in range(0, len(keys), asking.BATCH):
        some = keys[start : start + asking.BATCH]
        rows = SendDecision.objects.filter(program=program, subject__in=some)
        found |= {row.subject: row for row in rows}
    return found


def _known(program: Program, recipients: Sequence[Recipient]) -> set[str]:
    return set(_decisions(program, [one for one in recipients if not one.fault]))


def _result(one: Recipient, decision: SendDecision | None) -> RowResult:
    if one.fault:
        return RowResult(one.line, "failed", one.fault)
    if decision is None:
        return RowResult(one.line, "refused", KNOWN)
    state = "invited" if decision.outcome == Outcome.INVITED else "refused"
    return RowResult(one.line, state, "" if state == "invited" else decision.reason)
