"""The demo center: whole in every area, made once, never where work is done."""

from datetime import date

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from accounts.models import AuditEntry
from crm.models import Case, Customer, Interaction, TimelineEntry
from feedback.models import Kudos, Response
from ops.models import JobRun
from quality.models import Draw, Evaluation
from reports.models import DayQueueFact
from tests.factories.accounts import UserFactory
from training.models import CoachingSession, Enrollment

pytestmark = pytest.mark.django_db
LAST_DAY = date(2026, 3, 31)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="minutes long; demos run on SQLite")
def test_every_area_has_something_to_show_and_twice_is_once(capsys):
    call_command("seed_demo", until=LAST_DAY)
    kinds = (Customer, Interaction, Case, Evaluation, Draw, Response, Kudos, Enrollment)
    counts = [kind.objects.count() for kind in (*kinds, CoachingSession, DayQueueFact, AuditEntry)]
    assert min(counts) > 0
    assert TimelineEntry.objects.filter(kind="evaluation").exists()
    assert not JobRun.objects.filter(job="ops.handle_event").exists()

    call_command("seed_demo", until=LAST_DAY)
    kinds = (*kinds, CoachingSession, DayQueueFact, AuditEntry)
    assert [kind.objects.count() for kind in kinds] == counts
    assert "supervisor@meridian.example" in capsys.readouterr().out


def test_it_refuses_where_work_is_done(settings):
    settings.DEBUG, settings.IS_TEST = False, False
    with pytest.raises(CommandError, match="for development only"):
        call_command("seed_demo")


def test_it_wants_an_empty_database():
    UserFactory()
    with pytest.raises(CommandError, match="in use"):
        call_command("seed_demo")
