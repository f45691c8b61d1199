"""Requests made up from the API's own description: never a fault, never an undocumented answer.

A slice with every run of the tests; `make fuzz EXAMPLES=500` asks much more.
"""

import importlib
import inspect
import os
import pkgutil
import random
import sys
from pathlib import Path
from uuid import uuid4

import factory
import pytest
import schemathesis
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from django.core.signals import got_request_exception, request_finished, request_started
from django.db import close_old_connections
from django.urls import Resolver404, resolve
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from schemathesis.checks import content_type_conformance, response_schema_conformance
from schemathesis.generation import GenerationMode

import tests.factories
from accounts import api_gate
from accounts.permissions import policy
from quality.api import stateless
from tests.factories.accounts import ApiTokenFactory, UserFactory

pytestmark = pytest.mark.django_db
EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "2"))
SCHEMA = schemathesis.openapi.from_path(Path(settings.BASE_DIR) / "docs" / "api" / "openapi.yaml")
OPERATIONS = {
    f"{one.ok().method.upper()} {one.ok().path}": one.ok() for one in SCHEMA.get_all_operations()
}
SCHEMA.app = WSGIHandler()
CHECKS = [response_schema_conformance, content_type_conformance]
ALL_KINDS = [GenerationMode.POSITIVE, GenerationMode.NEGATIVE]
LIMITS = [(api_gate, "ALL"), (api_gate, "WRITES"), (api_gate, "STRANGERS")]


@pytest.fixture(autouse=True)
def without_haste(monkeypatch):
    for module, name in LIMITS:
        monkeypatch.setattr(module, name, (10**6, 10**6))
    monkeypatch.setattr(stateless, "A_MINUTE", 10**6)


@pytest.fixture(autouse=True)
def one_connection():
    """A request does not close the connection that carries the test's transaction."""
    ends = (request_started, request_finished)
    for signal in ends:
        signal.disconnect(close_old_connections)
    yield
    for signal in ends:
        signal.connect(close_old_connections)


@pytest.fixture
def faults():
    """The exceptions behind answers of 500, as the server met them."""
    found = []

    def note(sender, request, **kwargs):
        found.append(sys.exception())

    got_request_exception.connect(note)
    yield found
    got_request_exception.disconnect(note)


def factories():
    """The factory of every model that has one."""
    found = {}
    for module in pkgutil.iter_modules(tests.factories.__path__):
        loaded = importlib.import_module(f"tests.factories.{module.name}")
        for _name, item in inspect.getmembers(loaded, inspect.isclass):
            if issubclass(item, factory.django.DjangoModelFactory) and item._meta.model:
                found.setdefault(item._meta.model, item)
    return found


def model_of(path):
    """The model of a resource with one of its rows in the path."""
    try:
        view = resolve(path.replace("{id}", "1").replace("{pk}", "1")).func
    except Resolver404:
        return None
    return getattr(getattr(view, "cls", None), "model", None)


def called(operation, case, token, row):
    """Send the case; every other one asks for a row that exists."""
    if row is not None and case.path_parameters and random.random() < 0.6:
        case.path_parameters = dict.fromkeys(case.path_parameters, row.pk)
    headers = {"Authorization": f"Bearer {token.text}", "Idempotency-Key": uuid4().hex}
    headers |= {"If-Match": '"1.0"'} if operation.method.upper() in ("PATCH", "PUT") else {}
    return case.call(headers=headers, app=WSGIHandler())


@pytest.mark.parametrize("name", OPERATIONS)
def test_made_up_requests_meet_no_fault(name, faults):
    operation = OPERATIONS[name]
    token = ApiTokenFactory(owner=UserFactory(roles=list(policy().roles)), scopes=policy().scopes)
    model = model_of(operation.path)
    row = factories()[model]() if model in factories() else None

    @hypothesis_settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def ask(data):
        kind = data.draw(st.sampled_from(ALL_KINDS))
        case = data.draw(operation.as_strategy(generation_mode=kind))
        response = called(operation, case, token, row)
        assert response.status_code < 500, (case.as_curl_command(), faults)
        case.validate_response(response, checks=CHECKS)

    ask()
