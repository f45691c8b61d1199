"""Lists as files, what came of an interaction, and taking an import back."""

import io
import json
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from crm import exporting
from crm.actions import dispositions, exports, imports
from crm.events import ImportTakenBack
from crm.importing.undoing import undo
from crm.models import (
    ConsentEvent,
    ContactPoint,
    Customer,
    ExportRun,
    ImportRow,
    Interaction,
    Task,
)
from lib import events
from lib.tabular import open_table
from ops import files
from tests.crm.pages import sign_in
from tests.crm.runs import AT, call, imported
from tests.factories.accounts import TeamMembershipFactory, UserFactory
from tests.factories.crm import (
    STARTED_AT,
    AgentStateSpanFactory,
    ConsentPurposeFactory,
    ContactPointFactory,
    CustomerFactory,
    DispositionFactory,
    InteractionFactory,
    LegFactory,
    TagFactory,
)
from tests.factories.crm_cases import CaseFactory, NoteFactory
from tests.factories.routing import QueueFactory

pytestmark = pytest.mark.django_db


def exported(user, kind="customers", format="csv", query=""):
    run = exports.order_export(kind=kind, format=format, query=query, by=user, at=AT)
    file_id, rows, message = exports.write_export(run)
    run = exports.finish_export(run=run, file_id=file_id, rows=rows, message=message, at=AT)
    if run.file is None:
        return run, b""
    with files.open_file(run.file) as file:
        return run, file.read()


def table(content):
    return [list(row.cells) for row in open_table(io.BytesIO(content)).rows]


def test_list_is_written_with_its_filters_and_formulas_are_text():
    admin = UserFactory(roles=["admin"])
    wanted = CustomerFactory(display_name="=1+1", is_vip=True)
    ContactPointFactory(customer=wanted, value="+14155552671", is_primary=True)
    CustomerFactory(display_name="Not a VIP")
    CustomerFactory(is_vip=True, restricted_at=AT)

    run, content = exported(admin, query="vip=yes")

    text = content.decode("utf-8-sig")
    assert (run.state, run.rows) == ("finished", 1)
    assert '"\'=1+1"' in text and '"\'+14155552671"' in text
    assert wanted.reference in text and "Not a VIP" not in text


@pytest.mark.parametrize("format", ["csv", "xlsx", "json"])
def test_every_format_holds_the_same(format):
    admin = UserFactory(roles=["admin"])
    row = LegFactory(interaction=InteractionFactory(customer=CustomerFactory())).interaction

    run, content = exported(admin, "interactions", format)

    if format == "json":
        [told] = json.loads(content)
        assert told["reference"] == row.reference and told["channel"] == "voice"
    else:
        assert row.reference in content.decode("latin-1") or format == "xlsx"
        assert len(content) > 100
    assert run.rows == 1


def test_cases_are_written_with_those_that_one_may_see():
    boss = UserFactory(roles=["supervisor"])
    team = TeamMembershipFactory(user=boss, kind="supervisor").team
    case = CaseFactory(team=team, customer=CustomerFactory(), queue=QueueFactory(name="Billing"))
    case.tags.add(TagFactory(name="Refund"))
    CaseFactory(team=team, customer=CustomerFactory(restricted_at=AT))
    CaseFactory(team=TeamMembershipFactory().team)

    run, content = exported(boss, "cases", "json", "state=any")

    [told] = json.loads(content)
    assert run.rows == 1
    assert (told["reference"], told["customer"]) == (case.reference, case.customer.reference)
    assert (told["queue"], told["tags"], told["category"]) == ("Billing", "Refund", "open")


def test_masked_column_is_masked_in_the_file():
    interaction = InteractionFactory(customer=CustomerFactory(), customer_address="+14155552671")
    evaluator = UserFactory(roles=["evaluator"])
    leg = LegFactory(interaction=interaction, team=TeamMembershipFactory().team)
    TeamMembershipFactory(user=evaluator, team=leg.team, kind="evaluator")
    ContactPointFactory(customer=interaction.customer, value="+14155552671", is_primary=True)
    InteractionFactory()

    _, rows = exported(evaluator, "interactions")
    _, people = exported(evaluator, "customers")

    for content in (rows.decode(), people.decode()):
        assert "14155552671" not in content and "•••••• 71" in content
        assert content.count("\n") == 2


def test_filters_that_cannot_be_read_any_more_fail_with_a_sentence(client):
    admin = sign_in(client, "admin")
    run, _ = exported(admin, "interactions", query="begin=soon")

    page = client.get(run.get_absolute_url()).content.decode()

    assert run.state == "failed"
    assert "cannot be read any more" in page


def test_more_rows_than_a_file_holds_are_refused(monkeypatch):
    monkeypatch.setattr(exporting, "MOST_ROWS", 1)
    CustomerFactory.create_batch(2)

    run, _ = exported(UserFactory(roles=["admin"]))

    assert run.state == "failed" and "at most 1 rows" in run.message


def test_file_is_ordered_from_the_list_and_kept_for_a_week(client):
    user = sign_in(client, "supervisor")
    given = {"kind": "customers", "format": "csv", "query": "vip=yes&cursor=x"}
    response = client.post(reverse("crm:export_order"), given)
    run = ExportRun.objects.get()

    assert response.url == run.get_absolute_url() and run.query == "vip=yes"
    assert "being written" in client.get(run.get_absolute_url()).content.decode()
    run, _ = exported(user)
    tomorrow = timezone.now() + timedelta(days=1)
    ExportRun.objects.filter(pk=run.pk).update(expires_at=tomorrow)
    kept = client.get(run.get_absolute_url()).content.decode()
    assert "Download" in kept
    assert [exports.remove_expired(at=at) for at in (timezone.now(), tomorrow)] == [0, 1]
    sign_in(client, "supervisor")
    assert client.get(run.get_absolute_url()).status_code == 404
    sign_in(client, "agent")
    assert client.post(reverse("crm:export_order"), given).status_code == 403


# --- What came of it -----------------------------------------------------------------------------


def given(interaction, **flags):
    row = DispositionFactory(**flags)
    user = UserFactory()
    return dispositions.set_disposition(
        interaction=interaction, disposition=row, note="Said so.", by=user, at=AT
    )


def test_flags_open_a_task_and_withdraw_consent():
    ConsentPurposeFactory.create_batch(2)
    interaction = InteractionFactory(customer=CustomerFactory())

    given(interaction, needs_callback=True)
    given(interaction, forbids_contact=True)

    assert Task.objects.get().customer == interaction.customer
    events = ConsentEvent.objects.filter(customer=interaction.customer)
    assert set(events.values_list("decision", "channel")) == {("withdrawn", "any")}
    assert events.count() == 2


def test_the_same_one_again_changes_nothing_and_history_is_kept():
    interaction = InteractionFactory()
    row = given(interaction)

    again = dispositions.set_disposition(
        interaction=interaction, disposition=row.disposition, by=None, at=AT
    )
    dispositions.remove_disposition(row=row, by=UserFactory(), at=AT)

    assert again == row
    assert interaction.dispositions.get().superseded_at == AT


def test_retired_ones_and_missing_notes_are_refused():
    interaction = InteractionFactory()
    chosen = {"interaction": interaction, "by": None, "at": AT}

    with pytest.raises(dispositions.Retired):
        dispositions.set_disposition(disposition=DispositionFactory(retired_at=AT), **chosen)
    with pytest.raises(dispositions.NoteMissing):
        dispositions.set_disposition(disposition=DispositionFactory(needs_note=True), **chosen)


def test_an_agent_sets_them_on_own_interactions_only(client):
    agent = sign_in(client, "agent")
    mine = LegFactory(agent=agent).interaction
    other = InteractionFactory()
    chosen = {"disposition": DispositionFactory().pk, "note": "card 4111 1111 1111 1111"}

    done = client.post(reverse("crm:disposition_set", args=[mine.pk]), chosen)
    foreign = client.post(reverse("crm:disposition_set", args=[other.pk]), chosen)

    row = mine.dispositions.get()
    page = client.get(mine.get_absolute_url()).content.decode()
    assert (done.status_code, foreign.status_code) == (302, 404)
    assert row.note == "card [card ••••1111]" and str(row.disposition) in page
    listed = client.get(reverse("crm:interaction_list"), {"disposition": row.disposition_id})
    assert mine.reference in listed.content.decode()
    client.post(reverse("crm:disposition_remove", args=[row.pk]))
    row.refresh_from_db()
    assert row.superseded_at is not None


def test_page_tells_of_the_contact_before_within_seven_days(client):
    sign_in(client, "admin")
    customer = CustomerFactory()
    first = InteractionFactory(customer=customer)
    day = timedelta(days=1)
    second = InteractionFactory(customer=customer, started_at=STARTED_AT + 7 * day)
    third = InteractionFactory(customer=customer, started_at=STARTED_AT + 10 * day)

    pages = [client.get(row.get_absolute_url()).content.decode() for row in (second, third)]

    assert first.get_absolute_url() not in pages[0]  # The window is half-open.
    assert second.get_absolute_url() in pages[1]


# --- Taking an import back -----------------------------------------------------------------------


def taken_back(run):
    run = imports.undo_import(run=run, by=UserFactory(), at=AT, in_background=False)
    for _ in undo(run):
        pass
    return imports.finish_undo(run=run, at=AT)


def calls(count):
    return [
        call(number, customer={"external_id": f"c{number}", "name": f"Person {number}"})
        for number in range(count)
    ]


def test_undoing_leaves_the_tables_as_they_were():
    CustomerFactory()
    run = imported(calls(3))
    made = Interaction.objects.count(), Customer.objects.count()

    run = taken_back(run)

    assert made == (3, 4)
    assert (Interaction.objects.count(), Customer.objects.count()) == (0, 1)
    assert not ContactPoint.objects.exists()
    assert (run.state, run.side["removed"], run.side.get("kept", 0)) == ("undone", 3, 0)


def test_undoing_tells_which_days_it_emptied(monkeypatch):
    run = imported(calls(2))
    span = AgentStateSpanFactory(import_run=run, started_at=AT, ended_at=AT + timedelta(hours=2))
    began = sorted(Interaction.objects.values_list("started_at", flat=True))
    heard = []
    monkeypatch.setattr(events, "publish", heard.append)

    taken_back(run)

    told = [fact for fact in heard if isinstance(fact, ImportTakenBack)]
    assert {fact.import_run_id for fact in told} == {run.pk}
    assert told[0].from_at <= began[0] <= began[-1] <= told[0].to_at
    assert (told[1].from_at, told[1].to_at) == (span.started_at, span.ended_at)
    assert len(told) == 2


def test_what_was_used_since_stays_and_is_listed():
    run = imported(calls(3))
    used, changed, _ = Interaction.objects.order_by("pk")
    NoteFactory(case=None, interaction=used)
    Interaction.objects.filter(pk=changed.pk).update(version=2)

    run = taken_back(run)

    kept = ImportRow.objects.filter(run=run, code="kept")
    assert {used.pk, changed.pk} <= set(kept.values_list("target_id", flat=True))
    assert set(Interaction.objects.all()) == {used, changed}
    assert Customer.objects.count() == 2


def test_updated_rows_get_their_earlier_values():
    imported([call(1, subject="First")])
    run = imported([call(1, subject="Second", updated_at="2026-06-02T10:00:00Z")], again=True)
    ImportRow.objects.get(run=run, outcome="updated")
    run.finished_at = Interaction.objects.get().updated_at
    run.save()

    run = taken_back(run)

    assert Interaction.objects.get().subject == "First"
    assert run.side["given_back"] == 1


def test_an_undo_goes_on_after_a_crash_and_is_not_begun_twice(monkeypatch):
    from crm.importing import undoing

    monkeypatch.setattr(undoing, "CHUNK", 1)
    run = imported(calls(3))
    run = imports.undo_import(run=run, by=UserFactory(), at=AT, in_background=False)
    worker = undo(run)
    for _ in range(3):
        next(worker)  # Then the worker dies.

    run.refresh_from_db()
    for _ in undo(run):
        pass
    run = imports.finish_undo(run=run, at=AT)

    assert run.state == "undone" and not Interaction.objects.exists()
    with pytest.raises(imports.NotNow):
        imports.undo_import(run=run, by=UserFactory(), at=AT, in_background=False)


def test_undo_is_offered_on_the_page_of_a_finished_run(client):
    sign_in(client, "supervisor")
    run = imported(calls(1))

    page = client.get(run.get_absolute_url()).content.decode()
    response = client.post(reverse("crm:import_undo", args=[run.pk]))

    run.refresh_from_db()
    assert "Undo the import" in page
    assert response.status_code == 302 and run.state == "undoing"
