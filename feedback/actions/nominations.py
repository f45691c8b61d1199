"""Verbs of awards: open, nominate, score blind, decide, announce."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import TeamMembership, User
from crm.models import Interaction
from crm.redaction import redact
from feedback import ledger, nominations
from feedback.actions import kudos as kudos_verbs
from feedback.actions import postings
from feedback.actions.budgets import leaders_of
from feedback.models import AwardProgram, CommitteeVote, Kudos, Nomination
from feedback.models.awards import PROGRAM_TRANSITIONS, NominationState, ProgramState
from feedback.models.kudos import Visibility
from feedback.models.points import TransactionKind
from feedback.recognition_events import AwardDecided
from feedback.site_days import site_day
from lib import events
from lib.refusals import Forbidden, Invalid, Refused, need_reason
from lib.speaking import in_language
from ops import mail

LEAST_STATEMENT, MOST_STATEMENT = 50, 2000


class ProgramNotThere(Refused):
    def __init__(self, program: AwardProgram) -> None:
        state = program.get_state_display().lower()
        super().__init__(_("{name} is {state}.").format(name=program.name, state=state))


class OutsideWindow(Refused):
    def __init__(self, program: AwardProgram) -> None:
        opens, closes = (
            date_format(timezone.localtime(at), "j M Y, H:i")
            for at in (program.opens_at, program.closes_at)
        )
        super().__init__(
            _("Nominations for {name} are taken from {opens} until {closes}.").format(
                name=program.name, opens=opens, closes=closes
            )
        )


class Recused(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("You stand too close to this nomination to score it."))


class TieUndecided(Refused):
    def __init__(self, names: Sequence[str]) -> None:
        super().__init__(
            _(
                "{names} are equal at the last place. The chair chooses with a reason, or lets "
                "all of them win."
            ).format(names=", ".join(names))
        )


@dataclass(frozen=True)
class Standing:
    """One nomination with its result; `result` None means too few votes."""

    nomination: Nomination
    result: nominations.Result | None


def check_criteria(criteria: Sequence[Mapping[str, object]]) -> None:
    """Raises Invalid unless the criteria have codes of their own and weights that total 100."""
    codes = [str(one.get("code", "")) for one in criteria]
    weights = [one.get("weight_percent") for one in criteria]
    if not codes or "" in codes or len(set(codes)) < len(codes):
        raise Invalid("criteria", _("Each criterion needs a code of its own."))
    if not all(isinstance(weight, int) and weight > 0 for weight in weights):
        raise Invalid("criteria", _("Weights are whole percents above 0."))
    if sum(weight for weight in weights if isinstance(weight, int)) != 100:
        raise Invalid("criteria", _("The weights must total 100 percent."))


def open_program(*, program: AwardProgram, by: User, at: datetime) -> AwardProgram:
    check_criteria(program.criteria)
    return _move(program, ProgramState.OPEN, by, at)


def begin_scoring(*, program: AwardProgram, by: User | None, at: datetime) -> AwardProgram:
    return _move(program, ProgramState.SCORING, by, at)


def cancel_program(*, program: AwardProgram, reason: str, by: User, at: datetime) -> AwardProgram:
    return _move(program, ProgramState.CANCELED, by, at, need_reason(reason, 10))


def nominate_person(
    *,
    program: AwardProgram,
    nominee: User,
    statement: str,
    by: User,
    at: datetime,
    interactions: Sequence[Interaction] = (),
) -> Nomination:
    """Say why a colleague deserves the award. Raises OutsideWindow, Invalid."""
    words = redact(statement.strip())
    if not LEAST_STATEMENT <= len(words) <= MOST_STATEMENT:
        sentence = _("Say why in {least} to {most} characters.")
        raise Invalid("statement", sentence.format(least=LEAST_STATEMENT, most=MOST_STATEMENT))
    with transaction.atomic():
        locked = _locked(program)
        if not locked.is_open_at(at):
            raise OutsideWindow(locked)
        check_eligible(locked, nominee, by, at)
        made = Nomination.objects.filter(program=locked, nominator=by).standing().count()
        if made >= locked.max_per_nominator:
            sentence = _("You have nominated {made} people; that is the most.")
            raise Invalid("nominee", sentence.format(made=made))
        seen = Interaction.objects.visible_to(by).filter(pk__in=[one.pk for one in interactions])
        if seen.count() != len(interactions):
            raise Invalid("interactions", _("You cannot see one of the interactions."))
        try:
            with transaction.atomic():
                nomination = Nomination.objects.create(
                    program=locked, nominator=by, nominee=nominee, statement=words
                )
        except IntegrityError:
            raise Invalid("nominee", _("You have nominated this person already.")) from None
        nomination.interactions.set(interactions)
        audit.record(
            verb="nominate_person", record=nomination, by=by, at=at, after={"nominee": nominee.pk}
        )
    return nomination


def withdraw_nomination(*, nomination: Nomination, by: User, at: datetime) -> Nomination:
    with transaction.atomic():
        program = _locked(nomination.program)
        if nomination.nominator_id != by.pk:
            raise Forbidden(_("Only whoever nominated withdraws it."))
        if not program.is_open_at(at):
            raise OutsideWindow(program)
        nomination.state = NominationState.WITHDRAWN
        nomination.save(update_fields=["state", "updated_at"])
        audit.record(verb="withdraw_nomination", record=nomination, by=by, at=at)
    return nomination


def check_eligible(program: AwardProgram, nominee: User, by: User, at: datetime) -> None:
    """Raises Invalid with the rule that the nominee does not meet."""
    if nominee.pk == by.pk:
        raise Invalid("nominee", _("Nobody nominates themselves."))
    if not nominee.is_active:
        raise Invalid("nominee", _("{name} is no longer with us.").format(name=nominee.short_name))
    teams = set(program.teams.values_list("pk", flat=True))
    spans = TeamMembership.objects.in_force(at).filter(user=nominee)
    if teams and not spans.filter(team__in=teams).exists():
        raise Invalid("nominee", _("{name} is for other teams.").format(name=program.name))
    least = site_day(at) - timedelta(days=program.min_tenure_days)
    if nominee.hired_on is None or nominee.hired_on > least:
        sentence = _("People are eligible after {days} days.")
        raise Invalid("nominee", sentence.format(days=program.min_tenure_days))
    if program.no_winner_within_months:
        month = site_day(at)
        since = ledger.months_before(month, program.no_winner_within_months)
        won = Nomination.objects.filter(
            nominee=nominee, state=NominationState.WON, program__decided_at__date__gte=since
        )
        if won.exists():
            sentence = _("{name} has won an award recently.")
            raise Invalid("nominee", sentence.format(name=nominee.short_name))


def score_nomination(
    *,
    nomination: Nomination,
    scores: Mapping[str, int],
    by: User,
    at: datetime,
    is_recused: bool = False,
    comment: str = "",
) -> CommitteeVote:
    """Give 1-5 for every criterion, or stand aside. Raises Recused, Invalid, ProgramNotThere."""
    with transaction.atomic():
        program = _locked(nomination.program)
        if program.state != ProgramState.SCORING:
            raise ProgramNotThere(program)
        if not program.committee.filter(pk=by.pk).exists():
            raise Forbidden(_("Only the committee scores."))
        if has_conflict(by, nomination, at) and not is_recused:
            raise Recused
        given = {} if is_recused else {code: scores.get(code) for code in program.weights}
        if any(score not in (1, 2, 3, 4, 5) for score in given.values()):
            raise Invalid("scores", _("Give 1 to 5 for every criterion, or stand aside."))
        vote, _is_new = CommitteeVote.objects.update_or_create(
            nomination=nomination,
            member=by,
            defaults={"scores": given, "is_recused": is_recused, "comment": redact(comment)},
        )
        audit.record(verb="score_nomination", record=vote, by=by, at=at)
    return vote


def has_conflict(member: User, nomination: Nomination, at: datetime) -> bool:
    """Whether the system itself keeps a member from scoring."""
    if member.pk in (nomination.nominator_id, nomination.nominee_id):
        return True
    return member.pk in leaders_of([nomination.nominee_id], at)


def standings(program: AwardProgram) -> list[Standing]:
    """Every nomination, best first; those without a result come last. Two queries."""
    rows = program.nominations.standing().select_related("nominee").prefetch_related("votes")
    found = [
        Standing(
            row,
            nominations.result(
                [None if vote.is_recused else vote.scores for vote in row.votes.all()],
                program.weights,
                program.min_votes,
            ),
        )
        for row in rows
    ]
    lowest = nominations.Result(Decimal(-1), -1)
    return sorted(found, key=lambda one: one.result or lowest, reverse=True)


def decide_program(
    *,
    program: AwardProgram,
    by: User,
    at: datetime,
    chosen: Sequence[int] = (),
    all_tied_win: bool = False,
    reason: str = "",
) -> AwardProgram:
    """Name the winners by the votes; a tie at the last place needs the chair's word.

    `chosen` holds ids of tied nominations that win. Raises TieUndecided, Invalid, Forbidden.
    """
    with transaction.atomic():
        locked = _locked(program)
        if by.pk != locked.chair_id:
            raise Forbidden(_("The chair of the committee decides."))
        if ProgramState.DECIDED not in PROGRAM_TRANSITIONS[locked.state]:
            raise ProgramNotThere(locked)
        ranked = [one for one in standings(locked) if one.result is not None]
        sure, tied = _split_at_tie(ranked, locked.winners)
        places = locked.winners - len(sure)
        if len(tied) > places:
            reason = need_reason(reason, 10) if chosen or all_tied_win else ""
            tied = _broken(tied, places, chosen, all_tied_win)
        winners = [one.nomination for one in [*sure, *tied]]
        ids = [one.pk for one in winners]
        _write_results(locked, ids)
        locked.state, locked.decided_at, locked.decision_reason = ProgramState.DECIDED, at, reason
        locked.save(update_fields=["state", "decided_at", "decision_reason", "updated_at"])
        audit.record(
            verb="decide_program",
            record=locked,
            by=by,
            at=at,
            after={"winners": ids},
            reason=reason,
        )
    return locked


def announce_program(*, program: AwardProgram, by: User, at: datetime) -> AwardProgram:
    """Thank the winners in public and pay them, all or nothing. Raises NotEnoughPoints."""
    with transaction.atomic():
        locked = _move(program, ProgramState.ANNOUNCED, by, at)
        won = list(locked.nominations.filter(state=NominationState.WON).select_related("nominee"))
        for nomination in won:
            _award(locked, nomination, at)
        if locked.tells_not_won:
            for row in locked.nominations.filter(state=NominationState.NOT_WON):
                mail.send("feedback.nominated", key=f"{row.pk}", nomination_id=row.pk)
        events.publish(
            AwardDecided(
                at=at,
                by_id=by.pk,
                program_id=locked.pk,
                agent_ids=[one.nominee_id for one in won],
                points=locked.points * len(won),
            )
        )
    return locked


# --- Below ------------------------------------------------------------------------------------


def _locked(program: AwardProgram) -> AwardProgram:
    rows = AwardProgram.objects.select_related("chair", "budget__team")
    return rows.select_for_update(of=("self",)).get(pk=program.pk)


def _move(
    program: AwardProgram, state: str, by: User | None, at: datetime, reason: str = ""
) -> AwardProgram:
    with transaction.atomic():
        locked = _locked(program)
        if state not in PROGRAM_TRANSITIONS[locked.state]:
            raise ProgramNotThere(locked)
        locked.state = state
        locked.save(update_fields=["state", "updated_at"])
        audit.record(
            verb=f"{state}_program",
            record=locked,
            by=by,
            at=at,
            after={"state": state},
            reason=reason,
        )
    return locked


def _split_at_tie(ranked: list[Standing], winners: int) -> tuple[list[Standing], list[Standing]]:
    """Those who surely win, and those who are equal at the last place."""
    if len(ranked) <= winners:
        return ranked, []
    last = ranked[winners - 1].result
    sure = [one for one in ranked[:winners] if one.result != last]
    return sure, [one for one in ranked if one.result == last]


def _broken(
    tied: list[Standing], places: int, chosen: Sequence[int], all_tied_win: bool
) -> list[Standing]:
    if all_tied_win:
        return tied
    picked = [one for one in tied if one.nomination.pk in set(chosen)]
    if len(picked) != places:
        raise TieUndecided([one.nomination.nominee.short_name for one in tied])
    return picked


def _write_results(program: AwardProgram, won: Sequence[int]) -> None:
    rows = []
    for one in standings(program):
        row = one.nomination
        row.result_mean = one.result.mean if one.result else None
        row.state = NominationState.WON if row.pk in won else NominationState.NOT_WON
        rows.append(row)
    Nomination.objects.bulk_update(rows, ["result_mean", "state"])


def _award(program: AwardProgram, nomination: Nomination, at: datetime) -> None:
    nominee = nomination.nominee
    with in_language(""):  # Everybody reads it: the center's language, whoever presses.
        words = _("{person} receives {award}. Congratulations!")
    kudos = Kudos.objects.create(
        giver=program.chair,
        message=words.format(person=nominee.short_name, award=program.name)[:500],
        points_each=program.points,
        visibility=Visibility.PUBLIC,
        posted_at=at,
        idempotency_key=f"award:{nomination.pk}",
    )
    kudos_verbs.address(kudos, [nominee], at)
    if program.points:
        if program.budget is None:
            raise Invalid("budget", _("Points need a budget. Choose one in the program."))
        account = postings.account_of(program.budget)
        kudos_verbs.pay(
            kudos,
            [(account, -program.points)],
            [nominee],
            program.chair,
            at,
            kind=TransactionKind.AWARD,
        )
    kudos_verbs.posted(kudos, [nominee], program.chair, at)
