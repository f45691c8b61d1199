"""Imports by page: upload, map, check, start, watch, stop, and take the errors home."""

import csv
import io
import json

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from crm.models import ImportMapping, ImportRun, Interaction
from tests.crm.pages import queries, sign_in
from tests.crm.runs import attune_json, call, checked, imported, staged
from tests.factories.crm import ImportRowFactory, ImportRunFactory
from tests.jobs import run_waiting_jobs

pytestmark = pytest.mark.django_db
TABLE = (
    b"Call ID,Started,Outcome,Agent,Note\r\n"
    b"a-1,2026-05-04 09:00:00,ANSWERED,agent-07,=1+1\r\n"
    b"a-2,2026-05-04 10:00:00,LOST,agent-07,\r\n"
    b"a-3,yesterday,ANSWERED,agent-07,\r\n"
)
COLUMNS = {
    "column-0": "external_id",
    "column-1": "started_at",
    "column-2": "outcome",
    "column-3": "agent",
    "column-4": "custom.note",
}
OPTIONS = {
    "missing_agents": "unlinked",
    "missing_queues": "create",
    "missing_customers": "create",
    "zone": "Europe/Berlin",
    "row_is": "interaction",
    "date_order": "ymd",
    "decimal": ".",
    "values": "outcome: ANSWERED = handled\noutcome: LOST = skip",
}


@pytest.fixture(autouse=True)
def supervisor(client):
    return sign_in(client, "supervisor")


def upload(client, content, name="calls.csv", **fields):
    file = SimpleUploadedFile(name, content)
    return client.post(reverse("crm:import_new"), {"file": file, **fields})


def act(client, verb, run, **fields):
    return client.post(reverse(f"crm:import_{verb}", args=[run.pk]), fields)


def text(response):
    return response.content.decode()


def test_a_table_is_uploaded_mapped_checked_and_imported(client, supervisor):
    response = upload(client, TABLE)
    run = ImportRun.objects.get()
    mapping_page = client.get(response.url)
    assert (run.format, run.state, run.ordered_by) == ("delimited", "uploaded", supervisor)
    assert "a-1 · a-2 · a-3" in text(mapping_page)

    response = client.post(response.url, {**COLUMNS, **OPTIONS, "save_as": "Our table"})
    assert response.url == run.get_absolute_url()
    assert "Check the file first" in text(client.get(response.url))

    act(client, "check", run)
    run_waiting_jobs(job="crm.run_import")
    run.refresh_from_db()
    assert run.state == "checked"
    assert list(run.counters.values()) == [3, 1, 0, 1, 1]
    assert Interaction.objects.count() == 0

    act(client, "start", run)
    assert 'hx-trigger="every 2s"' in text(client.get(run.get_absolute_url()))
    run_waiting_jobs(job="crm.run_import")
    run.refresh_from_db()
    page = text(client.get(run.get_absolute_url()))
    assert run.state == "finished"
    assert Interaction.objects.get().started_at.hour == 7
    assert "1 of 3 rows are new; 1 could not be taken." in page
    assert "Started" in page and "date_unreadable" in page
    assert 'hx-trigger="every 2s"' not in page


CHATS = json.dumps(
    [
        {
            "convo_id": 3592,
            "scenario": {"personal": {"customer_name": "crystal minh", "phone": "030 901820"}},
            "original": [["agent", "Hi!"], ["customer", "I need to return an item."]],
        }
    ]
).encode()
CHAT_OPTIONS = {**OPTIONS, "phone_region": "de", "default_on": "2026-05-04"}


def test_chats_without_times_get_the_date_and_the_country_that_were_given(client):
    address = upload(client, CHATS, name="chats.json").url
    run = ImportRun.objects.get()

    assert 'name="default_on"' in text(client.get(address))
    client.post(address, CHAT_OPTIONS)
    act(client, "start", run)
    run_waiting_jobs(job="crm.run_import")

    chat = Interaction.objects.get()
    assert f"{chat.started_at:%Y-%m-%d %H}" == "2026-05-03 22"
    assert [point.value for point in chat.customer.contact_points.all()] == ["+4930901820"]
    facts = text(client.get(run.get_absolute_url()))
    assert "2026-05-04" in facts and "Country of numbers" in facts
    assert 'value="2026-05-04"' in text(client.get(address))


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"phone_region": "ZZ"}, "Use the two letters of a country"),
        ({"default_on": "yesterday"}, "Enter a valid date."),
    ],
)
def test_a_country_or_date_that_does_not_exist_is_refused(client, change, sentence):
    address = upload(client, CHATS, name="chats.json").url

    response = client.post(address, CHAT_OPTIONS | change)

    assert response.status_code == 422
    assert sentence in text(response)


def test_files_with_their_own_times_are_not_asked_for_a_date(client):
    page = text(client.get(upload(client, attune_json([call(1)]), name="calls.json").url))

    assert 'name="default_on"' not in page
    assert 'name="phone_region"' in page


def test_the_errors_file_holds_the_row_and_no_formula(client):
    content = TABLE.replace(b"yesterday,ANSWERED,agent-07,", b"yesterday,ANSWERED,agent-07,=2+2")
    mapping = {"columns": dict(zip(
        ["Call ID", "Started", "Outcome", "Agent", "Note"], COLUMNS.values(), strict=True)),
        "values": {"outcome": {"ANSWERED": "handled", "LOST": "failed"}}}  # fmt: skip
    run = imported(content, format_name="delimited", mapping=mapping)

    response = client.get(reverse("crm:import_errors", args=[run.pk]))

    rows = list(csv.reader(io.StringIO(b"".join(response).decode("utf-8-sig"))))
    assert rows[0][5:] == ["line", "code", "column", "message"]
    assert rows[1][:8] == [
        "a-3",
        "yesterday",
        "ANSWERED",
        "agent-07",
        "'=2+2",
        "4",
        "date_unreadable",
        "Started",
    ]
    assert len(rows) == 2


def test_preview_shows_what_rows_become_and_saves_nothing(client):
    address = upload(client, TABLE).url

    response = client.post(address, {**COLUMNS, **OPTIONS, "preview": "1"})

    page = text(response)
    assert response.status_code == 200
    assert "2026-05-04 07:00:00" in page
    assert "Column Started: " in page
    assert ImportRun.objects.get().state == "uploaded"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"column-1": "ignore"}, "No column is mapped to started_at."),
        ({"column-2": "started_at"}, "are both mapped to started_at"),
        ({"zone": "Berlin"}, "Use a name such as Europe/Berlin"),
        ({"values": "ANSWERED"}, "Line 1: write field: text = meaning"),
        ({"missing_agents": "guess"}, "guess"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused_with_its_input_kept(client, change, sentence):
    address = upload(client, TABLE).url

    response = client.post(address, {**COLUMNS, **OPTIONS, **change})

    assert response.status_code == 422
    assert sentence in text(response)
    assert "custom.note" in text(response)
    assert ImportRun.objects.get().state == "uploaded"


def test_a_saved_mapping_serves_the_next_file(client):
    client.post(upload(client, TABLE).url, {**COLUMNS, **OPTIONS, "save_as": "Our table"})
    saved = ImportMapping.objects.get()
    address = upload(client, TABLE + b"a-4,2026-05-04 10:00:00,ANSWERED,x,\r\n").url

    page = text(client.get(address, {"mapping": saved.pk}))

    assert "outcome: LOST = skip" in page
    assert '<option value="custom.note" selected>' in page


@pytest.mark.parametrize(
    ("content", "format_name"),
    [
        (attune_json([call()]), "attune_json"),
        (b'{"sid": "x", "turns": []}', "harper_valley"),
        (b"1772006400|1772006400.1|billing|NONE|ENTERQUEUE||+14155552671|1", "queue_log"),
        (TABLE, "delimited"),
        (b"", "delimited"),
    ],
)
def test_the_format_is_found_from_the_content(client, content, format_name):
    upload(client, content or b"\n", name="x.bin")

    assert ImportRun.objects.get().format == format_name


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"\n", "The file has no header."),
        (b"a,a\r\n1,2\r\n", "Two columns have the name"),
        (b"a;b\0;c\r\n1;2;3\r\n", "NUL"),
        ("Zürich;b\r\n1;2\r\n".encode("cp1252"), "UTF-8"),
    ],
)
def test_a_table_that_cannot_be_read_is_told_on_the_mapping_page(client, content, sentence):
    address = upload(client, content, format="delimited").url

    assert sentence in text(client.get(address))


def test_the_same_file_again_needs_a_tick(client):
    imported([call()])
    run = staged([call()])

    refused = act(client, "start", run)
    assert refused.status_code == 409
    assert "has already taken this file" in text(refused)

    act(client, "start", run, again="on")
    run_waiting_jobs(job="crm.run_import")
    run.refresh_from_db()
    assert list(run.counters.values()) == [1, 0, 0, 1, 0]


def test_a_run_is_paused_resumed_and_canceled(client):
    run = staged([call()])
    act(client, "start", run)

    act(client, "pause", run)
    assert "Paused." in text(client.get(run.get_absolute_url()))
    act(client, "resume", run)
    act(client, "cancel", run)
    act(client, "cancel", run)

    run.refresh_from_db()
    assert run.state == "canceled"
    run_waiting_jobs(job="crm.run_import")
    assert Interaction.objects.count() == 0


def test_a_verb_that_the_state_forbids_is_refused(client):
    run = imported([call()])

    response = act(client, "check", run)

    assert response.status_code == 409
    assert "This import is finished, so it cannot be checked." in text(response)


def test_page_and_list_cost_the_same_for_one_row_and_for_fifty(client):
    run = checked(staged([call(1), call(2, external_id="")]))
    page, runs = (
        queries(client, run.get_absolute_url()),
        queries(client, reverse("crm:import_list")),
    )

    for line in range(60):
        ImportRowFactory(run=run, line=line + 10)
        ImportRunFactory(ordered_by=run.ordered_by)

    assert queries(client, run.get_absolute_url()) == page <= 12
    assert queries(client, reverse("crm:import_list")) == runs <= 12


@pytest.mark.parametrize("role", ["agent", "evaluator", "trainer"])
def test_others_may_not_import(client, role):
    run = staged([call()])
    sign_in(client, role)

    assert client.get(reverse("crm:import_list")).status_code == 403
    assert client.get(run.get_absolute_url()).status_code == 403
    assert act(client, "start", run).status_code == 403


def test_an_empty_list_says_what_to_do(client):
    assert "Nothing was imported yet" in text(client.get(reverse("crm:import_list")))
