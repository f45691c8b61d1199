"""What results are looked at: a period, what narrows it, and which counts somebody may see."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from django.db.models import Q, QuerySet, Sum
from django.db.models.functions import TruncMonth

from accounts.models import Team, User
from accounts.permissions import scope
from crm.models.interactions import Channel
from feedback import survey_periods, tallies
from feedback.indices import hidden_parts
from feedback.models import Survey, Tally
from feedback.models.survey_responses import ResponseQuerySet
from feedback.questionnaire import Question
from feedback.survey_periods import Span
from routing.models import Queue

DIMENSIONS = {"queue": "queue_key", "channel": "channel", "team": "team_key"}


@dataclass(frozen=True)
class Slice:
    """A period (both days in it), what narrows it, the step of the trend, what to compare with."""

    from_on: date
    until_on: date
    queue: int | None = None
    channel: str = ""
    team: int | None = None
    grain: str = "week"
    against: str = "before"
    second: Span | None = None  # To compare with, where somebody chose it.

    @property
    def span(self) -> Span:
        return Span(self.from_on, self.until_on)

    @property
    def in_words(self) -> str:
        return f"{self.from_on} to {self.until_on}"

    @property
    def compared(self) -> Slice:
        """What to compare with: a chosen period, the one just before, or the same a year before."""
        way = survey_periods.year_before if self.against == "year" else survey_periods.before
        from_on, until_on = self.second or way(self.span)
        return replace(self, from_on=from_on, until_on=until_on)

    @property
    def chosen(self) -> tuple[str, Any] | None:
        """Column and value of the one dimension that narrows it, if any."""
        for name, column in DIMENSIONS.items():
            if getattr(self, name) not in (None, ""):
                return column, getattr(self, name)
        return None

    def narrow(self, rows: QuerySet[Tally]) -> QuerySet[Tally]:
        return self.narrow_parts(rows.filter(on_date__range=self.span))

    def narrow_responses(self, rows: ResponseQuerySet) -> ResponseQuerySet:
        wanted = {
            "queue": self.queue,
            "interaction_channel": self.channel or None,
            "team": self.team,
        }
        return rows.filter(
            submitted_on__range=self.span,
            **{name: value for name, value in wanted.items() if value is not None},
        )

    def narrow_parts(self, rows: QuerySet[Tally]) -> QuerySet[Tally]:
        """Those of the queue, channel and team, of whatever day."""
        if self.queue is not None:
            rows = rows.filter(queue_key=self.queue)
        if self.channel:
            rows = rows.filter(channel=self.channel)
        return rows if self.team is None else rows.filter(team_key=self.team)


def visible_tallies(user: User, survey: Survey | None = None) -> QuerySet[Tally]:
    """Counts of the person's own teams and their queues, or all of them."""
    rows = Tally.objects.all() if survey is None else Tally.objects.filter(survey=survey)
    if scope(user, "feedback.view_results") == "all":
        return rows
    led = list(
        user.memberships.filter(
            kind__in=("supervisor", "trainer"), ends_at__isnull=True
        ).values_list("team_id", flat=True)
    )
    queues = list(Queue.objects.filter(team__in=led).values_list("pk", flat=True))
    return rows.filter(Q(team_key__in=led) | Q(queue_key__in=queues))


def names_of(dimension: str, keys: list[Any]) -> dict[Any, str]:
    """The names of queues, teams or channels by their keys; at most one query."""
    if dimension == "channel":
        labels = dict(Channel.choices)
        return {key: str(labels.get(key, key)) or "none" for key in keys}
    model: Any = Queue if dimension == "queue" else Team
    return {row.pk: row.name for row in model.objects.filter(pk__in=keys)}


# --- Disclosure ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Promise:
    """Which periods of a survey that hides small parts may be told.

    `by_month` holds the answers of the calendar year of the slice by month and part.
    """

    k: int
    by_month: dict[tuple[date, Any], int]
    part: Any = None

    def tells(self, span: Span) -> bool:
        """Whether that month, quarter or year may be told, as a whole and as this part of it."""
        if not survey_periods.is_told(span, self._months(), self.k):
            return False
        if self.part is None:
            return True
        parts: Counter[str] = Counter()
        for (month, one), n in self.by_month.items():
            if span.from_on <= month <= span.until_on:
                parts[str(one)] += n
        is_small = str(self.part) in hidden_parts(parts, self.k)
        return not is_small and survey_periods.is_told(span, self._months(self.part), self.k)

    def _months(self, part: Any = None) -> Counter[date]:
        found: Counter[date] = Counter()
        for (month, one), n in self.by_month.items():
            if part is None or one == part:
                found[month] += n
        return found


def promises_of(
    keys: Mapping[Survey, Question], rows: QuerySet[Tally], piece: Slice
) -> dict[int, Promise]:
    """The promises of surveys that hide small parts, by id; one query, or none without surveys."""
    bound = {survey.pk: (survey, key) for survey, key in keys.items() if survey.hides_small_cells}
    if not bound:
        return {}
    column, part = piece.chosen or ("channel", None)
    year = rows.filter(survey__in=bound, origin="program", on_date__year=piece.from_on.year)
    year = year.exclude(key__startswith=tallies.MARK).annotate(month=TruncMonth("on_date"))
    columns = ("survey_id", "question", "series", "month", column)
    months: dict[int, dict[tuple[date, Any], int]] = {pk: {} for pk in bound}
    grouped = year.values_list(*columns).annotate(n=Sum("count")).order_by()
    for pk, question, series, month, one, n in grouped:
        key = bound[pk][1]
        if (question, series) == (key.code, key.series):
            months[pk][month, one] = n
    return {pk: Promise(bound[pk][0].disclosure_k, found, part) for pk, found in months.items()}
