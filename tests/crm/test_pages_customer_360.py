"""The page of a customer and everything that is changed on it."""

from datetime import date, timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccessEntry, AuditEntry
from crm import timeline
from crm.actions import consents, customers, notes
from crm.models import (
    ConsentEvent,
    ContactPoint,
    Customer,
    CustomerRelation,
    DuplicateCandidate,
    Note,
    Organization,
    OrganizationRole,
    TimelineEntry,
)
from crm.timeline_pages import LIMIT, Narrowed, page_of
from tests.crm.pages import queries, sign_in
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    ConsentEventFactory,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    InteractionFactory,
    LegFactory,
    OrganizationFactory,
    RelationTypeFactory,
    TimelineEntryFactory,
)
from tests.factories.crm_cases import NoteFactory

pytestmark = pytest.mark.django_db
TODAY = timezone.localdate()


def address(name, *args):
    return reverse(f"crm:{name}", args=args)


def text(response):
    return response.content.decode()


def evaluator_of(interaction):
    """An evaluator who sees this interaction's customer, masked."""
    user = UserFactory(roles=["evaluator"])
    leg = LegFactory(interaction=interaction, team=TeamMembershipFactory().team)
    TeamMembershipFactory(user=user, team=leg.team, kind="evaluator")
    return user


def test_page_costs_the_same_whatever_the_history(client):
    user = sign_in(client, "admin")
    customer = CustomerFactory(last_interaction_at=STARTED_AT)
    purpose = ConsentPurposeFactory()

    def live(number):
        for index in range(number):
            at = STARTED_AT + timedelta(hours=index)
            InteractionFactory(customer=customer, started_at=at)
            NoteFactory(case=None, customer=customer, written_at=at, author=user)
            ContactPointFactory(customer=customer)
            ConsentEventFactory(customer=customer, purpose=purpose)
            TimelineEntryFactory(customer=customer, at=at)

    live(1)
    few = queries(client, customer.get_absolute_url())
    live(40)

    assert queries(client, customer.get_absolute_url()) == few <= 20


def test_timeline_shows_every_row_once_while_others_come_in():
    user = UserFactory(roles=["admin"])
    customer = CustomerFactory()
    for index in range(40):
        at = STARTED_AT + timedelta(minutes=index // 3)  # Equal moments, too.
        InteractionFactory(customer=customer, started_at=at)
        TimelineEntryFactory(customer=customer, at=at, title=f"Entry {index}")
    seen, cursor = [], ""

    for _ in range(10):
        found = page_of(customer, user, Narrowed(), cursor)
        seen += [(entry.at, entry.title, entry.url) for entry in found.entries]
        InteractionFactory(customer=customer, started_at=STARTED_AT + timedelta(days=1))
        cursor = found.older_cursor
        if not cursor:
            break

    assert len(seen) == len(set(seen)) == 80
    assert [at for at, _, _ in seen] == sorted((at for at, _, _ in seen), reverse=True)


def test_going_back_shows_the_page_before():
    user = UserFactory(roles=["admin"])
    customer = CustomerFactory()
    for index in range(LIMIT * 2 + 5):
        TimelineEntryFactory(customer=customer, at=STARTED_AT + timedelta(minutes=index))
    first = page_of(customer, user, Narrowed(), "")
    second = page_of(customer, user, Narrowed(), first.older_cursor)

    assert page_of(customer, user, Narrowed(), second.newer_cursor).entries == first.entries
    assert page_of(customer, user, Narrowed(), "tampered").entries == first.entries


def test_timeline_is_narrowed_by_kind_and_channel(client):
    sign_in(client, "admin")
    customer = CustomerFactory()
    InteractionFactory(customer=customer, channel="chat")
    NoteFactory(case=None, customer=customer)
    TimelineEntryFactory(customer=customer, kind="consent", title="Marketing: granted")

    only = text(client.get(customer.get_absolute_url(), {"kind": "consent"}))
    chat = text(
        client.get(customer.get_absolute_url(), {"kind": "interaction", "channel": "voice"})
    )

    assert "Marketing: granted" in only and "Chat, inbound" not in only
    assert "Nothing of this kind" in chat


def test_new_customer_needs_a_name_or_a_way_to_reach(client):
    sign_in(client, "agent")

    response = client.post(address("customer_new"), {"preferred_language": "en"})

    assert response.status_code == 422
    assert "Enter a name or a way to reach this person." in text(response)
    assert not Customer.objects.exists()


def test_new_customer_is_normalized_audited_and_shown(client):
    sign_in(client, "agent")
    given = {"first_name": "Anna", "last_name": "Schmidt", "phone": "(415) 555-2671"}

    response = client.post(address("customer_new"), given)

    customer = Customer.objects.get()
    point = customer.contact_points.get()
    assert response.url == customer.get_absolute_url()
    assert (customer.display_name, customer.name_key) == ("Anna Schmidt", "anna schmidt")
    assert (point.value, point.raw, point.is_primary) == ("+14155552671", "(415) 555-2671", True)
    assert AuditEntry.objects.get().verb == "create_customer"
    assert "+14155552671" in text(client.get(customer.get_absolute_url()))


def test_unreadable_phone_keeps_what_was_typed(client):
    sign_in(client, "agent")

    response = client.post(address("customer_new"), {"first_name": "Anna", "phone": "555-2671"})

    assert response.status_code == 422
    assert "We could not read this as a phone number" in text(response)
    assert "555-2671" in text(response)


def test_change_over_another_change_is_refused_and_keeps_the_entries(client):
    sign_in(client, "agent")
    customer = CustomerFactory(version=2)

    response = client.post(
        address("customer_edit", customer.pk), {"display_name": "Mine", "seen": "1"}
    )

    assert response.status_code == 409
    assert 'value="Mine"' in text(response)


def test_custom_fields_are_checked_kept_and_shown(client):
    sign_in(client, "admin")
    customer = CustomerFactory()
    CustomFieldDefinitionFactory(key="since", label="Client since", type="date")
    CustomFieldDefinitionFactory(
        key="level", label="Level", type="choice", options=[["gold", "Gold"]]
    )
    url = address("customer_edit", customer.pk)
    given = {"display_name": "Anna", "seen": "1", "custom_level": "gold"}

    refused = client.post(url, given | {"custom_since": "soon"})
    client.post(url, given | {"custom_since": "2026-03-16"})

    customer.refresh_from_db()
    assert refused.status_code == 422 and "Enter a valid date" in text(refused)
    assert customer.custom == {"since": "2026-03-16", "level": "gold"}
    page = text(client.get(customer.get_absolute_url()))
    assert "16 Mar 2026" in page and "Gold" in page


def test_masked_contact_point_is_shown_for_ten_minutes_after_a_reason(client):
    interaction = InteractionFactory(customer=CustomerFactory())
    point = ContactPointFactory(customer=interaction.customer, value="+14155552671")
    client.force_login(evaluator_of(interaction))
    page = interaction.customer.get_absolute_url()
    url = address("point_reveal", point.pk)

    before = text(client.get(page))
    short = client.post(url, {"reason": "because"})
    client.post(url, {"reason": "The customer asked to be called back."})

    entry = AccessEntry.objects.get(kind="revealed_contact_point")
    assert "+14155552671" not in before and "+1 •••••• 71" in before
    assert short.status_code == 422
    assert "+14155552671" in text(client.get(page))
    assert entry.reason == "The customer asked to be called back."


def test_contact_points_are_flagged_and_never_offered_first(client):
    sign_in(client, "agent")
    customer = CustomerFactory()
    first, second = ContactPointFactory.create_batch(2, customer=customer)
    client.post(address("point_act", first.pk, "primary"))

    client.post(address("point_invalid", first.pk), {"reason": "disconnected"})
    client.post(address("point_act", second.pk, "opt-out"))

    first.refresh_from_db(), second.refresh_from_db()
    assert (first.is_primary, second.is_primary) == (False, True)
    assert first.refusal(TODAY) == "This phone is marked invalid: it is disconnected."
    assert second.refusal(TODAY).startswith("The customer does not want")
    assert client.post(address("point_act", first.pk, "primary")).status_code == 409


def test_same_handle_of_two_active_customers_is_refused(client):
    sign_in(client, "agent")
    owner = CustomerFactory()
    ContactPointFactory(customer=owner, kind="handle", network="telegram", value="anna")
    url = address("point_add", CustomerFactory().pk)

    response = client.post(url, {"kind": "handle", "network": "telegram", "raw": "@Anna"})

    assert response.status_code == 422
    assert f"{owner.reference} already has this handle" in text(response)


def test_notes_hide_cards_stay_text_and_are_told_once(client):
    user = sign_in(client, "agent")
    customer = CustomerFactory()
    body = "<script>alert(1)</script> card 4111 1111 1111 1111"

    client.post(address("note_write", customer.pk), {"body": body})

    note = Note.objects.get()
    assert note.body == "<script>alert(1)</script> card [card ••••1111]"
    assert "<script>alert" not in text(client.get(customer.get_absolute_url()))
    assert TimelineEntry.objects.get(kind="note").actor == user


def test_the_page_changes_ones_own_note_and_nobody_elses(client):
    author = sign_in(client, "agent")
    note = notes.write_note(body="First", customer=CustomerFactory(), by=author, at=timezone.now())
    old = notes.write_note(
        body="Old", customer=note.customer, by=author, at=timezone.now() - timedelta(hours=25)
    )
    page = address("note_edit", note.pk)

    assert "First" in text(client.get(page))
    assert client.post(page, {"body": " "}).status_code == 422
    assert client.post(page, {"body": "Second"}).url == note.customer.get_absolute_url()
    assert client.get(address("note_edit", old.pk)).status_code == 403
    note.refresh_from_db()
    assert (note.body, note.earlier_texts.get().body) == ("Second", "First")
    assert "First" in text(client.get(note.customer.get_absolute_url()))
    sign_in(client, "supervisor")
    assert client.post(page, {"body": "Third"}).status_code == 403


def test_a_note_on_an_interaction_is_written_shown_and_changed(client):
    agent = sign_in(client, "agent")
    row = LegFactory(agent=agent).interaction

    client.post(reverse("crm:interaction_note", kwargs={"pk": row.pk}), {"body": "He was angry."})
    note = Note.objects.get()
    answer = client.post(address("note_edit", note.pk), {"body": "She was angry."})

    assert answer.url == row.get_absolute_url()
    assert "She was angry." in text(client.get(address("interaction_notes", row.pk)))
    other = InteractionFactory()
    page = reverse("crm:interaction_note", kwargs={"pk": other.pk})
    assert client.post(page, {"body": "Hello"}).status_code == 404


def test_whoever_is_named_in_a_note_gets_a_task_once():
    author, named = UserFactory(), UserFactory(email="anna@house.example")
    customer = CustomerFactory()

    note = notes.write_note(body="@anna please look", customer=customer, by=author, at=STARTED_AT)
    notes.change_note(note=note, body="@anna please look now", by=author, at=STARTED_AT)

    task = named.tasks.get()
    assert (task.customer, task.kind) == (customer, "review")
    assert list(note.mentions.all()) == [named]


def test_note_is_changed_by_its_author_for_a_day_and_keeps_its_earlier_text():
    author = UserFactory(roles=["agent"])
    customer = CustomerFactory()
    note = notes.write_note(body="First", customer=customer, by=author, at=STARTED_AT)

    notes.change_note(note=note, body="Second", by=author, at=STARTED_AT + timedelta(hours=24))

    note.refresh_from_db()
    assert [text.body for text in note.earlier_texts.all()] == ["First"]
    with pytest.raises(notes.NotYourNote):
        notes.change_note(
            note=note, body="Third", by=author, at=STARTED_AT + timedelta(hours=24, seconds=1)
        )
    with pytest.raises(notes.NotYourNote):
        notes.change_note(note=note, body="Third", by=UserFactory(), at=STARTED_AT)


def test_a_fourth_note_is_not_pinned():
    user, customer = UserFactory(), CustomerFactory()
    NoteFactory.create_batch(3, case=None, customer=customer, is_pinned=True)

    with pytest.raises(notes.TooManyPinned):
        notes.pin_note(
            note=NoteFactory(case=None, customer=customer), is_pinned=True, by=user, at=STARTED_AT
        )


@pytest.mark.parametrize(("role", "offers"), [("supervisor", True), ("agent", False)])
def test_restoring_somebody_who_came_again_offers_to_merge_the_two(client, role, offers):
    user = sign_in(client, role)
    names = {"display_name": "Anna Schmidt", "name_key": "anna schmidt"}
    mail = {"kind": "email", "value": "a@x.org", "match_key": "a@x.org"}
    first = CustomerFactory(**names)
    ContactPointFactory(customer=first, **mail)
    customers.delete_customer(
        customer=first, reason="Asked to be left alone", by=user, at=STARTED_AT
    )
    again = CustomerFactory(**names)
    ContactPointFactory(customer=again, **mail)
    CustomerFactory(display_name="Ben Okafor", name_key="ben okafor")

    answer = client.post(address("customer_restore", first.pk))
    page = client.get(answer.url).content.decode()

    pair = DuplicateCandidate.objects.get()
    assert (pair.lower, pair.higher, pair.state) == (first, again, "open")
    assert again.get_absolute_url() in page
    preview = reverse("crm:merge_preview", args=[first.pk, again.pk])
    assert (preview in page) is offers
    assert (client.get(preview).status_code == 200) is offers


def test_deleted_customer_leaves_the_list_and_is_restored(client):
    sign_in(client, "agent")
    customer = CustomerFactory(display_name="Anna Schmidt")
    client.post(address("customer_delete", customer.pk), {"reason": "Entered twice by mistake."})

    listed = text(client.get(address("customer_list")))
    away = text(client.get(address("customer_deleted")))
    client.post(address("customer_restore", customer.pk))

    customer.refresh_from_db()
    assert "Anna Schmidt" not in listed and "Anna Schmidt" in away
    assert (customer.state, customer.delete_reason) == ("active", "")


RESTRICTED_ACTS = (
    ("customer_edit", (), {"display_name": "X", "seen": "1"}),
    ("customer_vip", (), {"is_vip": "on", "vip_reason": "Board"}),
    ("customer_delete", (), {"reason": "Entered twice by mistake."}),
    ("note_write", (), {"body": "Called."}),
    ("point_add", (), {"kind": "email", "raw": "anna@example.com"}),
    ("tag_add", (), {"name": "new"}),
)


@pytest.mark.parametrize(("name", "more", "given"), RESTRICTED_ACTS, ids=lambda value: str(value))
def test_restricted_record_refuses_every_change(client, name, more, given):
    sign_in(client, "admin")
    customer = CustomerFactory(restricted_at=STARTED_AT, restrict_reason="The person asked for it.")

    response = client.post(address(name, customer.pk, *more), given)

    assert response.status_code == 409
    assert "The person asked for it." in text(response)


def test_vip_ends_the_day_after_its_last_day():
    from crm.actions import customers as actions

    customer = CustomerFactory(is_vip=True, vip_reason="Board", vip_until_on=date(2026, 5, 4))

    assert actions.end_vips(on=date(2026, 5, 4), at=timezone.now()) == 0
    assert actions.end_vips(on=date(2026, 5, 5), at=timezone.now()) == 1

    customer.refresh_from_db()
    assert (customer.is_vip, customer.vip_reason) == (False, "")


def test_roles_do_not_overlap_and_organizations_do_not_nest_in_themselves(client):
    sign_in(client, "agent")
    customer, organization = CustomerFactory(), OrganizationFactory(name="North Bank")
    child = OrganizationFactory(parent=organization)
    url = address("role_add", customer.pk)
    given = {"organization": "north bank", "role": "buyer"}

    client.post(url, given | {"to_on": "2026-03-31"})
    clash = client.post(url, given | {"from_on": "2026-03-31"})
    client.post(url, given | {"from_on": "2026-04-01"})
    cycle = client.post(
        address("organization_edit", organization.pk),
        {"name": "North Bank", "parent": child.reference, "seen": "1"},
    )

    assert OrganizationRole.objects.count() == 2
    assert clash.status_code == 422 and "already buyer" in text(clash)
    assert cycle.status_code == 422 and "cannot stand above itself" in text(cycle)


def test_relation_is_seen_from_both_sides_and_a_symmetric_one_is_stored_once(client):
    sign_in(client, "agent")
    mother, child = CustomerFactory(display_name="Mother"), CustomerFactory(display_name="Child")
    parent = RelationTypeFactory(name="parent of", inverse_name="child of")
    spouse = RelationTypeFactory(name="spouse of", is_symmetric=True)
    url = address("relation_add", child.pk)

    client.post(url, {"type": f"-{parent.pk}", "other": mother.reference})
    client.post(url, {"type": f"{spouse.pk}", "other": mother.reference})
    again = client.post(
        address("relation_add", mother.pk), {"type": f"{spouse.pk}", "other": child.reference}
    )
    oneself = client.post(url, {"type": f"{parent.pk}", "other": child.reference})

    assert CustomerRelation.objects.get(type=parent).left == mother
    assert "Child of <a" in text(client.get(child.get_absolute_url()))
    assert "Parent of <a" in text(client.get(mother.get_absolute_url()))
    assert again.status_code == oneself.status_code == 422


def test_consent_decides_who_may_be_contacted():
    user = UserFactory()
    customer, purpose = CustomerFactory(), ConsentPurposeFactory(code="news")
    consents.record_consent(
        customer=customer, purpose=purpose, decision="granted", by=user, at=STARTED_AT
    )
    consents.record_consent(
        customer=customer,
        purpose=purpose,
        channel="sms",
        decision="withdrawn",
        by=user,
        at=STARTED_AT + timedelta(days=1),
    )
    later = STARTED_AT + timedelta(days=2)

    def may(channel, point=None):
        return consents.may_contact(
            customer=customer, purpose="news", channel=channel, point=point, at=later
        )

    invalid = ContactPointFactory(customer=customer, invalid_at=STARTED_AT)
    assert (may("email"), may("sms"), may("email", invalid)) == (True, False, False)
    assert not consents.may_contact(
        customer=customer, purpose="unknown", channel="email", point=None, at=later
    )


def test_consent_in_the_future_is_refused(client):
    sign_in(client, "agent")
    purpose = ConsentPurposeFactory()
    given = {
        "purpose": purpose.pk,
        "channel": "any",
        "decision": "granted",
        "lawful_basis": "consent",
        "decided_at": "2999-01-01T10:00",
    }

    response = client.post(address("consent_record", CustomerFactory().pk), given)

    assert response.status_code == 422
    assert not ConsentEvent.objects.exists()


def test_rebuilding_the_timeline_gives_the_same_entries():
    user, customer = UserFactory(), CustomerFactory()
    notes.write_note(body="Called.", customer=customer, by=user, at=STARTED_AT)
    consents.record_consent(
        customer=customer,
        purpose=ConsentPurposeFactory(),
        decision="granted",
        source="form",
        by=user,
        at=STARTED_AT,
    )
    columns = ("customer", "at", "kind", "title", "summary", "actor", "target_id", "audience")
    before = sorted(map(str, TimelineEntry.objects.values_list(*columns)))

    timeline.rebuild()

    assert sorted(map(str, TimelineEntry.objects.values_list(*columns))) == before
    assert len(before) == 2


def test_old_address_of_a_merged_customer_leads_to_the_winner(client):
    sign_in(client, "agent")
    winner = CustomerFactory()
    middle = CustomerFactory(state="merged", merged_into=winner)
    loser = CustomerFactory(state="merged", merged_into=middle)

    response = client.get(loser.get_absolute_url())

    assert (response.status_code, response.url) == (301, winner.get_absolute_url())


def test_organizations_are_found_made_and_shown(client):
    sign_in(client, "agent")
    given = {"name": "Nord Bank", "domains": "nord.example, NORD.test"}

    client.post(address("organization_new"), given)

    row = Organization.objects.get()
    assert row.domains == "nord.example nord.test"
    assert "Nord Bank" in text(client.get(address("organization_list"), {"q": "nord"}))
    assert "Nobody yet" in text(client.get(row.get_absolute_url()))


def test_contact_points_of_others_are_not_touched_by_those_who_only_read(client):
    interaction = InteractionFactory(customer=CustomerFactory())
    client.force_login(evaluator_of(interaction))
    point = ContactPointFactory(customer=interaction.customer)

    assert client.post(address("point_act", point.pk, "remove")).status_code == 403
    assert ContactPoint.objects.filter(pk=point.pk).exists()
