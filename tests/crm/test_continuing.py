"""A call whose lines stand in two files of a rotated log is one call, wherever the cut is."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from crm.models import Interaction, Leg, QueueVisit
from tests.crm.runs import imported
from tests.crm.test_readers_queue_log import LINES

pytestmark = pytest.mark.django_db
WAITED = [
    "1772010000|w|billing|NONE|ENTERQUEUE||+14155552671|1",
    "1772010012|w|billing|agent-12|RINGNOANSWER|12000",
    "1772010060|w|billing|NONE|EXITWITHTIMEOUT|1",
    "1772010061|w|tech|NONE|ENTERQUEUE||+14155552671|1",
    "1772010090|w|tech|NONE|ABANDON|1|1|29",
]
ATTENDED = [
    "1772020000|t|billing|NONE|ENTERQUEUE||+14155552671|1",
    "1772020014|t|billing|agent-06|RINGNOANSWER|14000",
    "1772020037|t|billing|agent-07|CONNECT|37|x|6",
    "1772020237|t|billing|agent-07|ATTENDEDTRANSFER|BRIDGE|a1b2|37|200|1",
    "1772020239|t|tech|NONE|ENTERQUEUE||+14155552671|2",
    "1772020250|t|tech|agent-31|CONNECT|11|x|3",
    "1772020350|t|tech|agent-31|COMPLETEAGENT|11|100|2",
]
LEGS = ("agent__full_name", "queue__name", "end", "offered_at", "answered_at", "ended_at")
LEGS += ("wait_seconds", "ring_seconds", "talk_seconds", "transferred_to")
VISITS = ("queue__name", "entered_at", "left_at", "outcome", "wait_seconds", "leg__position")
HEADER = ("outcome", "started_at", "queued_at", "answered_at", "ended_at", "ended_by")
HEADER += ("wait_seconds", "ring_seconds", "talk_seconds", "transfer_count", "leg_count")
HEADER += ("customer_address", "queue__name", "quality_flags")


def take(*lines):
    content = "\n".join(lines).encode()
    return imported(content, format_name="queue_log", missing_agents="create", again=True)


def story():
    rows = Interaction.objects.values_list(*HEADER)
    return (
        list(rows),
        list(Leg.objects.order_by("position").values_list(*LEGS)),
        list(QueueVisit.objects.order_by("position").values_list(*VISITS)),
    )


@pytest.fixture(params=[LINES, WAITED, ATTENDED], ids=["blind", "abandoned", "attended"])
def lines(request):
    return request.param


@pytest.fixture
def told_at_once(lines):
    take(*lines)
    told = story()
    for model in (QueueVisit, Leg, Interaction):
        model.objects.all().delete()
    return told


@pytest.mark.parametrize("overlap", [0, 1, 3])
def test_call_cut_by_the_rotation_is_the_call_told_at_once(lines, told_at_once, overlap):
    for cut in range(1, len(lines)):
        take(*lines[:cut])
        take(*lines[max(0, cut - overlap) :])

        assert story() == told_at_once, cut
        for model in (QueueVisit, Leg, Interaction):
            model.objects.all().delete()


def test_rest_of_a_call_that_is_known_whole_changes_nothing(lines, told_at_once):
    take(*lines)

    for cut in range(1, len(lines)):
        run = take(*lines[cut:])

        assert story() == told_at_once, cut
        assert (run.updated, run.skipped) == (0, 1), cut


def test_known_calls_cost_the_same_for_one_and_for_fifty():
    def calls(count):
        return [line.replace(".1|", f".{n}|", 1) for n in range(count) for line in LINES]

    take(*calls(50))

    with CaptureQueriesContext(connection) as one:
        take(*calls(1))
    with CaptureQueriesContext(connection) as fifty:
        take(*calls(50))
    assert len(one) == len(fifty)
