"""The figures of the start page: how an agent's own work was judged, and a week of the teams."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import date, datetime, timedelta

from django.db.models import Q
from django.urls import reverse
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from accounts import permissions
from accounts.models import User
from config import home
from crm.models import Interaction
from lib import charts
from lib.start_page import Card
from quality import analytics
from quality.averages import Sums, average_from
from quality.models import Evaluation
from quality.models.evaluations import COUNTED, DRAWN, Purpose

WEEK = timedelta(days=7)
POINTS = 12


def connect() -> None:
    """Called by config/wiring.py; the order of the cards is the order here."""
    home.add_card(own_week)
    home.add_card(team_week)


def own_week(user: User, at: datetime) -> Card | None:
    """An agent's own released results, with the evidence that they are. One query."""
    if "agent" not in user.roles:
        return None
    mine = Evaluation.objects.filter(agent=user, purpose=Purpose.STANDARD).released().counting()
    by_week = analytics.by_period(mine, grain="week", column="handled_at")
    data = {
        "average": average_from(added(by_week.values())),
        "period": _("all released results"),
        "chart": over_time(by_week.items(), at, weeks=4, points=6),
    }
    return Card(_("My quality"), "home/quality.html", data, reverse("quality:my_results"))


def team_week(user: User, at: datetime) -> Card | None:
    """What happened in the last seven days in the teams that the person sees. Two queries."""
    if permissions.scope(user, "quality.view_evaluation") in (None, "own"):
        return None
    recorded = Interaction.objects.visible_to(user).filter(
        started_at__gt=at - WEEK, started_at__lte=at
    )
    # One question for all figures: telling which evaluations somebody sees is the dear part of it.
    found = analytics.by_period_and_marks(
        Evaluation.objects.visible_to(user)
        .scored()
        .filter(handled_at__gt=at - WEEK * (POINTS + 1), handled_at__lte=at),
        grain="week",
        column="handled_at",
        is_recent=Q(handled_at__gt=at - WEEK),
        is_counted=COUNTED & DRAWN,
    )
    counted = [one for one in found if "is_counted" in one.marks]
    data = {
        "interactions": recorded.count(),
        "evaluated": sum(one.sums.n for one in found if "is_recent" in one.marks),
        "average": average_from(added(one.sums for one in counted if "is_recent" in one.marks)),
        "period": _("last seven days"),
        "chart": over_time([(one.start, one.sums) for one in counted], at),
    }
    return Card(_("Last seven days"), "home/quality.html", data, reverse("quality:evaluation_list"))


def added(sums: Iterable[Sums]) -> Sums:
    found = list(sums)
    return sum(found[1:], found[0]) if found else Sums()


def over_time(
    by_week: Iterable[tuple[date, Sums]], at: datetime, *, weeks: int = 1, points: int = POINTS
) -> charts.Chart | None:
    """The mean score of each span of local weeks up to now, None if no span has enough evidence.

    A week may stand in several parts. The band ends at 100 %, whatever a version allows.
    """
    parts, span = list(by_week), WEEK * weeks
    starts = [monday(at) - WEEK * (weeks - 1) - span * back for back in reversed(range(points))]
    sums = [added(part for week, part in parts if start <= week < start + span) for start in starts]
    means = [average_from(replace(one, cap=Sums.cap)) for one in sums]
    if not any(mean.is_shown for mean in means):
        return None
    series = charts.Series(
        _("Mean score"),
        [None if mean.mean is None else float(mean.mean) for mean in means],
        low=[mean.low for mean in means],
        high=[mean.high for mean in means],
        counts=[mean.n for mean in means],
    )
    return charts.line(
        [formats.date_format(start, "d M") for start in starts],
        [series],
        title=_("Mean score by week")
        if weeks == 1
        else _("Mean score every {weeks} weeks").format(weeks=weeks),
        label_header=_("From"),
        # xgettext:no-python-format
        note=_(
            "Points with fewer than five evaluations are left out; the band is the 95 % interval."
        ),
        show=charts.percent,
        height=200,
    )


def monday(at: datetime) -> date:
    """The first day of the local week of a moment."""
    on = timezone.localtime(at).date()
    return on - timedelta(days=on.weekday())
