"""The kinds of entries that the customer record itself writes."""

from __future__ import annotations

import re

from django.utils import translation

from crm.actions.consents import facts_of_consents
from crm.actions.notes import facts_of_notes
from crm.models import ConsentEvent
from crm.timeline import EntryKind
from lib.sentences import said
from lib.speaking import SOURCE, spoken

COUNTED = re.compile(r"([\d,]+) (.+)")


def consent_retold(summary: str) -> str:
    """The channel of a decision, and where it was said in the words of whoever wrote it down."""
    channel, dot, source = summary.partition(". ")
    with translation.override(SOURCE):
        labels = dict(ConsentEvent._meta.get_field("channel").flatchoices).values()
        is_channel = channel in map(str, labels)
    return f"{spoken(channel)}{dot}{source}" if is_channel else summary


def merge_retold(summary: str) -> str:
    """What came along, stored as “3 notes, 1,200 interactions”."""
    found = [COUNTED.fullmatch(part) for part in summary.split(", ")]
    if not all(found):
        return summary
    return ", ".join(f"{each[1]} {spoken(each[2])}" for each in found if each)


KINDS = (
    EntryKind(
        "note",
        said("Notes"),
        icon="message-square",
        audience="crm.write_note",
        rebuild=facts_of_notes,
        says=(said("Note"),),
    ),
    EntryKind(
        "consent",
        said("Consents"),
        icon="hand",
        rebuild=facts_of_consents,
        says=(
            said("{purpose}: granted"),
            said("{purpose}: withdrawn"),
            said("{purpose}: objected"),
        ),
        retold=consent_retold,
    ),
    EntryKind(
        "merge",
        said("Merges"),
        icon="users-round",
        url_name="crm:merge_detail",
        says=(said("{reference} was merged into this customer"),),
        retold=merge_retold,
    ),
    EntryKind(
        "restriction",
        said("Restrictions"),
        icon="lock",
        tone="warn",
        says=(said("The processing was restricted"), said("The restriction was lifted")),
    ),
)
