"""A copy of a person's data, erasure, tombstones and retention."""

import io
import json
import zipfile
from datetime import timedelta

import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.urls import reverse

from accounts.models import AccessEntry, AuditEntry
from crm.actions import consents, contact_points, customers, merges, notes, privacy
from crm.models import (
    BulkRun,
    Customer,
    ErasureTombstone,
    ExportRun,
    ImportRow,
    Interaction,
    PrivacyRequest,
    SavedView,
    Turn,
)
from crm.privacy import retention, tombstones
from crm.privacy.packing import pack
from crm.privacy.retention import RetentionRule, read_rule
from ops import files
from ops.models import IdempotencyKey, JobRun, StoredFile
from tests.crm.pages import sign_in
from tests.crm.runs import AT, call, imported
from tests.factories.accounts import UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    InteractionFactory,
    OrganizationRoleFactory,
    PrivacyRequestFactory,
    RecordingFactory,
    TagFactory,
    TranscriptFactory,
    TurnFactory,
)
from tests.factories.crm_cases import CaseFactory, PromiseFactory, TaskFactory
from tests.factories.ops import WebhookAttemptFactory

pytestmark = pytest.mark.django_db
CANARY = "Zanzibarine"
REASON = "The person asked for it in a letter."


def known_person():
    """Somebody whose name, ids, addresses and texts all hold the canary."""
    user = UserFactory(roles=["supervisor"])
    record = {
        "external_id": f"{CANARY}-1",
        "name": f"{CANARY} Brown",
        "emails": ["zanzibarine@x.org"],
    }
    imported([call(1, customer=record, subject=f"About {CANARY}", outcome="handled")])
    customer = Customer.objects.get()
    content = customers.CustomerContent(
        first_name=CANARY, last_name="Brown", source="pbx-1", external_id=f"{CANARY}-1"
    )
    customers.change_customer(
        customer=customer, content=content, seen=customer.version, by=user, at=AT
    )
    note = notes.write_note(body=f"{CANARY} called", customer=customer, by=user, at=AT)
    notes.change_note(note=note, body=f"{CANARY} called twice", by=user, at=AT)
    consents.record_consent(
        customer=customer,
        purpose=ConsentPurposeFactory(),
        decision="granted",
        evidence=CANARY,
        source=CANARY,
        by=user,
        at=AT,
    )
    interaction = Interaction.objects.get()
    Interaction.objects.update(custom={"who": CANARY}, customer_address="zanzibarine@x.org")
    TurnFactory(transcript=TranscriptFactory(interaction=interaction), text=f"I am {CANARY}")
    OrganizationRoleFactory(customer=customer, title=CANARY)
    CaseFactory(customer=customer, subject=f"{CANARY} waits", description=CANARY)
    PromiseFactory(customer=customer, text=f"Call {CANARY}")
    TaskFactory(customer=customer, title=f"Call {CANARY}")
    customer.tags.add(TagFactory())
    stored = files.store(
        f"{CANARY} speaks".encode(),
        name="call.wav",
        media_type="audio/wav",
        kind="recording",
        by_id=None,
    )
    RecordingFactory(interaction=interaction, file=stored, url="")
    leave_traces(user)
    loser = CustomerFactory(display_name=f"{CANARY} B.", name_key="zanzibarine b")
    merges.merge_customers(winner=customer, loser=loser, reason=CANARY, by=user, at=AT)
    customer.refresh_from_db()
    return customer


def leave_traces(user):
    """The name in filters, in a kept answer, in the error of a job and in what a receiver said."""
    query = f"q={CANARY}+Brown"
    SavedView.objects.create(page="crm:customers", name="Mine", owner=user, query=query)
    BulkRun.objects.create(
        kind="customer", act="tag", query=query, state="finished", ordered_by=user, ordered_at=AT
    )
    ExportRun.objects.create(
        kind="customers", query=query, state="finished", ordered_by=user, ordered_at=AT
    )
    IdempotencyKey.objects.create(
        scope="1",
        key="k",
        fingerprint="f",
        status=201,
        created_at=AT,
        body=json.dumps({"display_name": f"{CANARY} Brown"}),
    )
    JobRun.objects.create(job="j", key="k", available_at=AT, error_text=f"No {CANARY} Brown.")
    WebhookAttemptFactory(answer=f"{CANARY} Brown is unknown here.")


def places_of(word):
    """Every column of every table that holds the word, in any case."""
    found = set()
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                values = model._base_manager.values_list(field.name, flat=True)
                if any(word.lower() in json.dumps(value, default=str).lower() for value in values):
                    found.add(f"{model._meta.label}.{field.name}")
    return found


def erased(customer):
    """The erasure as the job does it, each step in its own transaction."""
    request = privacy.request_erasure(customer=customer, reason=REASON, by=UserFactory(), at=AT)
    request = privacy.approve_erasure(request=request, by=UserFactory(), at=AT)
    privacy.begin_erasure(request=request, at=AT)
    counts = {}
    for name, count in privacy.erase(customer.pk, AT, []):
        counts[name] = counts.get(name, 0) + count
    return privacy.finish_erasure(request=request, counts=counts, at=AT)


FACTS = ("channel", "started_at", "answered_at", "outcome", "talk_seconds", "queue_id")


def test_nothing_tells_of_an_erased_person_and_figures_stay(django_capture_on_commit_callbacks):
    customer = known_person()
    figures = list(Interaction.objects.values_list(*FACTS))
    path = files.full_path(StoredFile.objects.get(kind="recording").path)
    held_before = path.exists()

    with django_capture_on_commit_callbacks(execute=True):
        request = erased(customer)

    customer.refresh_from_db()
    assert places_of(CANARY) == set()
    assert list(Interaction.objects.values_list(*FACTS)) == figures
    assert (customer.state, str(customer)) == ("erased", f"Erased customer {customer.reference}")
    assert held_before and not path.exists()
    assert request.counts["crm.turns"] == 1
    assert AuditEntry.objects.filter(verb="erase_customer").count() == 2


def test_a_bulk_act_under_way_keeps_its_filter():
    """Without it the act would go over the whole list."""
    customer = known_person()
    BulkRun.objects.update(state="running")

    erased(customer)

    assert places_of(CANARY) == {"crm.BulkRun.query"}


def test_an_erasure_goes_on_where_it_stopped():
    customer = known_person()
    done = []
    for name, _ in privacy.erase(customer.pk, AT, done):
        if name == "crm.notes":
            break  # The worker dies.

    for _ in privacy.erase(customer.pk, AT, done):
        pass
    privacy.close_record(customer.pk, by=None, at=AT)

    assert places_of(CANARY) == set()


def test_whoever_asked_does_not_approve(client):
    supervisor = sign_in(client, "supervisor", "admin")
    customer = CustomerFactory()
    client.post(reverse("crm:privacy_ask_erasure", args=[customer.pk]), {"reason": REASON})
    request = PrivacyRequest.objects.get()
    url = reverse("crm:privacy_approve", args=[request.pk])

    own = client.post(url)
    page = client.get(request.get_absolute_url()).content.decode()
    sign_in(client, "admin")
    other = client.post(url)

    request.refresh_from_db()
    assert (own.status_code, other.status_code) == (403, 302)
    assert "Approve the erasure" not in page
    assert request.state == "approved" and request.requested_by == supervisor
    assert (request.due_on - request.requested_at.date()).days in (29, 30)


def test_legal_hold_stops_an_erasure_and_is_named(client):
    sign_in(client, "supervisor")
    interaction = InteractionFactory(customer=CustomerFactory())
    RecordingFactory(interaction=interaction, legal_hold=True, hold_reason="Case 7/26")
    url = reverse("crm:privacy_ask_erasure", args=[interaction.customer.pk])

    response = client.post(url, {"reason": REASON})

    assert response.status_code == 409
    assert "Case 7/26" in response.content.decode()
    assert not PrivacyRequest.objects.exists()


def test_refused_request_keeps_its_reason_and_everything_stays(client):
    sign_in(client, "admin")
    request = PrivacyRequestFactory()
    url = reverse("crm:privacy_refuse", args=[request.pk])

    client.post(url, {"reason": "The contract is still running."})

    request.refresh_from_db()
    assert (request.state, request.refusal) == ("refused", "The contract is still running.")
    assert client.post(reverse("crm:privacy_approve", args=[request.pk])).status_code == 409


def test_import_of_an_erased_person_is_refused():
    customer = known_person()
    erased(customer)
    again = call(2, customer={"name": "New name", "emails": ["Zanzibarine@X.org"]})

    run = imported([again, call(3)])

    assert (run.created, run.failed) == (1, 1)
    assert ImportRow.objects.get(run=run).code == "erased_person"
    assert Customer.objects.filter(state="active").count() == 0 or not places_of("zanzibarine@x")


def test_erasures_are_replayed_after_a_restore(capsys):
    tombstone_of = ContactPointFactory(kind="email", value="back@x.org")
    tombstones.plant(tombstone_of.customer, AT)
    other = ContactPointFactory(kind="email", value="other@x.org")

    call_command("replay_erasures")
    call_command("replay_erasures")

    tombstone_of.customer.refresh_from_db(), other.customer.refresh_from_db()
    assert (tombstone_of.customer.state, other.customer.state) == ("erased", "active")


def test_tombstones_tell_nothing_without_the_key(settings):
    first = tombstones.of_contact("email", "", "anna@x.org")
    settings.AUDIT_KEY = "another key " * 5

    assert tombstones.of_contact("email", "", "anna@x.org") != first
    assert len(first) == 64


def test_command_erases_with_two_people_and_not_with_one(capsys):
    customer = known_person()
    asker, approver = UserFactory(roles=["supervisor"]), UserFactory(roles=["admin"])
    given = ["erase_customer", customer.reference, "--requested-by", asker.email]

    with pytest.raises(CommandError):
        call_command(*given, "--approved-by", asker.email)
    call_command(*given, "--approved-by", approver.email, "--json")

    told = json.loads(capsys.readouterr().out)
    assert (told["customer"], told["counts"]["crm.identity"]) == (customer.reference, 2)
    assert places_of(CANARY) == set()
    # No worker finds a second erasure of the same person to do.
    assert JobRun.objects.get(job="crm.erase_person").state == "done"


# --- A copy --------------------------------------------------------------------------------------


def test_copy_holds_every_list_in_both_forms_a_pdf_and_the_recordings():
    customer = known_person()

    stored = pack(customer, at=AT, by_id=None)

    with files.open_file(stored) as packed:
        archive = zipfile.ZipFile(io.BytesIO(packed.read()))
    names = set(archive.namelist())
    assert {"person.json", "person.csv", "transcripts.json", "dossier.pdf"} <= names
    assert "recordings/001-call.wav" in names
    assert archive.read("dossier.pdf").startswith(b"%PDF")
    [person] = json.loads(archive.read("person.json"))
    assert person["display_name"] == f"{CANARY} Brown"
    texts = {name: archive.read(name).decode() for name in names if name.endswith(".json")}
    for name in ("contact_points", "consents", "interactions", "transcripts", "notes", "cases"):
        assert CANARY.lower() in texts[f"{name}.json"].lower(), name


def test_a_second_order_while_one_runs_is_the_same_one(client):
    sign_in(client, "supervisor")
    url = reverse("crm:privacy_ask_export", args=[CustomerFactory().pk])

    first = client.post(url, {"reason": REASON})
    second = client.post(url, {"reason": REASON})

    assert first.url == second.url
    assert AccessEntry.objects.filter(kind="exported_person").count() == 1
    assert client.post(url, {"reason": "short"}).status_code == 422


def test_copy_is_read_only_while_it_is_kept(client):
    sign_in(client, "supervisor")
    stored = files.store(
        b"zip", name="c.zip", media_type="application/zip", kind="person_export", by_id=None
    )
    request = PrivacyRequestFactory(
        kind="access", state="finished", file=stored, expires_at=AT + timedelta(days=7)
    )
    url = reverse("ops:file_content", args=[stored.pk])
    read = client.get(url)
    list(getattr(read, "streaming_content", []))

    with transaction.atomic():
        assert privacy.remove_expired_exports(at=AT) == 0
        assert privacy.remove_expired_exports(at=AT + timedelta(days=7)) == 1

    request.refresh_from_db()
    assert read.status_code == 200
    assert request.file is None and client.get(url).status_code == 404
    sign_in(client, "agent")
    assert client.get(request.get_absolute_url()).status_code == 403


# --- Retention -----------------------------------------------------------------------------------


def test_preview_counts_what_the_night_removes(monkeypatch):
    old = STARTED_AT - timedelta(days=400)
    for started_at, channel in ((old, "voice"), (old, "chat"), (STARTED_AT, "voice")):
        row = InteractionFactory(started_at=started_at, channel=channel)
        TurnFactory(transcript=TranscriptFactory(interaction=row), text="Hello")
        RecordingFactory(interaction=row, legal_hold=channel == "chat")
    CustomerFactory(state="deleted", deleted_at=old)
    rules = (
        RetentionRule("turn_text", 365, channel="voice"),
        RetentionRule("recording", 365),
        RetentionRule("deleted_customer", 30),
    )
    monkeypatch.setattr(retention, "rules", lambda: rules)
    counted = [count for _, _, count in retention.preview(STARTED_AT)]

    removed = [0, 0, 0]
    for place, count in retention.apply(STARTED_AT):
        removed[place] += count

    assert counted == removed == [1, 1, 1]
    assert Turn.objects.filter(text="").count() == 1
    assert Customer.objects.filter(state="erased").count() == 1
    assert [count for _, _, count in retention.preview(STARTED_AT)] == [0, 0, 0]


@pytest.mark.parametrize(
    "line",
    [
        {"class": "recording", "keep_days": 0},
        {"class": "recording", "keep_days": True},
        {"class": "everything", "keep_days": 5},
        {"class": "audit_payload", "keep_days": 364},
        {"class": "note", "keep_days": 5, "team": "North"},
    ],
)
def test_faulty_rules_are_refused(line):
    with pytest.raises(ImproperlyConfigured):
        read_rule(line)


def test_shipped_rules_are_sound(client):
    sign_in(client, "admin")

    assert {rule.data_class for rule in retention.rules()} == set(retention.CLASSES)
    assert "Recordings" in client.get(reverse("crm:retention_list")).content.decode()


def test_erased_customer_is_shown_and_not_changed(client):
    sign_in(client, "admin")
    customer = known_person()
    erased(customer)

    page = client.get(customer.get_absolute_url()).content.decode()

    assert "Erased customer" in page
    with pytest.raises(customers.NotActive):
        notes.write_note(body="x", customer=customer, by=UserFactory(), at=AT)
    with pytest.raises(privacy.AlreadyErased):
        privacy.request_erasure(customer=customer, reason=REASON, by=UserFactory(), at=AT)
    assert ErasureTombstone.objects.count() >= 2
    assert not contact_points.ContactPoint.objects.filter(customer=customer).exists()
