"""Every URL, for every kind of person and every method, answers what the permission file says.

The table asks the gate itself, thousands of times; strangers and every page of one role go through
the whole stack, where a middleware behind the gate answers 204 instead of the view.
"""

import logging
import time
from functools import cache
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.core.management import call_command
from django.http import HttpResponse
from django.test import Client, RequestFactory
from django.urls import NoReverseMatch, resolve, reverse

from accounts import api_gate
from accounts.addresses import places
from accounts.gate import GateMiddleware
from accounts.permissions import policy
from accounts.sessions import SIGNED_IN
from tests.factories.accounts import ApiTokenFactory, RightGrantFactory, UserFactory

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
ROLES = ("agent", "evaluator", "trainer", "supervisor", "admin")
SAMPLES = ("1", "x", "00000000-0000-4000-8000-000000000001", "1-a", "crm", "2026-03-16")
HERE = "tests.test_permissions"
ADMIN_ACTS = {
    "changelist": ("view", {"GET", "HEAD", "POST"}),
    "add": ("add", {"GET", "HEAD", "POST"}),
    "change": ("view", {"GET", "HEAD", "POST"}),
    "delete": ("delete", {"GET", "HEAD", "POST"}),
    "history": ("view", {"GET", "HEAD"}),
}


class AnswerInsteadOfTheView:
    def __init__(self, get_response):
        self.get_response = get_response

    def __call__(self, request):
        return self.get_response(request)

    def process_view(self, request, view, args, kwargs):
        return HttpResponse(status=204)


@cache
def written():
    path = Path(settings.BASE_DIR) / "config" / "permissions.yaml"
    return yaml.safe_load(path.read_text(encoding="utf-8"))


@cache
def path_of(place):
    """A path that resolves to the place, with sample values for its parameters."""
    count = len(place.pattern.pattern.converters) or place.pattern.pattern.regex.groups
    names = list(place.pattern.pattern.regex.groupindex)
    for sample in SAMPLES:
        arguments = dict.fromkeys(names, sample)
        try:
            if not names and count:
                return reverse(place.name, args=[sample] * count)
            return reverse(place.name, kwargs=arguments)
        except NoReverseMatch:
            continue
    raise AssertionError(f"No sample fits the parameters of {place.name}: {place.route}")


@cache
def named_places():
    """Every URL with a name; those without one are the admin's redirects of old row addresses."""
    return [place for place in places() if not place.name.endswith(":") and place.name]


def admin_rule(name):
    """What the file's `admin:` section means for one of the admin's own pages."""
    from accounts.addresses import ADMIN_FRAME

    page = name.removeprefix("admin:")
    if page == "login":
        return {"methods": ["GET"], "public": True}
    if page in ADMIN_FRAME:
        return {"methods": sorted(ADMIN_FRAME[page]), "staff": True}
    for label, acts in written()["admin"].items():
        for suffix, (act, methods) in ADMIN_ACTS.items():
            if page == f"{label.lower().replace('.', '_')}_{suffix}":
                return {"methods": sorted(methods), "staff": True, "verb": acts.get(act, "nobody")}
    raise AssertionError(f"{name} has no line in config/permissions.yaml")


@cache
def rule_of(name):
    found = written()["urls"].get(name)
    return found if found is not None else admin_rule(name)


@cache
def match_of(path):
    """What the path leads to; looking it up costs more than asking the gate."""
    return resolve(path)


def may(verb, held):
    return verb != "nobody" and bool(held & written()["verbs"][verb]["grants"].keys())


def expected(rule, method, held, *, signed_in, with_token, path):
    is_api = path.startswith("/api/v1/")
    if not rule.get("public") and not (with_token if is_api else signed_in):
        return 401 if is_api else 302
    verb = rule.get("verb")
    methods = rule.get("methods") or list(verb)
    if method not in methods and not (method == "HEAD" and "GET" in methods):
        return 405
    if rule.get("staff") and not held & {"supervisor", "admin"}:
        return 403
    if isinstance(verb, dict):
        verb = verb["GET" if method == "HEAD" else method]
    return 204 if verb is None or may(verb, held) else 403


@pytest.fixture
def gate_only(settings, monkeypatch):
    gate = settings.MIDDLEWARE.index("accounts.gate.GateMiddleware")
    settings.MIDDLEWARE = [*settings.MIDDLEWARE[: gate + 1], f"{HERE}.AnswerInsteadOfTheView"]
    monkeypatch.setattr("config.urls.handler403", plain_refusal, raising=False)
    logging.disable(logging.WARNING)
    yield
    logging.disable(logging.NOTSET)


@pytest.fixture(autouse=True)
def without_haste(monkeypatch):
    """Thousands of questions in a row are the point here; the limits have tests of their own."""
    for name in ("ALL", "WRITES", "STRANGERS"):
        monkeypatch.setattr(api_gate, name, (10**6, 10**6))


def plain_refusal(request, exception):
    """The real page is tested on its own; here only its status counts."""
    return HttpResponse(status=403)


def through_the_stack(client):
    return lambda method, path: client.generic(method, path).status_code


def at_the_gate(user):
    """Asks as the person in a session, and at the API with a token of that person."""
    gate, requests = GateMiddleware(lambda request: None), RequestFactory()
    token = ApiTokenFactory(owner=user, scopes=policy().scopes)

    def ask(method, path):
        request = requests.generic(method, path, headers={"Authorization": f"Bearer {token.text}"})
        request.user, request.resolver_match = user, match_of(path)
        request.session = {SIGNED_IN: time.time()}
        try:
            refusal = gate.process_view(request, None, (), {})
        except PermissionDenied:
            return 403
        return refusal.status_code if refusal else 204

    return ask


def deviations(ask, held, *, signed_in, with_token=False, methods=METHODS):
    """Every answer of `ask(method, path)` that differs from the file."""
    found = []
    for place in named_places():
        path, rule = path_of(place), rule_of(place.name)
        for method in methods:
            known = {"signed_in": signed_in, "with_token": with_token}
            wanted = expected(rule, method, held, path=path, **known)
            got = ask(method, path)
            if got != wanted:
                found.append(f"{method} {path} ({place.name}): {got}, not {wanted}")
    return found


def test_every_url_has_a_line_and_every_line_a_url():
    call_command("check", fail_level="WARNING")


@pytest.mark.django_db
@pytest.mark.parametrize("role", ROLES)
def test_every_url_answers_a_role_as_the_file_says(role):
    ask = at_the_gate(UserFactory(roles=[role]))

    assert deviations(ask, {role}, signed_in=True, with_token=True) == []


@pytest.mark.django_db
@pytest.mark.parametrize("right", sorted(written()["rights"]))
def test_every_url_answers_a_right_as_the_file_says(right):
    ask = at_the_gate(RightGrantFactory(right=right).user)

    assert deviations(ask, {right}, signed_in=True, with_token=True) == []


@pytest.mark.django_db
def test_every_url_answers_strangers_as_the_file_says(gate_only):
    ask = through_the_stack(Client())

    assert deviations(ask, set(), signed_in=False) == []


@pytest.mark.django_db
def test_every_page_answers_through_the_whole_stack(gate_only):
    client = Client()
    client.force_login(UserFactory(roles=["supervisor"]))
    ask = through_the_stack(client)

    assert deviations(ask, {"supervisor"}, signed_in=True, methods=["GET"]) == []


@pytest.mark.django_db
def test_permission_work_of_a_request_costs_three_queries(gate_only, django_assert_num_queries):
    client = Client()
    client.force_login(UserFactory(roles=["supervisor"]))

    with django_assert_num_queries(3):  # The session, the user, the roles and rights.
        assert client.get(reverse("admin:index")).status_code == 204
