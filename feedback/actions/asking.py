"""Verbs of asking: run programs over what ended, ask a list, keep the rules."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from accounts import audit
from accounts.models import User
from crm.models import Customer
from feedback.actions.invitations import plan_invitations
from feedback.deciding import Decider, Subject, candidates, decider_for, subject_of
from feedback.models import FrequencyRule, Invitation, Program, SendDecision, Survey
from feedback.models.survey_programs import PROGRAM_TRANSITIONS, Outcome, ProgramState, Trigger
from lib.refusals import Invalid, Refused, Stale

BATCH = 500
LOOK_BACK = timedelta(days=7)
# What a decision reads of an interaction; a simulation that writes nothing needs no more.
DECIDED_FROM = ("ended_at", "language", "channel", "queue", "customer__time_zone")
PROGRAM_FIELDS = (
    *("name", "conditions", "strata", "delay_seconds", "max_age_seconds", "quiet", "valid_days"),
    *("reminder_max", "reminder_gap_days", "attribution", "channels", "ask_without_consent"),
)


class ProgramNotNow(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This program is {state}; that cannot be done now.")


# --- Programs ------------------------------------------------------------------------------------


def create_program(
    *, survey: Survey, name: str, trigger: str, by: User, at: datetime, **fields: Any
) -> Program:
    """A program with a salt of its own, which nobody chooses and nothing changes."""
    if not name.strip():
        raise Invalid("name", "Give the program a name.")
    chosen = {key: value for key, value in fields.items() if key in PROGRAM_FIELDS}
    chosen.setdefault("channels", ["email"])
    with transaction.atomic():
        program = Program.objects.create(
            survey=survey,
            name=name.strip(),
            trigger=trigger,
            salt=secrets.token_hex(16),
            **chosen,
        )
        audit.record(
            verb="create_program", record=program, by=by, at=at, after={"trigger": trigger}
        )
    return program


def change_program(
    *, program: Program, changes: Mapping[str, Any], seen: int, by: User, at: datetime
) -> Program:
    """Change what a program asks and when; its salt and trigger stay."""
    with transaction.atomic():
        stored = Program.objects.select_for_update().get(pk=program.pk)
        if stored.version != seen:
            raise Stale("Somebody changed this program since you opened it.")
        wanted = {name: value for name, value in changes.items() if name in PROGRAM_FIELDS}
        before = {name: getattr(stored, name) for name in wanted}
        for name, value in wanted.items():
            setattr(stored, name, value)
        stored.version += 1
        stored.save(update_fields=[*wanted, "version", "updated_at"])
        audit.record(
            verb="change_program", record=stored, by=by, at=at, before=before, after=wanted
        )
    return stored


def set_program_state(*, program: Program, state: str, by: User, at: datetime) -> Program:
    """Switch a program on, off for a while, or end it. Raises ProgramNotNow."""
    with transaction.atomic():
        stored = Program.objects.select_for_update().get(pk=program.pk)
        if state not in PROGRAM_TRANSITIONS[stored.state]:
            raise ProgramNotNow(stored.get_state_display().lower())
        if state == ProgramState.LIVE and stored.survey.published is None:
            raise Refused("Publish the survey first; there is nothing to send yet.")
        before, stored.state = stored.state, state
        if state == ProgramState.LIVE:
            stored.live_at = at
        stored.version += 1
        stored.save(update_fields=["state", "live_at", "version", "updated_at"])
        audit.record(
            verb="set_program_state",
            record=stored,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state},
        )
    return stored


def add_rule(*, by: User, at: datetime, **fields: Any) -> FrequencyRule:
    """At most so many invitations in a window, for all, a program or a survey."""
    if fields["max_sends"] < 1 or fields["window_seconds"] < 1:
        raise Invalid("max_sends", "Allow at least one invitation in a window of time.")
    with transaction.atomic():
        rule = FrequencyRule.objects.create(**fields)
        audit.record(
            verb="add_frequency_rule", record=rule, by=by, at=at, after={"rule": str(rule)}
        )
    return rule


def remove_rule(*, rule: FrequencyRule, by: User, at: datetime) -> None:
    with transaction.atomic():
        audit.record(
            verb="remove_frequency_rule", record=rule, by=by, at=at, before={"rule": str(rule)}
        )
        rule.delete()


# --- Deciding ------------------------------------------------------------------------------------


def decide_due(*, at: datetime) -> Counter[str]:
    """Let every live program decide about what ended; outcomes with their counts.

    Run again it decides nothing twice: each interaction has one decision per program.
    """
    outcomes: Counter[str] = Counter()
    for program in Program.objects.live().filter(trigger=Trigger.INTERACTION_ENDED):
        outcomes += run_program(program=program, at=at)
    return outcomes


def run_program(*, program: Program, at: datetime) -> Counter[str]:
    """One program, batch by batch, over what ended since it went live and within a week."""
    outcomes: Counter[str] = Counter()
    since = max(program.live_at or at, at - LOOK_BACK - timedelta(seconds=program.max_age_seconds))
    undecided = candidates(program, since, at).exclude(
        pk__in=SendDecision.objects.filter(program=program, interaction__isnull=False).values(
            "interaction_id"
        )
    )
    while batch := list(undecided[:BATCH]):
        subjects = [subject_of(row) for row in batch]
        outcomes += decide_batch(program=program, subjects=subjects, at=at)
    outcomes += redecide_delayed(program=program, at=at)
    return outcomes


def decide_batch(*, program: Program, subjects: Sequence[Subject], at: datetime) -> Counter[str]:
    """Decide about each subject once, and plan the invitations that follow."""
    with transaction.atomic():
        _lock_customers(subjects)
        known = set(
            SendDecision.objects.filter(
                program=program, subject__in=[one.key for one in subjects]
            ).values_list("subject", flat=True)
        )
        fresh = [one for one in subjects if one.key not in known]
        decider = decider_for(program, at)
        decider.load(fresh)
        _end_older(program, fresh, at)
        decisions = [decider.decide(subject) for subject in fresh]
        SendDecision.objects.bulk_create(decisions, batch_size=BATCH)
        invited = [
            (decision, subject)
            for decision, subject in zip(decisions, fresh, strict=True)
            if decision.outcome == Outcome.INVITED
        ]
        plan_invitations(program=program, invited=invited)
    return Counter(decision.outcome for decision in decisions)


def _lock_customers(subjects: Iterable[Subject]) -> None:
    """Two programs that decide about one customer wait for each other."""
    ids = sorted({one.customer.pk for one in subjects if one.customer})
    list(Customer.objects.select_for_update().filter(pk__in=ids).order_by("pk").values_list("pk"))


def _end_older(program: Program, subjects: Sequence[Subject], at: datetime) -> None:
    """A newer interaction of the customer in the queue ends what was planned about an older one."""
    newer: dict[tuple[int | None, int | None], int | None] = {
        (one.interaction.customer_id, one.interaction.queue_id): one.interaction.pk
        for one in subjects
        if one.interaction and one.interaction.customer_id
    }
    planned = Invitation.objects.filter(
        program=program, state="planned", customer__in={customer for customer, _ in newer}
    )
    older = [
        row
        for row in planned
        if newer.get((row.customer_id, row.queue_id), row.interaction_id) != row.interaction_id
    ]
    end_planned(older, reason="The customer got in touch again before it was sent.", at=at)


def end_planned(rows: Any, *, reason: str, at: datetime) -> int:
    """Cancel planned invitations and let their decisions say why."""
    ended = 0
    for invitation in rows:
        if not Invitation.objects.filter(pk=invitation.pk, state="planned").update(
            state="canceled"
        ):
            continue
        SendDecision.objects.filter(
            program=invitation.program_id, subject=f"interaction:{invitation.interaction_id}"
        ).update(outcome=Outcome.REOPENED, reason=reason)
        ended += 1
    return ended


def redecide_delayed(*, program: Program, at: datetime) -> Counter[str]:
    """Decide finally about what was put off until now."""
    outcomes: Counter[str] = Counter()
    rows = SendDecision.objects.delayed_until(at).filter(program=program)
    for row in rows.select_related("interaction__queue", "customer")[:BATCH]:
        if row.interaction is None:
            continue
        with transaction.atomic():
            subject = subject_of(row.interaction)
            _lock_customers([subject])
            decider = decider_for(program, at)
            decider.load([subject])
            new = decider.decide(subject)
            changed = SendDecision.objects.filter(pk=row.pk, outcome=Outcome.DELAYED).update(
                outcome=new.outcome,
                reason=new.reason,
                due_at=new.due_at,
                rule=new.rule,
                contact_point=new.contact_point,
            )
            if changed and new.outcome == Outcome.INVITED:
                new.pk = row.pk
                plan_invitations(program=program, invited=[(new, subject)])
        outcomes[new.outcome] += 1
    return outcomes


def simulate(
    *,
    program: Program,
    at: datetime,
    share: Any = None,
    rules: Sequence[FrequencyRule] | None = None,
    days: int = 30,
) -> Counter[str]:
    """What the program would have decided lately, with another share or rules; writes nothing."""
    strata = program.strata if share is None else [{"name": "all", "p": str(share)}]
    outcomes: Counter[str] = Counter()
    rows = candidates(program, at - timedelta(days=days), at).only(*DECIDED_FROM)
    batch: list[Subject] = []
    decider = decider_for(program, at, strata=strata, rules=rules)
    for row in rows.iterator(chunk_size=BATCH):
        batch.append(subject_of(row))
        if len(batch) == BATCH:
            outcomes += _simulated(decider, batch, at)
            batch = []
    return outcomes + _simulated(decider, batch, at)


def _simulated(decider: Decider, batch: list[Subject], at: datetime) -> Counter[str]:
    """Decide as of the moment each one ended; consents and addresses are those of `at`."""
    decider.at = at
    decider.load(batch, history=False)
    found: Counter[str] = Counter()
    for subject in batch:
        decider.at = subject.ended_at
        found[decider.decide(subject).outcome] += 1
    return found


# --- Chosen people -------------------------------------------------------------------------------


def must_take_wishes(program: Program) -> None:
    """Raises Refused for a program that chooses by itself, ProgramNotNow where it is not live."""
    if not program.is_asked:
        raise Refused("This program chooses by itself; nobody is added to it by hand.")
    if program.state != ProgramState.LIVE:
        raise ProgramNotNow(program.get_state_display().lower())


def ask(
    *,
    program: Program,
    customer: Customer,
    key: str,
    at: datetime,
    by: User | None,
    language: str = "",
    hidden: dict[str, str] | None = None,
) -> SendDecision:
    """Ask one named customer through a program made for it; every rule applies.

    The same key again gives the first decision. Raises Refused for other programs.
    """
    must_take_wishes(program)
    subject = Subject(
        key=f"asked:{key}"[:120],
        draw_id=customer.pk,
        ended_at=at,
        customer=customer,
        hidden=hidden or {},
        language=language,
    )
    with transaction.atomic():
        decide_batch(program=program, subjects=[subject], at=at)
        decision = SendDecision.objects.get(program=program, subject=subject.key)
        audit.record(verb="ask_customer", record=decision, by=by, at=at, after={"key": subject.key})
    return decision
