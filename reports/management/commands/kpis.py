"""Print KPI values as JSON, from the same facts and with the same filters as the pages."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from collections.abc import Iterator
from datetime import date, datetime
from typing import Any, NoReturn

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Model
from django.http import QueryDict
from django.utils import timezone

from accounts.models import Team, User
from crm.models import Segment
from lib.refusals import Invalid
from reports import board_rows, figures, rollups
from reports.definitions import BadParameter, Definition, UnknownDefinition, parse
from reports.forms import DEFINITION_PREFIX, FilterForm
from reports.kinds import KINDS
from reports.rollups.marking import site_day
from reports.rows import DIMENSIONS, MOST_ROWS
from reports.value_rows import fact_rows
from routing.models import Queue

WRONG_USE = 2
NAMED: dict[str, tuple[type[Model], str]] = {
    "queue": (Queue, "name"),
    "team": (Team, "name"),
    "agent": (User, "email"),
    "segment": (Segment, "name"),
}
NOBODY = "Say with --as whose rights count: what these boards tell depends on them."
NOT_OF_BOARDS = "This figure has no filters but --team."


class Command(BaseCommand):
    help = "Print the values of a KPI as JSON, such as --definition sl3-t20-lte --by day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--definition", default="", help="a slug such as sl3-t20-lte")
        for key, kind in KINDS.items():
            name = f"{DEFINITION_PREFIX}{key}"
            parser.add_argument(f"--{name}", dest=name, default="", help=f"a slug of {kind.title}")
        parser.add_argument("--from", dest="begin", required=True, type=date.fromisoformat)
        parser.add_argument("--to", dest="end", required=True, type=date.fromisoformat)
        parser.add_argument("--by", default="total", choices=DIMENSIONS)
        for name, (_model, column) in NAMED.items():
            parser.add_argument(f"--{name}", default="", help=f"the id or {column} of one {name}")
        parser.add_argument("--channel", default="")
        parser.add_argument("--direction", default="", help="inbound (the default), outbound, any")
        parser.add_argument("--as", dest="email", default="", help="e-mail of whose rights count")

    def handle(self, *args: Any, **options: Any) -> None:
        at = timezone.now()
        person = person_of(options["email"])
        form = FilterForm(
            asked(options), user=person, today=site_day(at), without=("by", "compare")
        )
        for sentence in sentences(form):
            refuse(sentence)
        chosen = [*form.definitions.values()]
        if options["definition"]:
            chosen.insert(0, definition_of(options["definition"]))
        if not chosen:
            refuse("Name a definition, such as --definition sl3-t20-lte.")
        rows = [row for one in chosen for row in rows_of(one, form, options["by"], person, at)]
        if len(rows) > MOST_ROWS:
            refuse("Narrow the filter.")
        cutoff, _stale = rollups.cutoff(at)
        told = [row | {"cutoff_at": cutoff.isoformat()} for row in rows]
        self.stdout.write(json.dumps(told, indent=1))


def refuse(sentence: str) -> NoReturn:
    raise CommandError(sentence, returncode=WRONG_USE)


def person_of(email: str) -> User:
    """Whose rights count; without a name, somebody who may see every figure."""
    if email:
        person = User.objects.filter(email__iexact=email).first()
        return person or refuse(f"There is nobody with the e-mail {email}.")
    everything = User()
    everything.granted_names = frozenset({"admin"})
    return everything


def definition_of(slug: str) -> Definition:
    try:
        return parse(slug)
    except (UnknownDefinition, BadParameter) as error:
        refuse(str(error))


def asked(options: dict[str, Any]) -> QueryDict:
    """The options as the filters of a page."""
    data = QueryDict(mutable=True)
    for name in ("begin", "end", "channel", "direction"):
        data[name] = str(options[name])
    for name, (model, column) in NAMED.items():
        data[name] = id_of(model, column, options[name])
    data.update(
        {name: text for name, text in options.items() if name.startswith(DEFINITION_PREFIX)}
    )
    return data


def id_of(model: type[Model], column: str, text: str) -> str:
    if not text or text.isdigit():
        return text
    row = model._default_manager.filter(**{f"{column}__iexact": text}).first()
    if row is None:
        refuse(f"There is no {model._meta.verbose_name} with the {column} {text!r}.")
    return str(row.pk)


def sentences(form: FilterForm) -> Iterator[str]:
    """Why the filters cannot be used."""
    yield from form.outdated().values()
    for name, told in form.errors.items():
        yield f"{name}: {' '.join(str(one) for one in told)}"


def rows_of(
    definition: Definition, form: FilterForm, by: str, person: User, at: datetime
) -> list[dict[str, Any]]:
    if sentence := figures.why_not_by(definition, by):
        refuse(sentence)
    if not figures.on_board(definition):
        return fact_rows(definition, form.slice(), by)
    if person.pk is None:
        refuse(f"{figures.on_board(definition)} {NOBODY}")
    if not board_rows.may_read(person, definition):
        refuse("This person may not read it.")
    if any(form.cleaned_data.get(name) for name in ("queue", "channel", "agent", "segment")):
        refuse(NOT_OF_BOARDS)
    team = form.slice().team
    try:
        return board_rows.board_rows(definition, person, form.whole_period, by, team=team, at=at)
    except Invalid as refusal:
        refuse(str(refusal))
