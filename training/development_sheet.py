"""The development sheet of one person: where they stand, what was agreed, what comes next."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.template.loader import render_to_string
from django.utils import timezone

from accounts.models import User
from feedback import indices
from feedback.indices import Figure
from feedback.models import Response
from lib import pdf
from quality import analytics, averages
from quality.averages import Rate
from quality.models import Evaluation
from quality.team_study import texts_of
from training.actions.assigning import local_today
from training.measuring import Standing, standing_on
from training.models import ActionItem, CoachingSession, RoleChoice, Skill
from training.my_learning import Row, desk_of
from training.role_page import Readiness, readiness_of
from training.skill_matrix import level_of_skill, proofs_of
from training.skills import Proven

DAYS = 90
MOST_ROWS = 100
METHOD = (
    "Criteria are answers of released evaluations drawn at random over the last 90 days, failed by "
    "the agent’s own fault, with 95 % Wilson intervals; below 5 there is no figure. Satisfaction "
    "is the share of satisfied answers whose driver is a person, weighted by who handled it. "
    "The status of an action is computed. Levels of skills fade. Information, not a promise."
)


@dataclass(frozen=True)
class CriterionShare:
    text: str
    rate: Rate


@dataclass(frozen=True)
class Development:
    """What a reader may see of a person; `readiness` only where the way to a role is theirs."""

    criteria: list[CriterionShare]
    satisfaction: Figure
    n_answers: int
    standings: list[Standing]
    due: list[Row]
    skills: list[tuple[Skill, int, Proven | None]]
    readiness: Readiness | None


def development_of(person: User, reader: User, at: datetime) -> Development:
    """At most 20 queries and one for each open action."""
    since, today = at - timedelta(days=DAYS), local_today(at)
    answers = _answers(person, at)
    proofs = proofs_of([person.pk])
    skills = [
        (skill, *level_of_skill(skill, proofs.get((person.pk, skill.pk), ()), today))
        for skill in Skill.objects.active()
    ]
    return Development(
        criteria=_criteria(person, reader, since),
        satisfaction=indices.agent_share(answers),
        n_answers=len(answers),
        standings=_standings(person, reader, at),
        due=desk_of(person, at).rows[:MOST_ROWS],
        skills=[one for one in skills if one[2] is not None],
        readiness=_readiness(person, reader, at),
    )


def _criteria(person: User, reader: User, since: datetime) -> list[CriterionShare]:
    """What the reader may see of the person's results, most failures first."""
    rows = Evaluation.objects.visible_to(reader).filter(agent=person, released_at__gte=since)
    cells = analytics.by_criterion(rows.released().counting())
    texts = texts_of(cells)
    shares = [
        CriterionShare(texts[one.name], averages.rate(one.failed, one.applicable)) for one in cells
    ]
    return sorted(shares, key=lambda one: (-one.rate.k, one.text))[:MOST_ROWS]


def _answers(person: User, at: datetime) -> list[tuple[bool, str | None, float]]:
    """(satisfied, driver, weight) of accepted answers about the person's work. One query."""
    since = timezone.localtime(at).date() - timedelta(days=DAYS)
    rows = Response.objects.counting().filter(
        submitted_on__gte=since, invitation__credits__agent=person, is_satisfied__isnull=False
    )
    lines = rows.values_list(
        "is_satisfied", "driver_by_staff", "driver_by_customer", "invitation__credits__weight"
    )
    return [(bool(hit), staff or customer, float(share)) for hit, staff, customer, share in lines]


def _standings(person: User, reader: User, at: datetime) -> list[Standing]:
    """Open actions of sessions that the reader may open; others stay between two people."""
    today = local_today(at)
    items = ActionItem.objects.running().filter(agent=person, due_on__gte=today)
    if person.pk == reader.pk:
        items = items.shown_to_agent()
    else:
        items = items.filter(session__in=CoachingSession.objects.visible_to(reader))
    wanted = items.select_related("agent", "owner", "scorecard", "course")[:MOST_ROWS]
    return [standing_on(item, today) for item in wanted]


def _readiness(person: User, reader: User, at: datetime) -> Readiness | None:
    """The way to the chosen role: one's own, or one that is shared."""
    choices = RoleChoice.objects.filter(person=person).select_related("target_role")
    if person.pk != reader.pk:
        choices = choices.filter(is_shared=True)
    choice = choices.first()
    return readiness_of(person, choice.target_role, at, local_today(at)) if choice else None


def development_html(person: User, reader: User, *, at: datetime) -> str:
    found = development_of(person, reader, at)
    context: dict[str, Any] = {
        "title": "Development sheet",
        "subject": person.full_name,
        "facts": [
            ("Period", f"{DAYS} days before {local_today(at):%Y-%m-%d}"),
            ("Satisfaction", _told(found.satisfaction, found.n_answers)),
            ("Open actions", len(found.standings)),
            ("Courses to do", len(found.due)),
        ],
        "as_of": at,
        "generated_at": at,
        "method": METHOD,
        "LANGUAGE_CODE": "en",
        "found": found,
    }
    return render_to_string("pdf/development_sheet.html", context)


def _told(figure: Figure, n_answers: int) -> str:
    if figure.value is None or figure.low is None or figure.high is None:
        return f"not enough evidence (n {n_answers})"
    if figure.n < indices.LEAST_FOR_INTERVAL:
        return f"not enough evidence (n {n_answers})"
    low, high = (indices.shown(100 * end) for end in (figure.low, figure.high))
    return f"{indices.shown(100 * figure.value)} % ({low} to {high}, n {n_answers})"


def development_pdf(person: User, reader: User, *, at: datetime) -> bytes:
    """Tagged PDF; raises lib.pdf.PdfFailed with a sentence fit for the reader."""
    return pdf.render(development_html(person, reader, at=at), generated_at=at)
