"""Verbs of thanks: give, withdraw, remove, react, report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Count, Sum
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import TeamMembership, User
from crm.models import Interaction
from crm.redaction import redact
from feedback.actions import postings, reversals
from feedback.actions.allowances import Giveable, giveable_of
from feedback.models import (
    AbuseReport,
    CompanyValue,
    Kudos,
    KudosReaction,
    KudosRecipient,
    PointsAccount,
    PointsTransaction,
    RecognitionPolicy,
)
from feedback.models.kudos import (
    KUDOS_TRANSITIONS,
    LEAST_MESSAGE,
    MOST_MESSAGE,
    MOST_RECIPIENTS,
    MOST_VALUES,
    KudosState,
    Reaction,
    ReportState,
    Visibility,
)
from feedback.models.points import AccountKind, TransactionKind
from feedback.recognition_events import KudosEnded, KudosPosted
from feedback.redaction import mask_text
from feedback.site_days import day_span, first_of_month, month_span, site_day
from lib import events
from lib.refusals import Forbidden, Invalid, Refused, need_reason
from lib.sentences import said
from ops.jobs import enqueue

TIME_TO_WITHDRAW = timedelta(hours=24)


class NotEnoughToGive(Refused):
    def __init__(self, needed: int, giveable: Giveable) -> None:
        super().__init__(
            _(
                "You can give {total} points this month; this would take {needed}. "
                "Give fewer points, or send it without points."
            ).format(total=giveable.total, needed=needed)
        )


class PairCapReached(Refused):
    def __init__(self, recipient: User, times: int, points: int) -> None:
        super().__init__(
            _(
                "You have thanked {name} with points {times} times this month ({points} points in "
                "all), and this would be more than one colleague gets from another; send it "
                "without points."
            ).format(name=recipient.short_name, times=times, points=points)
        )


class TooManyToday(Refused):
    def __init__(self, most: int) -> None:
        super().__init__(_("You have given {most} kudos today. Go on tomorrow.").format(most=most))


class KeyUsedOtherwise(Refused):
    def __init__(self) -> None:
        super().__init__(_("This form was sent before with other content. Open a new one."))


class NotYourKudos(Forbidden):
    def __init__(self) -> None:
        super().__init__(said("Only whoever gave it takes it back."))


class TooLateToWithdraw(Refused):
    def __init__(self) -> None:
        super().__init__(said("Kudos can be taken back within 24 hours."))


class KudosEndedBefore(Refused):
    def __init__(self, kudos: Kudos) -> None:
        state = kudos.get_state_display().lower()
        super().__init__(said("This was {state} before.", state=state))


@dataclass(frozen=True)
class Thanks:
    """What somebody wants to say, as the form or the API hands it over."""

    recipients: Sequence[User]
    message: str
    values: Sequence[CompanyValue] = field(default_factory=list)
    points_each: int = 0
    visibility: str = Visibility.PUBLIC
    interaction: Interaction | None = None


def give_kudos(*, thanks: Thanks, key: str, by: User, at: datetime) -> Kudos:
    """Thank people, with points or without; the same key again returns what was given then.

    Raises Invalid, NotEnoughToGive, PairCapReached, TooManyToday, KeyUsedOtherwise. At most 20
    queries, whatever the number of recipients.
    """
    message = checked(thanks, by)
    with transaction.atomic():
        giveable = giveable_of(by, at)
        earlier = Kudos.objects.filter(giver=by, idempotency_key=key).first()
        if earlier is not None:
            return _same(earlier, thanks, message)
        policy = RecognitionPolicy.current()
        _check_day(by, at, policy)
        needed = thanks.points_each * len(thanks.recipients)
        if needed:
            _check_pairs(thanks, by, at, policy)
            if needed > giveable.total:
                raise NotEnoughToGive(needed, giveable)
        kudos = Kudos.objects.create(
            giver=by,
            message=message,
            points_each=thanks.points_each,
            visibility=thanks.visibility,
            interaction=thanks.interaction,
            posted_at=at,
            idempotency_key=key,
        )
        kudos.values.set(thanks.values)
        address(kudos, thanks.recipients, at)
        if needed:
            pay(kudos, giveable.entries(needed), thanks.recipients, by, at)
        posted(kudos, thanks.recipients, by, at)
    return kudos


def withdraw_kudos(*, kudos: Kudos, by: User, at: datetime) -> Kudos:
    """Take one's own thanks back within a day; points return if nobody has used them."""
    with transaction.atomic():
        locked = _locked(kudos)
        if locked.giver_id != by.pk:
            raise NotYourKudos
        _check_state(locked, KudosState.WITHDRAWN)
        if at >= locked.posted_at + TIME_TO_WITHDRAW:
            raise TooLateToWithdraw
        for entry in _paid(locked):
            reversals.reverse_points(
                entry=entry, reason="Withdrawn by the giver.", by=by, at=at, must_be_whole=True
            )
        _end(locked, KudosState.WITHDRAWN, by, at, "Withdrawn by the giver.")
    return locked


def remove_kudos(*, kudos: Kudos, reason: str, by: User | None, at: datetime) -> Kudos:
    """Take thanks off the wall and their points back, for a reason."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        locked = _locked(kudos)
        _check_state(locked, KudosState.REMOVED)
        for entry in _paid(locked):
            reversals.reverse_points(entry=entry, reason=reason, by=by, at=at)
        _end(locked, KudosState.REMOVED, by, at, reason)
        locked.reports.filter(state=ReportState.OPEN).update(state=ReportState.REMOVED)
    return locked


def react_to_kudos(*, kudos: Kudos, kind: str, by: User, at: datetime) -> bool:
    """Add one's reaction, or take it away again; whether it stands now."""
    if kind not in Reaction.values:
        raise Invalid("kind", said("Choose one of the four reactions."))
    removed, _rows = KudosReaction.objects.filter(kudos=kudos, user=by, kind=kind).delete()
    if removed:
        return False
    KudosReaction.objects.get_or_create(kudos=kudos, user=by, kind=kind)
    return True


def report_kudos(*, kudos: Kudos, reason: str, by: User, at: datetime) -> AbuseReport:
    """Ask a supervisor of the giver to look at it; a second report of one person is the first."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        report, is_new = AbuseReport.objects.get_or_create(
            kudos=kudos, by=by, defaults={"reason": redact(reason)}
        )
        if is_new:
            audit.record(verb="report_kudos", record=report, by=by, at=at, reason=reason)
            enqueue("feedback.tell_report", key=f"report-{report.pk}", report_id=report.pk)
    return report


def keep_kudos(*, kudos: Kudos, reason: str, by: User, at: datetime) -> Kudos:
    """Answer the open reports about it: it stays."""
    reason = need_reason(reason, 10)
    with transaction.atomic():
        kudos.reports.filter(state=ReportState.OPEN).update(state=ReportState.KEPT)
        audit.record(verb="keep_kudos", record=kudos, by=by, at=at, reason=reason)
    return kudos


# --- Shared with praise and awards --------------------------------------------------------------


def address(kudos: Kudos, recipients: Sequence[User], at: datetime) -> None:
    """Write whom it is for, with the team that each is in at that moment. Two queries."""
    spans = TeamMembership.objects.in_force(at).agents().filter(user__in=recipients)
    teams = dict(spans.values_list("user_id", "team_id"))
    KudosRecipient.objects.bulk_create(
        KudosRecipient(kudos=kudos, agent=person, team_id=teams.get(person.pk))
        for person in recipients
    )


def pay(
    kudos: Kudos,
    entries: list[tuple[PointsAccount, int]],
    recipients: Sequence[User],
    by: User | None,
    at: datetime,
    kind: str = TransactionKind.KUDOS,
) -> None:
    """Move the points of thanks from where `entries` take them into the wallets."""
    accounts = postings.personal_accounts(recipients, AccountKind.WALLET).values()
    postings.post(
        kind=kind,
        key=f"kudos:{kudos.pk}",
        entries=[*entries, *((account, kudos.points_each) for account in accounts)],
        by=by,
        at=at,
        source=("kudos", kudos.pk),
    )


def posted(kudos: Kudos, recipients: Sequence[User], by: User | None, at: datetime) -> None:
    """Audit entry, fact, and a job that tells the recipients."""
    ids = [person.pk for person in recipients]
    audit.record(
        verb="give_kudos",
        record=kudos,
        by=by,
        at=at,
        after={"recipients": ids, "points_each": kudos.points_each},
    )
    events.publish(
        KudosPosted(
            at=at,
            by_id=by.pk if by else None,
            kudos_id=kudos.pk,
            giver_id=kudos.giver_id,
            agent_ids=ids,
            points=kudos.points_each * len(ids),
            source=kudos.source,
        )
    )
    enqueue("feedback.tell_recipients", key=f"kudos-{kudos.pk}", kudos_id=kudos.pk)


def checked(thanks: Thanks, by: User) -> str:
    """The message as it will be stored; raises Invalid with the field and what to do."""
    people = list(thanks.recipients)
    if not 1 <= len({person.pk for person in people}) == len(people) <= MOST_RECIPIENTS:
        raise Invalid(
            "recipients", _("Choose 1 to {most} people, each once.").format(most=MOST_RECIPIENTS)
        )
    if by in people:
        raise Invalid("recipients", _("Nobody thanks themselves."))
    if any(not person.is_active for person in people):
        raise Invalid("recipients", _("Somebody among them is no longer with us."))
    if not 1 <= len(thanks.values) <= MOST_VALUES:
        raise Invalid("values", _("Choose 1 to {most} values.").format(most=MOST_VALUES))
    if any(not value.is_active for value in thanks.values):
        raise Invalid("values", _("One of the values is no longer offered."))
    if thanks.visibility not in Visibility.values:
        raise Invalid("visibility", _("Choose who may see it."))
    if thanks.points_each < 0:
        raise Invalid("points_each", _("Points are 0 or more."))
    interaction = thanks.interaction
    if interaction and not Interaction.objects.visible_to(by).filter(pk=interaction.pk).exists():
        raise Invalid("interaction", _("You cannot see such an interaction."))
    return checked_message(thanks.message)


def checked_message(text: str) -> str:
    message = redact(text.strip())
    if not LEAST_MESSAGE <= len(message) <= MOST_MESSAGE:
        raise Invalid(
            "message",
            _("Say it in {least} to {most} characters.").format(
                least=LEAST_MESSAGE, most=MOST_MESSAGE
            ),
        )
    if mask_text(message) != message:
        raise Invalid("message", _("Leave out customer contact data."))
    return message


# --- Below ------------------------------------------------------------------------------------


def _same(earlier: Kudos, thanks: Thanks, message: str) -> Kudos:
    """The kudos of a doubled form; raises KeyUsedOtherwise where the form says something else."""
    people = {person.pk for person in thanks.recipients}
    is_same = (
        earlier.message == message
        and earlier.points_each == thanks.points_each
        and set(earlier.recipients.values_list("agent_id", flat=True)) == people
    )
    if not is_same:
        raise KeyUsedOtherwise
    return earlier


def _check_day(by: User, at: datetime, policy: RecognitionPolicy) -> None:
    start, end = day_span(site_day(at))
    given = Kudos.objects.filter(giver=by, posted_at__gte=start, posted_at__lt=end).count()
    if given >= policy.kudos_per_day:
        raise TooManyToday(policy.kudos_per_day)


def _check_pairs(thanks: Thanks, by: User, at: datetime, policy: RecognitionPolicy) -> None:
    """Nobody pours points over one colleague, whatever the allowance. One query."""
    start, _next = month_span(first_of_month(at))
    rows = (
        KudosRecipient.objects.filter(
            kudos__giver=by,
            kudos__state=KudosState.POSTED,
            kudos__points_each__gt=0,
            kudos__posted_at__gte=start,
            agent__in=thanks.recipients,
        )
        .order_by()
        .values("agent")
        .annotate(times=Count("pk"), points=Sum("kudos__points_each"))
    )
    given = {row["agent"]: (row["times"], row["points"]) for row in rows}
    for person in thanks.recipients:
        times, points = given.get(person.pk, (0, 0))
        is_over = points + thanks.points_each > policy.pair_points_per_month
        if times >= policy.pair_kudos_per_month or is_over:
            raise PairCapReached(person, times, points)


def _locked(kudos: Kudos) -> Kudos:
    return Kudos.objects.select_for_update(of=("self",)).get(pk=kudos.pk)


def _check_state(kudos: Kudos, state: str) -> None:
    if state not in KUDOS_TRANSITIONS[kudos.state]:
        raise KudosEndedBefore(kudos)


def _paid(kudos: Kudos) -> list[PointsTransaction]:
    """The transactions of these thanks that still stand."""
    return list(
        PointsTransaction.objects.filter(
            source_type="kudos", source_id=kudos.pk, reversed_by__isnull=True
        ).exclude(kind=TransactionKind.REVERSAL)
    )


def _end(kudos: Kudos, state: str, by: User | None, at: datetime, reason: str) -> None:
    kudos.state, kudos.ended_at, kudos.ended_by, kudos.end_reason = state, at, by, reason
    kudos.save(update_fields=["state", "ended_at", "ended_by", "end_reason", "updated_at"])
    audit.record(
        verb=f"{'withdraw' if state == KudosState.WITHDRAWN else 'remove'}_kudos",
        record=kudos,
        by=by,
        at=at,
        after={"state": state},
        reason=reason,
    )
    events.publish(
        KudosEnded(
            at=at,
            by_id=by.pk if by else None,
            kudos_id=kudos.pk,
            agent_ids=list(kudos.recipients.values_list("agent_id", flat=True)),
        )
    )
