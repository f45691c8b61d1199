"""Settings of the queue library that would break a promise stop the start."""

import pytest
from django.conf import settings

from ops.cluster_rules import cluster_faults


def test_the_shipped_settings_hold_every_rule():
    assert cluster_faults(settings.Q_CLUSTER) == []


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"retry": 180}, "at least 181 s"),
        ({"timeout": None}, "timeout must be"),
        ({"timeout": 0}, "timeout must be"),
        ({"workers": 0}, "positive whole numbers"),
        ({"queue_limit": 0}, "queue_limit must be"),
        ({"queue_limit": 4}, "queue_limit must be"),
        ({"orm": None}, "ORM broker"),
        ({"orm": "replica"}, "ORM broker"),
        ({"redis": {"host": "cache"}}, "ORM broker"),
        ({"broker_class": "own.Broker"}, "ORM broker"),
        ({"scheduler": True}, "scheduler must be False"),
        ({"bulk": 5}, "bulk must be 1"),
        ({"ack_failures": False}, "ack_failures must be True"),
        ({"save_limit": 250}, "save_limit must be -1"),
        ({"catch_up": True}, "catch_up must be False"),
        ({"sync": True}, "sync must be False"),
        ({"max_attempts": 3}, "max_attempts must be 0"),
    ],
)
def test_a_broken_rule_is_named(changes, sentence):
    base = settings.Q_CLUSTER | {"workers": 2, "queue_limit": 2, "timeout": 60, "retry": 200}

    faults = cluster_faults(base | {"ALT_CLUSTERS": {}} | changes)

    assert len(faults) == 1
    assert sentence in faults[0]


def test_each_queue_is_checked():
    slow = {"slow": {"workers": 1, "queue_limit": 1, "timeout": 900, "retry": 2700}}

    assert cluster_faults(settings.Q_CLUSTER | {"ALT_CLUSTERS": slow}) == [
        "Queue slow: retry must be at least 2701 s, or a run is handed out while it runs."
    ]
