"""Recognition on paper: a person's statement, budgets with their liability, fair play."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Count, QuerySet
from django.template.loader import render_to_string

from accounts.models import Team, User
from feedback.equity import WINDOW, equity_of
from feedback.models import (
    BadgeAward,
    Budget,
    FairPlayFlag,
    Kudos,
    Leaderboard,
    Posting,
    PraiseDraft,
    VolumeDecision,
)
from feedback.site_days import first_of_month, month_span
from feedback.statements import budget_uses, liability_of, statement_of
from lib import pdf


def statement_html(person: User, *, at: datetime) -> str:
    """One wallet over the site's current month, badges with reasons, thanks received."""
    start, end = month_span(first_of_month(at))
    rows = Posting.objects.of_person(person).filter(transaction__at__gte=start)
    received = Kudos.objects.posted().filter(recipients__agent=person, posted_at__gte=start)
    return _html(
        "pdf/recognition_statement.html",
        at,
        title="Recognition statement",
        subject=person.short_name,
        facts=[
            ("Person", person.short_name),
            ("From", f"{start:%d %b %Y}"),
            ("To", f"{at:%d %b %Y}"),
        ],
        method="Opening, in and out are sums of postings of the wallet; the closing balance is the "
        "account's, compared with its postings every night. Site time.",
        statement=statement_of(person, at),
        postings=list(rows.order_by("id")[:2000]),
        badges=BadgeAward.objects.standing().filter(agent=person).select_related("badge"),
        kudos=received.for_wall()[:200],
        period_ends_at=end,
    )


def liability_html(teams: QuerySet[Team], budgets: QuerySet[Budget], *, at: datetime) -> str:
    """Budgets and what open points are worth, with the proof of the books."""
    found = liability_of(teams, at)
    return _html(
        "pdf/recognition_liability.html",
        at,
        title="Points: budgets and liability",
        subject=f"{found.points} open points",
        facts=[("Rate", f"{found.rate} {found.currency} a point"), ("Teams", str(len(found.rows)))],
        method="Open points are the wallets of people in a team now and what is held for open "
        "orders, times the site's rate, rounded half up to cents. All postings of all accounts "
        "must sum to 0.",
        liability=found,
        uses=budget_uses(budgets),
    )


def fair_play_html(*, at: datetime) -> str:
    """What the scan raised and people decided within 90 days, and equity; no names."""
    since = at - WINDOW
    flags = FairPlayFlag.objects.filter(created_at__gte=since).order_by()
    by_kind: dict[str, dict[str, int]] = {}
    labels = dict(FairPlayFlag._meta.get_field("kind").flatchoices)
    for row in flags.values("kind", "state").annotate(n=Count("pk")):
        by_kind.setdefault(str(labels[row["kind"]]), {})[row["state"]] = row["n"]
    praise = PraiseDraft.objects.filter(created_at__gte=since).order_by()
    gate = VolumeDecision.objects.filter(decided_at__gte=since)
    return _html(
        "pdf/recognition_fair_play.html",
        at,
        title="Fair play",
        subject=f"{since:%d %b %Y} to {at:%d %b %Y}",
        facts=[("Window", "90 days"), ("Names", "none")],
        method="Hints are raised by fixed rules and decided by people. Shares have 95 % Wilson "
        "intervals, differences Newcombe's; groups under five are hidden together with the next "
        "smallest.",
        equity=equity_of(at),
        flags=sorted(by_kind.items()),
        praise={row["state"]: row["n"] for row in praise.values("state").annotate(n=Count("pk"))},
        gate_passed=gate.filter(is_passed=True).count(),
        gate_blocked=gate.filter(is_passed=False).count(),
        boards=Leaderboard.objects.all(),
    )


def paper(html: str, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(html, generated_at=at)


def _html(template: str, at: datetime, **context: Any) -> str:
    context |= {"as_of": at, "generated_at": at, "LANGUAGE_CODE": "en"}
    return render_to_string(template, context)
