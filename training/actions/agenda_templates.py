"""Verbs of agendas to begin with: the lines that a kind of talk always has."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import F

from accounts import audit
from accounts.models import User
from lib.refusals import Stale
from lib.sentences import said
from quality.refusals import Invalid
from training.actions.coaching import check_writable, led_by
from training.actions.lessons import next_position
from training.models import AgendaItem, AgendaTemplate, CoachingSession

MOST_LINES, LONGEST_LINE = 20, 500


class NameTaken(Invalid):
    def __init__(self, name: str) -> None:
        super().__init__("name", f"There is an agenda “{name}” already. Change that one.")


class WrongLines(Invalid):
    def __init__(self) -> None:
        super().__init__(
            "lines",
            f"Write 1 to {MOST_LINES} lines of at most {LONGEST_LINE} characters, one below the "
            "other.",
        )


class ChangedElsewhere(Stale):
    def __init__(self) -> None:
        super().__init__(
            "Somebody else changed this agenda. Keep your lines elsewhere, then load it again."
        )


class Retired(Invalid):
    def __init__(self) -> None:
        super().__init__("template", said("This agenda is no longer offered. Choose another one."))


def save_template(
    *, template: AgendaTemplate | None, name: str, lines: str, seen: int, by: User, at: datetime
) -> AgendaTemplate:
    """A new agenda, or version `seen` of one changed; sessions keep what they took from it.

    Raises WrongLines, NameTaken, ChangedElsewhere.
    """
    told = [line.strip() for line in lines.splitlines() if line.strip()]
    if not 1 <= len(told) <= MOST_LINES or max(map(len, told)) > LONGEST_LINE:
        raise WrongLines
    name = " ".join(name.split())
    given = {"name": name, "lines": "\n".join(told)}
    with transaction.atomic():
        try:
            with transaction.atomic():
                row = _written(template, given, seen, at)
        except IntegrityError:
            raise NameTaken(name) from None
        after = {"name": name, "lines": len(told)}
        audit.record(verb="save_agenda_template", record=row, by=by, at=at, after=after)
    return row


def _written(
    template: AgendaTemplate | None, given: dict[str, str], seen: int, at: datetime
) -> AgendaTemplate:
    """The new row, or the changed one if it is still at version `seen`: asked in one statement."""
    if template is None:
        return AgendaTemplate.objects.create(**given)
    rows = AgendaTemplate.objects.filter(pk=template.pk, row_version=seen)
    if not rows.update(**given, row_version=seen + 1, updated_at=at):
        raise ChangedElsewhere
    return AgendaTemplate.objects.get(pk=template.pk)


def retire_template(*, template: AgendaTemplate, by: User, at: datetime) -> None:
    """Offer it no longer; its name is free again."""
    with transaction.atomic():
        active = AgendaTemplate.objects.active().filter(pk=template.pk)
        if active.update(retired_at=at, row_version=F("row_version") + 1, updated_at=at):
            audit.record(verb="retire_agenda_template", record=template, by=by, at=at)


def lay_out(*, session: CoachingSession, template: AgendaTemplate, by: User, at: datetime) -> int:
    """Put the lines on a session's agenda that do not stand there yet; returns how many.

    Raises Retired, Closed, NotYours.
    """
    if template.retired_at is not None:
        raise Retired
    with transaction.atomic():
        locked = led_by(session, by)
        check_writable(locked)
        there = set(locked.agenda.values_list("text", flat=True))
        fresh = [line for line in template.texts if line not in there]
        first = next_position(locked.agenda)
        for place, line in enumerate(fresh, first):
            AgendaItem.objects.create(session=locked, position=place, text=line)
        after = {"template_id": template.pk, "lines": len(fresh)}
        audit.record(verb="lay_out_agenda", record=locked, by=by, at=at, after=after)
    return len(fresh)
