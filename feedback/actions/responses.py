"""Verbs of answers: keep a draft, submit, release from quarantine, reject, relabel."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.utils import timezone

from accounts import audit
from accounts.models import User
from feedback import automation, judging, tallies
from feedback.actions.invitations import dispose
from feedback.models import (
    Answer,
    AnswerHistory,
    Collector,
    Draft,
    Invitation,
    Response,
    StateChange,
    Survey,
    SurveyVersion,
)
from feedback.models.survey_invitations import Disposition, InvitationState
from feedback.models.survey_responses import RESPONSE_TRANSITIONS, Driver, ResponseState
from feedback.survey_events import (
    SurveyDriverRelabeled,
    SurveyResponseReceived,
    SurveyResponseWithdrawn,
    moment_of_day,
)
from feedback.tallies import Cell
from lib import events
from lib.faults import guard_is_on
from lib.refusals import Forbidden, Invalid, Refused, need_reason

SUBMIT_LOCK = "feedback.submit_lock"
LAST_SLOT_LOCK = "feedback.slot_lock"
GRACE = timedelta(minutes=15)
SECOND_PRESS = timedelta(seconds=10)
PRIVACY_TEXT = "2026-03"


class AlreadyAnswered(Refused):
    def __init__(self, response: Response | None = None) -> None:
        super().__init__("This survey was answered already. Thank you.")
        self.response = response


class LinkOver(Refused):
    def __init__(self) -> None:
        super().__init__("This link is over.")


class PressAgain(Refused):
    def __init__(self) -> None:
        super().__init__("Please press Send once more.")


class DraftChangedElsewhere(Refused):
    """`draft` is what is stored now."""

    def __init__(self, draft: Draft) -> None:
        super().__init__("This survey was filled in further in another window.")
        self.draft = draft


class OwnWork(Forbidden):
    def __init__(self) -> None:
        super().__init__("Nobody decides about an answer that speaks of their own work.")


class NotInThatState(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This response is {state}; that cannot be done now.")


@dataclass(frozen=True)
class Submission:
    """What a person sent, read and judged by the web layer; `pressed_at`: an earlier press."""

    version: SurveyVersion
    answers: dict[str, dict[str, Any]]
    language: str
    nonce_hash: str
    rendered_at: datetime
    signals: frozenset[str] = frozenset()
    pressed_at: datetime | None = None


# --- Drafts --------------------------------------------------------------------------------------


def save_draft(
    *,
    invitation: Invitation,
    answers: Mapping[str, Any],
    section: str,
    seen: int,
    at: datetime,
) -> Draft:
    """Keep what was filled in so far, over the draft that was seen; never an answer.

    Raises DraftChangedElsewhere with what is stored, LinkOver.
    """
    clean = judging.redacted(answers)
    with transaction.atomic():
        row = Invitation.objects.select_for_update().get(pk=invitation.pk)
        if row.state != InvitationState.SENT or row.expires_at is None:
            raise LinkOver
        if at >= row.expires_at + GRACE:
            raise LinkOver
        draft = Draft.objects.filter(invitation=row).first()
        if draft is None:
            return Draft.objects.create(invitation=row, answers=clean, section=section)
        if draft.version_counter != seen and draft.answers != clean:
            raise DraftChangedElsewhere(draft)
        draft.answers, draft.section = clean, section
        draft.version_counter += 1
        draft.save(update_fields=["answers", "section", "version_counter", "updated_at"])
    return draft


# --- Submitting ----------------------------------------------------------------------------------


def submit_invited(*, invitation: Invitation, submission: Submission, at: datetime) -> Response:
    """Store the one response of an invitation. Raises AlreadyAnswered, LinkOver, PressAgain.

    A suspect response does not spend the invitation: what a person sends later takes its place.
    """
    with transaction.atomic():
        row = _locked_invitation(invitation.pk)
        survey = row.survey
        if row.state == InvitationState.ANSWERED:
            raise AlreadyAnswered(Response.objects.filter(invitation=row).first())
        _must_be_open(row, survey, submission, at)
        signals = _all_signals(submission, survey, at)
        score = automation.score(signals)
        verdict = automation.verdict(score)
        if survey.is_anonymous:
            _must_press_again(verdict, submission, at)
        existing = None if survey.is_anonymous else Response.objects.filter(invitation=row).first()
        if existing is not None and not _may_supersede(existing, verdict):
            raise AlreadyAnswered(existing)
        response = existing or Response(survey=survey)
        _fill(response, submission, signals, at)
        _copy_strata(response, row, survey)
        if not survey.is_anonymous:
            response.invitation, response.nonce_hash = row, submission.nonce_hash
        response.needs_review = verdict == "needs_review" or (
            survey.is_anonymous and verdict == "suspect"
        )
        rows = _store(response, submission, verdict, at)
        if response.state != ResponseState.SUSPECT:
            _count_in(response, rows, by=None, at=at, also=_spend(row, at))
    return response


def submit_collected(*, collector: Collector, submission: Submission, at: datetime) -> Response:
    """Store a response that came by an open link; the same nonce again gives the first one."""
    with transaction.atomic():
        # The lock lets no more through than the day's cap.
        collector = Collector.objects.select_for_update().get(pk=collector.pk)
        survey = collector.survey
        known = Response.objects.filter(nonce_hash=submission.nonce_hash).first()
        if known is not None:
            raise AlreadyAnswered(known)
        today = timezone.localtime(at, timezone.get_default_timezone()).date()
        if not collector.is_open(at) or survey.state != "live":
            raise LinkOver
        if collector.responses.filter(submitted_on=today).count() >= collector.daily_cap:
            raise LinkOver
        signals = _all_signals(submission, survey, at)
        verdict = automation.verdict(automation.score(signals))
        response = Response(survey=survey, collector=collector)
        _fill(response, submission, signals, at)
        response.channel, response.origin = collector.kind, "collector"
        response.nonce_hash = submission.nonce_hash
        response.is_anonymous = survey.is_anonymous
        if survey.is_anonymous:
            response.submitted_at = response.duration_seconds = None
        response.needs_review = verdict == "needs_review"
        rows = _store(response, submission, verdict, at)
        _count_in(response, rows, by=None, at=at)
    return response


def _locked_invitation(pk: int) -> Invitation:
    rows = Invitation.objects.select_related("survey", "program")
    if guard_is_on(SUBMIT_LOCK):
        rows = rows.select_for_update(of=("self",))
    return rows.get(pk=pk)


def _must_be_open(row: Invitation, survey: Survey, submission: Submission, at: datetime) -> None:
    """Valid until the end of the last day; a form shown before it has 15 minutes more."""
    if row.state not in (InvitationState.SENT, InvitationState.EXPIRED) or survey.state != "live":
        raise LinkOver
    if row.expires_at is None:
        raise LinkOver
    in_grace = submission.rendered_at < row.expires_at and at < row.expires_at + GRACE
    if at >= row.expires_at and not in_grace:
        raise LinkOver


def _all_signals(submission: Submission, survey: Survey, at: datetime) -> frozenset[str]:
    """The signals of the request, and whether the same long text came within a day."""
    on_path = set(submission.version.questionnaire.questions)
    text = judging.comment_of(submission.version.questionnaire, submission.answers, on_path)
    digest = judging.text_hash(text)
    if not digest:
        return submission.signals
    since = (at - timedelta(days=1)).date()
    same = Response.objects.filter(text_hash=digest, survey=survey, submitted_on__gte=since)
    return submission.signals | {"same_text"} if same.exists() else submission.signals


def _must_press_again(verdict: str, submission: Submission, at: datetime) -> None:
    """Anonymous surveys keep no suspect rows: a second press some time later is a person's."""
    if verdict != "suspect":
        return
    if submission.pressed_at is None or at - submission.pressed_at < SECOND_PRESS:
        raise PressAgain


def _may_supersede(existing: Response, verdict: str) -> bool:
    return existing.state == ResponseState.SUSPECT and verdict == "accepted"


def _fill(
    response: Response, submission: Submission, signals: frozenset[str], at: datetime
) -> None:
    response.version = submission.version
    response.language = submission.language
    response.automation_score = min(automation.score(signals), automation.WEIGHTS["trap"] * 9)
    response.automation_signals = {name: str(automation.WEIGHTS[name]) for name in sorted(signals)}
    response.submitted_at = at
    response.submitted_on = timezone.localtime(at, timezone.get_default_timezone()).date()
    response.duration_seconds = max(0, int((at - submission.rendered_at).total_seconds()))
    response.privacy_text = PRIVACY_TEXT


def _copy_strata(response: Response, row: Invitation, survey: Survey) -> None:
    response.channel, response.origin = row.channel, row.origin
    response.queue_id, response.team_id = row.queue_id, row.team_id
    response.interaction_channel = row.interaction_channel
    response.is_anonymous = survey.is_anonymous
    if survey.is_anonymous:
        response.submitted_at = response.duration_seconds = None


def _store(response: Response, submission: Submission, verdict: str, at: datetime) -> list[Answer]:
    """Write response and answers; returns the answers."""
    version = submission.version.questionnaire
    answers = judging.redacted(submission.answers)
    hidden = response.invitation.hidden if response.invitation else {}
    judged = judging.judge(version, answers, hidden=hidden, language=submission.language)
    if judged.faults:
        code, sentence = next(iter(judged.faults.items()))
        raise Invalid(code, sentence)
    judging.copy_key_figures(response, version, answers, judged.path)
    before = "new" if response._state.adding else response.state
    is_suspect = verdict == "suspect" and not response.is_anonymous
    response.state = ResponseState.SUSPECT if is_suspect else _with_quota(response)
    if before == "new":
        response.save(force_insert=True)
    else:
        _keep_history(response, "superseded_suspect", at)
        response.answers.all().delete()
        response.save()
    rows = judging.rows_of(response, version, answers, judged.path)
    Answer.objects.bulk_create(rows)
    if not response.is_anonymous:
        _note_change(response, before, None, at, "")
    return rows


def _with_quota(response: Response) -> str:
    """accepted, or over_quota once the cap or the quota of its channel is full."""
    survey = response.survey
    if survey.response_cap is None and not survey.quotas:
        return ResponseState.ACCEPTED
    if guard_is_on(LAST_SLOT_LOCK):
        Survey.objects.select_for_update().get(pk=survey.pk)
    accepted = Response.objects.accepted().filter(survey=survey)
    if survey.response_cap is not None and accepted.count() >= survey.response_cap:
        return ResponseState.OVER_QUOTA
    quota = survey.quotas.get(response.interaction_channel)
    of_channel = accepted.filter(interaction_channel=response.interaction_channel)
    if quota is not None and of_channel.count() >= quota:
        return ResponseState.OVER_QUOTA
    return ResponseState.ACCEPTED


def _keep_history(response: Response, reason: str, at: datetime) -> None:
    payload = list(response.answers.values("question", "row_code", "option", "text"))
    AnswerHistory.objects.create(
        response=response, at=at, reason=reason, payload={"answers": payload}
    )


def _spend(row: Invitation, at: datetime) -> Counter[Cell]:
    """The invitation is answered; of an anonymous one only the day is kept. What to count."""
    on = timezone.localtime(at, timezone.get_default_timezone()).date()
    before = row.disposition
    Invitation.objects.filter(pk=row.pk).update(
        state=InvitationState.ANSWERED, disposition=Disposition.COMPLETE, answered_on=on
    )
    Draft.objects.filter(invitation=row).delete()
    if row.sent_at is None:
        return Counter()
    sent_on = timezone.localtime(row.sent_at, timezone.get_default_timezone()).date()
    return tallies.moved_disposition(row, sent_on, before, Disposition.COMPLETE)


def _count_in(
    response: Response,
    rows: Iterable[Answer],
    *,
    by: User | None,
    at: datetime,
    also: Counter[Cell] | None = None,
) -> None:
    """Count an accepted response and tell everybody who reacts to it; `also`: counts beside it."""
    changes = Counter(also or {})
    if response.state == ResponseState.ACCEPTED:
        changes.update(tallies.cells_of(response, response.version.questionnaire, rows))
    tallies.add(changes)
    if response.state != ResponseState.ACCEPTED:
        return
    events.publish(received(response, by=by, at=at))
    if response.is_anonymous:
        # A job's moment would join an anonymous answer with who opened a link just then.
        from feedback.actions.follow_up import follow_up  # It publishes what these verbs accept.

        follow_up(response=response, at=moment_of_day(at, is_anonymous=True))


def received(response: Response, *, by: User | None, at: datetime) -> SurveyResponseReceived:
    """The fact about an accepted response; an anonymous one is not named by it, nor anybody."""
    invitation = response.invitation
    credits = list(invitation.credits.values_list("agent_id", "weight")) if invitation else []
    return SurveyResponseReceived(
        at=moment_of_day(at, is_anonymous=response.is_anonymous),
        by_id=by.pk if by else None,
        response_id="" if response.is_anonymous else str(response.pk),
        survey_id=response.survey_id,
        version_id=response.version_id,
        interaction_id=invitation.interaction_id if invitation else None,
        case_id=invitation.case_id if invitation else None,
        credits=tuple(credits),
        metric=response.metric,
        value=response.value,
        is_satisfied=response.is_satisfied,
        driver=response.driver,
    )


# --- Quarantine ----------------------------------------------------------------------------------


def release_response(*, response: Response, by: User, at: datetime, reason: str) -> Response:
    """A suspect answer was a person's after all: it counts from now. Raises OwnWork."""
    note = need_reason(reason, 5)
    with transaction.atomic():
        row = _locked(response)
        _must_not_be_own(row, by)
        if row.state == ResponseState.ACCEPTED and row.needs_review:
            row.needs_review = False
            row.save(update_fields=["needs_review"])
            audit.record(verb="clear_response", record=row, by=by, at=at, reason=note)
            return row
        _change_state(row, ResponseState.ACCEPTED, by, at, note, needs_review=False)
        spent = _spend(row.invitation, at) if row.invitation is not None else None
        _count_in(row, list(row.answers.all()), by=by, at=at, also=spent)
    return row


def reject_response(*, response: Response, by: User, at: datetime, reason: str) -> Response:
    """A machine sent it: it never counts. Raises OwnWork, NotInThatState."""
    note = need_reason(reason, 5)
    with transaction.atomic():
        row = _locked(response)
        _must_not_be_own(row, by)
        if row.state == ResponseState.ACCEPTED:
            _take_out(row, by, at, note)
        _change_state(row, ResponseState.REJECTED, by, at, note, needs_review=False)
    return row


def quarantine_response(*, response: Response, by: User, at: datetime, reason: str) -> Response:
    """Take an accepted or rejected answer back into quarantine."""
    note = need_reason(reason, 5)
    with transaction.atomic():
        row = _locked(response)
        _must_not_be_own(row, by)
        if row.state == ResponseState.ACCEPTED:
            _take_out(row, by, at, note)
        else:
            _change_state(row, ResponseState.SUSPECT, by, at, note)
    return row


def _take_out(row: Response, by: User, at: datetime, reason: str) -> None:
    """An accepted answer counts no more, and its invitation is open again."""
    _change_state(row, ResponseState.SUSPECT, by, at, reason)
    tallies.count_response(row, row.version.questionnaire, list(row.answers.all()), sign=-1)
    invitation = row.invitation
    if invitation is not None and invitation.state == InvitationState.ANSWERED:
        invitation.answered_on = None
        invitation.save(update_fields=["answered_on", "updated_at"])
        dispose(invitation, InvitationState.SENT, Disposition.NO_CONTACT)
    events.publish(
        SurveyResponseWithdrawn(at=at, by_id=by.pk, response_id=str(row.pk), reason="quarantined")
    )


def relabel_driver(
    *, response: Response, driver: str, reason: str, by: User, at: datetime
) -> Response:
    """Say what had most to do with the rating, beside what the customer said. Raises OwnWork."""
    note = need_reason(reason, 5)
    if driver not in Driver.values:
        raise Invalid("driver", "Choose what had most to do with it.")
    with transaction.atomic():
        row = _locked(response)
        _must_not_be_own(row, by)
        before = tallies.driver_cell(row)
        row.driver_by_staff, row.driver_reason = driver, note[:300]
        row.driver_set_by, row.driver_set_at = by, at
        row.save(
            update_fields=["driver_by_staff", "driver_reason", "driver_set_by", "driver_set_at"]
        )
        after = tallies.driver_cell(row)
        if row.state == ResponseState.ACCEPTED and before != after:
            tallies.add({before: -1, after: 1})
        audit.record(
            verb="relabel_driver",
            record=row,
            by=by,
            at=at,
            before={"driver": row.driver_by_customer},
            after={"driver": driver},
            reason=note,
        )
        events.publish(
            SurveyDriverRelabeled(at=at, by_id=by.pk, response_id=str(row.pk), driver=driver)
        )
    return row


def _locked(response: Response) -> Response:
    rows = Response.objects.select_related("survey", "version", "invitation")
    return rows.select_for_update(of=("self",)).get(pk=response.pk)


def _must_not_be_own(row: Response, by: User) -> None:
    if row.invitation is not None and row.invitation.credits.filter(agent=by).exists():
        raise OwnWork


def _change_state(
    row: Response,
    state: str,
    by: User | None,
    at: datetime,
    reason: str,
    **changes: Any,
) -> None:
    if state not in RESPONSE_TRANSITIONS[row.state]:
        raise NotInThatState(row.get_state_display().lower())
    before, row.state = row.state, state
    for name, value in changes.items():
        setattr(row, name, value)
    row.save(update_fields=["state", *changes])
    _note_change(row, before, by, at, reason)
    audit.record(
        verb="change_response_state",
        record=row,
        by=by,
        at=at,
        before={"state": before},
        after={"state": state},
        reason=reason,
    )


def _note_change(row: Response, before: str, by: User | None, at: datetime, reason: str) -> None:
    StateChange.objects.create(
        response=row, from_state=before, to_state=row.state, by=by, at=at, reason=reason[:300]
    )
