"""The shape of the house: imports, migrations, and that no table is left without its furniture."""

import importlib
import inspect
import pkgutil
import subprocess
import sys
from io import StringIO
from pathlib import Path

import factory
import pytest
from django.apps import apps
from django.contrib import admin
from django.core.management import call_command
from django.db import models

import tests.factories

ROOT = Path(__file__).resolve().parent.parent
OWN_APPS = {"ops", "accounts", "routing", "crm", "quality", "feedback", "training", "reports"}

# Rows that are shown inside their parents' pages and never on their own.
WITHOUT_OWN_ADMIN: set[str] = set()


def own_models() -> list[type[models.Model]]:
    return [
        model
        for model in apps.get_models()
        if model._meta.app_label in OWN_APPS and not model.__name__.startswith("Historical")
    ]


def models_with_a_factory() -> set[type[models.Model]]:
    found = set()
    for module in pkgutil.iter_modules(tests.factories.__path__):
        loaded = importlib.import_module(f"tests.factories.{module.name}")
        for _name, item in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(item, factory.django.DjangoModelFactory) and item._meta.model:
                found.add(item._meta.model)
    return found


def models_in_the_admin() -> set[type[models.Model]]:
    shown = set(admin.site._registry)
    for model_admin in admin.site._registry.values():
        shown |= {inline.model for inline in model_admin.inlines}
    return shown


def test_import_contracts_hold():
    lint = Path(sys.executable).with_name("lint-imports")

    result = subprocess.run([lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True)

    assert result.returncode == 0, result.stdout + result.stderr


@pytest.mark.django_db
def test_no_migration_is_missing():
    out = StringIO()

    call_command("makemigrations", check=True, dry_run=True, stdout=out)

    assert "No changes detected" in out.getvalue()


@pytest.mark.parametrize("model", own_models(), ids=lambda model: model._meta.label)
def test_every_model_has_a_name_for_people(model):
    assert model.__str__ is not models.Model.__str__


def test_every_model_has_a_factory():
    missing = {model._meta.label for model in own_models()} - {
        model._meta.label for model in models_with_a_factory()
    }

    assert missing == set()


def test_every_model_has_an_admin():
    missing = {model._meta.label for model in own_models()} - {
        model._meta.label for model in models_in_the_admin()
    }

    assert missing == WITHOUT_OWN_ADMIN
