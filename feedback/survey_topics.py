"""How well the rules of topics agree with people, and how often each topic comes up."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from feedback.models import CommentLabel, Survey, Topic
from feedback.topics import Agreement, f1


@dataclass(frozen=True)
class TopicFigures:
    """`labeled` are the comments that people judged, on which the rules are measured."""

    topic: Topic
    count: int
    labeled: int
    agreement: Agreement


def agreements(survey: Survey, topics: Iterable[Topic]) -> list[TopicFigures]:
    """Each topic with how many comments it holds for, and precision, recall, F1; one query."""
    rows = CommentLabel.objects.filter(response__survey=survey, response__state="accepted")
    tests: dict[int, Counter[tuple[bool, bool]]] = defaultdict(Counter)
    holding: Counter[int] = Counter()
    for topic, by_rule, by_human in rows.values_list("topic", "by_rule", "by_human"):
        holding[topic] += by_rule if by_human is None else by_human
        if by_human is not None:
            tests[topic][by_rule, by_human] += 1
    return [
        TopicFigures(
            topic,
            holding[topic.pk],
            tests[topic.pk].total(),
            f1(
                tests[topic.pk][True, True],
                tests[topic.pk][True, False],
                tests[topic.pk][False, True],
            ),
        )
        for topic in topics
    ]
