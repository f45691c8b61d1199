"""Papers beside the survey report: one recovery, and the proof of how a program drew."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q
from django.template.loader import render_to_string
from django.utils.text import capfirst

from crm.models import SlaClock
from crm.references import reference
from feedback import automation, indices
from feedback.indices import shown
from feedback.models import Program, Recovery, Response
from feedback.models.survey_programs import Outcome
from feedback.models.survey_responses import ResponseState
from feedback.redaction import mask_text
from feedback.site_days import day_span

RECOVERY_METHOD = (
    "Recovered: the rating left the detractor band. Improved: up by 2 points of NPS or 1 of a "
    "5- or 7-point scale. The customer is asked again a day after the resolution, with the same "
    "question; without an answer in 14 days there is none. Net Promoter and NPS are marks of "
    "their owners."
)
PROOF_METHOD = (
    "Each interaction is drawn by the first 8 bytes of SHA-256 over salt, survey and interaction; "
    "it is invited if that number lies below the share of its stratum. Nobody chooses the salt, "
    "and it never changes; here stands its SHA-256, so that it can be compared and not guessed. "
    "Drawn shares have 95 % Wilson intervals. Every decision is kept with its number."
)


@dataclass(frozen=True)
class Stratum:
    """How one stratum was drawn; `p` is the share it should have, 0-1."""

    name: str
    p: Decimal
    n: int
    drawn: int

    @property
    def expected(self) -> str:
        return f"{shown(100 * self.p)} %"

    @property
    def share(self) -> str:
        return f"{shown(100 * self.drawn / self.n)} %" if self.n else "–"

    @property
    def interval(self) -> str:
        found = indices.share(self.drawn, self.n)
        if found.low is None or found.high is None or self.n < indices.LEAST_FOR_INTERVAL:
            return "too few"
        return f"{shown(100 * found.low)} to {shown(100 * found.high)} %"


def recovery_html(recovery: Recovery, *, at: datetime) -> str:
    """One recovery from the rating to what the customer said afterwards."""
    alert = recovery.alert
    outcome = recovery.get_outcome_display() if recovery.outcome else "not measured yet"
    facts = [
        ("Survey", alert.survey.name),
        ("Case", reference("K", recovery.case_id) if recovery.case_id else "none"),
        ("Customer", str(alert.customer) if alert.customer else "not known"),
        ("Team", alert.team.name if alert.team else "–"),
        ("Rated before", str(recovery.before_value)),
        ("Rated after", "–" if recovery.after_value is None else str(recovery.after_value)),
        ("Outcome", outcome),
    ]
    return _html(
        "pdf/survey_recovery.html",
        at,
        title="Recovery sheet",
        subject=capfirst(", ".join(alert.reasons)),
        facts=facts,
        method=RECOVERY_METHOD,
        comment=mask_text(alert.response.comment),
        steps=steps_of(recovery),
        clocks=list(SlaClock.objects.filter(case=recovery.case_id)) if recovery.case_id else [],
        recovery=recovery,
    )


def steps_of(recovery: Recovery) -> list[tuple[str, datetime]]:
    """What happened, in order."""
    alert = recovery.alert
    asked = recovery.invitation.sent_at if recovery.invitation else None
    moments = [
        ("Answered", alert.response.submitted_at),
        ("Case opened" if recovery.case_id else "Recovery begun", recovery.opened_at),
        ("Alert acknowledged", alert.acknowledged_at),
        ("Customer reached", recovery.contacted_at),
        ("Resolved", recovery.resolved_at),
        ("Asked again", asked),
        ("Opened again", recovery.reopened_at),
        ("Alert closed", alert.closed_at),
    ]
    return sorted(((name, when) for name, when in moments if when), key=lambda step: step[1])


def proof_html(program: Program, from_on: date, until_on: date, *, at: datetime) -> str:
    """How a program chose within a period, both days in it; nobody is named."""
    span = day_span(from_on)[0], day_span(until_on)[1]
    decisions = program.decisions.filter(decided_at__gte=span[0], decided_at__lt=span[1]).order_by()
    by_outcome = dict(decisions.values_list("outcome").annotate(n=Count("pk")))
    answers = Response.objects.filter(
        invitation__program=program, submitted_on__gte=from_on, submitted_on__lte=until_on
    )
    suspect = answers.filter(state__in=(ResponseState.SUSPECT, ResponseState.REJECTED)).count()
    released = answers.filter(
        state=ResponseState.ACCEPTED, changes__from_state="suspect", changes__by__isnull=False
    )
    facts = [
        ("Program", program.name),
        ("Survey", program.survey.name),
        ("Period", f"{from_on} to {until_on}"),
        ("Salt, SHA-256", hashlib.sha256(program.salt.encode()).hexdigest()),
        ("Live since", f"{program.live_at:%Y-%m-%d %H:%M} UTC" if program.live_at else "never"),
    ]
    return _html(
        "pdf/survey_proof.html",
        at,
        title="Selection proof",
        subject=program.name,
        facts=facts,
        method=PROOF_METHOD,
        strata=strata_of(decisions),
        outcomes=[(label, by_outcome.get(code, 0)) for code, label in Outcome.choices],
        suspect=suspect,
        released=released.distinct().count(),
        weights=[(automation.IN_WORDS[name], n) for name, n in automation.WEIGHTS.items()],
        limits=(automation.REVIEW, automation.SUSPECT),
    )


def strata_of(decisions: Any) -> list[Stratum]:
    """Each stratum and share with how many were drawn from it, and by number invited. One query."""
    rows = decisions.exclude(u_hex="").values_list("stratum", "p")
    found: dict[tuple[str, Decimal], tuple[int, int]] = defaultdict(lambda: (0, 0))
    drawn = Count("pk", filter=~Q(outcome=Outcome.NOT_SAMPLED))
    for name, p, n, k in rows.annotate(n=Count("pk"), k=drawn):
        found[name, p] = n, k
    return [Stratum(name, p, n, k) for (name, p), (n, k) in sorted(found.items())]


def _html(template: str, at: datetime, **context: Any) -> str:
    context |= {"as_of": at, "generated_at": at, "LANGUAGE_CODE": "en"}
    return render_to_string(template, context)
