"""The kinds of entries that the customer record itself writes."""

from __future__ import annotations

from crm.actions.consents import facts_of_consents
from crm.actions.notes import facts_of_notes
from crm.timeline import EntryKind

KINDS = (
    EntryKind(
        "note", "Notes", icon="message-square", audience="crm.write_note", rebuild=facts_of_notes
    ),
    EntryKind("consent", "Consents", icon="hand", rebuild=facts_of_consents),
    EntryKind("merge", "Merges", icon="users-round", url_name="crm:merge_detail"),
    EntryKind("restriction", "Restrictions", icon="lock", tone="warn"),
)
