"""How far evaluators agree where several of them scored the same leg on the same version."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import combinations
from typing import Any

from django.db.models import F, Q

from accounts.models import User
from lib import charts
from lib.charts import Chart, Target
from quality import agreement
from quality.content import content_of
from quality.models import Answer, Evaluation, ScorecardVersion
from quality.models.evaluations import DISCLOSED_STATES, SCORED_STATES, Purpose

TOO_FEW = 10
NOT_APPLICABLE = "n/a"


@dataclass(frozen=True)
class Figures:
    """Of one criterion or one pair; None with `why` where there is no figure."""

    name: str
    n: int
    agreement_percent: float | None = None
    alpha: float | None = None
    ordinal: float | None = None
    kappa: float | None = None
    icc: float | None = None
    why: str = ""

    @property
    def is_shown(self) -> bool:
        return self.n >= TOO_FEW

    @property
    def word(self) -> str:
        if self.alpha is not None:
            return agreement.alpha_word(self.alpha)
        return agreement.kappa_word(self.kappa) if self.kappa is not None else ""


@dataclass
class Ratings:
    """Answers of the shared legs: by criterion, leg and rater; and the scores."""

    legs: list[int] = field(default_factory=list)
    raters: dict[int, User] = field(default_factory=dict)
    answers: dict[str, dict[tuple[int, int], str]] = field(
        default_factory=lambda: defaultdict(dict)
    )
    scores: dict[tuple[int, int], Decimal] = field(default_factory=dict)

    def table(self, values: Mapping[tuple[int, int], Hashable]) -> list[list[Hashable | None]]:
        """Raters x legs, None where a rater did not rate a leg."""
        return [[values.get((leg, rater)) for leg in self.legs] for rater in self.raters]


def ratings_of(version: ScorecardVersion) -> Ratings:
    """Every leg with two or more submitted ratings on this version; three queries.

    Open calibrations stay out, so that nobody learns of them here.
    """
    rows = Evaluation.objects.filter(
        version=version, state__in=SCORED_STATES, leg__isnull=False, current_revision__isnull=False
    ).filter(
        Q(purpose__in=[Purpose.STANDARD, Purpose.DOUBLE])
        | Q(purpose=Purpose.CALIBRATION, seat__session__state__in=DISCLOSED_STATES)
    )
    by_leg: dict[int, dict[int, Evaluation]] = defaultdict(dict)
    for row in rows.select_related("evaluator", "current_revision").order_by("pk"):
        by_leg[row.leg_id][row.evaluator_id] = row  # type: ignore[index]
    shared = {leg: given for leg, given in by_leg.items() if len(given) > 1}
    found = Ratings(legs=sorted(shared))
    revisions: dict[int, tuple[int, int]] = {}
    for leg, given in shared.items():
        for rater, row in given.items():
            assert row.current_revision is not None
            found.raters[rater] = row.evaluator
            revisions[row.current_revision.pk] = (leg, rater)
            if row.current_revision.score_percent is not None:
                found.scores[leg, rater] = row.current_revision.score_percent
    _add_answers(found, revisions)
    return found


def by_criterion(version: ScorecardVersion, ratings: Ratings) -> list[Figures]:
    """Agreement and alpha of every choice criterion, in the order of reading."""
    figures = []
    for key, criterion in content_of(version).criteria.items():
        if criterion["kind"] != "single":
            continue
        table = ratings.table(ratings.answers[key])
        n = len(agreement.shared_items(table))
        if n < TOO_FEW:
            figures.append(Figures(criterion["text"], n, why="too few"))
            continue
        nominal = agreement.alpha(table)
        figures.append(
            Figures(
                name=criterion["text"],
                n=n,
                agreement_percent=_percent(agreement.percent_agreement(table)),
                alpha=nominal,
                ordinal=agreement.alpha(
                    _ranks(criterion, ratings.answers[key], ratings), "ordinal"
                ),
                why="" if nominal is not None else "no variation",
            )
        )
    return figures


def by_pair(ratings: Ratings) -> list[Figures]:
    """Every two raters with a leg in common: agreement and kappa over answers, ICC over scores."""
    figures = []
    for first, second in combinations(ratings.raters, 2):
        mine, theirs = _side_by_side(ratings, first, second)
        name = f"{ratings.raters[first].short_name} and {ratings.raters[second].short_name}"
        if not mine:
            continue
        if len(mine) < TOO_FEW:
            figures.append(Figures(name, len(mine), why="too few"))
            continue
        found = agreement.kappa(agreement.table_of(mine, theirs))
        scores = [
            [ratings.scores.get((leg, first)), ratings.scores.get((leg, second))]
            for leg in ratings.legs
        ]
        figures.append(
            Figures(
                name=name,
                n=len(mine),
                agreement_percent=_percent(found.observed if found else None),
                kappa=found.kappa if found else None,
                icc=agreement.icc(scores),
                why="" if found and found.kappa is not None else "no variation",
            )
        )
    return sorted(figures, key=lambda one: (-one.n, one.name))


def forest(figures: list[Figures]) -> Chart | None:
    """Alpha of every criterion with its n; rows with too few stay empty."""
    if not any(one.alpha is not None for one in figures):
        return None
    values = [one.alpha for one in figures]
    return charts.interval_dots(
        [one.name for one in figures],
        values,
        counts=[one.n for one in figures],
        title="Agreement of evaluators, Krippendorff's alpha",
        label_header="Criterion",
        value_header="Alpha",
        show=charts.coefficient,
        target=Target(agreement.RELIABLE, "reliable"),
    )


# --- Below ------------------------------------------------------------------------------------


def _add_answers(found: Ratings, revisions: dict[int, tuple[int, int]]) -> None:
    rows = Answer.objects.filter(revision__in=revisions).annotate(key=F("criterion__key"))
    fields = ("revision_id", "key", "option_keys", "is_na")
    for revision, key, options, is_na in rows.values_list(*fields):
        if is_na:
            found.answers[key][revisions[revision]] = NOT_APPLICABLE
        elif options:
            found.answers[key][revisions[revision]] = ",".join(options)


def _ranks(
    criterion: Mapping[str, Any], answers: Mapping[tuple[int, int], str], ratings: Ratings
) -> list[list[Hashable | None]]:
    """Answers as points, whose order is that of the options; N/A is missing here."""
    points = {option["key"]: Decimal(option["points"]) for option in criterion["options"]}
    known = {place: points[option] for place, option in answers.items() if option in points}
    return ratings.table(known)


def _side_by_side(ratings: Ratings, first: int, second: int) -> tuple[list[str], list[str]]:
    """What both answered to the same criteria of the same legs."""
    mine, theirs = [], []
    for key in sorted(ratings.answers):
        given = ratings.answers[key]
        for leg in ratings.legs:
            if (leg, first) in given and (leg, second) in given:
                mine.append(given[leg, first])
                theirs.append(given[leg, second])
    return mine, theirs


def _percent(ratio: float | None) -> float | None:
    return None if ratio is None else round(100 * ratio, 2)
