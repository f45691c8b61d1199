"""Figures that other apps make, as rows for programs: the lines of the boards' files."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.conf import settings

from accounts.models import User
from accounts.permissions import has
from lib.refusals import Invalid
from lib.slots import local_day
from quality.models import Evaluation
from quality.slices import Slice as EvaluationSlice
from reports import board_files, periods
from reports.board_files import Line
from reports.definitions import Definition
from reports.learning_board import learning_board_of
from reports.periods import Period
from reports.quality_board import board_of
from reports.rollups.marking import site_day
from reports.rows import decimal
from reports.voice_board import voices_of

WHOLE = {"All", "Family", "Everybody"}
OF_MONTHS = "What customers said is told of whole calendar months: choose the days of one."
OF_CUSTOMERS = "feedback.view_results"
VERBS = {
    **dict.fromkeys(("qa", "cea"), "reports.view_dashboard"),
    **dict.fromkeys(("csat", "nps", "ces", "rr", "fcr"), OF_CUSTOMERS),
    "tc": "training.view_compliance",
}


def may_read(person: User, definition: Definition) -> bool:
    return has(person, VERBS[definition.key])


def board_rows(
    definition: Definition, person: User, period: Period, by: str, *, team: int | None, at: datetime
) -> list[dict[str, Any]]:
    """Of the whole or by team; `key` is the team's name, of customers' answers the survey's first.

    Raises Invalid where the board does not tell such days or parts.
    """
    if by not in ("total", "team"):
        raise Invalid("by", "This figure is told of the whole or by team.")
    lines = _lines(definition, person, period, team=team, at=at)
    told = [line for line in lines if line.figure == definition.slug]
    if VERBS[definition.key] == OF_CUSTOMERS:  # Each survey by itself.
        wanted = [line for line in told if bool(line.group) == (by == "team")]
        keys = [", ".join(part for part in (line.about, line.group) if part) for line in wanted]
    else:
        wanted = [line for line in told if (line.about == "Team") == (by == "team")]
        wanted = [line for line in wanted if by == "team" or line.about in WHOLE]
        keys = [line.group if by == "team" else "" for line in wanted]
    return [_row(definition, key, line) for key, line in zip(keys, wanted, strict=True)]


def _lines(
    definition: Definition, person: User, period: Period, *, team: int | None, at: datetime
) -> Iterator[Line]:
    if definition.key in ("qa", "cea"):
        chosen = {} if team is None else {"team": team}
        piece = EvaluationSlice(period.start, period.end, chosen)
        return board_files.quality_lines(board_of(Evaluation.objects.visible_to(person), piece))
    if definition.key == "tc":
        start, end = (local_day(on, settings.TIME_ZONE) for on in (period.start, period.end))
        board = learning_board_of(
            person, on=period.end, start=start[0], end=end[1], at=at, team=team
        )
        return board_files.training_lines(board)
    if team is not None:
        raise Invalid("team", "What customers said has no filter by team; ask by=team.")
    if periods.whole_unit(period.start, period.end) != "month":
        raise Invalid("to", OF_MONTHS)
    voices = voices_of(person, period.until(site_day(at)), "team")
    return board_files.voice_lines(voices, "team", None)


def _row(definition: Definition, key: str, line: Line) -> dict[str, Any]:
    return {
        "definition": definition.slug,
        "key": key,
        "value": decimal(line.value),
        "numerator": line.numerator,
        "denominator": line.denominator,
        "n": line.n or 0,
        "low": decimal(line.low),
        "high": decimal(line.high),
        "verdict": "none",
        "note": line.note,
    }
