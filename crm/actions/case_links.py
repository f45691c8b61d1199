"""Verbs that join cases and interactions, and cases with one another."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from crm import clock_causes, clocks, closing
from crm.actions import cases
from crm.events import CaseClosed
from crm.models import Case, CaseInteraction, CaseStatus, Interaction, Note, Promise, Task
from crm.models.cases import StatusCategory
from lib import events
from lib.refusals import Invalid, Refused, need_reason


class OtherCustomer(Invalid):
    def __init__(self) -> None:
        sentence = _("This is about another customer. Say why it belongs here all the same.")
        super().__init__("reason", sentence)


class NotLinked(Refused):
    def __init__(self) -> None:
        super().__init__(_("This interaction does not belong to the case."))


class IntoItself(Invalid):
    def __init__(self) -> None:
        super().__init__("into", _("A case is not merged into itself."))


class NothingToSplit(Invalid):
    def __init__(self) -> None:
        super().__init__("interactions", _("Choose the interactions that the new case is about."))


def link_interaction(
    *, case: Case, interaction: Interaction, by: User, at: datetime, reason: str = ""
) -> CaseInteraction:
    """Put an interaction to a case; an answer in it counts from when it was given.

    Raises OtherCustomer where the customers differ and no reason is given.
    """
    with transaction.atomic():
        locked = cases.locked_case(case)
        found = CaseInteraction.objects.filter(case=locked, interaction=interaction).first()
        if found is not None:
            return found
        is_other = locked.customer_id and interaction.customer_id not in (None, locked.customer_id)
        if is_other and len(reason.strip()) < cases.LEAST_REASON:
            raise OtherCustomer
        link = CaseInteraction.objects.create(
            case=locked, interaction=interaction, linked_by=by, reason=reason.strip()[:500]
        )
        clocks.follow_messages(locked, now=at)
        clocks.sum_up(locked)
        cases.save(locked)
        after = {"interaction_id": interaction.pk}
        audit.record(
            verb="link_interaction", record=locked, by=by, at=at, after=after, reason=reason.strip()
        )
    return link


def unlink_interaction(*, case: Case, interaction: Interaction, by: User, at: datetime) -> None:
    """Take an interaction from a case; what its clocks were told stays. Raises NotLinked."""
    with transaction.atomic():
        locked = cases.locked_case(case)
        gone, _by_model = CaseInteraction.objects.filter(
            case=locked, interaction=interaction
        ).delete()
        if not gone:
            raise NotLinked
        cases.save(locked)
        before = {"interaction_id": interaction.pk}
        audit.record(verb="unlink_interaction", record=locked, by=by, at=at, before=before)


def merge_cases(*, case: Case, into: Case, reason: str, by: User, at: datetime) -> Case:
    """Go on with two cases as one: what belongs to `case` moves, its clocks are canceled.

    `case` is closed and leads to `into`, which is returned. Raises IntoItself, OtherCustomer,
    MergedCase, ClosingForbidden, ReasonTooShort.
    """
    if case.pk == into.pk:
        raise IntoItself
    reason = need_reason(reason, cases.LEAST_REASON)
    with transaction.atomic():
        rows = {pk: cases.locked_case(Case(pk=pk)) for pk in sorted([case.pk, into.pk])}
        loser, winner = rows[case.pk], rows[into.pk]
        if loser.customer_id and winner.customer_id and loser.customer_id != winner.customer_id:
            raise OtherCustomer
        if not loser.is_finished and (sentences := closing.sentences(loser)):
            raise cases.ClosingForbidden(sentences)
        moved = _move_belongings(loser, winner)
        clocks.cancel(loser, at=at, cause=f"{clock_causes.MERGED}{winner.reference}")
        clocks.sum_up(loser)
        loser.status = CaseStatus.objects.first_of(StatusCategory.CLOSED)
        loser.status_at = loser.closed_at = at
        loser.merged_into = winner
        cases.save(loser)
        winner.customer = winner.customer or loser.customer
        clocks.follow_messages(winner, now=at)
        clocks.sum_up(winner)
        cases.save(winner)
        after = {"into_id": winner.pk, **moved}
        audit.record(verb="merge_cases", record=loser, by=by, at=at, after=after, reason=reason)
        events.publish(
            CaseClosed(
                at=at,
                by_id=by.pk,
                case_id=loser.pk,
                customer_id=loser.customer_id,
                kind=loser.kind,
            )
        )
    return winner


def split_case(
    *, case: Case, interactions: Sequence[Interaction], subject: str, by: User, at: datetime
) -> Case:
    """Make a case of its own of some interactions, in the same team and for the same customer.

    Raises NothingToSplit, NoSubject.
    """
    with transaction.atomic():
        locked = cases.locked_case(case)
        links = CaseInteraction.objects.filter(case=locked, interaction__in=list(interactions))
        if not links:
            raise NothingToSplit
        chosen = [link.interaction for link in links.select_related("interaction__queue")]
        links.delete()
        cases.save(locked)
        made = cases.open_case(
            subject=subject,
            customer=locked.customer,
            kind=locked.kind,
            priority=locked.priority,
            assignee=locked.assignee,
            team=locked.team,
            queue=locked.queue,
            interactions=chosen,
            follow_up_of=locked,
            by=by,
            at=at,
        )
        after = {"into_id": made.pk, "interactions": [one.pk for one in chosen]}
        audit.record(verb="split_case", record=locked, by=by, at=at, after=after)
    return made


def _move_belongings(loser: Case, winner: Case) -> dict[str, int]:
    """What hangs on the loser hangs on the winner now; how many rows of each kind."""
    winner.tags.add(*loser.tags.all())
    known = winner.links.values_list("interaction_id", flat=True)
    links = loser.links.exclude(interaction__in=list(known))
    return {
        "interactions": links.update(case=winner),
        "notes": Note.objects.filter(case=loser).update(case=winner),
        "tasks": Task.objects.filter(case=loser).update(case=winner),
        "promises": Promise.objects.filter(case=loser).update(case=winner),
    }
