"""The voice-of-the-customer dashboard: every survey by itself, whole months, small cells hidden.

Whole months that never overlap, and one dimension at a time, so that no two pages can be subtracted
from each other to single somebody out.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.models import User
from accounts.permissions import has
from feedback import indices
from feedback.indices import shown
from feedback.models import CommentLabel, Recovery, Response, Survey, Topic
from feedback.models.survey_responses import Driver
from feedback.survey_readings import Reading, reading
from feedback.survey_results import Results, results_of
from feedback.survey_slices import DIMENSIONS, Slice, names_of, visible_tallies
from reports import kpis
from reports.kinds import RESPONSE_RATE_WORDS
from reports.kpis import Measured
from reports.periods import Period

MOST_RECOVERIES = 500
Part = tuple[str, Reading | None]
Sized = tuple[str, int | None, str]


@dataclass(frozen=True)
class Voice:
    """One survey in one month; lists are empty where so few answered that nothing is shown."""

    results: Results
    parts: list[Part]
    drivers: list[Sized]
    topics: list[Sized]
    rate_slug: str

    @property
    def rates(self) -> dict[str, Measured]:
        """RR1 to RR6."""
        parts = self.results.response_rate_parts
        return {slug: kpis.share_of(*counts) for slug, counts in parts.items()}

    @property
    def rate(self) -> Measured:
        """The response rate that stands beside the key figure."""
        return self.rates[self.rate_slug]

    @property
    def solved(self) -> Measured | None:
        """The share who say that the matter is solved (FCR3); None where nobody is asked."""
        counts = self.results.solved
        return None if counts is None else kpis.share_of(*counts)

    @property
    def solved_shown(self) -> str:
        return shown(self.solved.value) if self.solved else ""

    @property
    def rate_shown(self) -> str:
        return shown(self.rate.value)

    @property
    def rate_words(self) -> str:
        """Such as RR1: answers of invitations."""
        return f"{self.rate_slug.upper()}: {' of '.join(RESPONSE_RATE_WORDS[self.rate_slug])}"

    @property
    def survey(self) -> Survey:
        return self.results.survey

    @property
    def is_empty(self) -> bool:
        return not self.results.main.n and not self.results.rates["sent"]


def voices_of(user: User, period: Period, by: str, rate: str = "rr1") -> list[Voice]:
    """Surveys one may see that asked or heard anybody; eight queries and the names of the parts.

    `rate` is the slug of the response rate to show.
    """
    surveys = list(Survey.objects.visible_to(user).exclude(state="archived").order_by("name", "pk"))
    rows = visible_tallies(user)
    piece = Slice(period.start, period.end)
    found = results_of(surveys, rows, piece)
    parts = parts_of(found, by)
    topics = topics_of(user, period)
    voices = []
    for one in found:
        if one.is_hidden:
            voices.append(Voice(one, [], [], [], rate))
            continue
        voices.append(
            Voice(
                one,
                parts.get(one.survey.pk, []),
                drivers_of(one),
                sized(one.survey, topics.get(one.survey.pk, {}), one.main.n),
                rate,
            )
        )
    return [voice for voice in voices if not voice.is_empty]


def parts_of(found: Sequence[Results], by: str) -> dict[int, list[Part]]:
    """The key figure of each team, queue or channel by survey; two queries."""
    keyed = {one.survey.pk: one for one in found if one.key is not None and not one.is_hidden}
    if not keyed:
        return {}
    some = next(iter(keyed.values()))
    rows = some.piece.narrow(some.rows).filter(survey__in=keyed, origin="program").order_by()
    counts: dict[int, dict[Any, Counter[int]]] = defaultdict(lambda: defaultdict(Counter))
    columns = ("survey_id", DIMENSIONS[by], "question", "series", "key")
    for survey, part, question, series, key, n in rows.values_list(*columns).annotate(
        n=Sum("count")
    ):
        asked = keyed[survey].key
        if asked and (question, series) == (asked.code, asked.series) and key.isdigit():
            counts[survey][part][int(key)] += n
    names = names_of(by, [part for one in counts.values() for part in one])
    return {pk: _parts(keyed[pk], one, names) for pk, one in counts.items()}


def _parts(
    one: Results, counts: Mapping[Any, Counter[int]], names: Mapping[Any, str]
) -> list[Part]:
    sizes = {str(part): sum(values.values()) for part, values in counts.items()}
    hidden = hidden_in(one.survey, sizes)
    assert one.key is not None
    found: list[Part] = []
    for part, values in counts.items():
        figure = reading(one.key.metric, values, one.key.satisfied)
        found.append((names.get(part, "none"), None if str(part) in hidden else figure))
    return sorted(found, key=lambda row: row[0])


def drivers_of(one: Results) -> list[Sized]:
    counts = one.driver_counts("no") + one.driver_counts("yes")
    named = {str(label): counts[code] for code, label in Driver.choices if counts[code]}
    return sized(one.survey, named, counts.total())


def topics_of(user: User, period: Period) -> dict[int, dict[str, int]]:
    """By survey, in how many comments a topic holds, people's word before the rule's."""
    if not has(user, "feedback.view_comment"):
        return {}
    responses = Response.objects.visible_to(user).accepted()
    responses = responses.filter(submitted_on__gte=period.start, submitted_on__lte=period.end)
    rows = CommentLabel.objects.filter(response__in=responses.values("pk"))
    holding = rows.filter(Q(by_human=True) | Q(by_human=None, by_rule=True))
    counted = holding.order_by().values_list("response__survey_id", "topic_id")
    names = dict(Topic.objects.values_list("pk", "name"))
    found: dict[int, dict[str, int]] = defaultdict(dict)
    for survey, topic, n in counted.annotate(n=Count("pk")):
        found[survey][names[topic]] = n
    return found


def sized(survey: Survey, counts: Mapping[str, int], whole: int) -> list[Sized]:
    """(name, n, share), the most frequent first; n None where the cell is too small to be shown."""
    hidden = hidden_in(survey, counts)
    rows: list[Sized] = [
        (name, n, f"{shown(100 * n / whole)} %" if whole else "–")
        for name, n in sorted(counts.items(), key=lambda row: (-row[1], row[0]))
        if name not in hidden
    ]
    return [*rows, *((name, None, "too few") for name in sorted(hidden))]


def hidden_in(survey: Survey, counts: Mapping[str, int]) -> frozenset[str]:
    if not survey.hides_small_cells:
        return frozenset()
    return indices.hidden_parts(counts, survey.disclosure_k)


def recoveries_of(user: User, start: datetime, end: datetime) -> list[Recovery]:
    """Recoveries that were opened in [start, end); one query."""
    rows = Recovery.objects.visible_to(user).filter(opened_at__gte=start, opened_at__lt=end)
    return list(rows.select_related("root_cause").order_by("-opened_at")[:MOST_RECOVERIES])
