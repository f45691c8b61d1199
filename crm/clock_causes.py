"""What clocks' events were caused by: written down in English, told in the reader's language."""

from __future__ import annotations

import re

from django.utils.translation import gettext, pgettext

from crm.models.cases import status_words
from lib.sentences import said
from lib.speaking import spoken

CONTACT = said("The customer made contact")
OPENED = said("The case was opened")
REOPENED = said("The case was reopened")
RESOLVED = said("Resolved")
WROTE = said("The customer wrote")
ANSWERED = said("We answered")
USED_UP = said("The target was used up")
ORDER = said("Order of policies")
POLICIES = said("Policies or hours")
CAUSES = frozenset((CONTACT, OPENED, REOPENED, RESOLVED, WROTE, ANSWERED, USED_UP, ORDER, POLICIES))
# With a name behind them; what changed is named as the audit trail names it.
CHANGED, MERGED, POLICY, HOURS = "Changed: ", "Merged into ", "Policy ", "Calendar version "
_NAMED = re.compile(f"({CHANGED}|{MERGED}|{POLICY}|{HOURS})(.+)", re.DOTALL)


def in_words(cause: str) -> str:
    """A stored cause as the reader is told it; all else is the name of a status."""
    if cause in CAUSES:
        return spoken(cause)
    found = _NAMED.fullmatch(cause)
    if found is None:
        return status_words(cause)
    beginning, name = found.groups()
    if beginning == CHANGED:
        names = ", ".join(_field(one) for one in name.split(", "))
        return gettext("Changed: {names}").format(names=names)
    sentence = {
        MERGED: gettext("Merged into {name}"),
        POLICY: gettext("Policy {name}"),
        HOURS: gettext("Calendar version {name}"),
    }[beginning]
    return sentence.format(name=name)


def _field(name: str) -> str:
    known = {
        "subject": pgettext("case field", "subject"),
        "description": pgettext("case field", "description"),
        "priority": pgettext("case field", "priority"),
        "kind": pgettext("case field", "kind"),
        "customer_id": pgettext("case field", "customer_id"),
        "assignee_id": pgettext("case field", "assignee_id"),
        "team_id": pgettext("case field", "team_id"),
        "queue_id": pgettext("case field", "queue_id"),
        "channel": pgettext("case field", "channel"),
        "custom": pgettext("case field", "custom"),
    }
    return known.get(name, name)
