"""One result in words and as a picture: the score, why it differs, how it came about."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lib.charts import Chart, Step, waterfall
from quality import scoring
from quality.desk import Desk
from quality.models.evaluations import Outcome

OUTCOME_TONES = {"passed": "good", "failed": "bad"}
LONGEST_LABEL = 60
CHART_WIDTH = 460.0  # Stands beside the answers.


@dataclass(frozen=True)
class Result:
    score_percent: Decimal | None
    outcome: str
    tone: str
    band: str
    pass_percent: str | None
    reasons: list[str]
    chart: Chart | None


def result_of(desk: Desk, score: scoring.Score, *, chart_width: float = CHART_WIDTH) -> Result:
    return Result(
        score_percent=score.score_percent,
        outcome=str(Outcome(score.outcome).label),
        tone=OUTCOME_TONES.get(score.outcome, ""),
        band=score.band or "",
        pass_percent=desk.content.document["pass_percent"],
        reasons=reasons_of(desk, score),
        chart=contributions(desk, score, chart_width),
    )


def reasons_of(desk: Desk, score: scoring.Score) -> list[str]:
    """One sentence for each way in which the score differs from the plain sum of answers."""
    reasons = []
    names = {key: criterion["text"] for key, criterion in desk.content.criteria.items()}
    names |= {key: section["title"] for key, section in desk.content.sections.items()}
    for fired in score.critical_fired:
        reasons.append(_critical_sentence(names.get(fired.key, fired.key), fired.scope))
    if score.raw_percent != score.score_percent and score.raw_percent is not None:
        raw = _("Without critical errors it would be {percent} %.")
        reasons.append(raw.format(percent=score.raw_percent))
    excused = [key for key, figures in score.criteria.items() if figures.state == "excused"]
    if excused:
        left = ngettext(
            "{count} failure was not the agent's fault and left the score; the interaction as a "
            "whole reaches {percent} %.",
            "{count} failures were not the agent's fault and left the score; the interaction as a "
            "whole reaches {percent} %.",
            len(excused),
        )
        reasons.append(left.format(count=len(excused), percent=score.interaction_percent))
    if score.score_percent is None:
        reasons.append(
            _("No scored criterion applied, so there is no score; averages leave it out.")
        )
    return reasons


def contributions(desk: Desk, score: scoring.Score, width: float) -> Chart | None:
    """From 0 to the score: one bar per criterion, then what critical errors and limits took."""
    if score.score_percent is None:
        return None
    steps = [
        Step(_short(desk.content.criteria[key]["text"]), float(figures.contribution_percent))
        for key, figures in score.criteria.items()
        if figures.contribution_percent is not None
    ]
    reached = sum(step.value for step in steps)
    rest = float(score.score_percent) - reached
    if abs(rest) >= 0.01:
        voided = any(fired.scope == "evaluation" for fired in score.critical_fired)
        steps.append(Step(_("Critical error") if voided else _("Floor, cap and rounding"), rest))
    steps.append(Step(_("Score"), float(score.score_percent), is_total=True))
    return waterfall(
        steps,
        title=_("How the score comes about"),
        label_header=_("Criterion"),
        note=_("Percentage points that each answer contributes"),
        width=width,
    )


def _critical_sentence(name: str, scope: str) -> str:
    sentences: dict[str, Any] = {
        "evaluation": _("Critical error in “{name}”, so the whole evaluation scores 0."),
        "section": _("Critical error in “{name}”, so its section scores 0."),
        "subsection": _("Critical error in “{name}”, so its subsection scores 0."),
        "outcome": _("Critical error in “{name}”, so the evaluation fails whatever its score."),
    }
    return str(sentences[scope].format(name=name))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST_LABEL else text[: LONGEST_LABEL - 1].rstrip() + "…"
