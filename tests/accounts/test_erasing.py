"""A person is erased: no word, name or way in is left; figures, points and certificates are."""

from datetime import UTC, datetime, timedelta

import pytest
from allauth.account.models import EmailAddress
from django.apps import apps
from django.db import models
from django.urls import reverse
from django.utils import timezone

from accounts import actions
from accounts.actions.erasing import initials_of
from accounts.handlers import erase_again
from accounts.models import AgentKey, AuditEntry, User
from feedback.actions import postings
from feedback.actions.reversals import reverse_points
from feedback.checking import faults_of_ledger
from feedback.models import Birthday, Kudos, PointsAccount, PointsTransaction, Posting
from ops import files
from reports.models import ReportItem
from tests.factories.accounts import (
    AgentKeyFactory,
    ApiTokenFactory,
    RightGrantFactory,
    UserFactory,
)
from tests.factories.quality_plans import PlanOverrideFactory
from tests.factories.recognition import KudosFactory, KudosRecipientFactory, NominationFactory
from tests.factories.reports import ReportItemFactory, ReportRunFactory
from tests.factories.training import (
    AgendaItemFactory,
    AssignmentFactory,
    AttemptFactory,
    AttemptItemFactory,
    CertificateFactory,
    ClockPauseFactory,
    CoachingNoteFactory,
    CoachingSessionFactory,
    CycleFactory,
    ExternalDocumentFactory,
    SubmissionFactory,
)
from tests.jobs import run_waiting_jobs
from training.actions import certificates
from training.models import Certificate, CoachingNote, ExternalDocument

pytestmark = pytest.mark.django_db
AT = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
CANARY = "Zyxwella"


def left():
    """Somebody with the canary for a name, who has left."""
    person = actions.create_user(
        email=f"{CANARY}@example.com", full_name=f"{CANARY} Quiet Lark", by=None, at=AT,
        roles=["agent"], display_name=CANARY, password="long enough a secret",
    )  # fmt: skip
    return actions.deactivate_user(user=person, by=None, at=AT, reason=f"{CANARY} left.")


def places_with(word):
    """Every column of every table that holds the word."""
    found = set()
    for model in apps.get_models():
        for field in model._meta.concrete_fields:
            if isinstance(field, models.CharField | models.TextField | models.JSONField):
                rows = model._default_manager.filter(**{f"{field.name}__icontains": word})
                found |= {f"{model._meta.label}.{field.name}"} if rows.exists() else set()
    return found


def test_initials_are_of_the_first_and_the_last_word():
    names = {"Ada Lovelace": "A. L.", "ada": "A.", "Ada de la Mer": "A. M.", "": ""}
    assert {name: initials_of(name) for name in names} == names


def test_only_who_left_is_erased_and_only_once():
    person = UserFactory()
    with pytest.raises(actions.NotClosed):
        actions.erase_user(user=person, by=None, at=AT)
    gone = left()
    first = actions.erase_user(user=gone, by=None, at=AT)
    again = actions.erase_user(user=gone, by=None, at=AT + timedelta(days=1))

    assert (first.full_name, first.erased_initials) == ("Former colleague", "Z. L.")
    assert again.erased_at == AT
    assert AuditEntry.objects.filter(verb="erase_user").count() == 1
    with pytest.raises(actions.ErasedForGood):
        actions.reactivate_user(user=gone, by=None, at=AT)


def test_no_way_in_is_left():
    gone = left()
    points_with_a_reason(gone, said=f"For {CANARY}, who stayed late.")
    AgentKeyFactory(user=gone, key=CANARY)
    ApiTokenFactory(owner=gone, name=f"Sheet of {CANARY}")
    RightGrantFactory(user=gone, reason=f"{CANARY} knows surveys.")
    epoch = gone.session_epoch
    actions.erase_user(user=gone, by=None, at=AT)

    gone = User.objects.get(pk=gone.pk)
    assert not gone.has_usable_password()
    assert gone.session_epoch > epoch
    assert not EmailAddress.objects.filter(user=gone).exists()
    assert not AgentKey.objects.filter(user=gone).exists()


def words_everywhere(person):
    """What recognition and training keep of a person, each with the canary in it."""
    said = f"{CANARY} did it."
    friend = UserFactory()
    KudosFactory(giver=person, message=said)
    KudosRecipientFactory(kudos=KudosFactory(giver=friend, message=said), agent=person)
    NominationFactory(nominee=person, nominator=friend, statement=said * 6)
    session = CoachingSessionFactory(agent=person, agent_comment=said, decision=said)
    CoachingNoteFactory(session=session, body=said, is_private=True)
    CoachingNoteFactory(session=session, body=said)
    CoachingNoteFactory(author=person, body=said, is_private=True)
    AgendaItemFactory(session=session, text=said, outcome=said)
    SubmissionFactory(enrollment__person=person, text=said, comment=said)
    AttemptItemFactory(attempt__enrollment__person=person, response={"text": said})
    ClockPauseFactory(person=person, reason=said)
    AttemptFactory(enrollment__person=person, state="voided", void_reason=said)
    PlanOverrideFactory(agent=person, reason=said)
    AssignmentFactory(person=person, reason=said)
    document = ExternalDocumentFactory(person=person, title=said)
    CycleFactory(person=person, evidence=[{"kind": "document", "title": said}])
    return document


def points_with_a_reason(person, said):
    """Ten points given with words, and taken back with words."""
    giver = UserFactory(roles=["admin"])
    wallet = PointsAccount.objects.create(owner=person, kind="wallet")
    entry = postings.post(
        kind="grant",
        key=f"canary:{person.pk}",
        entries=[(postings.system("issuance"), -10), (wallet, 10)],
        by=giver,
        at=AT,
        reason=said,
    )
    return reverse_points(entry=entry, reason=said, by=giver, at=AT)


def test_a_canary_is_found_nowhere_afterwards():
    gone = left()
    words_everywhere(gone)
    AgentKeyFactory(user=gone, key=CANARY)
    ApiTokenFactory(owner=gone, name=f"Sheet of {CANARY}")
    Birthday.objects.create(user=gone, day=3, month=4)
    assert len(places_with(CANARY)) > 15
    actions.erase_user(user=gone, by=None, at=timezone.now())
    run_waiting_jobs()

    assert places_with(CANARY) == set()
    assert not ExternalDocument.objects.filter(person=gone).exists()
    assert not Birthday.objects.filter(user=gone).exists()
    assert set(Kudos.objects.values_list("message", flat=True)) == {""}


def test_words_of_others_stay():
    gone = left()
    note = CoachingNoteFactory(body="About somebody else.", is_private=True)
    kudos = KudosFactory(message="Thank you for the help with the case.")
    actions.erase_user(user=gone, by=None, at=AT)
    run_waiting_jobs()

    assert CoachingNote.objects.get(pk=note.pk).body == "About somebody else."
    assert Kudos.objects.get(pk=kudos.pk).message == "Thank you for the help with the case."


def test_points_stay_under_a_pseudonym():
    gone = left()
    account = PointsAccount.objects.create(owner=gone, kind="wallet", is_frozen=True)
    run_waiting_jobs()
    before = (PointsAccount.objects.count(), Posting.objects.count())
    actions.erase_user(user=gone, by=None, at=AT)
    run_waiting_jobs()

    assert (PointsAccount.objects.count(), Posting.objects.count()) == before
    assert str(PointsAccount.objects.get(pk=account.pk).owner) == "Former colleague"


def test_ledger_loses_the_words_of_its_reasons_and_nothing_else():
    gone = left()
    points_with_a_reason(gone, said=f"For {CANARY}, who stayed late.")
    points_with_a_reason(UserFactory(), said="For another colleague.")
    figures = ("pk", "kind", "idempotency_key", "by", "at", "source_type", "source_id", "reverses")
    before = list(PointsTransaction.objects.values_list(*figures))
    moved = list(Posting.objects.values_list("pk", "account", "amount", "balance_after"))
    actions.erase_user(user=gone, by=None, at=AT)
    run_waiting_jobs()

    assert list(PointsTransaction.objects.values_list(*figures)) == before
    assert list(Posting.objects.values_list("pk", "account", "amount", "balance_after")) == moved
    reasons = PointsTransaction.objects.order_by("pk").values_list("reason", flat=True)
    assert list(reasons) == ["", "", "For another colleague.", "For another colleague."]
    assert list(faults_of_ledger()) == []


def test_a_certificate_stays_verifiable_with_initials_and_without_its_page(client):
    gone = left()
    certificate = CertificateFactory(enrollment__person=gone, title="Birds", pdf_sha256="a" * 64)
    stored = files.store(
        b"%PDF-" + CANARY.encode(), name="c.pdf", media_type="application/pdf",
        kind="certificate", by_id=None,
    )  # fmt: skip
    Certificate.objects.filter(pk=certificate.pk).update(file=stored)
    actions.erase_user(user=gone, by=None, at=AT)
    run_waiting_jobs()

    page = client.get(reverse("training:certificate_verify", args=[certificate.shown_serial]))
    text = page.content.decode()
    assert (page.status_code, "Z. L." in text, CANARY in text) == (200, True, False)
    certificate = Certificate.objects.get(pk=certificate.pk)
    assert (certificate.file_id, certificate.pdf_sha256) == (None, "a" * 64)
    assert certificates.build_certificate(certificate=certificate).file_id is None


def test_documents_about_the_person_are_emptied_and_others_stay():
    gone, other = left(), UserFactory()
    run = ReportRunFactory()
    for person in (gone, other):
        ReportItemFactory(run=run, subject_kind="agent", subject_id=person.pk, name=CANARY,
            snapshot={"name": CANARY})  # fmt: skip
    ReportItemFactory(
        run=run, subject_kind="joined", subject_id=1, name="All in one", snapshot={"html": CANARY}
    )
    actions.erase_user(user=gone, by=None, at=AT)
    run_waiting_jobs()

    kept = ReportItem.objects.order_by("pk").values_list("name", "snapshot")
    assert list(kept) == [
        ("Former colleague", {}),
        (CANARY, {"name": CANARY}),
        ("All in one", {}),
    ]


def test_an_older_backup_forgets_the_person_again():
    gone = UserFactory(full_name=f"{CANARY} Lark")
    line = {"user_id": gone.pk}

    assert erase_again(line, AT) is True
    assert erase_again(line, AT) is False
    assert User.objects.get(pk=gone.pk).full_name == "Former colleague"


# --- The page -------------------------------------------------------------------------------------


def test_an_administrator_erases_on_the_page_of_the_person(client):
    gone, admin = left(), UserFactory(roles=["admin"])
    client.force_login(admin)
    url = reverse("accounts:person_erase", args=[gone.pk])
    unsure = client.post(url, {"erase-reason": "Asked for it."})
    assert (unsure.status_code, "cannot be undone" in unsure.content.decode()) == (422, True)
    client.post(url, {"erase-reason": "Asked for it.", "erase-is_sure": "on"})

    page = client.get(reverse("accounts:person_detail", args=[gone.pk])).content.decode()
    assert ("Former colleague" in page, "Open the account again" in page) == (True, False)
    back = client.post(reverse("accounts:person_reactivate", args=[gone.pk]))
    assert back.status_code == 403


def test_an_open_account_is_not_erased_on_the_page(client):
    person, admin = UserFactory(), UserFactory(roles=["admin"])
    client.force_login(admin)
    data = {"erase-reason": "Asked for it.", "erase-is_sure": "on"}
    answer = client.post(reverse("accounts:person_erase", args=[person.pk]), data)

    assert answer.status_code == 409
    assert "Close the account first" in answer.content.decode()
    client.force_login(UserFactory(roles=["supervisor"]))
    assert client.post(reverse("accounts:person_erase", args=[person.pk]), data).status_code == 403
