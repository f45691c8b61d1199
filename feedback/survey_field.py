"""The field work of a survey in a period: who was decided about, asked, and what came of it."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, QuerySet

from feedback import automation, indices
from feedback.indices import shown
from feedback.models import Invitation, Response, SendDecision, Survey, Visit
from feedback.models.survey_programs import Outcome
from feedback.models.survey_responses import ResponseState
from feedback.site_days import day_span

DISPOSITIONS = ("I", "P", "R", "NC", "O", "U")
PRESSED_BY = {"accepted": "human", "needs_review": "unknown", "suspect": "automated"}


@dataclass(frozen=True)
class Part:
    """What became of the invitations of one program on one channel."""

    program: str
    channel: str
    counts: Mapping[str, int]

    @property
    def sent(self) -> int:
        return sum(self.counts.values())

    @property
    def answered(self) -> int:
        return self.counts.get("I", 0)

    @property
    def rr1(self) -> str:
        return _rate(self.counts, "rr1")

    @property
    def rr5(self) -> str:
        return _rate(self.counts, "rr5")


@dataclass(frozen=True)
class FieldWork:
    """`visits` reach back 30 days, as far as they are kept; those with Send for ever."""

    decisions: list[tuple[str, int]]
    rules: list[tuple[str, str, int]]
    states: list[tuple[str, int]]
    visits: list[tuple[str, int]]
    parts: list[Part]


def field_work(survey: Survey, from_on: date, until_on: date) -> FieldWork:
    """Both days are in it. Six queries."""
    span = day_span(from_on)[0], day_span(until_on)[1]
    decisions = SendDecision.objects.filter(
        program__survey=survey, decided_at__gte=span[0], decided_at__lt=span[1]
    ).order_by()
    by_outcome = dict(decisions.values_list("outcome").annotate(n=Count("pk")))
    responses = Response.objects.filter(
        survey=survey, submitted_on__gte=from_on, submitted_on__lte=until_on
    )
    by_state = dict(responses.order_by().values_list("state").annotate(n=Count("pk")))
    visits = Visit.objects.filter(invitation__survey=survey).order_by()
    by_verdict = Counter(dict(visits.values_list("verdict").annotate(n=Count("pk"))))
    by_verdict.update(_presses(responses))
    return FieldWork(
        decisions=[(str(label), by_outcome.get(code, 0)) for code, label in Outcome.choices],
        rules=_rules(decisions),
        states=[(str(label), by_state.get(code, 0)) for code, label in ResponseState.choices],
        visits=[(one, by_verdict[one]) for one in ("human", "automated", "unknown")],
        parts=_parts(survey, *span),
    )


def _presses(responses: QuerySet[Response]) -> dict[str, int]:
    """Visits that ended with Send, judged by the signs of automation in what was sent."""
    by_score = responses.order_by().values_list("automation_score").annotate(n=Count("pk"))
    found: Counter[str] = Counter()
    for score, n in by_score:
        found[PRESSED_BY[automation.verdict(score)]] += n
    return found


def _rules(decisions: object) -> list[tuple[str, str, int]]:
    """(rule, outcome, decisions) of every rule that held somebody back."""
    held = decisions.filter(rule__isnull=False).select_related(None)  # type: ignore[attr-defined]
    columns = ("rule", "rule__max_sends", "rule__window_seconds", "rule__scope", "outcome")
    labels = dict(Outcome.choices)
    return [
        (f"{most} in {window / 86_400:g} days, {scope}", str(labels[outcome]), n)
        for _, most, window, scope, outcome, n in held.values_list(*columns)
        .annotate(n=Count("pk"))
        .order_by("rule", "outcome")
    ]


def _parts(survey: Survey, start: datetime, end: datetime) -> list[Part]:
    rows = (
        Invitation.objects.filter(survey=survey, sent_at__gte=start, sent_at__lt=end)
        .order_by()
        .values_list("program__name", "channel", "disposition")
        .annotate(n=Count("pk"))
    )
    found: dict[tuple[str, str], Counter[str]] = defaultdict(Counter)
    for program, channel, disposition, n in rows:
        found[program or "recovery", channel][disposition] += n
    return [Part(*key, counts) for key, counts in sorted(found.items())]


def _rate(counts: Mapping[str, int], name: str) -> str:
    rates = indices.response_rates(*(counts.get(key, 0) for key in DISPOSITIONS))
    value = getattr(rates, name)
    return "–" if value is None else f"{shown(100 * value)} %"
