"""Verbs of macros and canned replies: save, run, use, retire."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import F
from django.utils.translation import gettext as _

from accounts import audit
from accounts.models import Team, User
from crm import macro_steps, placeholders
from crm.actions import case_messages, cases, tasks
from crm.macro_steps import Step
from crm.models import CannedReply, Case, CaseStatus, Macro
from crm.models.macros import LONGEST_REPLY, SharingScope
from crm.models.transcripts import Speaker
from lib.refusals import Forbidden, Invalid, Refused
from lib.speaking import spoken

TASK_DUE_IN = timedelta(days=1)


class BadMacro(Invalid):
    """Names the part of a macro that cannot be."""


class BadReply(Invalid):
    """Names the part of a canned reply that cannot be."""


class NotYours(Forbidden):
    def __init__(self) -> None:
        super().__init__(_("Only its owner or a supervisor changes this."))


class MacroStopped(Refused):
    """One step refused, so nothing was done."""

    def __init__(self, number: int, step: Step, sentence: str) -> None:
        told = _("Nothing was done. Step {number}, {step}: {sentence}")
        step_words = spoken(step.label).lower()
        super().__init__(told.format(number=number, step=step_words, sentence=spoken(sentence)))


def save_macro(
    *,
    macro: Macro | None,
    name: str,
    steps: Sequence[Mapping[str, Any]],
    scope: str,
    team: Team | None,
    by: User,
    at: datetime,
) -> Macro:
    """Make or change a macro. Raises BadMacro and NotYours."""
    name = " ".join(name.split())
    if not name:
        raise BadMacro("name", _("Give the macro a name."))
    try:
        read = macro_steps.read(steps)
    except macro_steps.BadStep as error:
        raise BadMacro("steps", str(error)) from None
    with transaction.atomic():
        stored = _mine(macro, by) if macro else Macro(owner=by)
        _share(stored, scope, team, by)
        stored.name = name[:80]
        stored.actions = [{"do": step.do, "value": step.value} for step in read]
        stored.version += 1 if macro else 0
        stored.save()
        after = {"name": name, "scope": scope, "steps": [step.do for step in read]}
        audit.record(verb="save_macro", record=stored, by=by, at=at, after=after)
    return stored


def run_macro(*, macro: Macro, case: Case, by: User, at: datetime) -> Case:
    """Do every step through its own verb, or none. Raises MacroStopped naming the step."""
    steps = macro_steps.read(macro.actions)
    with transaction.atomic():
        for number, step in enumerate(steps, start=1):
            try:
                with transaction.atomic():
                    _DOERS[step.do](case, step, by, at)
            except Refused as refusal:
                raise MacroStopped(number, step, str(refusal)) from refusal
        _count_use(Macro, macro.pk, at)
        after = {"macro_id": macro.pk}
        audit.record(verb="run_macro", record=case, by=by, at=at, after=after)
    return Case.objects.get(pk=case.pk)


def save_reply(
    *,
    reply: CannedReply | None,
    name: str,
    shortcut: str,
    body: str,
    scope: str,
    team: Team | None,
    by: User,
    at: datetime,
) -> CannedReply:
    """Make or change a canned reply. Raises BadReply and NotYours."""
    shortcut = "/" + shortcut.strip().lstrip("/").casefold()
    if not shortcut[1:].replace("-", "").replace("_", "").isalnum():
        raise BadReply("shortcut", _("Use letters, digits, - and _, for example /refund."))
    body = body.strip()
    if not body or len(body) > LONGEST_REPLY:
        raise BadReply("body", _("Write 1 to {most} characters.").format(most=f"{LONGEST_REPLY:,}"))
    if wrong := placeholders.unknown(body):
        known = ", ".join(f"{{{one}}}" for one in placeholders.PLACEHOLDERS)
        sentence = _("Nobody can fill {name}. Use one of {known}.")
        raise BadReply("body", sentence.format(name=f"{{{wrong[0]}}}", known=known))
    with transaction.atomic():
        stored = _mine(reply, by) if reply else CannedReply(owner=by)
        _share(stored, scope, team, by)
        same = CannedReply.objects.filter(shortcut=shortcut, scope=scope).exclude(pk=stored.pk)
        if scope != SharingScope.SHARED:
            is_team = scope == SharingScope.TEAM
            same = same.filter(team=stored.team) if is_team else same.filter(owner=stored.owner)
        if same.exists():
            sentence = _("{shortcut} is used by another reply already.")
            raise BadReply("shortcut", sentence.format(shortcut=shortcut))
        stored.name, stored.shortcut, stored.body = name.strip()[:80] or shortcut, shortcut, body
        stored.version += 1 if reply else 0
        stored.save()
        after = {"shortcut": shortcut, "scope": scope}
        audit.record(verb="save_reply", record=stored, by=by, at=at, after=after)
    return stored


def filled(reply: CannedReply, case: Case, by: User) -> str:
    """The reply as this customer would read it."""
    customer = case.customer
    values = {
        "customer.first_name": customer.first_name if customer else "",
        "customer.last_name": customer.last_name if customer else "",
        "customer.name": customer.display_name if customer else "",
        "case.reference": case.reference,
        "case.subject": case.subject,
        "agent.name": by.short_name,
    }
    return placeholders.fill(reply.body, values)


def note_use(*, reply: CannedReply, at: datetime) -> None:
    """Count that a reply was sent, so that unused ones can be found."""
    _count_use(CannedReply, reply.pk, at)


def share(*, record: Macro | CannedReply, by: User, at: datetime) -> None:
    """Let everybody use a macro or a reply."""
    with transaction.atomic():
        stored = _mine(record, by)
        _share(stored, SharingScope.SHARED, None, by)
        stored.save()
        after = {"scope": SharingScope.SHARED.value}
        audit.record(verb="share", record=stored, by=by, at=at, after=after)


def retire(*, record: Macro | CannedReply, by: User, at: datetime) -> None:
    """Offer it no longer; what it did stays."""
    with transaction.atomic():
        stored = _mine(record, by)
        stored.retired_at = stored.retired_at or at
        stored.save(update_fields=["retired_at", "updated_at"])
        audit.record(verb="retire", record=stored, by=by, at=at)


# --- Below the verbs ------------------------------------------------------------------------------


def _mine(record: Any, by: User) -> Any:
    stored = type(record)._default_manager.select_for_update(of=("self",)).get(pk=record.pk)
    if stored.owner_id != by.pk and not by.roles & {"supervisor", "admin"}:
        raise NotYours
    return stored


def _share(stored: Any, scope: str, team: Team | None, by: User) -> None:
    """Only supervisors put something before everybody."""
    if scope not in SharingScope.values:
        raise BadMacro("scope", _("Choose who may use it."))
    if scope == SharingScope.SHARED and not by.roles & {"supervisor", "admin"}:
        raise BadMacro("scope", _("Ask a supervisor to share it with everybody."))
    if scope == SharingScope.TEAM and team is None:
        raise BadMacro("team", _("Choose the team."))
    stored.scope = scope
    stored.team = team if scope == SharingScope.TEAM else None


def _count_use(model: Any, pk: int, at: datetime) -> None:
    model._default_manager.filter(pk=pk).update(use_count=F("use_count") + 1, last_used_at=at)


def _set_status(case: Case, step: Step, by: User, at: datetime) -> None:
    status = CaseStatus.objects.first_of(step.value)
    stored = Case.objects.select_related("status").get(pk=case.pk)
    if stored.category != step.value:
        cases.move_case(case=stored, status=status, by=by, at=at)


def _set_priority(case: Case, step: Step, by: User, at: datetime) -> None:
    cases.change_case(case=case, changes={"priority": step.value}, by=by, at=at)


def _assign(case: Case, step: Step, by: User, at: datetime) -> None:
    cases.assign_case(case=case, assignee=by if step.value == "me" else None, by=by, at=at)


def _note(case: Case, step: Step, by: User, at: datetime) -> None:
    case_messages.write_note(case=case, body=step.value, by=by, at=at)


def _reply(case: Case, step: Step, by: User, at: datetime) -> None:
    reply = CannedReply.objects.visible_to(by).in_use().filter(pk=int(step.value)).first()
    if reply is None:
        raise BadReply("reply", _("This canned reply is not offered any more."))
    case_messages.record_message(
        case=case, speaker=Speaker.AGENT, body=filled(reply, case, by), by=by, at=at
    )
    note_use(reply=reply, at=at)


def _task(case: Case, step: Step, by: User, at: datetime) -> None:
    tasks.create_task(title=step.value, due_at=at + TASK_DUE_IN, case=case, by=by, at=at)


_DOERS: dict[str, Callable[[Case, Step, User, datetime], None]] = {
    "status": _set_status,
    "priority": _set_priority,
    "assign": _assign,
    "note": _note,
    "reply": _reply,
    "task": _task,
}
