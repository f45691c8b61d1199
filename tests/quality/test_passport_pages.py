"""Taking forms in and out by pages and verbs: drafts only, nothing stored on an error."""

import json
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from accounts.models import AuditEntry
from quality.actions import passport, scorecards
from quality.content import sha256_of
from quality.models import FormImport, Scorecard
from quality.passport import attune
from quality.scoring import InvalidRequest
from tests.factories.accounts import RightGrantFactory, UserFactory, role_group
from tests.factories.quality import AT
from tests.quality.test_scoring_requests import EXAMPLE
from tests.quality.worlds import DOCUMENT

FORMS = Path(__file__).parent / "passport" / "forms"
CONNECT = (FORMS / "connect.json").read_bytes()
pytestmark = pytest.mark.django_db


@pytest.fixture
def manager(client):
    user = RightGrantFactory(right="quality.manage_scorecards").user
    client.force_login(user)
    return user


def upload(client, body, name="import_new", **kwargs):
    file = SimpleUploadedFile("form.json", body, content_type="application/json")
    return client.post(reverse(f"quality:{name}", kwargs=kwargs), {"file": file})


def create(client, body=CONNECT, name="Calls"):
    data = {"name": name, "file_name": "form.json", "content": body.decode()}
    return client.post(reverse("quality:import_create"), data)


def taken_in(by, body=CONNECT, name="Calls"):
    return passport.import_form(name=name, file_name="form.json", body=body, by=by, at=AT)


# --- Verbs ---------------------------------------------------------------------------------------


def test_own_form_comes_in_with_the_same_content_hash(manager):
    original = scorecards.create_scorecard(
        name="Calls", document=DOCUMENT, channels=["voice"], by=manager, at=AT
    ).versions.get()
    body = attune.dump(original.as_document()).encode()

    taken = taken_in(manager, body, "Calls of another house")

    assert taken.loss_report == []
    assert taken.version.is_draft
    assert taken.version.scorecard.channels == ["voice"]
    assert sha256_of(taken.version.as_document()) == sha256_of(original.as_document())


def test_foreign_form_lands_as_draft_with_its_losses_and_an_audit_entry(manager):
    taken = taken_in(manager)

    assert (taken.format, taken.version.number, taken.version.state) == ("connect", 1, "draft")
    assert [row["code"] for row in taken.loss_report] == [
        "automation",
        "automation",
        "condition_source",
    ]
    entry = AuditEntry.objects.get(verb="import_form")
    assert (entry.actor, entry.object_id) == (manager, str(taken.pk))


def test_answer_set_that_is_not_here_is_told_as_lost(manager):
    document = json.loads(json.dumps({**DOCUMENT, "format": attune.FORMAT, "name": "Calls"}))
    document["sections"][0]["criteria"][0]["answer_set"] = "Yes and no"

    taken = taken_in(manager, json.dumps(document).encode())

    assert [row["code"] for row in taken.loss_report] == ["answer_set"]


def test_form_against_the_rules_of_the_database_stores_nothing(manager):
    document = json.loads(json.dumps({**DOCUMENT, "format": attune.FORMAT}))
    document["sections"][0]["criteria"][1]["is_bonus"] = True

    with pytest.raises(passport.NotStorable):
        taken_in(manager, json.dumps(document).encode())

    assert (Scorecard.objects.count(), FormImport.objects.count()) == (0, 0)


def test_unreadable_form_stores_nothing(manager):
    with pytest.raises(InvalidRequest):
        taken_in(manager, b'{"format": "attune.scorecard/1"}')

    assert (Scorecard.objects.count(), FormImport.objects.count()) == (0, 0)


# --- Pages ---------------------------------------------------------------------------------------


def test_upload_shows_losses_and_stores_nothing(client, manager):
    response = upload(client, CONNECT)

    page = response.content.decode()
    assert response.status_code == 200
    assert "a condition on FORM_METADATA" in page
    assert "Support calls" in page
    assert (Scorecard.objects.count(), FormImport.objects.count()) == (0, 0)


def test_reviewed_form_becomes_a_draft_and_its_page_tells_the_losses(client, manager):
    response = create(client)

    taken = FormImport.objects.get()
    assert response.url == reverse("quality:import_detail", args=[taken.pk])
    page = client.get(response.url).content.decode()
    assert "a condition on FORM_METADATA" in page
    assert "form.json" in client.get(reverse("quality:import_list")).content.decode()


def test_name_in_use_is_refused_with_the_review_kept(client, manager):
    create(client)

    response = create(client)

    assert response.status_code == 422
    assert "A scorecard called “Calls” exists." in response.content.decode()
    assert "a condition on FORM_METADATA" in response.content.decode()
    assert Scorecard.objects.count() == 1


def test_upload_proposes_a_free_name(client, manager):
    create(client, name="Support calls")

    assert "Support calls (imported)" in upload(client, CONNECT).content.decode()


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"{", "not JSON"),
        (b"[]", "no form that is known"),
        (b'{"Items": [{"Question": {}}]}', "Items[0].Section"),
        (b" " * (2 * 1024 * 1024 + 1), "larger than 2 MB"),
    ],
)
def test_bad_upload_is_told_with_its_place(client, manager, body, word):
    response = upload(client, body)

    assert response.status_code == 422
    assert word in response.content.decode()


def test_changed_review_is_read_again(client, manager):
    response = create(client, b'{"Items": 7}')

    assert response.status_code == 422
    assert FormImport.objects.count() == 0


def test_parity_is_told_and_kept(client, manager):
    document = {**EXAMPLE["scorecard"], "format": attune.FORMAT, "name": "Example"}
    taken = taken_in(manager, json.dumps(document).encode())
    right = {"id": "r1", "form": "Example", "score_percent": "82.78"}
    right |= {"answers": EXAMPLE["answers"], "facts": EXAMPLE["facts"]}
    results = [right, {**right, "id": "r2", "score_percent": "80"}, {**right, "form": "Chats"}]

    response = upload(
        client, json.dumps({"results": results}).encode(), "import_parity", pk=taken.pk
    )

    taken.refresh_from_db()
    assert response.status_code == 302
    assert taken.parity_report["counts"] == {"equal": 1, "different": 1, "not_comparable": 1}
    assert "r2" in client.get(response.url).content.decode()


def test_bad_list_of_results_is_told(client, manager):
    taken = taken_in(manager)

    response = upload(client, b"{}", "import_parity", pk=taken.pk)

    assert response.status_code == 422
    assert "A list of results is needed." in response.content.decode()


@pytest.mark.parametrize("form", ["connect", "genesys"])
def test_export_tells_losses_and_hands_over_the_file(client, manager, form):
    version = taken_in(manager).version
    place = [version.scorecard_id, version.number, form]

    page = client.get(reverse("quality:version_export", args=place))
    file = client.get(reverse("quality:version_export_file", args=place))

    assert page.status_code == 200
    assert json.loads(file.content)
    assert file["Content-Disposition"] == f'attachment; filename="calls-1-{form}.json"'


def test_own_export_comes_in_again(client, manager):
    version = taken_in(manager).version
    place = [version.scorecard_id, version.number, "attune"]

    file = client.get(reverse("quality:version_export_file", args=place))

    again = taken_in(manager, file.content, "Again").version
    assert sha256_of(again.as_document()) == sha256_of(version.as_document())


def test_unknown_format_is_not_found(client, manager):
    version = taken_in(manager).version

    place = [version.scorecard_id, version.number, "papyrus"]

    assert client.get(reverse("quality:version_export", args=place)).status_code == 404


def test_only_managers_of_scorecards_take_forms_in_and_out(client, manager):
    taken = taken_in(manager)
    client.force_login(UserFactory(roles=["supervisor"]))
    place = [taken.version.scorecard_id, 1, "attune"]

    answers = [
        client.get(reverse("quality:import_list")),
        client.get(reverse("quality:import_detail", args=[taken.pk])),
        create(client, name="Mine"),
        client.get(reverse("quality:version_export_file", args=place)),
    ]

    assert [answer.status_code for answer in answers] == [403] * 4


def test_nested_condition_is_told_in_words(client, manager):
    manager.groups.add(role_group("supervisor"))
    version = taken_in(manager).version

    page = client.get(reverse("quality:version_detail", args=[version.scorecard_id, 1]))

    assert "Shown only if not (greet = no or verify != yes)" in page.content.decode()
