"""No column that people's words go into lets card data through, however it is written."""

import pytest
from django.apps import apps
from django.db import models

from accounts import audit, audit_chain
from accounts.models import AuditPayload
from config import processing
from crm.models import Note
from lib import masking
from lib.masking import MaskedCharField, MaskedTextField
from tests.factories.accounts import UserFactory
from tests.factories.crm_cases import NoteFactory
from tests.factories.quality import AT

CARD = "My card is 4111 1111 1111 1111."
MASKED = "My card is [card ••••1111]."

# Columns of tables that tell of people, by why their texts are stored as they come.
UNMASKED = {
    "a code, a key, a state or a reference that Attune makes": """
        act argument attribution audience band channel client_class closing_fact_key code
        column country criterion_key direction entry event exit field family from_state gap
        interaction_channel kind language last_evidence message_id method metric model
        network network_class next_due_metric object_id object_type option option_key origin
        answered_key decided_option proposed_option page preferred_channel
        preferred_language privacy_text public_id public_ref question rating reference
        request_id response_id right role root_cause row_code row_id rule section serial
        source source_type status stratum subject_kind subjects_key success target_id
        target_type text_version time_zone topic type u_hex validity verb wrap_source zone
        key media_type path format match_key
    """,
    "a digest or a seal": """
        address_hmac content_digest digest login_hash nonce_hash sha256 text_hash
    """,
    "a name or an address; the verb masks what a customer is called": """
        accounts.User.display_name accounts.User.email accounts.User.full_name
        accounts.User.erased_initials accounts.AccountInvitation.email
        accounts.AccountInvitation.full_name accounts.SignInIdentity.issuer
        accounts.ApiToken.name crm.Customer.first_name crm.Customer.last_name
        crm.Customer.name_key crm.Customer.external_id crm.Customer.display_name
        crm.Organization.name crm.Organization.name_key crm.Organization.domains
        crm.Organization.external_id crm.SavedView.name reports.ReportItem.name
    """,
    "a number or an address to reach somebody by, which may look like a card": """
        raw value extension label reversed_digits verified_how opt_out_source
        customer_address service_address transferred_to external_id
    """,
    "masked turn by turn with what was said before (crm/readers/without_cards.py)": "crm.Turn.text",
    "a sentence that Attune writes": """
        cause sentence progress_text shift_note crm.BulkRefusal.message
        crm.TimelineEntry.title feedback.SendDecision.reason feedback.SendDecision.subject
        crm.ExportRun.message
    """,
    "made from what is masked already": """
        crm.Case.subject_key ops.IdempotencyKey.body reports.ReportRun.title
        training.Certificate.title training.EffectReport.title
    """,
    "filters of a list, which are looked for and not shown": "query",
    "the name of a fact, a bucket or a file's place": """
        ops.EventRecord.name ops.Bucket.name crm.Recording.url
    """,
}
ALLOWED = {name for names in UNMASKED.values() for name in names.split()}
OURS = {"accounts", "crm", "feedback", "ops", "quality", "reports", "training"}


def text_columns():
    """(table, name, field) of every text without choices that tells of a person."""
    for activity in processing.read():
        for table in activity.tables:
            model = apps.get_model(table.label)
            for column in table.columns:
                field = model._meta.get_field(column.name)
                is_text = isinstance(field, models.CharField | models.TextField)
                if is_text and not field.choices and column.kind in ("personal", "special"):
                    yield table.label, column.name, field


def test_every_text_about_people_is_masked_or_has_a_reason_not_to_be():
    columns = [one for one in text_columns() if one[0].split(".")[0] in OURS]
    unmasked = [
        f"{label}.{name}"
        for label, name, field in columns
        if not isinstance(field, MaskedCharField | MaskedTextField)
        and not {name, f"{label}.{name}"} & ALLOWED
    ]
    assert unmasked == []
    assert len(columns) - len(unmasked) > 100


def test_words_are_never_excused_by_the_name_of_their_column():
    words = {"body", "comment", "note", "reason", "statement", "text", "title", "description"}
    assert not words & ALLOWED


@pytest.mark.django_db
def test_no_way_of_writing_passes_by():
    saved = NoteFactory(body=CARD)
    made = Note(case=saved.case, author=saved.author, body=CARD, written_at=AT)
    Note.objects.bulk_create([made])
    updated = NoteFactory(body="Nothing yet.")
    Note.objects.filter(pk=updated.pk).update(body=CARD)

    assert saved.body == MASKED
    assert set(Note.objects.values_list("body", flat=True)) == {MASKED}


@pytest.mark.django_db
def test_masking_twice_changes_nothing_and_text_without_digits_stays():
    note = NoteFactory(body=CARD)
    note.save()
    note.refresh_from_db()

    assert note.body == MASKED
    assert masking.masked("Nothing to hide.\n Not here. ") == "Nothing to hide.\n Not here. "


def test_a_label_longer_than_its_code_is_cut_to_the_column():
    field = MaskedCharField(max_length=20)
    assert field.get_prep_value("4111111111111111 12") == "[card ••••1111] 12"
    assert len(field.get_prep_value("abcd4111111111111111")) <= 20


def test_without_a_redactor_nothing_is_stored(monkeypatch):
    monkeypatch.setattr(masking, "_redactor", [])
    with pytest.raises(RuntimeError, match="No redactor"):
        MaskedTextField().get_prep_value("Hello")


def test_migrations_know_the_plain_fields():
    path = MaskedCharField(max_length=20).deconstruct()[1]
    assert path == "django.db.models.CharField"


@pytest.mark.django_db
def test_the_trail_seals_what_it_stores():
    person = UserFactory()
    entry = audit.record(
        verb="test", record=person, by=None, at=AT, after={"note": CARD}, reason=CARD
    )
    payload = AuditPayload.objects.get(entry=entry)

    assert (payload.after, payload.reason) == ({"note": MASKED}, MASKED)
    told = audit_chain.payload_digest(payload.salt, payload.before, payload.after, payload.reason)
    assert told == entry.payload_digest
