"""Tables of customers and organizations: who is found, made, changed, refused, and taken back."""

import time
from threading import Event

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from crm.actions import imports
from crm.importing import removing, undoing
from crm.models import ContactPoint, Customer, ImportRun, Organization
from crm.models.custom_fields import FieldType
from crm.models.imports import ImportState
from crm.privacy import tombstones
from tests.crm.runs import AT, checked, finished, staged
from tests.factories.crm import (
    ContactPointFactory,
    CustomerFactory,
    CustomFieldDefinitionFactory,
    ErasureTombstoneFactory,
    OrganizationFactory,
)
from tests.factories.crm_cases import NoteFactory
from tests.races import together

pytestmark = pytest.mark.django_db

COLUMNS = {
    "No": "external_id",
    "First": "first_name",
    "Last": "last_name",
    "Phone": "phones",
    "Mail": "emails",
    "Tags": "tags",
    "Tier": "custom.tier",
}
HEADER = "No;First;Last;Phone;Mail;Tags;Tier"
ANNA = "1;Anna;Schmidt;+4930901820;anna@example.com;gold;"


def table(*lines, header=HEADER, columns=COLUMNS, kind="customers", **options):
    content = "\n".join([header, *lines]).encode()
    mapping = {"kind": kind, "columns": columns}
    return staged(content, name="people.csv", format_name="delimited", mapping=mapping, **options)


def counters(run):
    return [run.read, run.created, run.updated, run.skipped, run.failed]


def codes(run):
    return list(run.rows.values_list("line", "code"))


def undone(run):
    run = imports.undo_import(run=run, by=None, at=AT, in_background=False)
    for _ in undoing.undo(run):
        pass
    return imports.finish_undo(run=run, at=AT)


@pytest.fixture
def tier():
    return CustomFieldDefinitionFactory(key="tier", type=FieldType.INTEGER, label="Tier")


def test_customers_are_made_with_contact_points_tags_and_custom_values(tier):
    run = finished(table(ANNA.removesuffix(";") + ";3", "2;Ben;Okafor;+4930901821; ;;"))

    anna = Customer.objects.get(external_id="1")
    assert counters(run) == [2, 2, 0, 0, 0]
    assert (anna.display_name, anna.name_key, anna.source) == (
        "Anna Schmidt",
        "anna schmidt",
        "table",
    )
    assert anna.custom == {"tier": 3}
    assert [tag.name for tag in anna.tags.all()] == ["gold"]
    assert set(anna.contact_points.values_list("kind", "value", "is_primary")) == {
        ("phone", "+4930901820", True),
        ("email", "anna@example.com", True),
    }


def test_rows_that_cannot_be_read_say_why(tier):
    run = finished(
        table(
            "1;Anna;;12;;;",
            "2;Anna;;;a@b@c;;",
            "3;Anna;;4.155552671E9;;;",
            "4;;;;;;",
            "5;Anna;;;;;many",
        )
    )

    assert codes(run) == [
        (2, "phone_unreadable"),
        (3, "email_unreadable"),
        (4, "spreadsheet_number"),
        (5, "required"),
        (6, "number_unreadable"),
    ]
    assert not Customer.objects.exists()


def test_the_same_file_again_changes_nothing(tier):
    finished(table(ANNA))

    run = finished(table(ANNA), again=True)

    assert counters(run) == [1, 0, 0, 1, 0]
    assert Customer.objects.count() == 1
    assert ContactPoint.objects.count() == 2


def test_a_match_takes_what_is_filled_in_and_adds_contact_points(tier):
    anna = CustomerFactory(
        display_name="Anna Schmidt", first_name="Anna", last_name="Schmidt", custom={"tier": 1}
    )
    ContactPointFactory(customer=anna, value="+4930901820", is_primary=True)

    run = finished(table("7;;Schulz;+4930901820;anna@example.com;gold;"))

    anna.refresh_from_db()
    assert counters(run) == [1, 0, 1, 0, 0]
    assert (anna.first_name, anna.last_name, anna.display_name) == ("Anna", "Schulz", "Anna Schulz")
    assert (anna.external_id, anna.custom, anna.version) == ("7", {"tier": 1}, 2)
    assert anna.contact_points.count() == 2
    assert anna.contact_points.get(is_primary=True, kind="phone").value == "+4930901820"


def test_an_empty_cell_clears_where_that_was_chosen(tier):
    CustomerFactory(
        source="table", external_id="7", first_name="Anna", display_name="Anna", custom={"tier": 1}
    )

    finished(table("7;;Schulz;;;;", empty_clears=True))

    anna = Customer.objects.get(external_id="7")
    assert (anna.first_name, anna.custom) == ("", {})


@pytest.mark.parametrize(
    ("choice", "counted", "code"),
    [("skip", [1, 0, 0, 1, 0], "matched"), ("fail", [1, 0, 0, 0, 1], "matched_refused")],
)
def test_a_match_is_left_or_refused_where_that_was_chosen(choice, counted, code):
    CustomerFactory(source="table", external_id="1", display_name="Somebody")

    run = finished(table(ANNA.replace("gold", ""), on_match=choice))

    assert counters(run) == counted
    assert codes(run) == [(2, code)]
    assert Customer.objects.get().display_name == "Somebody"


def test_match_keys_are_asked_in_their_order():
    ContactPointFactory(kind="phone", value="+4930901820")
    mail = ContactPointFactory(kind="email", value="anna@example.com")

    finished(table(";Anna;;+4930901820;anna@example.com;;", match_by="email"))

    mail.customer.refresh_from_db()
    assert mail.customer.first_name == "Anna"
    assert Customer.objects.filter(first_name="Anna").count() == 1


def test_several_that_fit_are_named():
    one, two = (ContactPointFactory(kind="phone", value="+4930901820").customer for _ in range(2))

    run = finished(table(";Anna;;+4930901820;;;"))

    assert codes(run) == [(2, "ambiguous_match")]
    assert one.reference in run.rows.get().message
    assert two.reference in run.rows.get().message


def test_a_match_with_another_external_id_is_refused():
    owner = CustomerFactory(source="table", external_id="99")
    ContactPointFactory(customer=owner, kind="phone", value="+4930901820")

    run = finished(table("1;Anna;;+4930901820;;;"))

    assert codes(run) == [(2, "matched_refused")]


def test_the_first_row_of_a_key_wins_and_families_may_share_a_telephone():
    run = finished(
        table(
            "1;Anna;Schmidt;+4930901820;;;",
            "2;Ben;Schmidt;+4930901820;;;",
            "1;Anna;Other;;;;",
            ";Carl;Schmidt;+4930901820;;;",
        )
    )

    assert counters(run) == [4, 2, 0, 0, 2]
    assert codes(run) == [(4, "duplicate_in_file"), (5, "duplicate_in_file")]


def test_the_dry_run_counts_what_the_import_will_over_chunks(monkeypatch):
    monkeypatch.setattr("crm.importing.work.CHUNK", 2)
    lines = [f"{n % 5};Anna;Schmidt;+49309018{n % 7:02};;;" for n in range(20)]

    run = checked(table(*lines))
    foreseen = counters(run)
    run = finished(run)

    assert run.state == ImportState.FINISHED
    assert counters(run) == foreseen


def test_a_restricted_customer_is_not_changed():
    CustomerFactory(source="table", external_id="1", display_name="Anna", restricted_at=AT)

    run = finished(table("1;Ben;;;;;"))

    assert codes(run) == [(2, "matched_refused")]
    assert Customer.objects.get().display_name == "Anna"


def test_somebody_who_was_erased_stays_out():
    ErasureTombstoneFactory(digest=tombstones.of_contact("phone", "", "+4930901820"))

    run = finished(table(ANNA.replace(";gold;", ";;")))

    assert codes(run) == [(2, "erased_person")]


def test_undo_takes_new_ones_away_and_gives_earlier_values_back(tier):
    anna = CustomerFactory(source="table", external_id="1", display_name="Anne", first_name="Anne")
    run = finished(table(ANNA, "2;Ben;Okafor;+4930901821;;silver;"))
    ImportRun.objects.update(finished_at=timezone.now())  # The clock of these runs stands still.

    run = undone(run)

    anna.refresh_from_db()
    assert (run.state, run.message) == (ImportState.UNDONE, "")
    assert list(Customer.objects.all()) == [anna]
    assert (anna.first_name, anna.display_name) == ("Anne", "Anne")
    assert not ContactPoint.objects.exists()
    assert not anna.tags.exists()


def people(count):
    return [f"{n};First{n};Last{n};+4930{901_000 + n};p{n}@example.com;;" for n in range(count)]


def test_undo_of_many_keeps_and_lists_only_those_that_were_used():
    run = finished(table(*people(40)))
    used = list(Customer.objects.filter(external_id__in=["3", "4", "31"]).order_by("pk"))
    for customer in used[:2]:
        NoteFactory(case=None, customer=customer)
    Customer.objects.filter(external_id="31").update(version=2)

    run = undone(run)

    kept = run.rows.filter(code="kept")
    assert set(Customer.objects.all()) == set(used)
    assert sorted(kept.values_list("target_id", flat=True)) == [row.pk for row in used]
    assert ContactPoint.objects.count() == 6
    assert (run.side["customers_removed"], run.side["kept"], run.message) == (37, 3, "")


def test_undo_asks_as_much_of_the_database_for_few_as_for_many():
    asked = []
    for count in (2, 40):  # Django removes rows by hundreds.
        run = finished(table(*people(count)))
        run = imports.undo_import(run=run, by=None, at=AT, in_background=False)
        with CaptureQueriesContext(connection) as queries:
            list(undoing.undo(run))
        asked.append(len(queries))

    assert not Customer.objects.exists()
    assert asked[0] == asked[1]


@pytest.mark.race
def test_a_change_during_an_undo_is_not_lost(race_database, monkeypatch):
    assert not changed_and_gone(monkeypatch)


@pytest.mark.race
def test_without_the_hold_a_saved_change_would_go_with_its_customer(race_database, monkeypatch):
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever is held.")
    monkeypatch.setattr(undoing, "held", lambda table: table.all())

    assert changed_and_gone(monkeypatch)


def changed_and_gone(monkeypatch):
    """Whether somebody who changes a customer in the middle of an undo is told that it is saved."""
    run = imports.undo_import(run=finished(table(*people(3))), by=None, at=AT, in_background=False)
    looked, together_ = Event(), removing.together

    def slowly(rows, remove):
        if rows and isinstance(rows[0], Customer):
            looked.set()
            time.sleep(0.5)
        return together_(rows, remove)

    def act(number):
        if number:
            return list(undoing.undo(run))
        looked.wait(20)
        return Customer.objects.filter(external_id="1", version=1).update(version=2)

    monkeypatch.setattr(removing, "together", slowly)
    saved, _ = together(act, 2)
    return bool(saved) and not Customer.objects.filter(external_id="1").exists()


def test_organizations_are_made_found_by_name_and_put_under_their_parent():
    OrganizationFactory(name="Acme", name_key="acme")
    header = "Id;Company;Domains;Above"
    columns = {
        "Id": "external_id",
        "Company": "name",
        "Domains": "domains",
        "Above": "parent",
    }
    run = finished(
        table(
            "a;ACME;acme.example;",
            "b;Acme Berlin;berlin.acme.example;Acme",
            "c;Other;;Nowhere",
            header=header,
            columns=columns,
            kind="organizations",
        )
    )

    berlin = Organization.objects.get(external_id="b")
    assert counters(run) == [3, 1, 1, 0, 1]
    assert berlin.parent.name == "ACME"
    assert (4, "choice_unknown") in codes(run)

    ImportRun.objects.update(finished_at=timezone.now())
    run = undone(run)

    assert run.message == ""
    assert Organization.objects.get().name == "Acme"


def test_a_format_without_such_rows_is_refused():
    with pytest.raises(imports.WrongKind, match="holds no customers"):
        imports.stage_import(
            file=table("1;;;;;;").file, format_name="vcon", kind="customers", by=None, at=AT
        )
