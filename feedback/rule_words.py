"""A badge's rule as a sentence that an agent understands."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext_lazy

from feedback.models import BadgeRule

OPERATOR_WORDS = {
    "eq": pgettext_lazy("comparison", "is"),
    "ne": gettext_lazy("is not"),
    "lt": gettext_lazy("below"),
    "lte": gettext_lazy("at most"),
    "gt": gettext_lazy("above"),
    "gte": gettext_lazy("at least"),
    "in": gettext_lazy("one of"),
}
FIELD_WORDS = {
    "score_percent": pgettext_lazy("fact", "score percent"),
    "is_passed": pgettext_lazy("fact", "is passed"),
    "has_critical_failure": pgettext_lazy("fact", "has critical failure"),
    "scorecard": pgettext_lazy("fact", "scorecard"),
    "queue": pgettext_lazy("fact", "queue"),
    "value": pgettext_lazy("fact", "value"),
    "is_satisfied": pgettext_lazy("fact", "is satisfied"),
    "driver": pgettext_lazy("fact", "driver"),
    "course": pgettext_lazy("fact", "course"),
    "before": pgettext_lazy("fact", "before"),
    "after": pgettext_lazy("fact", "after"),
    "outcome": pgettext_lazy("fact", "outcome"),
    "giver": pgettext_lazy("fact", "giver"),
    "points": pgettext_lazy("fact", "points"),
    "source": pgettext_lazy("fact", "source"),
}


def in_words(rule: BadgeRule) -> str:
    """How often what must happen, with its conditions, and within which time."""
    what = rule.get_fact_kind_display().lower()
    if rule.conditions:
        conditions = _(" and ").join(_condition(one) for one in rule.conditions)
        what = _("{kind} where {conditions}").format(kind=what, conditions=conditions)
    if rule.mode == "streak":
        return _("{count} in a row: {what}.").format(count=rule.k, what=what)
    if not rule.window_days:
        return _("{count} × {what}, in one calendar month.").format(count=rule.k, what=what)
    return _("{count} × {what}, within {days} days.").format(
        count=rule.k, what=what, days=rule.window_days
    )


def _condition(condition: dict[str, Any]) -> str:
    field, operator = FIELD_WORDS[condition["field"]], OPERATOR_WORDS[condition["operator"]]
    return f"{field} {operator} {_shown(condition['value'])}"


def _shown(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)
