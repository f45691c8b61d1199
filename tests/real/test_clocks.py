"""Clocks over the real calls of a bank: each wait in a queue as a clock with a target."""

from datetime import timedelta

import pytest

from crm.readers import formats
from crm.readers.base import InteractionRecord, ReaderOptions
from crm.sla import Event, fold
from lib.intervals import Calendar
from tests.real.real_data import real_file

pytestmark = pytest.mark.real_data
TARGET_SECONDS = 60
ALWAYS = Calendar("Asia/Jerusalem", {day: [("00:00", "24:00")] for day in range(7)})


def test_real_waits_fold_to_real_seconds():
    with real_file("anonymous_bank/february_1999.tsv").open("rb") as file:
        calls = [
            item
            for item in formats.read("anonymous_bank", file, ReaderOptions())
            if isinstance(item, InteractionRecord) and item.queued_at and item.answered_at
        ]
    waits = [call for call in calls if call.answered_at > call.queued_at]
    late = 0

    for call in waits:
        moments = [Event(call.queued_at, "activate"), Event(call.answered_at, "fulfill")]
        clock = fold(moments, ALWAYS, TARGET_SECONDS, call.answered_at + timedelta(days=1))
        waited = int((call.answered_at - call.queued_at).total_seconds())
        assert clock.elapsed_seconds == waited
        assert clock.miss_seconds == max(0, waited - TARGET_SECONDS)
        assert (clock.breached_at is not None) is (waited > TARGET_SECONDS)
        late += waited > TARGET_SECONDS

    assert len(waits) > 10_000
    assert 0.2 < late / len(waits) < 0.9
