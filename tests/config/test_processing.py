"""Every column has a class, and whoever erases it is known."""

import io
from dataclasses import replace

import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import models

from accounts.models import User
from config import processing
from config.processing import Column
from crm.privacy.rules import erasers

OURS = {"accounts", "crm", "feedback", "ops", "quality", "reports", "training"}


@pytest.fixture(scope="module")
def register():
    return processing.read()


def column(register, table, name):
    return next(
        column
        for activity in register
        for one in activity.tables
        for column in one.columns
        if (one.label, column.name) == (table, name)
    )


def changed(register, label, **changes):
    """The register with one table told differently."""
    return [
        replace(
            activity,
            tables=tuple(
                replace(one, **changes) if one.label == label else one for one in activity.tables
            ),
        )
        for activity in register
    ]


def test_the_register_tells_of_every_column_once(register):
    assert processing.faults(register) == []


def test_every_eraser_of_customers_is_named_somewhere(register):
    named = {name for activity in register for table in activity.tables for name in table.by}
    assert {eraser.name for eraser in erasers()} <= named


def test_no_row_of_a_person_goes_by_itself_with_another(register):
    """Whoever deletes a person's or a scored row says so, and deletes its parts by name."""
    personal = {t.label for activity in register for t in activity.tables if t.is_personal}
    going = {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_fields
        if field.is_relation
        and field.remote_field.on_delete is models.CASCADE
        and field.related_model._meta.label in personal
        and model._meta.app_label in OURS
    }
    assert going == {"reports.RiskScore.customer"}  # Made anew each night from what there is.


def test_a_column_without_a_class_is_a_fault(register):
    told = [one for one in register if one.name != "accounts"]
    assert f"{User._meta.label}.email has no class" in " ".join(processing.faults(told))


def test_a_column_that_is_not_there_or_has_two_classes_is_a_fault(register):
    extra = (Column("accounts.CodeStep", "age", "personal", "keep"),)
    twice = (Column("accounts.CodeStep", "last_step", "none", "keep"),) * 2
    told = changed(register, "accounts.CodeStep", columns=extra + twice)
    assert processing.faults(told) == [
        "accounts.CodeStep.age stands in config/processing.yaml, but there is no such column.",
        "accounts.CodeStep.last_step has more than one class.",
    ]


def test_what_is_erased_names_an_eraser_that_there_is(register):
    nobody = changed(register, "crm.Turn", by=())
    assert processing.faults(nobody) == ["crm.Turn: name in `by` who erases it."]
    unknown = changed(register, "crm.Turn", by=("crm.letters",))
    assert processing.faults(unknown) == [
        "crm.Turn: nobody is called crm.letters who erases anything."
    ]


def test_an_unknown_effect_is_a_fault(register):
    told = changed(
        register, "crm.LegSpan", columns=(Column("crm.LegSpan", "kind", "personal", "shred"),)
    )
    assert any("cannot shred anything" in fault for fault in processing.faults(told))


def test_names_secrets_and_absences_have_their_class(register):
    assert column(register, "crm.Customer", "display_name").effect == "pseudonym"
    assert column(register, "accounts.User", "password").kind == "secret"
    assert column(register, "training.ClockPause", "reason").kind == "special"


def test_the_register_is_printed():
    out = io.StringIO()
    call_command("processing_register", stdout=out)
    assert "## Customer records" in out.getvalue()
    assert "display_name: pseudonym" in out.getvalue()
