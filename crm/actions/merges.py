"""Make one customer of two, and two of one again; decide about pairs that look alike."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db import transaction
from django.db.models import Q

from accounts import audit
from accounts.models import User
from crm import consent, duplicate_finding, timeline
from crm.actions.consents import events_of
from crm.actions.customers import locked
from crm.events import CustomersMerged, MergeUndone
from crm.importing.customers import recount
from crm.merging import journal
from crm.merging.fields import merged_values
from crm.merging.holds import hold_of
from crm.models import (
    ConsentEvent,
    ConsentPurpose,
    Customer,
    DuplicateCandidate,
    MergeRecord,
)
from crm.models.customers import CustomerState
from crm.models.interactions import Channel
from crm.models.merges import CandidateState, MergeState
from crm.names import name_key
from crm.redaction import redact
from lib import events
from lib.refusals import Refused, Stale


class MergedWithItself(Refused):
    def __init__(self) -> None:
        super().__init__("A customer cannot be merged with itself. Choose two.")


class OnLegalHold(Refused):
    """A recording of one of the two must not be touched; the text names it."""


class ChangedSincePreview(Stale):
    def __init__(self) -> None:
        super().__init__("One of the two was changed since this preview. Look at it again.")


class AlreadyUndone(Refused):
    def __init__(self) -> None:
        super().__init__("This merge was already undone.")


class MergedOnward(Refused):
    def __init__(self, later: MergeRecord) -> None:
        super().__init__(
            f"{later.loser.reference} was merged into {later.winner.reference} afterwards. "
            "Undo that merge first."
        )


def merge_customers(
    *,
    winner: Customer,
    loser: Customer,
    choices: Mapping[str, str] | None = None,
    seen: tuple[int, int] | None = None,
    reason: str = "",
    by: User | None,
    at: datetime,
) -> MergeRecord:
    """Let the winner have everything of the loser, whose record becomes a signpost.

    `choices` says for differing fields whose value stays, "winner" or "loser"; `seen` are the
    versions of the preview. One transaction, locks in the order of ids. Raises MergedWithItself,
    NotActive, Restricted, OnLegalHold, ChangedSincePreview.
    """
    if winner.pk == loser.pk:
        raise MergedWithItself
    with transaction.atomic():
        found = {row.pk: row for row in _locked_in_order(winner, loser)}
        winner, loser = found[winner.pk], found[loser.pk]
        if seen is not None and seen != (winner.version, loser.version):
            raise ChangedSincePreview
        for each in (winner, loser):
            if held := hold_of(each):
                raise OnLegalHold(held)
        values = merged_values(winner, loser, choices or {})
        record = MergeRecord.objects.create(
            winner=winner,
            loser=loser,
            choices=dict(choices or {}),
            by=by,
            at=at,
            reason=redact(reason.strip())[:500],
        )
        _keep_refusals(record, at)
        counts = journal.move_rows(record)
        _change_winner(record, winner, values)
        loser.state, loser.merged_into = CustomerState.MERGED, winner
        _bump(loser)
        _close_pairs(winner, loser, by, at)
        recount({winner.pk, loser.pk})
        _tell(record, winner, by, at, counts)
    return record


def _locked_in_order(one: Customer, other: Customer) -> Iterator[Customer]:
    for each in sorted((one, other), key=lambda row: row.pk):
        yield locked(each)


def _change_winner(record: MergeRecord, winner: Customer, values: Mapping[str, object]) -> None:
    journal.change(record, winner, **values)
    if "display_name" in values:
        journal.change(record, winner, name_key=name_key(winner.display_name)[:220])
    _bump(winner)


def _bump(customer: Customer) -> None:
    customer.version += 1
    customer.save()


def _keep_refusals(record: MergeRecord, at: datetime) -> None:
    """A refusal in force on either side goes on until the person grants that channel again."""
    for purpose in ConsentPurpose.objects.all():
        ours = events_of(record.winner_id, purpose)
        theirs = events_of(record.loser_id, purpose)
        both = [*ours, *theirs]
        for refused in consent.kept_refusals(ours, theirs, Channel.values, at):
            if _is_refused_itself(both, refused.channel):
                continue
            row = ConsentEvent.objects.create(
                customer_id=record.winner_id,
                purpose=purpose,
                channel=refused.channel,
                decision=refused.decision,
                source="merge",
                at=at,
                by_id=record.by_id,
            )
            journal.made(record, row)


def _is_refused_itself(log: list[consent.ConsentEvent], channel: str) -> bool:
    """Whether the last word on this very channel, of both sides together, is a refusal."""
    own = [event for event in log if event.channel == channel]
    last = max(own, key=lambda event: (event.at, event.id), default=None)
    return last is not None and last.decision in consent.REFUSALS


def _close_pairs(winner: Customer, loser: Customer, by: User | None, at: datetime) -> None:
    """The pair is merged; other pairs of the loser are found anew for the winner."""
    pairs = DuplicateCandidate.objects.filter(Q(lower=loser) | Q(higher=loser))
    both = (winner.pk, loser.pk)
    pairs.filter(lower__in=both, higher__in=both).update(
        state=CandidateState.MERGED, decided_by=by, decided_at=at
    )
    pairs.filter(state=CandidateState.OPEN).delete()


def _tell(
    record: MergeRecord, winner: Customer, by: User | None, at: datetime, counts: dict[str, int]
) -> None:
    timeline.add(
        "merge",
        customer_id=winner.pk,
        at=at,
        title=f"{record.loser.reference} was merged into this customer",
        summary=", ".join(f"{count:,} {title}" for title, count in counts.items()),
        target=record,
        actor=by,
    )
    audit.record(
        verb="merge_customers",
        record=winner,
        by=by,
        at=at,
        after={"loser": record.loser_id, "merge": record.pk, **counts},
        reason=record.reason,
    )
    events.publish(
        CustomersMerged(
            at=at,
            by_id=by.pk if by else None,
            merge_id=record.pk,
            winner_id=winner.pk,
            loser_id=record.loser_id,
        )
    )


def undo_merge(*, record: MergeRecord, by: User, at: datetime) -> MergeRecord:
    """Give the loser back what was moved and not touched since; `kept` lists the rest.

    Rows that came after the merge stay with the winner. A chain is undone last first. Raises
    AlreadyUndone, MergedOnward, Restricted.
    """
    with transaction.atomic():
        record = MergeRecord.objects.select_for_update(of=("self",)).get(pk=record.pk)
        if record.state == MergeState.UNDONE:
            raise AlreadyUndone
        later = MergeRecord.objects.filter(loser=record.winner_id, state=MergeState.DONE).first()
        if later is not None:
            raise MergedOnward(later)
        locked(record.winner)
        kept = journal.take_back(record)
        loser = Customer.objects.select_for_update(of=("self",)).get(pk=record.loser_id)
        loser.state, loser.merged_into = CustomerState.ACTIVE, None
        _bump(loser)
        _bump(Customer.objects.get(pk=record.winner_id))
        record.state, record.kept = MergeState.UNDONE, kept
        record.undone_by, record.undone_at = by, at
        record.save()
        recount({record.winner_id, record.loser_id})
        _tell_undone(record, by, at)
    return record


def _tell_undone(record: MergeRecord, by: User, at: datetime) -> None:
    timeline.remove("merge", target=record)
    dismiss_pair(one=record.winner, other=record.loser, by=by, at=at)
    audit.record(
        verb="undo_merge",
        record=record.winner,
        by=by,
        at=at,
        before={"loser": record.loser_id, "merge": record.pk},
        after={"kept": len(record.kept)},
    )
    events.publish(
        MergeUndone(
            at=at,
            by_id=by.pk,
            merge_id=record.pk,
            winner_id=record.winner_id,
            loser_id=record.loser_id,
        )
    )


def dismiss_pair(
    *, one: Customer, other: Customer, by: User | None, at: datetime
) -> DuplicateCandidate:
    """Note that these are two people; they come back only if they look much more alike."""
    lower, higher = sorted((one.pk, other.pk))
    result = duplicate_finding.score_of(one, other)
    with transaction.atomic():
        pair, _ = DuplicateCandidate.objects.get_or_create(
            lower_id=lower, higher_id=higher, defaults={"score": result.points}
        )
        before = pair.state
        pair.score, pair.reasons = result.points, duplicate_finding.reasons(result)
        pair.state, pair.decided_by, pair.decided_at = CandidateState.DISMISSED, by, at
        pair.save()
        audit.record(
            verb="dismiss_pair",
            record=pair,
            by=by,
            at=at,
            before={"state": before},
            after={"state": pair.state},
        )
    return pair
