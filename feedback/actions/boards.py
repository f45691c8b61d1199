"""Leaderboards: a snapshot a day, and what people want shown of themselves."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from accounts import audit
from accounts.models import TeamMembership, User
from crm.redaction import redact
from feedback import fairness
from feedback.models import (
    BoardPreference,
    Leaderboard,
    LeaderboardSnapshot,
    RecognitionFact,
)
from feedback.models.badges import FactKind
from feedback.models.boards import BoardMetric, BoardUnit, BoardVisibility, BoardWindow
from feedback.site_days import day_span
from lib.refusals import Forbidden, Invalid, need_reason

METHODS = {
    BoardMetric.SURVEY: gettext_noop(
        "Share of satisfied customers where people made the difference"
    ),
    BoardMetric.QA_PASS: gettext_noop("Share of passed evaluations drawn at random and released"),
    BoardMetric.QA_MEAN: gettext_noop("Mean score of evaluations drawn at random and released"),
}
METHOD = gettext_noop(
    "{metric}, {start} to {end}; estimates pulled to the share of all with strength {strength}, "
    "ranked by the lower end of the 90 % interval; from {min_n} on."
)
KEPT_METHOD = re.compile(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>.+)", re.escape(METHOD)))
DAY = "%d %b %Y"


def snapshot_board(*, board: Leaderboard, on: date, at: datetime) -> LeaderboardSnapshot | None:
    """Keep the board of a day; once a day, and never changed afterwards."""
    if board.visibility == BoardVisibility.OFF:
        return None
    start, end = window_of(board, on)
    found = board_rows(board, start, end)
    method = METHOD.format(
        metric=METHODS[BoardMetric(board.metric)],
        start=f"{timezone.localtime(start):{DAY}}",
        end=f"{timezone.localtime(end):{DAY}}",
        strength=board.strength,
        min_n=board.min_n,
    )
    rows = [
        {
            "id": row.key,
            "n": row.n,
            "mean": row.mean,
            "lower": row.lower,
            "upper": row.upper,
            "place": row.place,
            "is_close": row.is_not_clearly_behind,
        }
        for row in found
    ]
    snapshot, _is_new = LeaderboardSnapshot.objects.get_or_create(
        board=board, as_of=on, defaults={"made_at": at, "rows": rows, "method": method}
    )
    return snapshot


def spoken_method(method: str) -> str:
    """How a board was made, as it was kept that day, in the language in force."""
    found = KEPT_METHOD.fullmatch(method)
    if found is None:
        return method
    days = {name: _spoken_day(found[name]) for name in ("start", "end")}
    return _(METHOD).format(**found.groupdict() | days | {"metric": _(found["metric"])})


def board_rows(board: Leaderboard, start: datetime, end: datetime) -> list[fairness.BoardRow]:
    """The ranking of a span, computed from facts. Three queries."""
    kind = FactKind.SURVEY if board.metric == BoardMetric.SURVEY else FactKind.EVALUATION
    facts = RecognitionFact.objects.filter(
        kind=kind, occurred_at__gte=start, occurred_at__lt=end
    ).newest()
    unit_of = _units(board, start, end)
    values: dict[Any, list[float]] = defaultdict(list)
    for fact in facts.order_by("occurred_at", "fact_key").iterator():
        value = _value(board, fact.payload)
        unit = unit_of(fact.agent_id, fact.occurred_at)
        if value is not None and unit is not None:
            values[unit].append(value)
    if board.metric == BoardMetric.QA_MEAN:
        return fairness.mean_board(sorted(values.items()), board.strength, board.min_n)
    shares = [(unit, sum(own), len(own)) for unit, own in sorted(values.items())]
    return fairness.share_board(shares, board.strength, board.min_n)


def window_of(board: Leaderboard, on: date) -> tuple[datetime, datetime]:
    """The board's span that ends with the day `on`."""
    first = {
        BoardWindow.LAST_30: on - timedelta(days=29),
        BoardWindow.LAST_90: on - timedelta(days=89),
        BoardWindow.MONTH: on.replace(day=1),
        BoardWindow.QUARTER: on.replace(month=(on.month - 1) // 3 * 3 + 1, day=1),
    }[BoardWindow(board.window)]
    return day_span(first)[0], day_span(on)[1]


def show_board(
    *, board: Leaderboard, visibility: str, reason: str, by: User, at: datetime
) -> Leaderboard:
    """Change who sees a board; showing names to everyone takes an administrator and a reason."""
    if "admin" not in by.roles:
        raise Forbidden(_("Only administrators change who sees a board."))
    if visibility not in BoardVisibility.values:
        raise Invalid("visibility", _("Choose who may see it."))
    if visibility == BoardVisibility.TOP_N:
        reason = need_reason(reason, 10)
    with transaction.atomic():
        before = board.visibility
        board.visibility, board.reason = visibility, reason
        board.version += 1
        board.save(update_fields=["visibility", "reason", "version", "updated_at"])
        audit.record(
            verb="show_board",
            record=board,
            by=by,
            at=at,
            before={"visibility": before},
            after={"visibility": visibility},
            reason=reason,
        )
    return board


def prefer_on_boards(*, is_hidden: bool, alias: str, by: User, at: datetime) -> BoardPreference:
    """Say whether others may read one's name on boards, or under which other one."""
    alias = redact(alias.strip())
    if len(alias) > 40:
        raise Invalid("alias", _("An alias has at most 40 characters."))
    preference, _is_new = BoardPreference.objects.update_or_create(
        user=by, defaults={"is_hidden": is_hidden, "alias": alias}
    )
    return preference


# --- Below ------------------------------------------------------------------------------------


def _spoken_day(day: str) -> str:
    return date_format(datetime.strptime(day, DAY).replace(tzinfo=UTC), "j M Y")


def _value(board: Leaderboard, payload: dict[str, Any]) -> float | None:
    if board.metric == BoardMetric.SURVEY:
        is_person = payload.get("driver") == "person"
        satisfied = payload.get("is_satisfied")
        return None if satisfied is None or not is_person else float(bool(satisfied))
    if board.metric == BoardMetric.QA_PASS:
        passed = payload.get("is_passed")
        return None if passed is None else float(bool(passed))
    score = payload.get("score_percent")
    return None if score is None else float(score)


def _units(board: Leaderboard, start: datetime, end: datetime) -> Any:
    """A function from (agent id, moment) to the unit that a fact counts for."""
    if board.unit == BoardUnit.AGENT:
        present = set(User.objects.filter(is_active=True).values_list("pk", flat=True))
        return lambda agent, at: agent if agent in present else None
    spans: dict[int, list[TeamMembership]] = defaultdict(list)
    for span in TeamMembership.objects.agents().filter(starts_at__lt=end):
        spans[span.user_id].append(span)

    def team_of(agent: int, at: datetime) -> int | None:
        for span in spans.get(agent, ()):
            if span.starts_at <= at and (span.ends_at is None or at < span.ends_at):
                return span.team_id
        return None

    return team_of
