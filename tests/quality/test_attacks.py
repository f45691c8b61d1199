"""Attack corpus (Q-902): whatever people type is text, wherever it is shown, and breaks nothing."""

import csv
import json
import re
from uuid import uuid4

import pytest
from django.contrib import admin
from django.db import transaction
from django.test import Client
from django.urls import reverse
from lxml import html

from quality import urls
from tests.quality.attacked import AttackedWorld, said
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db
ESCAPED = re.compile(r"&lt;u&gt;([a-z_.]+)")
FILES = (".pdf", ".csv", ".json", ".txt", "/file/")
GIVEN = {"number": 1, "other": 1, "form": "attune", "family": "customer", "key": "greet"}
ATTACKS = {
    "typed": said("x") + "{% load x %}${7*7}__import__('os')'; DROP TABLE quality_evaluation; --",
    "nul": "A sentence with a \x00 NUL in it",
    "controls": "\u202eRight to left \ufeff\U0001f600" + "\u0301" * 300,
    "huge": "A" * 100_000,
}
PUT = {"answer_save", "section_not_applicable", "comment_save"}
SHOWN = set(
    """
    acknowledge_comment answer.comment_private answer.comment_public answer.text answer_set.name
    assist_rule.name band.label criterion.help criterion.text decision_note dispute.reason
    dispute_item.note dispute_item.reason file_name gold.note import.name mark.text off_reason
    option.label override.reason person.name phrase plan.name private_note reference.note
    resubmit.reason retire_reason revision.comment_private revision.comment_public
    root_cause.label rule.name scorecard.name section.instructions section.title
    selection_reason turn.text
    """.split()
)


@pytest.fixture
def world():
    return AttackedWorld()


def client_of(person):
    client = Client(raise_request_exception=False)
    client.force_login(person)
    return client


def addresses(world):
    """Every address of quality with the world's rows in place of its numbers."""
    for pattern in urls.urlpatterns:
        path = str(pattern.pattern)
        word = re.match(r"(rules/assist|[\w-]+)/<int:", path)
        names = re.findall(r"<\w+:(\w+)>", path)
        given = {**GIVEN, names[0]: world.ids[word[1]]} if word else GIVEN
        if set(names) <= given.keys():
            yield reverse(f"quality:{pattern.name}", kwargs={name: given[name] for name in names})


def read(world, *, files=False):
    """Client, address and body: one person reads everything, the others what is theirs alone."""
    score = "quality:evaluation_score"
    mine = ("evaluation_detail", "dispute_file", "self_assessment")
    draft = reverse("quality:version_edit", args=[world.taken.version.scorecard_id, 1])
    for person, paths in (
        (world.admin, [*addresses(world), draft]),
        (world.evaluator, [reverse(score, args=[world.draft.pk]), reverse("quality:work_list")]),
        (world.grading.evaluator, [reverse(score, args=[world.grading.pk])]),
        (world.agent, [reverse(f"quality:{name}", args=[world.result.pk]) for name in mine]),
    ):
        client = client_of(person)
        for path in paths:
            if path.endswith(FILES) == files:
                response = client.get(path)
                assert response.status_code < 500, path
                if response.status_code == 200:
                    yield client, path, b"".join(response)


@pytest.mark.slow
def test_markup_is_shown_as_it_was_typed(world):
    shown = set()
    for _client, path, body in read(world):
        assert html.fromstring(body.decode()).xpath("//u") == [], path
        shown |= set(ESCAPED.findall(body.decode()))

    assert shown == SHOWN


def test_markup_is_text_in_the_admin(world):
    client, shown = client_of(world.admin), set()
    for model in (one for one in admin.site._registry if one._meta.app_label == "quality"):
        name = f"admin:quality_{model._meta.model_name}"
        row = model._default_manager.order_by("pk").first()
        paths = [reverse(f"{name}_changelist")]
        paths += [reverse(f"{name}_change", args=[row.pk])] if row else []
        for path in paths:
            page = client.get(path).content.decode()
            assert html.fromstring(page).xpath("//u") == [], path
            shown |= set(ESCAPED.findall(page))

    assert {"scorecard.name", "dispute.reason", "plan.name", "rule.name"} <= shown


def test_formulas_are_text_in_files(world):
    kinds, cells = set(), []
    for _client, path, body in read(world, files=True):
        kinds.add(path.rsplit(".", 1)[-1])
        if path.endswith(".csv"):
            cells += [cell for row in csv.reader(body.decode().splitlines()) for cell in row]
        if path.endswith(".pdf"):
            assert body.startswith(b"%PDF"), path

    assert {"pdf", "csv", "json"} <= kinds
    assert [cell for cell in cells if cell.startswith(("=", "+", "@"))] == []
    assert f"'{said('scorecard.name')}" in cells


# --- What is sent ------------------------------------------------------------------------------


def filled(form, attack):
    """The fields of a form as a browser would send them, with the attack where text is typed."""
    data = {}
    for field in form.xpath(".//*[@name]"):
        name, kind = field.get("name"), field.get("type") or field.tag
        if kind == "select":
            chosen = field.xpath(".//option[@selected]/@value") or field.xpath(".//option/@value")
            data[name] = chosen[-1] if chosen else ""
        elif kind in ("text", "search", "textarea", "email", "url"):
            data[name] = attack
        elif kind != "file":
            data.setdefault(name, field.get("value") or "1")
    return data


def forms_of(world):
    """Each different form of each page, with who sends it."""
    seen = set()
    for client, path, body in read(world):
        for form in html.fromstring(body.decode()).xpath("//form"):
            action = (form.get("action") or path).split("#")[0]
            fields = frozenset(form.xpath(".//@name"))
            if action.startswith("/quality/") and (action, fields) not in seen:
                seen.add((action, fields))
                yield client, action, form


@pytest.mark.slow
def test_forms_take_or_refuse_every_attack(world):
    faults, taken = [], 0
    for client, action, form in list(forms_of(world)):
        send = client.post if form.get("method", "get").lower() == "post" else client.get
        for name, attack in ATTACKS.items():
            with transaction.atomic():
                status = send(action, filled(form, attack)).status_code
                transaction.set_rollback(True)
            taken += status == 302
            if status >= 500:
                faults.append(f"{name}: {action}")

    assert faults == []
    assert taken > 20


@pytest.mark.parametrize("attack", [*ATTACKS.values(), "\ud800", {"a": ["b"]}, 10**30])
def test_workspace_takes_or_refuses_every_attack(attack):
    world = World()
    draft = world.start()
    client = client_of(world.evaluator)

    def send(name, *args, **body):
        address = reverse(f"quality:{name}", args=[draft.pk, *args])
        send_by = client.put if name in PUT else client.post
        return send_by(address, json.dumps(body), content_type="application/json").status_code

    saving = {"row_version": 0, "save_id": str(uuid4())}
    statuses = {
        send("answer_save", "note", answer={"text": attack}, **saving),
        send("answer_save", "greet", answer=attack, **saving),
        send("answer_save", "verify", answer={"option": attack}, **saving),
        send("answer_save", "count", answer={"number": attack}, **saving),
        send("answer_save", "day", answer={"date": attack}, **saving),
        send("answer_save", "solve", comment_public=attack, **saving),
        send("answer_save", "solve", root_cause=attack, fault_owner=attack, **saving),
        send("comment_save", comment_public=attack),
        send("mark_add", text=attack, offset_ms=1, is_private=attack),
        send("mark_add", text="Here", offset_ms=attack),
        send("evidence_add", key=attack, transcript=attack, turn_from=attack, turn_to=attack),
        send("section_not_applicable", "opening", na=attack, row_versions={"greet": attack}),
        send("section_not_applicable", "opening", na=attack, row_versions={}),
        send("evaluation_submit", key=attack),
    }

    assert 422 in statuses
    assert statuses <= {200, 409, 422, 428}


def test_a_hundred_thousand_brackets_are_refused_at_once():
    world = World()
    address = reverse("quality:comment_save", args=[world.start().pk])
    client = client_of(world.evaluator)

    for body in ("[" * 100_000, '{"a":' * 100_000):
        response = client.put(address, body, content_type="application/json")
        assert response.status_code == 422
