"""Both real data sets through the importer, counted to the row."""

from collections import Counter

import pytest
from django.core.management import call_command
from django.db.models import Count

from accounts.models import User
from crm.models import (
    Customer,
    ImportRun,
    Interaction,
    Leg,
    QueueVisit,
    Transcript,
    Turn,
)
from tests.real.real_data import real_file

pytestmark = [pytest.mark.real_data, pytest.mark.django_db, pytest.mark.slow]


def import_file(capsys, *names, **options):
    paths = [path for name in names for path in sorted(real_file(".").glob(name))]
    assert paths, names
    call_command("import_interactions", *paths, agents="create", **options)
    return capsys.readouterr().out


def test_february_1999_is_imported_to_the_row_and_only_once(capsys):
    import_file(capsys, "anonymous_bank/february_1999.tsv", format="anonymous_bank")

    run = ImportRun.objects.get()
    outcomes = Counter(Interaction.objects.values_list("outcome", flat=True))
    assert list(run.counters.values()) == [33_344, 33_066, 0, 278, 0]
    assert run.state == "finished"
    assert outcomes["handled"] == 27_162
    assert outcomes["abandoned_in_queue"] + outcomes["abandoned_before_queue"] == 5_904
    assert Leg.objects.count() == 27_162
    assert QueueVisit.objects.filter(outcome="answered").count() == 27_162
    assert Customer.objects.count() == run.side["customers"] == 4_021
    assert User.objects.count() == run.side["agents"]
    counted = Customer.objects.annotate(found=Count("interactions")).values_list(
        "found", "interaction_count"
    )
    assert all(found == kept for found, kept in counted)

    import_file(capsys, "anonymous_bank/february_1999.tsv", format="anonymous_bank", again=True)

    again = ImportRun.objects.latest("pk")
    assert list(again.counters.values()) == [33_344, 0, 0, 33_344, 0]
    assert Interaction.objects.count() == 33_066


def test_harper_valley_calls_are_imported_with_their_turns(capsys):
    import_file(capsys, "harper_valley/*.json", format="harper_valley")

    marked = Transcript.objects.filter(suggested_offset_ms__isnull=False)
    assert Interaction.objects.count() == ImportRun.objects.count() == 11
    assert Turn.objects.count() == 181
    assert Transcript.objects.filter(turns_out_of_order=True).count() == 2
    assert marked.count() == 4
    assert all("clocks_differ" in each.interaction.quality_flags for each in marked)
    assert Interaction.objects.flagged("clocks_differ").count() == 4
    assert not Transcript.objects.exclude(agent_offset_ms=0).exists()
