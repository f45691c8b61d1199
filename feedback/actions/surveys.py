"""Verbs of surveys: make, build, publish, pause, close."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from copy import deepcopy
from datetime import datetime
from typing import Any

from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction

from accounts import audit
from accounts.models import User
from feedback import survey_templates
from feedback.models import Annotation, Collector, Survey, SurveyVersion
from feedback.models.surveys import SURVEY_TRANSITIONS, SurveyState, VersionState, is_a_code
from feedback.questionnaire import questions_in, read, sha256_of
from feedback.survey_checks import Finding, findings
from lib.refusals import Invalid, Refused, Stale

SETTINGS = (
    *("name", "kind", "topic", "default_language", "closes_at", "response_cap", "quotas"),
    *("retention_days", "disclosure_k", "min_n", "target_percent", "anonymity"),
)


class CodeTaken(Invalid):
    def __init__(self) -> None:
        super().__init__("code", "Another survey has this code.")


class NotPublishable(Refused):
    """`found` lists everything that stands in the way."""

    status = 422

    def __init__(self, found: list[Finding]) -> None:
        super().__init__(f"{len(found)} things stand in the way of publishing.")
        self.found = found


class Published(Refused):
    def __init__(self) -> None:
        super().__init__("A published version does not change. Edit the next draft.")


class ChangedMeanwhile(Stale):
    def __init__(self) -> None:
        super().__init__(
            "Somebody changed this draft since you opened it. Your text is kept below."
        )


class NotNow(Refused):
    def __init__(self, state: str) -> None:
        super().__init__(f"This survey is {state}; that cannot be done now.")


class AnonymityFixed(Invalid):
    def __init__(self) -> None:
        super().__init__("anonymity", "People were promised this mode already; it stays.")


def create_survey(*, code: str, name: str, template: str, by: User, at: datetime) -> Survey:
    """A new survey whose first draft is a template of the library. Raises Invalid."""
    starter = survey_templates.TEMPLATES.get(template)
    if starter is None:
        raise Invalid("template", "Choose a template.")
    if not name.strip():
        raise Invalid("name", "Give the survey a name.")
    try:
        is_a_code(code)
    except Exception as error:
        raise Invalid("code", "Use 1 to 40 lower-case letters, digits and underscores.") from error
    try:
        with transaction.atomic():
            survey = Survey.objects.create(
                code=code,
                name=name.strip(),
                kind=starter.kind,
                anonymity="anonymous" if starter.kind == "pulse" else "identified",
            )
            SurveyVersion.objects.create(survey=survey, number=1, content=deepcopy(starter.content))
            audit.record(
                verb="create_survey", record=survey, by=by, at=at, after={"template": template}
            )
    except IntegrityError:
        raise CodeTaken from None
    return survey


def change_survey(
    *, survey: Survey, changes: Mapping[str, Any], seen: int, by: User, at: datetime
) -> Survey:
    """Change settings of a survey. Raises ChangedMeanwhile, AnonymityFixed."""
    with transaction.atomic():
        stored = Survey.objects.select_for_update().get(pk=survey.pk)
        if stored.version != seen:
            raise ChangedMeanwhile
        wanted = {name: value for name, value in changes.items() if name in SETTINGS}
        if wanted.get("anonymity", stored.anonymity) != stored.anonymity and _was_used(stored):
            raise AnonymityFixed
        before = {name: str(getattr(stored, name)) for name in wanted}
        for name, value in wanted.items():
            setattr(stored, name, value)
        stored.version += 1
        stored.save(update_fields=[*wanted, "version", "updated_at"])
        after = {name: str(value) for name, value in wanted.items()}
        audit.record(verb="change_survey", record=stored, by=by, at=at, before=before, after=after)
    return stored


def _was_used(survey: Survey) -> bool:
    return survey.invitations.exists() or survey.responses.exists()


# --- Versions ------------------------------------------------------------------------------------


def draft_of(*, survey: Survey, by: User, at: datetime) -> SurveyVersion:
    """The draft of a survey; made from the newest version where there is none."""
    with transaction.atomic():
        Survey.objects.select_for_update().get(pk=survey.pk)
        newest = survey.versions.order_by("-number").first()
        assert newest is not None
        if newest.is_draft:
            return newest
        draft = SurveyVersion.objects.create(
            survey=survey, number=newest.number + 1, content=deepcopy(newest.content)
        )
        audit.record(
            verb="start_version", record=draft, by=by, at=at, after={"number": draft.number}
        )
    return draft


def save_draft(
    *, version: SurveyVersion, content: dict[str, Any], seen: int, by: User, at: datetime
) -> SurveyVersion:
    """Store the content of a draft over the version that was seen.

    Raises Published, ChangedMeanwhile.
    """
    with transaction.atomic():
        stored = SurveyVersion.objects.select_for_update().get(pk=version.pk)
        if not stored.is_draft:
            raise Published
        if stored.row_version != seen:
            raise ChangedMeanwhile
        stored.content = content
        stored.row_version += 1
        stored.save(update_fields=["content", "row_version", "updated_at"])
        audit.record(
            verb="edit_version",
            record=stored,
            by=by,
            at=at,
            after={"content_sha256": sha256_of(content)},
        )
    return stored


def publish_version(*, version: SurveyVersion, by: User, at: datetime) -> SurveyVersion:
    """Freeze a draft and let it take the place of the version before. Raises NotPublishable."""
    with transaction.atomic():
        survey = Survey.objects.select_for_update().get(pk=version.survey_id)
        draft = SurveyVersion.objects.select_for_update().get(pk=version.pk)
        if not draft.is_draft:
            raise Published
        if survey.state == SurveyState.ARCHIVED:
            raise NotNow(survey.get_state_display().lower())
        found = findings(read(draft.content), is_anonymous=survey.is_anonymous, topic=survey.topic)
        if found:
            raise NotPublishable(found)
        before = survey.versions.filter(state=VersionState.PUBLISHED).first()
        if before is not None:
            draft.content = with_series(draft.content, before.content)
            SurveyVersion.objects.filter(pk=before.pk).update(state=VersionState.RETIRED)
        draft.state = VersionState.PUBLISHED
        draft.published_at, draft.published_by = at, by
        draft.content_sha256 = sha256_of(draft.content)
        draft.save()
        if survey.state == SurveyState.DRAFT:
            Survey.objects.filter(pk=survey.pk).update(state=SurveyState.LIVE)
        audit.record(
            verb="publish_version",
            record=draft,
            by=by,
            at=at,
            after={"number": draft.number, "content_sha256": draft.content_sha256},
        )
    return draft


def with_series(content: dict[str, Any], before: dict[str, Any]) -> dict[str, Any]:
    """A question whose kind, scale or satisfied values changed begins a new series."""
    made = deepcopy(content)
    earlier = read(before).questions
    now = read(made).questions
    for one in questions_in(made):
        old, new = earlier.get(one["code"]), now[one["code"]]
        if old is None:
            continue
        same = (old.kind, old.scale_max, old.satisfied) == (new.kind, new.scale_max, new.satisfied)
        one["series"] = old.series if same else old.series + 1
    return made


# --- States --------------------------------------------------------------------------------------


def set_state(
    *,
    survey: Survey,
    state: str,
    by: User | None,
    at: datetime,
    closes_at: datetime | None = None,
) -> Survey:
    """Pause, resume, close, reopen (with a new end) or archive. Raises NotNow, Invalid."""
    with transaction.atomic():
        stored = Survey.objects.select_for_update().get(pk=survey.pk)
        if state not in SURVEY_TRANSITIONS[stored.state]:
            raise NotNow(stored.get_state_display().lower())
        if state == SurveyState.LIVE:
            if stored.published is None:
                raise NotNow("not published")
            if stored.state == SurveyState.CLOSED:
                if closes_at is not None and closes_at <= at:
                    raise Invalid("closes_at", "Choose an end that is still to come.")
                stored.closes_at = closes_at
        before, stored.state = stored.state, state
        stored.version += 1
        stored.save(update_fields=["state", "closes_at", "version", "updated_at"])
        audit.record(
            verb="set_survey_state",
            record=stored,
            by=by,
            at=at,
            before={"state": before},
            after={"state": state},
        )
    return stored


def close_due(*, at: datetime) -> int:
    """Close the surveys whose end has come; returns how many."""
    due = list(Survey.objects.due_to_close(at))
    for survey in due:
        set_state(survey=survey, state=SurveyState.CLOSED, by=None, at=at)
    return len(due)


# --- Beside a survey -----------------------------------------------------------------------------


def open_collector(
    *,
    survey: Survey,
    name: str,
    kind: str,
    by: User,
    at: datetime,
    pin: str = "",
    daily_cap: int = 500,
    closes_at: datetime | None = None,
) -> Collector:
    """An open link or QR code to a survey."""
    if not name.strip():
        raise Invalid("name", "Say where it hangs or who gets it.")
    with transaction.atomic():
        collector = Collector.objects.create(
            survey=survey,
            name=name.strip(),
            kind=kind,
            slug=secrets.token_urlsafe(16),
            pin_hash=make_password(pin) if pin else "",
            daily_cap=daily_cap,
            opens_at=at,
            closes_at=closes_at,
        )
        audit.record(
            verb="open_collector", record=collector, by=by, at=at, after={"name": collector.name}
        )
    return collector


def close_collector(*, collector: Collector, by: User, at: datetime) -> Collector:
    with transaction.atomic():
        collector.closes_at = at
        collector.save(update_fields=["closes_at", "updated_at"])
        audit.record(verb="close_collector", record=collector, by=by, at=at)
    return collector


def annotate(*, survey: Survey, on_date: Any, text: str, by: User, at: datetime) -> Annotation:
    """Put a remark at a day of the survey's trends."""
    if not text.strip():
        raise Invalid("text", "Write what happened on that day.")
    with transaction.atomic():
        note = Annotation.objects.create(
            survey=survey, on_date=on_date, text=text.strip()[:120], by=by
        )
        audit.record(verb="annotate_survey", record=note, by=by, at=at)
    return note
