"""Results of a survey from its running counts: figures, trend, drivers, funnel, comparison.

Told in docs/algorithms/survey-figures.md. Pages cost the same however many answered.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.conf import settings
from django.db.models import Count, QuerySet, Sum

from feedback import indices, tallies
from feedback.indices import LEAST_FOR_INTERVAL, Difference, shown
from feedback.models import Draft, Survey, SurveyVersion, Tally
from feedback.models.survey_responses import Driver
from feedback.models.surveys import VersionState
from feedback.questionnaire import Question, in_language
from feedback.survey_questions import found_of
from feedback.survey_readings import NAMES, Reading, compared, percent_of, reading
from feedback.survey_slices import DIMENSIONS, Promise, Slice, names_of, promises_of

SOLVED, YES = ("solved", "resolved"), "yes"


@dataclass
class Results:
    """Everything the results page shows; about eight queries, however many answers there are."""

    survey: Survey
    rows: QuerySet[Tally]
    piece: Slice
    has_key_alone: bool = False  # Of the other questions nothing is asked.

    @cached_property
    def counts(self) -> dict[str, Counter[str]]:
        """By question code, how often each key; of the newest series alone."""
        series = {code: one.series for code, one in self.questions.items()}
        return {
            question: found
            for (question, number), found in self._counts_by_series.items()
            if series.get(question, 1) == number
        }

    @cached_property
    def _counts_by_series(self) -> dict[tuple[str, int], Counter[str]]:
        rows = self.piece.narrow(self.rows).filter(origin="program")
        if self.has_key_alone and self.key:
            rows = rows.filter(question=self.key.code)
        found: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
        grouped = rows.values_list("question", "series", "key").annotate(n=Sum("count")).order_by()
        for question, series, key, n in grouped:
            found[question, series][key] += n
        return found

    @property
    def is_of_another_series(self) -> bool:
        """Whether the key question was answered in the period, but on another scale alone."""
        code = self.key.code if self.key else ""
        return not self.main.n and any(
            found[tallies.ANSWERED]
            for (one, _), found in self._counts_by_series.items()
            if one == code
        )

    @cached_property
    def past(self) -> Results:
        """The period to compare with."""
        past = Results(self.survey, self.rows, self.piece.compared, has_key_alone=True)
        past.questions, past.key = self.questions, self.key
        return past

    @cached_property
    def beside(self) -> dict[str, int]:
        """Answers that stand apart: of open links, and of people who were chosen."""
        if self.key is None:
            return {}
        rows = self.piece.narrow(self.rows).filter(question=self.key.code, key=tallies.ANSWERED)
        found = rows.exclude(origin="program").values_list("origin").annotate(n=Sum("count"))
        return dict(found.order_by("origin"))

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
    def promise(self) -> Promise | None:
        """What keeps small parts of the survey from being told; one query where there is one."""
        if self.key is None:
            return None
        return promises_of({self.survey: self.key}, self.rows, self.piece).get(self.survey.pk)

    @cached_property
    def is_hidden(self) -> bool:
        """Whether so few answered, here or in a part beside it, that nothing is shown."""
        return self.promise is not None and not self.promise.tells(self.piece.span)

    @property
    def least(self) -> int:
        """Below so many a part of what is shown is hidden."""
        return self.survey.disclosure_k if self.survey.hides_small_cells else 1

    @property
    def name(self) -> str:
        return NAMES.get(self.main.metric, "Rating")

    @property
    def verdict(self) -> str:
        target = self.survey.target_percent
        return self.main.verdict(float(target) if target is not None else None)

    @cached_property
    def difference(self) -> Difference | None:
        """This period less the one to compare with; None where either has too few answers."""
        if self.key is None or self.past.is_hidden:
            return None
        if min(self.main.n, self.past.main.n) < LEAST_FOR_INTERVAL:
            return None
        return compared(
            self.key.metric,
            self.values(self.counts),
            self.past.values(self.past.counts),
            self.key.satisfied,
        )

    @cached_property
    def change(self) -> str:
        """The change against the period to compare with, in words."""
        if self.key is None or not self.main.n:
            return ""
        found, span = self.difference, self.past.piece.in_words
        if found is None:
            return self._why_not_compared(span)
        clear = "a clear change" if found.is_clear else "not a clear change"
        signed = f"{self.difference_text} {self.difference_unit}"
        return f"{signed} against {span} ({self.difference_interval}): {clear}."

    def _why_not_compared(self, span: str) -> str:
        if self.past.is_hidden:
            return f"Too few answers from {span} to compare with."
        if self.past.is_of_another_series:
            return f"Those from {span} rated on another scale; different scales cannot be compared."
        if not self.past.main.n:
            return f"No answers from {span} to compare with."
        return f"Fewer than {LEAST_FOR_INTERVAL} answers, here or from {span}: too few to compare."

    @property
    def difference_text(self) -> str:
        return shown(self.difference.value, signed=True) if self.difference else ""

    @property
    def difference_interval(self) -> str:
        found = self.difference
        if found is None:
            return ""
        return f"{shown(found.low, signed=True)} to {shown(found.high, signed=True)}"

    @property
    def difference_unit(self) -> str:
        is_effort = self.key is not None and self.key.kind == "ces"
        return "points of those who agree" if is_effort else "points"

    @property
    def solved(self) -> tuple[int, int] | None:
        """(yes, answers) to whether the matter is solved; None where nobody is asked."""
        for code in SOLVED:
            question = self.questions.get(code)
            if question and YES in question.option_codes:
                counts = self.counts.get(code, Counter())
                return counts[YES], counts[tallies.ANSWERED]
        return None

    @property
    def hides_solved(self) -> bool:
        """Whether so few said yes, or no, that it is not told."""
        yes, answers = self.solved or (0, 0)
        return bool(self.hidden({"yes": yes, "other": answers - yes}))

    @property
    def dispositions(self) -> dict[str, int]:
        """What became of the invitations, in the order of the functions of response rates."""
        found = self.counts.get(tallies.FIELD, Counter())
        return {key: max(0, found.get(key, 0)) for key in ("I", "P", "R", "NC", "O", "U")}

    @property
    def response_rate_parts(self) -> dict[str, tuple[int, float]]:
        """What RR1 to RR6 count, and of how many."""
        counts, eligible = self.dispositions.values(), settings.SURVEY_ELIGIBLE_PERCENT / 100
        return dict(indices.response_rate_parts(*counts, eligible_share=eligible))

    @cached_property
    def rates(self) -> dict[str, Any]:
        """Response rates, skip rate and counts of the field work."""
        named = self.dispositions
        rates = indices.response_rates(*named.values())
        asked = self.counts.get(self.key.code, Counter()) if self.key else Counter()
        answered, skipped = asked[tallies.ANSWERED], asked[tallies.SKIPPED]
        return named | {
            "sent": (sent := sum(named.values())),
            "of_sent": Reading("", *percent_of(indices.share(named["I"], sent), sent)),
            "of_delivered": Reading(
                "", *percent_of(indices.share(named["I"], sent - named["U"]), sent - named["U"])
            ),
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
        bad = self.driver_counts("no")
        both, hidden = bad + self.driver_counts("yes"), self.hidden_drivers
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

    @cached_property
    def hidden_drivers(self) -> frozenset[str]:
        """Those that too few named, the satisfied, the others or both together."""
        bad, good = self.driver_counts("no"), self.driver_counts("yes")
        return self.hidden(bad) | self.hidden(good) | self.hidden(bad + good)

    def hidden(self, parts: Mapping[str, int]) -> frozenset[str]:
        """Cells that may not be shown, and those that would give them away."""
        return indices.hidden_parts(parts, self.least)

    @cached_property
    def funnel(self) -> list[dict[str, Any]]:
        """How far people came, question by question; who left before, by where drafts stand."""
        drafts = Draft.objects.filter(invitation__survey=self.survey).order_by()
        dropped = Counter(dict(drafts.values_list("section").annotate(n=Count("pk"))))
        version = self.survey.published
        rows = []
        for section in version.questionnaire.sections if version else ():
            for at, one in enumerate(question for question in section.questions if question.asks):
                counts = self.counts.get(one.code, Counter())
                rows.append(self._step(one, counts, dropped[section.code] if at == 0 else 0))
        return rows

    def _step(self, one: Question, counts: Counter[str], stopped: int) -> dict[str, Any]:
        parts = {
            "answered": counts[tallies.ANSWERED],
            "skipped": counts[tallies.SKIPPED],
            "na": counts[tallies.NOT_APPLICABLE],
        }
        hidden, language = self.hidden(parts), self.survey.default_language
        return {
            "label": in_language(one.words, language),
            "reached": counts[tallies.REACHED],
            **{name: None if name in hidden else n for name, n in parts.items()},
            "stopped": None if 0 < stopped < self.least else stopped,
            "found": []
            if "answered" in hidden
            else found_of(one, counts, parts["answered"], language, self.least),
        }

    # --- By team, queue and channel ---------------------------------------------------------------

    @cached_property
    def _strata(self) -> list[tuple[dict[str, Any], int, int]]:
        """Queue, channel and team with each value of the key question and its count; one query."""
        if self.key is None:
            return []
        rows = self.piece.narrow(self.rows).filter(
            origin="program", question=self.key.code, series=self.key.series
        )
        grouped = rows.values_list(*DIMENSIONS.values(), "key").annotate(n=Sum("count"))
        return [
            (dict(zip(DIMENSIONS, parts, strict=True)), int(key), n)
            for *parts, key, n in grouped.order_by()
            if key.isdigit()
        ]

    def breakdown(self, dimension: str) -> list[tuple[str, Reading | None]]:
        """The key figure of each part; None where it is too small to be shown."""
        if self.key is None:
            return []
        counts: dict[Any, Counter[int]] = defaultdict(Counter)
        for parts, value, n in self._strata:
            counts[parts[dimension]][value] += n
        names = names_of(dimension, list(counts))
        sizes = {str(part): sum(values.values()) for part, values in counts.items()}
        hidden = self.hidden(sizes)
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
    """The results of several surveys at once; three queries: versions, counts, what may be told."""
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
    shown = [_preset(Results(one, rows, piece), versions.get(one.pk), counts) for one in surveys]
    promises = promises_of({one.survey: one.key for one in shown if one.key}, rows, piece)
    for one in shown:
        one.promise = promises.get(one.survey.pk)
    return shown


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


def _share_text(k: int, n: int) -> str:
    """The share with its interval: "41.0 % (36.2 to 46.0)"."""
    found = Reading("", *percent_of(indices.share(k, n), n))
    if found.value is None:
        return "–"
    return f"{found.text} % ({found.interval})"
