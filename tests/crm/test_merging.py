"""Merging two customers, undoing it, and everything in between."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.db import connection
from django.urls import reverse

from accounts.models import AuditEntry
from crm import duplicate_finding
from crm.actions import consents, contact_points, customers, merges, notes
from crm.events import CustomersMerged, MergeUndone
from crm.merging.rules import all_rules, columns_of_customers
from crm.models import (
    ConsentEvent,
    ContactPoint,
    Customer,
    DuplicateCandidate,
    Interaction,
    MergeRecord,
    TimelineEntry,
)
from lib import events
from lib.refusals import Refused
from tests.crm.pages import sign_in
from tests.crm.runs import call, imported
from tests.factories.accounts import UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ConsentEventFactory,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    CustomerRelationFactory,
    DuplicateCandidateFactory,
    InteractionFactory,
    OrganizationRoleFactory,
    RecordingFactory,
    TagFactory,
    TimelineEntryFactory,
)
from tests.factories.crm_cases import NoteFactory
from tests.races import together

pytestmark = pytest.mark.django_db
AT = STARTED_AT + timedelta(days=30)


def merged(winner, loser, **given):
    given = {"by": UserFactory(roles=["supervisor"]), "at": AT} | given
    return merges.merge_customers(winner=winner, loser=loser, **given)


def undone(record, at=AT + timedelta(days=1)):
    return merges.undo_merge(record=record, by=UserFactory(), at=at)


def person_with_everything():
    customer = CustomerFactory()
    InteractionFactory(customer=customer)
    ContactPointFactory(customer=customer, is_primary=True)
    NoteFactory(case=None, customer=customer)
    ConsentEventFactory(customer=customer)
    OrganizationRoleFactory(customer=customer)
    TimelineEntryFactory(customer=customer)
    CustomerRelationFactory(left=customer)
    CustomerRelationFactory(right=customer)
    customer.tags.add(TagFactory())
    return customer


def snapshot():
    """Every row of every table that points at a customer, and the customers themselves."""
    left_out = {"version", "updated_at", "created_at"}
    tables = {model for model, _ in columns_of_customers()} | {"crm.customer"}
    tables -= {"crm.mergerecord", "crm.duplicatecandidate"}
    found = {}
    for label in sorted(tables):
        model = apps.get_model(label)
        names = [f.attname for f in model._meta.concrete_fields if f.name not in left_out]
        found[label] = sorted(map(repr, model._base_manager.values_list(*names)))
    return found


def test_every_row_of_the_loser_is_the_winners_and_undoing_gives_all_back():
    winner, loser = person_with_everything(), person_with_everything()
    merges.recount({winner.pk, loser.pk})
    before = snapshot()

    record = merged(winner, loser)

    for rule in all_rules():
        if rule.moves:
            assert not rule.rows.filter(**{rule.field: loser.pk}).exists(), rule
    winner.refresh_from_db(), loser.refresh_from_db()
    assert (loser.state, loser.merged_into, winner.interaction_count) == ("merged", winner, 2)
    undone(record)
    assert snapshot() == before
    assert MergeRecord.objects.get().kept == []


def test_values_are_chosen_by_field_and_a_vip_stays_one():
    winner = CustomerFactory(display_name="A. Schmidt", custom={"a": 1})
    loser = CustomerFactory(
        display_name="Anna Schmidt", preferred_language="de", is_vip=True, vip_reason="Board"
    )

    record = merged(winner, loser, choices={"display_name": "loser"})

    winner.refresh_from_db()
    assert (winner.display_name, winner.name_key) == ("Anna Schmidt", "anna schmidt")
    assert (winner.preferred_language, winner.is_vip, winner.vip_reason) == ("de", True, "Board")
    Customer.objects.filter(pk=winner.pk).update(preferred_language="fr")
    undone(record)
    winner.refresh_from_db()
    assert (winner.display_name, winner.is_vip) == ("A. Schmidt", False)
    assert winner.preferred_language == "fr"  # Changed since, so it stays and is listed.
    assert MergeRecord.objects.get().kept == [
        ["crm.customer", str(winner.pk), "preferred_language"]
    ]


def test_contact_points_alike_fold_and_one_primary_stays():
    winner, loser = CustomerFactory(), CustomerFactory()
    ContactPointFactory(customer=winner, value="+14155550001", is_primary=True)
    ContactPointFactory(customer=loser, value="+14155550001", is_primary=True)
    ContactPointFactory(customer=loser, value="+14155550002")

    merged(winner, loser)

    points = winner.contact_points.values_list("value", "is_primary")
    assert sorted(points) == [("+14155550001", True), ("+14155550002", False)]
    assert loser.contact_points.count() == 1


def test_work_after_the_merge_stays_with_the_winner():
    winner, loser = person_with_everything(), person_with_everything()
    record = merged(winner, loser)
    user = UserFactory()
    note = notes.write_note(body="After.", customer=winner, by=user, at=AT)
    moved = Interaction.objects.filter(customer=winner).order_by("-pk").first()
    other = CustomerFactory()
    Interaction.objects.filter(pk=moved.pk).update(customer=other)

    undone(record)

    note.refresh_from_db(), moved.refresh_from_db()
    assert (note.customer, moved.customer) == (winner, other)
    assert ["crm.interaction", str(moved.pk), "customer"] in MergeRecord.objects.get().kept


def test_chain_is_undone_last_first():
    a, b, c = CustomerFactory.create_batch(3)
    first, second = merged(b, a), merged(c, b)

    with pytest.raises(merges.MergedOnward) as refusal:
        undone(first)
    undone(second)
    undone(first)

    assert c.reference in str(refusal.value)
    assert set(Customer.objects.values_list("state", flat=True)) == {"active"}
    with pytest.raises(merges.AlreadyUndone):
        undone(first)


def test_a_refusal_on_either_side_stays_until_that_channel_is_granted_again():
    purpose = ConsentPurposeFactory(code="news")
    winner, loser = CustomerFactory(), CustomerFactory()
    day = timedelta(days=1)
    ConsentEventFactory(customer=loser, purpose=purpose, channel="sms", decision="withdrawn")
    later = STARTED_AT + day
    ConsentEventFactory(customer=winner, purpose=purpose, channel="sms", at=later)
    ConsentEventFactory(customer=winner, purpose=purpose, channel="any", at=later)

    record = merged(winner, loser)

    def may(channel, days):
        return consents.may_contact(
            customer=winner, purpose="news", channel=channel, point=None, at=AT + days * day
        )

    assert (may("sms", 1), may("email", 1)) == (False, True)
    for channel, days in (("any", 2), ("sms", 4)):
        at = AT + days * day
        consents.record_consent(
            customer=winner, purpose=purpose, channel=channel, decision="granted", by=None, at=at
        )
    assert (may("sms", 3), may("sms", 5)) == (False, True)
    undone(record, at=AT + 6 * day)
    assert not ConsentEvent.objects.filter(source="merge").exists()


def refusals():
    person = CustomerFactory()
    held = CustomerFactory()
    RecordingFactory(
        interaction=InteractionFactory(customer=held), legal_hold=True, hold_reason="Case 7/26"
    )
    yield person, person, "itself"
    yield person, CustomerFactory(state="erased"), "was erased"
    yield CustomerFactory(state="deleted"), person, "was deleted"
    yield person, CustomerFactory(state="merged", merged_into=person), "was merged"
    yield person, CustomerFactory(restricted_at=AT, restrict_reason="Asked."), "restricted"
    yield person, held, "Case 7/26"


def test_what_may_not_be_merged_is_told_why():
    for winner, loser, words in refusals():
        with pytest.raises(Refused, match=words):
            merged(winner, loser)
    assert not MergeRecord.objects.exists()


def test_import_finds_the_winner_by_the_losers_external_id():
    [loser, winner] = [
        Customer.objects.create(source="pbx-1", external_id=name) for name in ("old", "new")
    ]
    merged(winner, loser)

    imported([call(1, customer={"external_id": "old"})])

    assert Interaction.objects.get().customer == winner


def test_merge_is_audited_told_and_stands_on_the_timeline(monkeypatch):
    told = []
    monkeypatch.setattr(events, "publish", told.append)
    winner, loser = CustomerFactory(), CustomerFactory()

    record = merged(winner, loser, reason="The same person called twice.")

    assert isinstance(told[-1], CustomersMerged)
    assert AuditEntry.objects.get(verb="merge_customers").payload.reason.startswith("The same")
    assert loser.reference in TimelineEntry.objects.get(kind="merge").title
    undone(record)
    assert isinstance(told[-1], MergeUndone)
    assert not TimelineEntry.objects.filter(kind="merge").exists()


def preview_of(client, winner, loser):
    return client.get(reverse("crm:merge_preview", args=[winner.pk, loser.pk]))


def test_preview_writes_nothing_and_is_refused_when_one_changed_since(client):
    sign_in(client, "supervisor")
    winner, loser = CustomerFactory(display_name="A"), CustomerFactory(display_name="B")
    InteractionFactory(customer=loser)
    before = snapshot()
    url = reverse("crm:merge_preview", args=[winner.pk, loser.pk])

    page = preview_of(client, winner, loser).content.decode()
    given = {"winner_version": winner.version, "loser_version": loser.version}
    customers.set_vip(
        customer=loser, is_vip=True, reason="Board", on=AT.date(), by=UserFactory(), at=AT
    )
    refused = client.post(url, given)
    done = client.post(url, given | {"loser_version": loser.version + 1, "take_is_vip": "winner"})

    assert "Interactions" in page and 'name="take_display_name"' in page
    assert refused.status_code == 409 and "changed since this preview" in refused.content.decode()
    record = MergeRecord.objects.get()
    assert done.url == record.get_absolute_url()
    winner.refresh_from_db()
    assert winner.is_vip is False
    assert set(before) == set(snapshot())
    assert client.post(reverse("crm:merge_undo", args=[record.pk])).status_code == 302
    assert "Undone" in client.get(record.get_absolute_url()).content.decode()


def test_agent_may_not_merge(client):
    sign_in(client, "agent")
    winner, loser = CustomerFactory(), CustomerFactory()

    assert preview_of(client, winner, loser).status_code == 403


@pytest.mark.race
def test_merging_both_ways_at_once_merges_once(race_database):
    assert len(both_ways_at_once()) == 1


@pytest.mark.race
def test_without_the_lock_both_give_way(race_database, monkeypatch):
    monkeypatch.setattr(merges, "locked", lambda customer: customer)

    # Now and then they miss each other, or the database itself ends one of them.
    assert any(len(both_ways_at_once()) == 2 for _ in range(20))


def both_ways_at_once():
    pair = CustomerFactory(), CustomerFactory()
    by = UserFactory()

    def merge(number):
        winner, loser = pair if number else pair[::-1]
        # What a page holds that was loaded before.
        winner, loser = (Customer.objects.get(pk=row.pk) for row in (winner, loser))
        return merges.merge_customers(winner=winner, loser=loser, by=by, at=AT)

    answers = together(merge, 2)
    return [answer for answer in answers if isinstance(answer, MergeRecord)]


# --- Finding ------------------------------------------------------------------------------------


def twins(**fields):
    people = [CustomerFactory(display_name="Anna Schmidt", name_key="anna schmidt") for _ in "ab"]
    for person in people:
        ContactPointFactory(customer=person, kind="email", value="a@x.org", match_key="a@x.org")
    return people


def scan():
    return list(duplicate_finding.scan({}))


def test_scan_keeps_pairs_with_their_reasons_and_runs_twice_alike():
    lower, higher = twins()
    CustomerFactory(display_name="Somebody else", name_key="somebody else")

    scan()
    scan()

    pair = DuplicateCandidate.objects.get()
    assert (pair.lower, pair.higher, pair.score) == (lower, higher, 95)
    assert [(code, points) for code, points, _ in pair.reasons] == [("email", 60), ("name", 35)]


def test_dismissed_pair_comes_back_only_when_it_is_ten_points_more_alike():
    lower, higher = twins()
    ContactPoint.objects.all().delete()
    for person in (lower, higher):
        ContactPointFactory(customer=person, value="+14155550001", match_key="+14155550001")
    merges.dismiss_pair(one=higher, other=lower, by=UserFactory(), at=AT)
    scan()
    state = DuplicateCandidate.objects.get().state

    for person in (lower, higher):
        ContactPointFactory(customer=person, kind="email", value="a@x.org", match_key="a@x.org")
    scan()

    pair = DuplicateCandidate.objects.get()
    assert (state, pair.state, pair.score) == ("dismissed", "open", 100)


def test_keys_of_too_many_are_skipped_and_counted():
    for _ in range(duplicate_finding.LARGEST_BLOCK + 1):
        ContactPointFactory(value="+14155550001", match_key="+14155550001")

    assert scan()[-1]["skipped"] == 1
    assert not DuplicateCandidate.objects.exists()


def test_pairs_of_closed_records_are_dropped():
    gone = DuplicateCandidateFactory(lower=CustomerFactory(state="deleted"))

    scan()

    assert not DuplicateCandidate.objects.filter(pk=gone.pk).exists()


def test_planted_pairs_are_found_among_many():
    people = CustomerFactory.create_batch(60)
    for number, person in enumerate(people):
        phone = f"+1415555{number // 2:04d}"
        email = f"p{number // 2}@x.org"
        ContactPointFactory(customer=person, value=phone, match_key=phone)
        ContactPointFactory(customer=person, kind="email", value=email, match_key=email)

    scan()

    likely = DuplicateCandidate.objects.filter(score__gte=80)
    assert likely.count() == 30


def test_typing_shows_who_looks_alike_and_never_stops_the_saving(
    client, django_assert_max_num_queries
):
    sign_in(client, "agent")
    known = CustomerFactory(display_name="Patricia Brown", name_key="patricia brown")
    ContactPointFactory(customer=known, value="+14155552671", match_key="+14155552671")
    typed = {"first_name": "Patrica", "last_name": "Brown", "phone": "(415) 555-2671"}

    with django_assert_max_num_queries(12):
        fragment = client.post(reverse("crm:duplicate_check"), typed).content.decode()
    made = client.post(reverse("crm:customer_new"), typed | {"someone_else": str(known.pk)})

    new = Customer.objects.latest("pk")
    assert "Patricia Brown" in fragment and "75 points" in fragment
    assert made.url == new.get_absolute_url()
    assert DuplicateCandidate.objects.get().state == "dismissed"
    again = client.post(reverse("crm:duplicate_check"), typed | {"customer": str(new.pk)})
    assert "Patricia" not in again.content.decode()


def test_queue_is_by_score_and_two_people_leave_it(client):
    sign_in(client, "supervisor")
    less, more = DuplicateCandidateFactory(score=60), DuplicateCandidateFactory(score=90)
    url = reverse("crm:duplicate_list")

    shown = [pair.score for pair in client.get(url).context["pairs"]]
    client.post(reverse("crm:duplicate_dismiss", args=[more.pk]))

    assert shown == [90, 60]
    assert [pair.pk for pair in client.get(url).context["pairs"]] == [less.pk]


def test_contact_point_of_a_merged_customer_is_not_changed():
    winner, loser = CustomerFactory(), CustomerFactory()
    ContactPointFactory(customer=winner, value="+14155550001")
    folded = ContactPointFactory(customer=loser, value="+14155550001")
    merged(winner, loser)

    with pytest.raises(customers.NotActive):
        contact_points.make_primary(point=folded, by=UserFactory(), at=AT)


def test_name_keys_are_looked_up_by_their_index():
    with connection.cursor() as cursor:
        names = connection.introspection.get_constraints(cursor, "crm_customer")

    assert any(each["index"] and each["columns"] == ["name_key"] for each in names.values())
