"""Filters of the list of interactions, and the clocks of a transcript."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Any

from django import forms
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from accounts.models import Team, User
from accounts.permissions import scope
from crm.actions.interactions import LARGEST_OFFSET_MS
from crm.forms.custom_filters import WithCustomFilters
from crm.forms.widgets import PlainChoice, PlainModelChoice, any_of
from crm.models import Disposition, Recording, RepeatRule, Tag
from crm.models.custom_fields import Target
from crm.models.interactions import Channel, Direction, InteractionQuerySet, Outcome
from crm.quality_flags import WORDS
from routing.models import Queue

LONGEST_PERIOD = timedelta(days=400)
OFTEN = ("channel", "outcome", "queue", "agent")
HAS_TRANSCRIPT = [("yes", _("With transcript")), ("no", _("Without transcript"))]
HAS_RECORDING = [("yes", _("With recording")), ("no", _("Without recording"))]
ORDERS = [("started_at", _("Oldest first"))]
REPEATS = [("yes", _("Repeats of a contact")), ("no", _("No repeats"))]
# Seconds of handling, from and below.
LENGTHS = [
    ("0-60", _("Under a minute")),
    ("60-300", _("1 to 5 minutes")),
    ("300-900", _("5 to 15 minutes")),
    ("900-1000000000", _("15 minutes and more")),
]


class InteractionFilter(WithCustomFilters):
    """The filters of the list; each one narrows what is visible anyway."""

    target = Target.INTERACTION
    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    channel = PlainChoice(
        required=False, choices=any_of(Channel.choices, _("Any channel")), label=_("Channel")
    )
    direction = PlainChoice(
        required=False, choices=any_of(Direction.choices, _("Any direction")), label=_("Direction")
    )
    outcome = PlainChoice(
        required=False, choices=any_of(Outcome.choices, _("Any outcome")), label=_("Outcome")
    )
    queue = PlainModelChoice(
        Queue.objects.none(), required=False, empty_label=_("Any queue"), label=_("Queue")
    )
    team = PlainModelChoice(
        Team.objects.none(), required=False, empty_label=_("Any team"), label=_("Team")
    )
    agent = PlainModelChoice(
        User.objects.none(), required=False, empty_label=_("Any agent"), label=_("Agent")
    )
    transcript = PlainChoice(
        required=False, choices=any_of(HAS_TRANSCRIPT, _("Any transcript")), label=_("Transcript")
    )
    disposition = PlainModelChoice(
        Disposition.objects.all(),
        required=False,
        empty_label=_("Any disposition"),
        label=_("Disposition"),
    )
    tag = PlainModelChoice(
        Tag.objects.all(), required=False, empty_label=_("Any tag"), label=_("Tag")
    )
    recording = PlainChoice(
        required=False, choices=any_of(HAS_RECORDING, _("Any recording")), label=_("Recording")
    )
    repeat = PlainChoice(
        required=False, label=_("Repeats"), choices=any_of(REPEATS, _("Repeat or not"))
    )
    length = PlainChoice(
        required=False, choices=any_of(LENGTHS, _("Any length")), label=_("Length")
    )
    flag = PlainChoice(
        required=False,
        label=_("Data flag"),
        choices=any_of([(code, _(words[0])) for code, words in WORDS.items()], _("Any data")),
    )
    order = PlainChoice(
        required=False,
        label=pgettext_lazy("sorting", "Order"),
        choices=any_of(ORDERS, _("Newest first")),
    )
    begin = forms.DateField(
        required=False, label=_("From"), widget=forms.DateInput(attrs={"type": "date"})
    )
    end = forms.DateField(
        required=False, label=_("To"), widget=forms.DateInput(attrs={"type": "date"})
    )

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.user = user
        self._offer("queue", Queue.objects.all())
        if scope(user, "crm.view_interaction") == "own":
            del self.fields["team"], self.fields["agent"]
        else:
            self._offer("team", Team.objects.visible_to(user))
            agents = User.objects.visible_to(user).in_role("agent")
            self._offer("agent", agents.only("full_name", "display_name", "email"))

    def _offer(self, name: str, rows: QuerySet[Any]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = rows

    @property
    def often(self) -> list[forms.BoundField]:
        return [self[name] for name in OFTEN if name in self.fields]

    @property
    def seldom(self) -> list[forms.BoundField]:
        """Folded away until one of them is set."""
        return [self[name] for name in self.fields if name not in (*OFTEN, "q")]

    @property
    def has_seldom(self) -> bool:
        return any(bound.data or bound.errors for bound in self.seldom)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or {}
        begin, end = cleaned.get("begin"), cleaned.get("end")
        if begin and end and end < begin:
            self.add_error("end", _("The last day lies before the first one."))
        elif begin and end and end - begin > LONGEST_PERIOD:
            self.add_error(
                "end", _("Choose at most %(days)s days.") % {"days": LONGEST_PERIOD.days}
            )
        return cleaned

    def narrow(
        self, rows: InteractionQuerySet, *, with_contact_points: bool
    ) -> InteractionQuerySet:
        """The rows that every chosen filter lets through."""
        chosen = self.cleaned_data
        exact = {
            name: chosen[name]
            for name in ("channel", "direction", "outcome", "queue")
            if chosen.get(name)
        }
        rows = rows.filter(**exact)
        if chosen.get("team"):
            rows = rows.of_team(chosen["team"])
        if chosen.get("agent"):
            rows = rows.handled_by(chosen["agent"])
        if chosen.get("transcript"):
            wanted = chosen["transcript"] == "yes"
            rows = rows.with_transcript() if wanted else rows.without_transcript()
        if chosen.get("recording"):
            has_sound = Exists(Recording.objects.filter(interaction=OuterRef("pk")))
            rows = rows.filter(has_sound if chosen["recording"] == "yes" else ~has_sound)
        if chosen.get("length"):
            least, most = map(int, chosen["length"].split("-"))
            rows = rows.filter(handle_seconds__gte=least, handle_seconds__lt=most)
        if chosen.get("disposition"):
            rows = rows.disposed_as(chosen["disposition"])
        if chosen.get("tag"):
            rows = rows.tagged(chosen["tag"])
        if chosen.get("flag"):
            rows = rows.flagged(chosen["flag"])
        if chosen.get("repeat"):
            rule = RepeatRule.objects.in_force()
            rows = rows.repeats(rule) if chosen["repeat"] == "yes" else rows.no_repeats(rule)
        rows = self.narrow_custom(rows)
        if chosen.get("begin"):
            rows = rows.filter(started_at__gte=start_of(chosen["begin"]))
        if chosen.get("end"):
            rows = rows.filter(started_at__lt=start_of(chosen["end"] + timedelta(days=1)))
        if chosen.get("q"):
            rows = rows.matching(chosen["q"], with_contact_points=with_contact_points)
        return rows


def start_of(day: date) -> datetime:
    """The first moment of a day in the reader's zone."""
    return timezone.make_aware(datetime.combine(day, time.min))


class AlignForm(forms.Form):
    agent_offset_ms = forms.IntegerField(
        label=_("Milliseconds to add to the agent’s times"),
        min_value=-LARGEST_OFFSET_MS,
        max_value=LARGEST_OFFSET_MS,
    )
    version = forms.IntegerField(widget=forms.HiddenInput)
