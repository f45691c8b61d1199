"""Results of a survey from its running counts: figures, trend, drivers, funnel, comparison.

Told in docs/algorithms/survey-figures.md. Pages cost the same however many answered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Any

from django.db.models import Q, QuerySet, Sum

from accounts.models import Team, User
from accounts.permissions import scope
from crm.models.interactions import Channel
from feedback import indices, tallies
from feedback.indices import shown
from feedback.models import Draft, Survey, SurveyVersion, Tally
from feedback.models.survey_responses import Driver
from feedback.models.surveys import VersionState
from feedback.questionnaire import Question, in_language
from feedback.survey_readings import NAMES, Reading, compared, reading
from routing.models import Queue

DIMENSIONS = {"queue": "queue_key", "channel": "channel", "team": "team_key"}

# --- What is looked at ---------------------------------------------------------------------------


@dataclass(frozen=True)
class Slice:
    """A period (both days in it), what narrows it, and the step of the trend."""

    from_on: date
    until_on: date
    queue: int | None = None
    channel: str = ""
    team: int | None = None
    grain: str = "week"

    @property
    def before(self) -> Slice:
        """The period of the same length just before."""
        length = self.until_on - self.from_on
        end = self.from_on - timedelta(days=1)
        return Slice(end - length, end, self.queue, self.channel, self.team, self.grain)

    def narrow(self, rows: QuerySet[Tally]) -> QuerySet[Tally]:
        found = rows.filter(on_date__gte=self.from_on, on_date__lte=self.until_on)
        if self.queue is not None:
            found = found.filter(queue_key=self.queue)
        if self.channel:
            found = found.filter(channel=self.channel)
        return found if self.team is None else found.filter(team_key=self.team)


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


@dataclass
class Results:
    """Everything the results page shows; about eight queries, however many answers there are."""

    survey: Survey
    rows: QuerySet[Tally]
    piece: Slice

    @cached_property
    def counts(self) -> dict[str, Counter[str]]:
        """By question code, how often each key; of the newest series alone."""
        return self._counts(self.piece, "program")

    @cached_property
    def counts_before(self) -> dict[str, Counter[str]]:
        return self._counts(self.piece.before, "program")

    @cached_property
    def beside(self) -> dict[str, int]:
        """Answers that stand apart: of open links, and of people who were chosen."""
        if self.key is None:
            return {}
        rows = self.piece.narrow(self.rows).filter(question=self.key.code, key=tallies.ANSWERED)
        found = rows.exclude(origin="program").values_list("origin").annotate(n=Sum("count"))
        return dict(found.order_by("origin"))

    def _counts(self, piece: Slice, origin: str) -> dict[str, Counter[str]]:
        rows = piece.narrow(self.rows).filter(origin=origin)
        found: dict[str, Counter[str]] = defaultdict(Counter)
        grouped = rows.values_list("question", "series", "key").annotate(n=Sum("count")).order_by()
        series = {code: one.series for code, one in self.questions.items()}
        for question, number, key, n in grouped:
            if series.get(question, 1) == number:
                found[question][key] += n
        return found

    @cached_property
    def questions(self) -> dict[str, Question]:
        version = self.survey.published or self.survey.versions.order_by("-number").first()
        return version.questionnaire.questions if version else {}

    @cached_property
    def key(self) -> Question | None:
        version = self.survey.published or self.survey.versions.order_by("-number").first()
        return version.questionnaire.key if version else None

    # --- Figures ---------------------------------------------------------------------------------

    def values(self, counts: Mapping[str, Counter[str]]) -> dict[int, int]:
        found = counts.get(self.key.code, Counter()) if self.key else Counter()
        return {int(k): n for k, n in found.items() if k.isdigit() and n > 0}

    @cached_property
    def main(self) -> Reading:
        if self.key is None:
            return Reading("csat", None, 0)
        return reading(self.key.metric, self.values(self.counts), self.key.satisfied)

    @cached_property
    def is_hidden(self) -> bool:
        """Whether so few answered that nothing is shown."""
        return self.survey.hides_small_cells and 0 < self.main.n < self.survey.disclosure_k

    @property
    def name(self) -> str:
        return NAMES.get(self.main.metric, "Rating")

    @property
    def verdict(self) -> str:
        target = self.survey.target_percent
        return self.main.verdict(float(target) if target is not None else None)

    @cached_property
    def change(self) -> str:
        """The change against the period before, in words."""
        if self.key is None or not self.main.n:
            return ""
        found = compared(
            self.key.metric,
            self.values(self.counts),
            self.values(self.counts_before),
            self.key.satisfied,
        )
        if found is None or found.value is None:
            return "No answers in the period before to compare with."
        signed = shown(found.value, signed=True)
        bounds = f"{shown(found.low, signed=True)} to {shown(found.high, signed=True)}"
        clear = "a clear change" if found.is_clear else "not a clear change"
        return f"{signed} points against the period before ({bounds}): {clear}."

    @cached_property
    def rates(self) -> dict[str, Any]:
        """Response rates, skip rate and counts of the field work."""
        field_counts = self.counts.get(tallies.FIELD, Counter())
        named = {key: max(0, field_counts.get(key, 0)) for key in ("I", "P", "R", "NC", "O", "U")}
        rates = indices.response_rates(*named.values())
        asked = self.counts.get(self.key.code, Counter()) if self.key else Counter()
        answered, skipped = asked[tallies.ANSWERED], asked[tallies.SKIPPED]
        return named | {
            "sent": sum(named.values()),
            "rr1": None if rates.rr1 is None else shown(100 * rates.rr1),
            "rr5": None if rates.rr5 is None else shown(100 * rates.rr5),
            "skip": shown(100 * skipped / (answered + skipped)) if answered + skipped else None,
            "na": asked[tallies.NOT_APPLICABLE],
        }

    def driver_counts(self, satisfied: str) -> Counter[str]:
        found: Counter[str] = Counter()
        for key, n in self.counts.get(tallies.DRIVER, Counter()).items():
            driver, _, mood = key.partition(".")
            if driver != "none" and mood == satisfied:
                found[driver] += n
        return found

    @cached_property
    def driver_rows(self) -> list[tuple[str, int, str, int, str]]:
        """Each driver among all and among the dissatisfied, with shares; 0 where too few."""
        bad, good = self.driver_counts("no"), self.driver_counts("yes")
        both = bad + good
        hidden = self._hidden(bad) | self._hidden(good) | self._hidden(both)
        return [
            (str(label), 0, "too few", 0, "too few")
            if code in hidden
            else (
                str(label),
                both[code],
                _share_text(both[code], sum(both.values())),
                bad[code],
                _share_text(bad[code], sum(bad.values())),
            )
            for code, label in Driver.choices
        ]

    def _hidden(self, parts: Mapping[str, int]) -> frozenset[str]:
        """Cells that may not be shown, and those that would give them away."""
        if not self.survey.hides_small_cells:
            return frozenset()
        return indices.hidden_parts(parts, self.survey.disclosure_k)

    @cached_property
    def funnel(self) -> list[dict[str, Any]]:
        """How far people came, question by question; who left before, by where drafts stand."""
        dropped = Counter(
            Draft.objects.filter(invitation__survey=self.survey).values_list("section", flat=True)
        )
        version = self.survey.published
        rows = []
        for section in version.questionnaire.sections if version else ():
            for at, one in enumerate(question for question in section.questions if question.asks):
                counts = self.counts.get(one.code, Counter())
                rows.append(
                    {
                        "label": in_language(one.words, self.survey.default_language),
                        "reached": counts[tallies.REACHED],
                        "answered": counts[tallies.ANSWERED],
                        "skipped": counts[tallies.SKIPPED],
                        "na": counts[tallies.NOT_APPLICABLE],
                        "stopped": dropped[section.code] if at == 0 else 0,
                        "options": self._options(one, counts),
                    }
                )
        return rows

    def _options(self, one: Question, counts: Counter[str]) -> list[tuple[str, int, str]]:
        answered = counts[tallies.ANSWERED]
        if one.kind not in ("single", "multi", "picture_choice", "driver") or not answered:
            return []
        parts = {option.code: counts[option.code] for option in one.options}
        hidden = self._hidden(parts)
        return [
            (
                in_language(option.words, self.survey.default_language),
                0 if option.code in hidden else parts[option.code],
                "too few" if option.code in hidden else _share_text(parts[option.code], answered),
            )
            for option in one.options
        ]

    # --- By team, queue and channel ---------------------------------------------------------------

    def breakdown(self, dimension: str) -> list[tuple[str, Reading | None]]:
        """The key figure of each part; None where it is too small to be shown."""
        if self.key is None:
            return []
        column = DIMENSIONS[dimension]
        rows = self.piece.narrow(self.rows).filter(
            origin="program", question=self.key.code, series=self.key.series
        )
        counts: dict[Any, Counter[int]] = defaultdict(Counter)
        for part, key, n in rows.values_list(column, "key").annotate(n=Sum("count")).order_by():
            if key.isdigit():
                counts[part][int(key)] += n
        names = names_of(dimension, list(counts))
        sizes = {str(part): sum(values.values()) for part, values in counts.items()}
        hidden = self._hidden(sizes)
        found = [
            (
                names.get(part, "none"),
                None
                if str(part) in hidden
                else reading(self.key.metric, values, self.key.satisfied),
            )
            for part, values in counts.items()
        ]
        return sorted(found, key=lambda row: row[0])

    @property
    def breakdowns(self) -> list[tuple[str, list[tuple[str, Reading | None]]]]:
        wanted = [name for name in DIMENSIONS if getattr(self.piece, name) in (None, "")]
        if self.survey.hides_small_cells and len(wanted) < len(DIMENSIONS):
            return []
        return [(name, rows) for name in wanted if len(rows := self.breakdown(name)) > 1]


def results_of(surveys: Collection[Survey], rows: QuerySet[Tally], piece: Slice) -> list[Results]:
    """The results of several surveys at once; two queries: their versions and their counts."""
    versions: dict[int, SurveyVersion] = {}
    for version in SurveyVersion.objects.filter(survey__in=surveys).order_by("number"):
        known = versions.get(version.survey_id)
        if known is None or known.state != VersionState.PUBLISHED:
            versions[version.survey_id] = version
    counts: dict[tuple[int, str, int], Counter[str]] = defaultdict(Counter)
    found = piece.narrow(rows).filter(survey__in=surveys, origin="program").order_by()
    grouped = found.values_list("survey_id", "question", "series", "key").annotate(n=Sum("count"))
    for survey, question, series, key, n in grouped:
        counts[survey, question, series][key] += n
    return [_preset(Results(one, rows, piece), versions.get(one.pk), counts) for one in surveys]


def _preset(
    results: Results,
    version: SurveyVersion | None,
    counts: Mapping[tuple[int, str, int], Counter[str]],
) -> Results:
    """Give the results what they would ask for by themselves."""
    results.questions = version.questionnaire.questions if version else {}
    results.key = version.questionnaire.key if version else None
    series = {code: one.series for code, one in results.questions.items()}
    results.counts = {
        question: found
        for (survey, question, number), found in counts.items()
        if survey == results.survey.pk and series.get(question, 1) == number
    }
    return results


def names_of(dimension: str, keys: list[Any]) -> dict[Any, str]:
    """The names of queues, teams or channels by their keys; at most one query."""
    if dimension == "channel":
        labels = dict(Channel.choices)
        return {key: str(labels.get(key, key)) or "none" for key in keys}
    model: Any = Queue if dimension == "queue" else Team
    return {row.pk: row.name for row in model.objects.filter(pk__in=keys)}


def _share_text(k: int, n: int) -> str:
    return f"{shown(100 * k / n)} %" if n else "–"
