"""What a program decides about each subject; told in docs/algorithms/survey-asking.md.

A `Decider` holds everything that a batch needs, so that decisions cost a fixed number of queries,
and a simulation decides exactly as the program does.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Q, QuerySet

from crm.models import ContactPoint, Customer, Interaction
from feedback import frequency, selection, suppressing
from feedback.models import FrequencyRule, Invitation, Program, SendDecision
from feedback.models.survey_programs import Outcome, RuleMode

QUIET_DEFAULT: dict[str, Any] = {
    "opens": "09:00",
    "closes": "19:00",
    "weekdays": [0, 1, 2, 3, 4],
    "holidays": [],
}
KIND_OF_CHANNEL = {"email": "email", "sms": "phone"}
ALWAYS = Decimal(1)


@dataclass(frozen=True)
class Subject:
    """Who might be asked, about what."""

    key: str
    draw_id: int
    ended_at: datetime
    customer: Customer | None = None
    interaction: Interaction | None = None
    hidden: dict[str, str] = field(default_factory=dict)
    language: str = ""
    point: ContactPoint | None = None  # Only this address, where a list names it.


def subject_of(interaction: Interaction) -> Subject:
    assert interaction.ended_at is not None
    return Subject(
        key=f"interaction:{interaction.pk}",
        draw_id=interaction.pk,
        ended_at=interaction.ended_at,
        customer=interaction.customer,
        interaction=interaction,
        language=interaction.language,
    )


def candidates(program: Program, ended_from: datetime, until: datetime) -> QuerySet[Interaction]:
    """Handled interactions that the program means, ended in (from, until]."""
    return (
        Interaction.objects.filter(_conditions(program.conditions))
        .filter(
            outcome="handled",
            customer__isnull=False,
            ended_at__gt=ended_from,
            ended_at__lte=until,
            # The index on the beginning serves; nobody talks longer than a day.
            started_at__gt=ended_from - timedelta(days=1),
        )
        .select_related("customer", "queue")
        .order_by("ended_at", "pk")
    )


def _conditions(conditions: dict[str, Any]) -> Q:
    found = Q(direction__in=conditions.get("directions") or ["inbound"])
    if queues := conditions.get("queues"):
        found &= Q(queue_id__in=queues)
    if channels := conditions.get("channels"):
        found &= Q(channel__in=channels)
    if languages := conditions.get("languages"):
        found &= Q(language__in=languages)
    if least := conditions.get("min_handled_seconds"):
        found &= Q(handle_seconds__gte=least)
    return found


@dataclass
class Decider:
    """Decides for one program at one moment; `rules` and `strata` may be others, to simulate."""

    program: Program
    at: datetime
    rules: Sequence[FrequencyRule]
    strata: Sequence[dict[str, Any]]
    known: set[int] = field(default_factory=set)
    points: dict[int, list[ContactPoint]] = field(default_factory=dict)
    suppressed: set[str] = field(default_factory=set)
    refused: dict[str, set[int]] = field(default_factory=dict)
    allowed: dict[str, set[int]] = field(default_factory=dict)
    sends: dict[int, list[tuple[datetime, int | None, int]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    is_full: bool = False

    def load(self, subjects: Iterable[Subject], *, history: bool = True) -> None:
        """Fetch what the decisions about these subjects rest on: at most seven queries.

        Customers of an earlier call are remembered as they were then.
        """
        customers = {one.customer.pk for one in subjects if one.customer} - self.known
        self.known |= customers
        addresses = []
        for point in ContactPoint.objects.filter(customer__in=customers).order_by(
            "-is_primary", "position"
        ):
            self.points.setdefault(point.customer_id, []).append(point)
            addresses.append(point.value)
        self.suppressed |= suppressing.suppressed_among(addresses, self.program.survey.topic)
        for channel in self.program.channels:
            refused, allowed = suppressing.consent_of(customers, channel, self.at)
            self.refused.setdefault(channel, set()).update(refused)
            self.allowed.setdefault(channel, set()).update(allowed)
        if history:
            self._load_sends(customers)
        self.is_full = _is_full(self.program)

    def _load_sends(self, customers: set[int]) -> None:
        longest = max((rule.window_seconds for rule in self.rules), default=0)
        rows = Invitation.objects.counted().filter(
            customer__in=customers,
            due_at__gt=self.at - timedelta(seconds=longest, days=1),
            is_recovery=False,
        )
        for row in rows:
            when = row.sent_at or row.due_at
            assert row.customer_id is not None
            self.sends[row.customer_id].append((when, row.program_id, row.survey_id))
            if row.last_reminder_at and any(rule.counts_reminders for rule in self.rules):
                self.sends[row.customer_id].append(
                    (row.last_reminder_at, row.program_id, row.survey_id)
                )

    # --- One decision ----------------------------------------------------------------------------

    def decide(self, subject: Subject) -> SendDecision:
        """The decision, not stored; an invited one counts against the next of its customer."""
        decision = SendDecision(
            program=self.program,
            subject=subject.key,
            interaction=subject.interaction,
            customer=subject.customer,
            decided_at=self.at,
        )
        self._fill(decision, subject)
        if decision.outcome == Outcome.INVITED and subject.customer and decision.due_at:
            sent = (decision.due_at, self.program.pk, self.program.survey_id)
            self.sends[subject.customer.pk].append(sent)
        return decision

    def _fill(self, decision: SendDecision, subject: Subject) -> None:
        if self.is_full:
            return _set(decision, Outcome.CAP_REACHED, "The survey has all the answers it needs.")
        if self.at - subject.ended_at > timedelta(seconds=self.program.max_age_seconds):
            return _set(decision, Outcome.TOO_OLD, "It ended too long ago to be asked about.")
        if not self._reach(decision, subject):
            return None
        if not self._is_drawn(decision, subject):
            return None
        due = self._due(subject)
        if not self._may_again(decision, subject, due):
            return None
        decision.due_at = due
        return _set(decision, Outcome.INVITED, "Drawn and allowed by every rule.")

    def _reach(self, decision: SendDecision, subject: Subject) -> bool:
        """Find a way that is open and that the customer has not closed."""
        customer = subject.customer
        points = self.points.get(customer.pk, []) if customer else []
        if subject.point is not None:
            points = [one for one in points if one.pk == subject.point.pk]
        reason: tuple[Outcome, str] = (
            Outcome.NO_CONTACT_POINT,
            "There is no usable address on the program's channels.",
        )
        for channel in self.program.channels:
            for point in points:
                if point.kind != KIND_OF_CHANNEL[channel] or point.refusal(self.at.date()):
                    continue
                fault = self._closed(point, channel)
                if fault is None:
                    decision.contact_point = point
                    return True
                reason = fault
        _set(decision, *reason)
        return False

    def _closed(self, point: ContactPoint, channel: str) -> tuple[Outcome, str] | None:
        if point.value in self.suppressed:
            return Outcome.SUPPRESSED, "This address opted out or mail to it came back."
        if point.customer_id in self.refused.get(channel, ()):
            return Outcome.NO_CONSENT, "The customer does not want surveys on this channel."
        is_allowed = point.customer_id in self.allowed.get(channel, ())
        if not is_allowed and not self.program.ask_without_consent:
            return Outcome.NO_CONSENT, "The customer has not agreed to surveys on this channel."
        return None

    def _is_drawn(self, decision: SendDecision, subject: Subject) -> bool:
        name, p = self._stratum(subject)
        u = selection.draw(self.program.salt, self.program.survey_id, subject.draw_id)
        decision.stratum, decision.p, decision.u_hex = name, p, f"{u:016x}"
        if selection.is_invited(u, p):
            return True
        _set(decision, Outcome.NOT_SAMPLED, f"Drawn {u / selection.SPACE:.4f}, not below {p}.")
        return False

    def _stratum(self, subject: Subject) -> tuple[str, Decimal]:
        """The first stratum that fits; without any, everybody is asked."""
        row = subject.interaction
        for stratum in self.strata:
            queue, channel = stratum.get("queue"), stratum.get("channel")
            if queue and (row is None or row.queue_id != int(queue)):
                continue
            if channel and (row is None or row.channel != channel):
                continue
            return stratum.get("name") or "all", Decimal(str(stratum["p"]))
        return "all", ALWAYS

    def _due(self, subject: Subject) -> datetime:
        due = max(self.at, subject.ended_at + timedelta(seconds=self.program.delay_seconds))
        zone = subject.customer.time_zone if subject.customer else ""
        return next_open(self.program, due, zone)

    def _may_again(self, decision: SendDecision, subject: Subject, due: datetime) -> bool:
        """Ask every rule; a blocking one ends it, delaying ones move it."""
        later, deciding = due, None
        for rule in self.rules:
            sends = self._counted(rule, subject, due)
            window = rule.window_seconds
            if frequency.is_allowed(sends, due, rule.max_sends, window):
                continue
            if rule.mode == RuleMode.BLOCK:
                decision.rule = rule
                _set(decision, Outcome.BLOCKED, f"Asked already: {rule}.")
                return False
            wanted = frequency.earliest(sends, due, rule.max_sends, window)
            if wanted > later:
                later, deciding = wanted, rule
        if deciding is None:
            return True
        decision.rule, decision.due_at = deciding, later
        _set(decision, Outcome.DELAYED, f"Asked already, may be asked later: {deciding}.")
        return False

    def _counted(self, rule: FrequencyRule, subject: Subject, due: datetime) -> list[datetime]:
        """Sends that the rule counts; planned later ones as if at `due`, so no window overflows."""
        if subject.customer is None:
            return []
        return [
            min(at, due)
            for at, program, survey in self.sends[subject.customer.pk]
            if (rule.scope == "global")
            or (rule.program_id is not None and rule.program_id == program)
            or (rule.survey_id is not None and rule.survey_id == survey)
        ]


def _set(decision: SendDecision, outcome: Outcome, reason: str) -> None:
    decision.outcome, decision.reason = outcome, reason[:200]


def _is_full(program: Program) -> bool:
    cap = program.survey.response_cap
    return cap is not None and program.survey.responses.accepted().count() >= cap


def next_open(program: Program, due: datetime, zone: str) -> datetime:
    """The earliest instant outside the quiet hours, in the customer's zone or the site's."""
    quiet = QUIET_DEFAULT | (program.quiet or {})
    return frequency.next_open(
        due,
        zone or settings.TIME_ZONE,
        time.fromisoformat(quiet["opens"]),
        time.fromisoformat(quiet["closes"]),
        quiet["weekdays"],
        [date.fromisoformat(day) for day in quiet["holidays"]],
    )


def decider_for(
    program: Program,
    at: datetime,
    *,
    strata: Sequence[dict[str, Any]] | None = None,
    rules: Sequence[FrequencyRule] | None = None,
) -> Decider:
    if rules is None:
        rules = list(FrequencyRule.objects.applying_to(program))
    return Decider(program, at, rules, program.strata if strata is None else strata)
