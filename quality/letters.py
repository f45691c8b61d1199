"""Mails of quality: counts, names of work and a link; never a score, nor what anybody wrote."""

from __future__ import annotations

from django.conf import settings
from django.core.mail import EmailMessage
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from lib.sentences import said
from lib.speaking import in_language, spoken
from quality.models import Assignment, Dispute, Draw, Evaluation, RuleFiring, Seat
from quality.models.calibration import CalibrationState
from quality.models.evaluations import SHOWN_TO_AGENT_STATES

DISPUTE_NEWS = {
    "filed": said("A dispute was filed: {reference}"),
    "taken": said("A dispute was taken: {reference}"),
    "decided": said("A dispute was decided: {reference}"),
}


def assignments_due(*, evaluator_id: int) -> EmailMessage | None:
    """What waits for an evaluator; None if it was done in the meantime."""
    evaluator = User.objects.get(pk=evaluator_id)
    rows = list(Assignment.objects.filter(evaluator=evaluator).waiting().order_by("due_at", "pk"))
    if not rows or not evaluator.is_active:
        return None
    now = timezone.now()
    context = {
        "name": evaluator.short_name,
        "count": len(rows),
        "overdue": sum(1 for row in rows if row.due_at and row.due_at < now),
        "first_due": rows[0].due_at,
        "url": link("quality:work_list"),
    }
    text = render_to_string("quality/mail/assignments_due.txt", context)
    return EmailMessage("Evaluations are due soon", text, to=[evaluator.email])


def empty_frame(*, draw_id: int) -> EmailMessage | None:
    """To the owner of a plan whose filters let nothing through in a slice."""
    draw = Draw.objects.select_related("plan__owner").get(pk=draw_id)
    owner = draw.plan.owner
    if not owner.is_active:
        return None
    context = {
        "name": owner.short_name,
        "draw": draw,
        "plan": draw.plan,
        "url": link("quality:plan_detail", draw.plan_id),
    }
    text = render_to_string("quality/mail/empty_frame.txt", context)
    return EmailMessage(f"Nothing to draw from: {draw.plan.name}", text, to=[owner.email])


def result_released(*, evaluation_id: int) -> EmailMessage | None:
    """To the agent, that there is a result to read; None once it was read or taken back."""
    row = Evaluation.objects.select_related("agent", "scorecard").get(pk=evaluation_id)
    is_news = row.state in SHOWN_TO_AGENT_STATES and row.acknowledged_at is None
    if not is_news or not row.agent.is_active:
        return None
    context = {
        "name": row.agent.short_name,
        "scorecard": row.scorecard.name,
        "handled_at": row.handled_at,
        "url": link("quality:evaluation_detail", row.pk),
    }
    with in_language(row.agent.language):
        text = render_to_string("quality/mail/result_released.txt", context)
        return EmailMessage(_("A result is there for you"), text, to=[row.agent.email])


def dispute_moved(*, dispute_id: int, reader_id: int, news: str) -> EmailMessage | None:
    """That a dispute was filed, taken or decided; None to whoever left."""
    row = Dispute.objects.select_related("evaluation__scorecard").get(pk=dispute_id)
    reader = User.objects.get(pk=reader_id)
    if not reader.is_active:
        return None
    context = {
        "name": reader.short_name,
        "news": news,
        "dispute": row,
        "url": link("quality:dispute_detail", row.pk),
    }
    with in_language(reader.language):
        text = render_to_string("quality/mail/dispute_moved.txt", context)
        subject = spoken(said(DISPUTE_NEWS[news].pattern, reference=row.evaluation.public_ref))
        return EmailMessage(subject, text, to=[reader.email])


def calibration_due(*, seat_id: int) -> EmailMessage | None:
    """To a rater who has not submitted yet; None once that changed."""
    seat = Seat.objects.select_related("rater", "session__version__scorecard").get(pk=seat_id)
    is_open = seat.session.state == CalibrationState.OPEN and seat.submitted_at is None
    if not is_open or not seat.rater.is_active:
        return None
    context = {
        "name": seat.rater.short_name,
        "scorecard": seat.session.version.scorecard.name,
        "deadline_at": seat.session.deadline_at,
        "url": link("quality:calibration_detail", seat.session_id),
    }
    text = render_to_string("quality/mail/calibration_due.txt", context)
    return EmailMessage("A calibration closes soon", text, to=[seat.rater.email])


def rule_fired(*, firing_id: int, person_id: int) -> EmailMessage | None:
    """To whom a quality rule names: which rule, which evaluation, and a link."""
    rows = RuleFiring.objects.select_related("rule", "evaluation__scorecard", "evaluation__team")
    firing, person = rows.get(pk=firing_id), User.objects.get(pk=person_id)
    if not person.is_active:
        return None
    context = {
        "name": person.short_name,
        "rule": firing.rule.name,
        "evaluation": firing.evaluation,
        "url": link("quality:evaluation_detail", firing.evaluation_id),
    }
    text = render_to_string("quality/mail/rule_fired.txt", context)
    return EmailMessage(f"Quality rule: {firing.rule.name}", text, to=[person.email])


def link(url_name: str, *args: object) -> str:
    return settings.BASE_URL + reverse(url_name, args=args)
