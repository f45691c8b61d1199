"""What the columns of an uploaded table mean, and what to do with names that are not known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.text import slugify

from crm.actions import imports as actions
from crm.forms.imports import ImportOptionsForm, TableForm
from crm.importing import previews
from crm.importing.files import FileGone
from crm.importing.options import ImportOptions
from crm.importing.samples import Table, look_into, preview, trial
from crm.models import CustomFieldDefinition, ImportMapping, ImportRun
from crm.models.custom_fields import Target
from crm.readers.base import UnreadableFile
from crm.readers.formats import format_named
from crm.readers.mapping import CUSTOM, FIELDS, IGNORE
from crm.views.common import page, person
from crm.views.imports import STEPS
from lib.http import number_in

TEMPLATE = "crm/import_map.html"
COLUMN = "column-"
TARGETS = {"customers": Target.CUSTOMER, "organizations": Target.ORGANIZATION}
# What tables often call a field.
COMMON_NAMES = {
    "id": "external_id",
    "customer_id": "external_id",
    "customer_number": "external_id",
    "full_name": "name",
    "company": "name",
    "surname": "last_name",
    "phone": "phones",
    "telephone": "phones",
    "mobile": "phones",
    "email": "emails",
    "e_mail": "emails",
    "language": "preferred_language",
    "domain": "domains",
}


def import_map(request: HttpRequest, pk: int) -> HttpResponse:
    """Options for every format, and columns for a table; saving leads to the check."""
    run = get_object_or_404(ImportRun, pk=pk)
    table, problem = columns_of(run)
    initial = {"source": run.source, **run.options}
    takes_date = format_named(run.format).takes_date
    form = ImportOptionsForm(
        request.POST or None, initial=initial, kind=run.kind, takes_date=takes_date
    )
    if request.method != "POST":
        shown = Shown(run, form, table, chosen_mapping(request, run, table), None, problem)
        return page(request, TEMPLATE, shown.context())
    mapping, table_form = given_mapping(request, run, table) if table else ({}, None)
    is_valid = form.is_valid() and (table_form is None or table_form.is_valid())
    shown = Shown(run, form, table, mapping, table_form, problem)
    if is_valid and not shown.refusal and "preview" not in request.POST:
        return saved(request, shown)
    is_fine = is_valid and not shown.refusal
    return page(request, TEMPLATE, shown.context(), status=200 if is_fine else 422)


@dataclass
class Shown:
    """What stands on the page: the forms as they were filled in, and the first rows so read."""

    run: ImportRun
    form: ImportOptionsForm
    table: Table | None
    mapping: Mapping[str, Any]
    table_form: TableForm | None
    problem: str

    @cached_property
    def read(self) -> tuple[list[dict[str, Any]], str]:
        """The first rows by this mapping, or the sentence why it cannot be used."""
        if self.problem or self.table is None:
            return [], self.problem
        is_given = self.form.is_bound and self.form.is_valid()
        options = self.form.options(self.run) if is_given else stored_options(self.run)
        try:
            return preview(trial(self.run, self.mapping, options)), ""
        except (UnreadableFile, FileGone) as error:
            return [], str(error)

    @property
    def refusal(self) -> str:
        return self.read[1]

    def context(self, refusal: str = "") -> dict[str, Any]:
        run, table = self.run, self.table
        # A guess that does not fit yet is no fault of anybody's.
        problem = refusal or (self.refusal if self.form.is_bound else self.problem)
        return {
            "run": run,
            "trail": [("Imports", reverse("crm:import_list")), (str(run), run.get_absolute_url())],
            "steps": STEPS,
            "form": self.form,
            "format": format_named(run.format),
            "table_form": self.table_form or TableForm(initial=initial_of(self.mapping)),
            "columns": column_rows(run.kind, table, self.mapping) if table else [],
            "problem": problem,
            "previewed": self.read[0],
            "shown": previews.columns_of(run.kind) if table else [],
            "saved_mappings": saved_mappings(run) if table else [],
        }


def saved_mappings(run: ImportRun) -> QuerySet[ImportMapping]:
    return ImportMapping.objects.filter(format=run.format, kind=run.kind)


def stored_options(run: ImportRun) -> ImportOptions:
    return ImportOptions.from_json(run.options)


def columns_of(run: ImportRun) -> tuple[Table | None, str]:
    """The table's columns and samples, or a sentence why there are none to see."""
    if not format_named(run.format).needs_mapping:
        return None, ""
    try:
        return look_into(run), ""
    except (UnreadableFile, FileGone) as error:
        return None, str(error)


def given_mapping(
    request: HttpRequest, run: ImportRun, table: Table
) -> tuple[dict[str, Any], TableForm]:
    """The mapping that the form gives, as readers take it."""
    form = TableForm(request.POST)
    columns = {
        name: request.POST.get(f"{COLUMN}{index}", IGNORE)
        for index, name in enumerate(table.columns)
    }
    chosen = form.cleaned_data if form.is_valid() else {}
    kept = {name: chosen[name] for name in ("row_is", "date_order", "decimal", "values") if chosen}
    return {"kind": run.kind, **kept, "columns": columns}, form


def chosen_mapping(request: HttpRequest, run: ImportRun, table: Table | None) -> dict[str, Any]:
    """The run's own mapping, a saved one that was asked for, or a guess by the columns' names."""
    saved_pk = request.GET.get("mapping", "")
    if number_in(saved_pk):
        return get_object_or_404(saved_mappings(run), pk=number_in(saved_pk)).as_json()
    if run.mapping or table is None:
        return dict(run.mapping)
    return {
        "kind": run.kind,
        "columns": {name: guessed_field(run.kind, name) for name in table.columns},
    }


def guessed_field(kind: str, column: str) -> str:
    """The field whose name the column bears, however it is written; else it is ignored."""
    name = slugify(column).replace("-", "_")
    fields = {field.replace(".", "_"): field for field in FIELDS[kind]}
    fields |= {word: field for word, field in COMMON_NAMES.items() if field in FIELDS[kind]}
    return fields.get(name, IGNORE)


def saved(request: HttpRequest, shown: Shown) -> HttpResponse:
    """Keep the mapping with its run, and by its name if it got one."""
    user, at = person(request), timezone.now()
    try:
        run = actions.map_columns(
            run=shown.run,
            mapping=shown.mapping,
            options=shown.form.options(shown.run),
            source=shown.form.cleaned_data["source"],
            by=user,
            at=at,
        )
    except actions.NotNow as refusal:
        return page(request, TEMPLATE, shown.context(str(refusal)), status=409)
    name = shown.table_form.cleaned_data["save_as"].strip() if shown.table_form else ""
    if name:
        actions.save_mapping(
            name=name, format_name=run.format, mapping=shown.mapping, by=user, at=at
        )
    return redirect("crm:import_detail", pk=run.pk)


def initial_of(mapping: Mapping[str, Any]) -> dict[str, Any]:
    lines = [
        f"{field}: {text} = {meant}"
        for field, pairs in (mapping.get("values") or {}).items()
        for text, meant in pairs.items()
    ]
    return {**mapping, "values": "\n".join(lines)}


def column_rows(kind: str, table: Table, mapping: Mapping[str, Any]) -> list[dict[str, Any]]:
    """One row for each column: its samples, and the fields that it may hold."""
    columns = mapping.get("columns") or {}
    own = fields_of(kind)
    return [
        {
            "name": name,
            "field_name": f"{COLUMN}{index}",
            "samples": table.samples(index),
            "choices": field_choices(own, name, columns.get(name, IGNORE)),
        }
        for index, name in enumerate(table.columns)
    ]


def fields_of(kind: str) -> dict[str, str]:
    """What a column of a table of this kind may hold, with words; custom fields by their label."""
    names = {name: words_of(name) for name in (IGNORE, *sorted(FIELDS[kind]))}
    target = TARGETS.get(kind)
    for definition in CustomFieldDefinition.objects.of(target) if target else ():
        names[CUSTOM + definition.key] = f"Field “{definition.label}”"
    return names


def field_choices(
    own: Mapping[str, str], column: str, current: str
) -> Sequence[tuple[str, str, bool]]:
    """Value, words and whether it is chosen; a column of interactions may become a value."""
    names = dict(own)
    if "started_at" in own and "channel" in own:
        value = CUSTOM + (slugify(column).replace("-", "_") or "value")
        names.setdefault(value, words_of(value))
    names.setdefault(current, words_of(current))
    return [(name, words, name == current) for name, words in names.items()]


def words_of(name: str) -> str:
    if name == IGNORE:
        return "– leave out –"
    if name.startswith(CUSTOM):
        return f"Own value “{name.removeprefix(CUSTOM)}”"
    return name.replace("_", " ").replace(".", ": ").capitalize()
