"""Verbs of alerts and recoveries: raise, acknowledge, put right, measure."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import User
from crm.actions import cases
from crm.models import Case
from crm.models.cases import CaseKind
from feedback import topics
from feedback.actions.invitations import plan_recovery
from feedback.indices import NO_ANSWER, is_detractor, recovery_outcome
from feedback.models import Alert, AlertRule, Recovery, Response, RootCause
from feedback.models.survey_alerts import ALERT_TRANSITIONS, AlertState
from feedback.models.survey_responses import ResponseState
from feedback.questionnaire import WANTS_CONTACT
from feedback.survey_events import DetractorAlertRaised, RecoveryMeasured
from lib import events
from lib.refusals import Refused, need_reason

REPEAT_WINDOW = timedelta(days=90)
FIRST_CONTACT = timedelta(hours=4)
RECOVERY_DELAY = timedelta(hours=24)
ANSWER_WITHIN = timedelta(days=14)
LEAST_ACTION = 20
ENDED = ("resolved", "closed")


class AlertNotNow(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This alert is {state} already.")


class CauseAndActionMissing(Refused):
    def __init__(self) -> None:
        super().__init__(_("Choose a root cause and describe what was done."))


# --- Raising -------------------------------------------------------------------------------------


def raise_alert(*, response: Response, at: datetime) -> Alert | None:
    """Alert for an accepted response that a rule means; the same response alerts once.

    A later answer of the same customer, survey and day joins the open alert as a note.
    """
    if response.state != ResponseState.ACCEPTED or Alert.objects.filter(response=response).exists():
        return None
    for rule in AlertRule.objects.applying_to(response.survey).prefetch_related("topics"):
        if reasons := reasons_of(rule, response):
            return _raised(rule, response, reasons, at)
    return None


def reasons_of(rule: AlertRule, response: Response) -> list[str]:
    """Why the rule means this response, in words; empty if it does not."""
    customer = response.invitation.customer if response.invitation else None
    is_bad = response.value is not None and is_detractor(response.metric, response.value)
    found = []
    if rule.on_detractor and is_bad:
        found.append(f"rated {response.value}")
    if rule.on_vip and customer and customer.is_vip and response.is_satisfied is False:
        found.append("a VIP who is not satisfied")
    if rule.on_repeat and is_bad and _is_repeat(response):
        found.append("the second bad rating in 90 days")
    if rule.on_contact_wish and _wants_contact(response):
        found.append("asks to be contacted")
    words = [line for line in rule.risk_words.splitlines() if line.strip()]
    if words and topics.matches(words, response.comment):
        found.append("a risk word in the comment")
    labeled = {label.topic_id for label in response.labels.all()} if rule.topics.all() else set()
    found += [f"topic {topic}" for topic in rule.topics.all() if topic.pk in labeled]
    return found


def _is_repeat(response: Response) -> bool:
    """Another answer of the customer in the detractor band of its metric, within 90 days."""
    if response.invitation is None or response.invitation.customer_id is None:
        return False
    others = Response.objects.accepted().filter(
        invitation__customer=response.invitation.customer_id,
        submitted_on__gte=response.submitted_on - REPEAT_WINDOW,
        submitted_on__lte=response.submitted_on,
        value__isnull=False,
    )
    rows = others.exclude(pk=response.pk).values_list("metric", "value")
    return any(is_detractor(metric, value or 0) for metric, value in rows)


def _wants_contact(response: Response) -> bool:
    return response.answers.filter(question=WANTS_CONTACT, option="yes").exists()


def _raised(rule: AlertRule, response: Response, reasons: list[str], at: datetime) -> Alert | None:
    customer_id = response.invitation.customer_id if response.invitation else None
    open_one = (
        Alert.objects.waiting()
        .select_for_update()
        .filter(customer=customer_id, on_date=response.submitted_on, survey=response.survey)
        .first()
        if customer_id
        else None
    )
    if open_one is not None:
        if str(response.pk) not in open_one.notes:
            open_one.notes = [*open_one.notes, str(response.pk)]
            open_one.save(update_fields=["notes", "updated_at"])
        return open_one
    try:
        with transaction.atomic():
            alert = Alert.objects.create(
                rule=rule,
                response=response,
                survey=response.survey,
                customer_id=customer_id,
                team=response.team,
                assignee=_assignee(response, at),
                on_date=response.submitted_on,
                reasons=reasons,
            )
    except IntegrityError:
        return None  # Another answer of that day alerted at the same moment.
    if rule.opens_case and customer_id and response.value is not None:
        _open_recovery(alert, response, at)
    events.publish(
        DetractorAlertRaised(
            at=at,
            by_id=None,
            alert_id=alert.pk,
            response_id=str(response.pk),
            survey_id=response.survey_id,
            customer_id=customer_id,
        )
    )
    return alert


def _assignee(response: Response, at: datetime) -> User | None:
    """The supervisor of the credited team, never a credited agent."""
    if response.team is None:
        return None
    led = response.team.memberships.in_force(at).filter(kind="supervisor", user__is_active=True)
    if response.invitation:
        led = led.exclude(user__in=response.invitation.credits.values("agent"))
    found = led.select_related("user").order_by("starts_at").first()
    return found.user if found else None


def _open_recovery(alert: Alert, response: Response, at: datetime) -> Recovery:
    key = response.version.questionnaire.key
    recovery = Recovery.objects.create(
        alert=alert,
        opened_at=at,
        due_at=at + FIRST_CONTACT,
        metric=response.metric,
        series=key.series if key else 1,
        before_value=response.value or 0,
    )
    case = _open_case(alert, response, at)
    recovery.case_id = case.pk
    recovery.save(update_fields=["case_id"])
    return recovery


def _open_case(alert: Alert, response: Response, at: datetime) -> Case:
    """A case of the customer, whose clocks run as if the customer had called."""
    invitation = response.invitation
    interaction = invitation.interaction if invitation else None
    return cases.open_case(
        subject=f"{response.survey.name}: {', '.join(alert.reasons)}"[:200],
        description=response.comment,
        kind=CaseKind.SERVICE_RECOVERY,
        customer=alert.customer,
        assignee=alert.assignee,
        team=alert.team,
        queue=response.queue,
        interactions=[interaction] if interaction else [],
        is_from_customer=True,
        by=None,
        at=at,
    )


# --- Working on it -------------------------------------------------------------------------------


def acknowledge_alert(*, alert: Alert, by: User, at: datetime) -> Alert:
    """Somebody has seen it and takes care."""
    return _become(alert, AlertState.ACKNOWLEDGED, by, at, "")


def close_alert(*, alert: Alert, by: User, at: datetime, reason: str) -> Alert:
    """Nothing more is to be done about it."""
    return _become(alert, AlertState.CLOSED, by, at, need_reason(reason, 5))


def _become(alert: Alert, state: str, by: User | None, at: datetime, reason: str) -> Alert:
    with transaction.atomic():
        row = Alert.objects.select_for_update().get(pk=alert.pk)
        if state not in ALERT_TRANSITIONS[row.state]:
            raise AlertNotNow(row.get_state_display().lower())
        before, row.state = row.state, state
        if state == AlertState.CLOSED:
            row.closed_at, row.closed_reason = at, reason[:300]
        else:
            row.acknowledged_at = at
            row.assignee = row.assignee or by
        row.save()
        audit.record(
            verb=f"{state}_alert",
            record=row,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state},
            reason=reason,
        )
    return row


def note_contact(*, recovery: Recovery, by: User, at: datetime) -> Recovery:
    """The customer was reached for the first time."""
    with transaction.atomic():
        row = _locked(recovery)
        if row.contacted_at is None:
            row.contacted_at = at
            row.version += 1
            row.save(update_fields=["contacted_at", "version", "updated_at"])
            audit.record(verb="note_recovery_contact", record=row, by=by, at=at)
    return row


def write_action(
    *, recovery: Recovery, root_cause: RootCause | None, action_taken: str, by: User, at: datetime
) -> Recovery:
    """Say what caused it and what was done; without both nothing can be resolved."""
    with transaction.atomic():
        row = _locked(recovery)
        row.root_cause, row.action_taken = root_cause, action_taken.strip()
        row.version += 1
        row.save(update_fields=["root_cause", "action_taken", "version", "updated_at"])
        audit.record(
            verb="write_recovery_action",
            record=row,
            by=by,
            at=at,
            after={"root_cause": root_cause.code if root_cause else None},
        )
    return row


def why_not_resolved(recovery: Recovery) -> str:
    """A sentence about what is missing before the recovery may be resolved; empty if nothing is."""
    if recovery.root_cause_id is None or len(recovery.action_taken.strip()) < LEAST_ACTION:
        return str(CauseAndActionMissing())
    return ""


def resolve_recovery(*, recovery: Recovery, by: User | None, at: datetime) -> Recovery:
    """It was put right: the alert closes, and the customer is asked again after a day.

    Raises CauseAndActionMissing.
    """
    with transaction.atomic():
        row = _locked(recovery)
        if row.resolved_at is not None and row.reopened_at is None:
            return row
        if why_not_resolved(row):
            raise CauseAndActionMissing
        _resolve_case(row, by, at)
        row.resolved_at, row.contacted_at = at, row.contacted_at or at
        first = row.alert.response.invitation
        if first is not None and row.invitation_id is None:
            row.invitation = plan_recovery(
                of=first, case_id=row.case_id, due_at=at + RECOVERY_DELAY
            )
        row.version += 1
        row.save()
        if row.alert.state != AlertState.CLOSED:
            _become(row.alert, AlertState.CLOSED, by, at, "Resolved")
        audit.record(
            verb="resolve_recovery",
            record=row,
            by=by,
            at=at,
            after={"root_cause": row.root_cause.code if row.root_cause else ""},
        )
    return row


def _resolve_case(row: Recovery, by: User | None, at: datetime) -> None:
    case = Case.objects.filter(pk=row.case_id or 0).select_related("status").first()
    if case is not None and case.status.category not in ENDED:
        cases.resolve_case(case=case, by=by, at=at, reason="The recovery was resolved.")


def missing_of(case: Case) -> list[str]:
    """The guard before the end of a case: cause and action of its recovery."""
    recovery = Recovery.objects.filter(case_id=case.pk).first()
    sentence = why_not_resolved(recovery) if recovery else ""
    return [sentence] if sentence else []


# --- Measuring -----------------------------------------------------------------------------------


def measure_due(*, at: datetime) -> int:
    """Compare what customers say after a recovery with what they said before."""
    count = 0
    rows = Recovery.objects.unmeasured().select_related("invitation", "alert__response")
    for row in rows:
        after = _answer_after(row)
        is_late = row.resolved_at is not None and at - row.resolved_at > (
            ANSWER_WITHIN + RECOVERY_DELAY
        )
        if after is None and not is_late and row.invitation is not None:
            continue
        measure(recovery=row, after=after, at=at)
        count += 1
    return count


def _answer_after(row: Recovery) -> int | None:
    """The rating of the recovery survey, on the same metric and series."""
    if row.invitation is None:
        return None
    answer = Response.objects.accepted().filter(invitation=row.invitation).first()
    if answer is None or answer.metric != row.metric:
        return None
    return answer.value


def measure(*, recovery: Recovery, after: int | None, at: datetime) -> Recovery:
    """Write the outcome once; a rating still in the detractor band opens the case again, once."""
    with transaction.atomic():
        row = _locked(recovery)
        if row.outcome is not None:
            return row
        row.after_value = after
        row.outcome = recovery_outcome(row.metric, row.before_value, after)
        still_bad = after is not None and is_detractor(row.metric, after)
        if still_bad and row.reopened_at is None and row.case_id is not None:
            row.reopened_at = at
            case = Case.objects.filter(pk=row.case_id or 0).select_related("status").first()
            if case is not None and case.status.category in ENDED:
                cases.reopen_case(
                    case=case, by=None, at=at, reason=f"Rated {after} after the recovery."
                )
        row.save(update_fields=["after_value", "outcome", "reopened_at", "updated_at"])
        first = row.alert.response.invitation
        credits = list(first.credits.values_list("agent_id", "weight")) if first else []
        events.publish(
            RecoveryMeasured(
                at=at,
                by_id=None,
                recovery_id=row.pk,
                case_id=row.case_id,
                before=row.before_value,
                after=after,
                outcome=row.outcome or NO_ANSWER,
                credits=tuple((agent, Decimal(weight)) for agent, weight in credits),
            )
        )
    return row


def _locked(recovery: Recovery) -> Recovery:
    rows = Recovery.objects.select_related(
        "alert__response__invitation__survey", "alert__response__survey", "root_cause"
    )
    return rows.select_for_update(of=("self",)).get(pk=recovery.pk)
