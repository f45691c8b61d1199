"""`manage.py import_interactions`: what it prints, keeps, and ends with."""

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command

from crm.models import ImportRun, Interaction
from tests.crm.runs import attune_json, call
from tests.factories.crm import ImportMappingFactory

pytestmark = pytest.mark.django_db


@pytest.fixture
def path(tmp_path):
    path = tmp_path / "calls.json"
    path.write_bytes(attune_json([call(1), call(2)]))
    return path


def run_command(*paths, **options):
    """What the command prints, and the status it ends with."""
    out, status = StringIO(), 0
    options = {"format": "attune_json", "agents": "unlinked"} | options
    try:
        call_command("import_interactions", *paths, stdout=out, stderr=StringIO(), **options)
    except SystemExit as end:
        status = end.code
    return out.getvalue(), status


def refused(*paths, **options):
    with pytest.raises(CommandError) as error:
        run_command(*paths, **options)
    return error.value


def test_counters_are_printed_for_people(path):
    printed, status = run_command(path)

    assert status == 0
    assert printed == ("calls.json: finished; read 2, created 2, updated 0, skipped 0, failed 0\n")


def test_counters_are_printed_as_json(path):
    printed, status = run_command(path, path, json=True, again=True)

    first, second = json.loads(printed)["runs"]
    assert status == 0
    assert first["run"] == ImportRun.objects.earliest("pk").pk
    assert [first[name] for name in ("state", "read", "created", "skipped")] == [
        "finished",
        2,
        2,
        0,
    ]
    assert [second[name] for name in ("state", "read", "created", "skipped")] == [
        "finished",
        2,
        0,
        2,
    ]


def test_failed_rows_are_told_with_line_and_column_and_end_with_one(path):
    printed, status = run_command(path, agents="fail")

    assert status == 1
    assert "line 1, column agent: No agent is known as" in printed


def test_a_dry_run_keeps_nothing(path):
    printed, status = run_command(path, dry_run=True)

    assert status == 0
    assert "checked; read 2, created 2" in printed
    assert Interaction.objects.count() == 0


def test_a_broken_file_ends_with_one_and_says_where(path):
    path.write_bytes(path.read_bytes()[:-9])

    printed, status = run_command(path)

    assert status == 1
    assert "failed; read 0" in printed
    assert "Line 1, column" in printed


def test_the_same_file_again_is_refused_without_again(path):
    run_command(path)

    error = refused(path)

    assert error.returncode == 2
    assert "has already taken this file" in str(error)


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        ({"format": "parquet"}, 'There is no format "parquet".'),
        ({"agents": "guess"}, '"guess" is not a choice for missing_agents'),
        ({"zone": "Berlin"}, '"Berlin" is no IANA time zone'),
        ({"format": "delimited", "mapping": "Ours"}, 'There is no mapping "Ours".'),
        ({"format": "delimited"}, "Say first which column is which."),
    ],
)
def test_wrong_use_ends_with_two_and_a_sentence(path, options, sentence):
    error = refused(path, **options)

    assert error.returncode == 2
    assert sentence in str(error)


def test_a_file_that_is_not_there_is_wrong_use(tmp_path):
    error = refused(tmp_path / "nothing.json")

    assert error.returncode == 2
    assert "There is no file" in str(error)


def test_a_saved_mapping_reads_a_table(tmp_path):
    path = tmp_path / "calls.csv"
    path.write_text("id,at\na-1,2026-05-04 09:00:00\n")
    ImportMappingFactory(name="Ours", columns={"id": "external_id", "at": "started_at"})

    _, status = run_command(path, format="delimited", mapping="Ours", source="pbx-9", zone="UTC")

    assert status == 0
    assert Interaction.objects.get().source == "pbx-9"


def test_a_date_and_a_country_are_checked_before_the_file_is_read(path):
    assert "no date such as" in str(refused(path, date="16.3.2026"))
    assert "no country code" in str(refused(path, phone_region="zz"))
    assert run_command(path, date="2026-03-16", phone_region="de")[1] == 0
    assert ImportRun.objects.get().options["phone_region"] == "DE"
