"""The filters of dashboards, read from the address; a name it does not know is refused."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date
from functools import cached_property
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.conf import settings
from django.http import QueryDict
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import Team, User
from crm.forms.widgets import PlainSelect
from crm.models import Segment
from crm.models.interactions import Channel, Direction
from lib.http import number_in
from lib.sentences import said
from reports import access, definitions, periods
from reports.definitions import BadParameter, Definition, UnknownDefinition
from reports.periods import Period
from reports.registry import Registry
from reports.slices import Slice
from reports.tracked import tracked
from routing.models import Queue

DEFAULT_PERIOD = "last_28"
BY = {
    "interval": _("Quarter hour"),
    "hour": _("Hour"),
    "day": _("Day"),
    "week": _("Week"),
    "month": _("Month"),
    "queue": _("Queue"),
    "channel": _("Channel"),
    "team": _("Team"),
    "agent": _("Agent"),
    "disposition": _("Disposition"),
}
OFTEN = ("period", "queue", "by", "compare")
DEFINITION_PREFIX = "def."
COMPARE = [
    ("previous", _("The period before")),
    ("weekdays", _("Same weekdays, 52 weeks ago")),
    ("last_year", _("Same period last year")),
    ("none", _("Nothing")),
]
UNTRACKED = _("This segment has no figures of its own. Turn on tracking first.")
TOLD = ("days", "untracked")
UNREADABLE_DAYS = {("invalid", "begin"), ("invalid", "end")}


class WrongAddress(Exception):
    """A parameter or value that no page made; answered with 400."""


class PlainChoice(forms.ChoiceField):
    widget = PlainSelect


class FilterForm(forms.Form):
    """Period, filters and definitions of a dashboard.

    `refused_with` is 400 for what no form could have sent, 422 for days that cannot be.
    """

    period = PlainChoice(
        choices=[
            *((name, _(words)) for name, words in periods.NAMES.items()),
            ("days", _("From … to …")),
        ],
        label=_("Period"),
    )
    begin = forms.DateField(
        label=_("From"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    end = forms.DateField(
        label=_("To"), required=False, widget=forms.DateInput(attrs={"type": "date"})
    )
    queue = PlainChoice(required=False, label=_("Queue"))
    channel = PlainChoice(
        required=False,
        label=_("Channel"),
        choices=[("", _("Any channel")), *Channel.choices],
    )
    direction = PlainChoice(
        choices=[*Direction.choices, ("any", _("Any direction"))], label=_("Direction")
    )
    team = PlainChoice(required=False, label=_("Team"))
    agent = PlainChoice(required=False, label=_("Agent"))
    segment = PlainChoice(required=False, label=_("Segment"))
    by = PlainChoice(choices=list(BY.items()), label=_("Table by"))
    compare = PlainChoice(choices=COMPARE, label=_("Compare with"))

    def __init__(
        self,
        data: QueryDict,
        *,
        user: User,
        today: date,
        ignored: Iterable[str] = (),
        without: Sequence[str] = (),
    ) -> None:
        self.user, self.today = user, today
        self.allowed = access.queue_names_of(user)
        known = {*type(self).base_fields, *ignored} - set(without)
        self.asked = {
            name: str(value) for name, value in data.items() if value and name not in ignored
        }
        self.unknown = sorted(
            name
            for name in self.asked
            if name not in known and not name.startswith(DEFINITION_PREFIX)
        )
        if "begin" in self.asked or "end" in self.asked:
            self.asked.setdefault("period", "days")
        super().__init__({**self.defaults(), **self.asked})
        for name in without:
            del self.fields[name]
        self._offer()

    @staticmethod
    def defaults() -> dict[str, str]:
        return {
            "period": DEFAULT_PERIOD,
            "direction": Direction.INBOUND,
            "by": "queue",
            "compare": "previous",
        }

    def _offer(self) -> None:
        """The choices this person has: own queues, teams and their agents."""
        if "queue" in self.fields:
            self._choose("queue", gettext("Any queue"), self.queue_names.items())
        if "team" in self.fields:
            self._choose("team", gettext("Any team"), ((team.pk, team.name) for team in self.teams))
        if "agent" in self.fields:
            people = ((agent.pk, agent.short_name) for agent in access.agents_of(self.user))
            self._choose("agent", gettext("Any agent"), people)
        if "segment" in self.fields:
            self._choose("segment", gettext("Any customer"), self.segments.items())

    @cached_property
    def segments(self) -> dict[int, str]:
        """Those with figures of their own, and the one that was asked for without having any."""
        found = {segment.pk: segment.name for segment in tracked()}
        asked = number_in(self.asked.get("segment", ""))
        self.is_untracked = bool(asked) and asked not in found
        if self.is_untracked:
            found |= dict(Segment.objects.filter(pk=asked).values_list("pk", "name"))
        return found

    @cached_property
    def queue_names(self) -> dict[int, str]:
        if self.allowed is None:
            return dict(Queue.objects.order_by("name").values_list("pk", "name"))
        named = [(name, pk) for pk, name in self.allowed.items() if name]
        return {pk: name for name, pk in sorted(named)}

    @cached_property
    def teams(self) -> list[Team]:
        return list(access.shown_teams(self.user))

    def _choose(self, name: str, empty: str, rows: Iterable[tuple[int, str]]) -> None:
        choices = [("", empty), *((str(pk), words) for pk, words in rows)]
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    @property
    def often(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name in OFTEN or self._is_day(name)]

    @property
    def seldom(self) -> list[forms.BoundField]:
        return [
            self[name] for name in self.fields if name not in OFTEN and name not in ("begin", "end")
        ]

    def _is_day(self, name: str) -> bool:
        """Days are asked for only where they say the period."""
        return name in ("begin", "end") and self.data.get("period") == "days"

    @property
    def has_seldom(self) -> bool:
        return any(bound.name in self.asked for bound in self.seldom)

    @property
    def kept(self) -> list[tuple[str, str]]:
        """What is asked for and has no field of its own here."""
        return [
            (name, value)
            for name, value in self.asked.items()
            if name.startswith(DEFINITION_PREFIX)
        ]

    def clean(self) -> dict[str, Any]:
        chosen: dict[str, Any] = super().clean() or {}
        if chosen.get("period") == "days":
            self._check_days(chosen.get("begin"), chosen.get("end"))
        if chosen.get("segment") and self.is_untracked:
            self.add_error("segment", forms.ValidationError(UNTRACKED, code="untracked"))
        self.definitions, self.wrong_definitions = self._definitions()
        if not self.errors:
            self._check_steps(chosen.get("by") or "")
        return chosen

    def _check_steps(self, by: str) -> None:
        """A page shows the hours of a month, and the quarter hours of a week."""
        most = periods.MOST_DAYS_BY.get(by)
        if most is not None and self.whole_period.days > most:
            sentence = gettext("By {unit}, choose at most {days} days.").format(
                unit=BY[by].lower(), days=most
            )
            self.add_error("by", forms.ValidationError(sentence, code="days"))

    def _check_days(self, begin: date | None, end: date | None) -> None:
        if begin is None and "begin" not in self.errors:
            self.add_error("begin", forms.ValidationError(_("Choose the first day."), code="days"))
        elif end is None and "end" not in self.errors:
            self.add_error("end", forms.ValidationError(_("Choose the last day."), code="days"))
        elif begin and end and begin > end:
            self.add_error(
                "end", forms.ValidationError(_("The last day lies before the first."), code="days")
            )
        elif begin and end and (end - begin).days >= periods.MOST_DAYS:
            sentence = gettext("Choose at most {days} days.").format(days=periods.MOST_DAYS)
            self.add_error("end", forms.ValidationError(sentence, code="days"))

    def _definitions(self) -> tuple[dict[str, Definition], dict[str, str]]:
        """What `def.<key>` asks for by key, and why a parameter names no definition of its key."""
        found: dict[str, Definition] = {}
        wrong: dict[str, str] = {}
        for name, slug in self.asked.items():
            if name.startswith(DEFINITION_PREFIX):
                key = name.removeprefix(DEFINITION_PREFIX)
                try:
                    definition = definitions.parse(slug)
                except (UnknownDefinition, BadParameter) as error:
                    wrong[name] = str(error)
                    continue
                if definition.key == key:
                    found[key] = definition
                else:
                    wrong[name] = said("{slug} is no definition of {key}.", slug=slug, key=key)
        return found, wrong

    def outdated(self) -> dict[str, str]:
        """Parameters that no form of this person could send now, and why."""
        if self.is_valid() and not self.unknown and not self.wrong_definitions:
            return {}
        found: dict[str, str] = {
            name: said("There is no filter named {name}.", name=name) for name in self.unknown
        }
        for name, errors in self.errors.as_data().items():
            for error in errors:
                is_told = error.code in TOLD or (error.code, name) in UNREADABLE_DAYS
                if not is_told:
                    found[name] = f"{name}: {' '.join(error.messages)}"
        return found | self.wrong_definitions

    def checked(self) -> bool:
        """Whether the filters can be used; raises WrongAddress for what no form could send."""
        for sentence in self.outdated().values():
            raise WrongAddress(sentence)
        return self.is_valid()

    # --- What was chosen ------------------------------------------------------------------------

    @property
    def whole_period(self) -> Period:
        chosen = self.cleaned_data
        if "period" not in chosen:
            return Period(self.today, self.today)
        if chosen["period"] == "days":
            return Period(chosen["begin"], chosen["end"])
        first_weekday = getattr(settings, "FIRST_DAY_OF_WEEK", 1) - 1
        return periods.named(chosen["period"], self.today, max(first_weekday, 0))

    def slice(self) -> Slice:
        """The chosen facts, days after today left out."""
        chosen = self.cleaned_data
        queues = None if self.allowed is None else frozenset(self.allowed)
        if chosen.get("queue"):
            queues = frozenset({int(chosen["queue"])})
        team = int(chosen["team"]) if chosen.get("team") else None
        direction = chosen.get("direction", Direction.INBOUND)
        is_own = chosen.get("agent") == str(self.user.pk)
        return Slice(
            period=self.whole_period.until(self.today),
            queues=queues,
            channel=chosen.get("channel", ""),
            direction="" if direction == "any" else direction,
            team=team,
            agent=int(chosen["agent"]) if chosen.get("agent") else None,
            teams=None if is_own else access.teams_of(self.user),
            owned=access.owned_queues(team) if team else frozenset(),
            has_chosen_queue=bool(chosen.get("queue")),
            segment=int(chosen.get("segment") or 0),
        )

    def before(self, piece: Slice) -> Slice | None:
        """What to compare with: as many days as have passed of an unfinished period."""
        rule = self.cleaned_data.get("compare") or "none"
        if rule == "none":
            return None
        whole = self.whole_period
        start, end = periods.previous(whole.start, whole.end, rule)
        earlier = Period(start, end)
        if piece.period.days < whole.days:
            earlier = earlier.first(piece.period.days)
        return piece.over(earlier)

    @property
    def is_unfinished(self) -> bool:
        return self.whole_period.end > self.today

    def definition(self, key: str, registry: Registry) -> Definition:
        return self.definitions.get(key) or registry.default(key)

    @property
    def query(self) -> str:
        """The address without what is the default anyway."""
        defaults = self.defaults()
        return urlencode(
            {name: value for name, value in self.asked.items() if defaults.get(name) != value}
        )

    def with_filters(self, **more: object) -> str:
        """The address with other filters put in."""
        told = {name: str(value) for name, value in more.items()}
        return urlencode({**self.asked, **told})

    def in_words(self) -> list[tuple[str, str]]:
        """(label, value) of everything chosen, for the line above a page and for documents."""
        chosen = self.cleaned_data
        told = [(gettext("Period"), self.whole_period.words)]
        for name in ("queue", "channel", "team", "agent"):
            if chosen.get(name):
                told.append((str(self.fields[name].label), self._choice(name, chosen[name])))
        if chosen.get("segment"):
            name = self._choice("segment", chosen["segment"])
            members = gettext("{segment}, members when the figures were made")
            told.append((gettext("Segment"), members.format(segment=name)))
        if "direction" in chosen and chosen["direction"] != Direction.INBOUND:
            told.append((gettext("Direction"), self._choice("direction", chosen["direction"])))
        told += [
            (gettext("Shown as"), definition.label) for definition in self.definitions.values()
        ]
        return told

    def _choice(self, name: str, value: str) -> str:
        return str(dict(self.fields[name].choices)[value])  # type: ignore[attr-defined]
