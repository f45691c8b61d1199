"""What evaluations say on the timelines of customers."""

from __future__ import annotations

from collections.abc import Iterator

from crm.timeline import EntryKind, Fact
from lib.sentences import said
from quality.models import Evaluation
from quality.models.evaluations import Purpose

TITLE = said("The handling was evaluated")


def facts(**narrowed: int) -> Iterator[Fact]:
    """The released evaluations of interactions with a known customer, or those narrowed to."""
    rows = Evaluation.objects.filter(
        purpose=Purpose.STANDARD,
        released_at__isnull=False,
        leg__interaction__customer__isnull=False,
    )
    columns = ("leg__interaction__customer_id", "leg__interaction__channel", "agent_id")
    found = rows.filter(**narrowed).values_list("pk", "released_at", *columns)
    for pk, at, customer_id, channel, agent_id in found.iterator():
        yield Fact(
            customer_id=customer_id,
            at=at,
            title=TITLE,
            channel=channel,
            about_id=agent_id,
            target=(Evaluation._meta.label_lower, str(pk)),
        )


EVALUATION = EntryKind(
    name="evaluation",
    title=said("Evaluations"),
    icon="clipboard-check",
    url_name="quality:evaluation_detail",
    audience="quality.view_evaluation",
    rebuild=facts,
    says=(TITLE,),
)
