"""Forms of cases: the filter of the list, opening, changing, messages, notes, links."""

from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from accounts.models import BusinessCalendar, Team, TeamMembership, User
from accounts.permissions import scope
from crm.actions.case_messages import WRITTEN_CHANNELS
from crm.forms.custom_filters import WithCustomFilters
from crm.forms.customers import CUSTOM, WithCustomFields
from crm.forms.widgets import PlainChoice, PlainModelChoice, any_of
from crm.models import Case, CaseStatus, Customer, Interaction, Tag
from crm.models.cases import LONGEST_SUBJECT, CaseKind, CaseQuerySet, Priority, StatusCategory
from crm.models.custom_fields import Target
from crm.models.interactions import Channel
from crm.references import number
from routing.models import Queue

MOST_CHOSEN = 100
ORDERS = [("-opened_at", _("Newest first")), ("opened_at", _("Oldest first"))]
WHOSE = [
    ("mine", pgettext_lazy("cases", "Mine")),
    ("unassigned", _("Nobody’s")),
    ("watched", _("Watched by me")),
]
STATES = [("", _("Unfinished")), *StatusCategory.choices, ("any", _("Any state"))]


class ReferenceField(forms.CharField):
    """A record by its reference, such as C-0000123, among those that the person may see."""

    def __init__(self, letter: str, **kwargs: Any) -> None:
        super().__init__(max_length=20, **kwargs)
        self.letter = letter
        self.rows: QuerySet[Any] | None = None

    def clean(self, value: Any) -> Any:
        text = super().clean(value)
        if not text:
            return None
        pk = number(text, self.letter)
        found = self.rows.filter(pk=pk).first() if pk and self.rows is not None else None
        if found is None:
            sentence = gettext("There is no {letter}-… of that number that you may see.").format(
                letter=self.letter
            )
            raise forms.ValidationError(sentence)
        return found

    def prepare_value(self, value: Any) -> Any:
        return value.reference if hasattr(value, "reference") else value


class ChosenField(forms.CharField):
    """Ids of ticked rows, with commas between."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=1800, widget=forms.HiddenInput, **kwargs)

    def clean(self, value: Any) -> Any:
        ids = [one for one in super().clean(value).split(",") if one]
        if not all(one.isascii() and one.isdigit() and len(one) <= 18 for one in ids):
            raise forms.ValidationError(gettext("Tick the rows again."))
        return [int(one) for one in ids]


class CaseFilter(WithCustomFilters):
    """The filters of the list; each one narrows what is visible anyway."""

    target = Target.CASE
    q = forms.CharField(required=False, max_length=200, label=_("Search"))
    whose = PlainChoice(required=False, label=_("Whose"), choices=any_of(WHOSE, _("Everybody’s")))
    state = PlainChoice(required=False, label=_("State"), choices=STATES)
    priority = PlainChoice(
        required=False,
        label=_("Priority"),
        choices=any_of(Priority.choices, _("Any priority")),
    )
    kind = PlainChoice(
        required=False, label=_("Kind"), choices=any_of(CaseKind.choices, _("Any kind"))
    )
    team = PlainModelChoice(
        Team.objects.none(), required=False, label=_("Team"), empty_label=_("Any team")
    )
    queue = PlainModelChoice(
        Queue.objects.all(), required=False, label=_("Queue"), empty_label=_("Any queue")
    )
    tag = PlainModelChoice(
        Tag.objects.all(), required=False, label=_("Tag"), empty_label=_("Any tag")
    )
    late = PlainChoice(
        required=False,
        label=_("Targets"),
        choices=any_of([("yes", _("Missed one"))], _("Missed or not")),
    )
    order = PlainChoice(
        required=False,
        label=pgettext_lazy("rows", "Order"),
        choices=any_of(ORDERS, _("Due next first")),
    )
    chosen = ChosenField(required=False, label=_("Ticked rows"))

    def __init__(self, data: Any, user: User) -> None:
        super().__init__(data)
        self.user = user
        field = self.fields["team"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = Team.objects.visible_to(user)

    def narrow(self, rows: CaseQuerySet, *, with_contact_points: bool) -> CaseQuerySet:
        chosen = self.cleaned_data
        named = ("priority", "kind", "team", "queue")
        rows = rows.filter(**{name: chosen[name] for name in named if chosen.get(name)})
        if chosen.get("tag"):
            rows = rows.tagged(chosen["tag"])
        if chosen.get("chosen"):
            rows = rows.filter(pk__in=chosen["chosen"])
        whose = chosen.get("whose")
        if whose == "mine":
            rows = rows.filter(assignee=self.user)
        elif whose == "unassigned":
            rows = rows.filter(assignee__isnull=True)
        elif whose == "watched":
            rows = rows.filter(watchers__user=self.user)
        state = chosen.get("state")
        if not state:
            rows = rows.unfinished()
        elif state != "any":
            rows = rows.in_category(state)
        rows = self.narrow_custom(rows)
        if chosen.get("late"):
            rows = rows.filter(is_breached=True)
        if chosen.get("q"):
            rows = rows.matching(chosen["q"], with_contact_points=with_contact_points)
        return rows


class CaseForm(WithCustomFields):
    """What a case is about and whose it is; opens one or changes one."""

    target = Target.CASE
    subject = forms.CharField(max_length=LONGEST_SUBJECT, label=_("What is it about?"))
    description = forms.CharField(
        required=False,
        max_length=10_000,
        label=_("Description"),
        widget=forms.Textarea(attrs={"rows": 5}),
    )
    customer = ReferenceField(
        "C",
        required=False,
        label=_("Customer"),
        help_text=_("The reference on the customer’s page, as C-0000123."),
    )
    kind = forms.ChoiceField(choices=CaseKind.choices, label=_("Kind"))
    priority = forms.ChoiceField(
        choices=Priority.choices, initial=Priority.NORMAL, label=_("Priority")
    )
    channel = forms.ChoiceField(
        required=False,
        choices=[("", pgettext_lazy("channel", "None")), *Channel.choices],
        label=_("It came by"),
    )
    queue = forms.ModelChoiceField(
        Queue.objects.none(), required=False, label=_("Queue"), empty_label=_("No queue")
    )
    team = forms.ModelChoiceField(Team.objects.none(), label=_("Team"), empty_label=None)
    assignee = forms.ModelChoiceField(
        User.objects.none(),
        required=False,
        label=_("Assignee"),
        empty_label=_("Nobody yet: the team takes it"),
    )

    def __init__(self, *args: Any, user: User, case: Case | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered: dict[str, QuerySet[Any]] = {
            "queue": Queue.objects.filter(is_active=True),
            "team": teams_of(user),
            "assignee": colleagues_of(user),
        }
        for name, rows in offered.items():
            field = self.fields[name]
            assert isinstance(field, forms.ModelChoiceField)
            field.queryset = rows
        customer = self.fields["customer"]
        assert isinstance(customer, ReferenceField)
        customer.rows = Customer.objects.visible_to(user).active()
        if case is not None:
            self.fields["version"] = forms.IntegerField(
                widget=forms.HiddenInput, initial=case.version
            )

    def told(self) -> dict[str, Any]:
        """What was entered, as the verbs take it: own values apart under "custom"."""
        own = {CUSTOM + definition.key for definition in self.definitions}
        given = {name: value for name, value in self.cleaned_data.items() if name not in own}
        return given | {"custom": self.custom_values()}


class NewCaseForm(CaseForm):
    is_from_customer = forms.BooleanField(
        required=False, initial=True, label=_("The customer made contact and waits for an answer")
    )


class MessageForm(forms.Form):
    body = forms.CharField(max_length=20_000, strip=True, widget=forms.Textarea(attrs={"rows": 4}))
    speaker = forms.ChoiceField(choices=[("agent", _("We")), ("customer", _("The customer"))])
    channel = forms.ChoiceField(
        choices=[(channel.value, channel.label) for channel in WRITTEN_CHANNELS]
    )
    reply = forms.IntegerField(required=False, widget=forms.HiddenInput)


class NoteForm(forms.Form):
    body = forms.CharField(max_length=10_000, widget=forms.Textarea(attrs={"rows": 3}))
    mention = forms.ModelChoiceField(User.objects.none(), required=False, empty_label=_("Nobody"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["mention"]
        assert isinstance(field, forms.ModelChoiceField)
        field.queryset = colleagues_of(user)


class MoveForm(forms.Form):
    status = forms.ModelChoiceField(CaseStatus.objects.all())
    reason = forms.CharField(required=False, max_length=500)


class LinkForm(forms.Form):
    interaction = ReferenceField("I", label=_("Interaction"))
    reason = forms.CharField(required=False, max_length=500, label=_("Reason"))

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["interaction"]
        assert isinstance(field, ReferenceField)
        field.rows = Interaction.objects.visible_to(user)


class MergeForm(forms.Form):
    into = ReferenceField(
        "K", label=_("Go on in case"), help_text=_("Its reference, as K-0000123.")
    )
    reason = forms.CharField(
        max_length=500, label=_("Reason"), widget=forms.Textarea(attrs={"rows": 2})
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["into"]
        assert isinstance(field, ReferenceField)
        field.rows = Case.objects.reached_by(user, "crm.change_case")


class InteractionChoices(forms.ModelMultipleChoiceField):
    def label_from_instance(self, row: Any) -> str:
        at = timezone.localtime(row.started_at)
        return f"{row.reference}, {row.get_channel_display()}, {at:%Y-%m-%d %H:%M}"


class SplitForm(forms.Form):
    subject = forms.CharField(max_length=LONGEST_SUBJECT, label=_("What is the new case about?"))
    interactions = InteractionChoices(
        Interaction.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        label=_("These belong to the new case"),
    )

    def __init__(self, *args: Any, rows: QuerySet[Interaction], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["interactions"]
        assert isinstance(field, InteractionChoices)
        field.queryset = rows


class WhatIfForm(forms.Form):
    """Another target and other hours, to see what would have been."""

    hours = forms.DecimalField(
        label=_("Target in hours"),
        min_value=0,
        max_value=8784,
        max_digits=7,
        decimal_places=2,
    )
    calendar = forms.ModelChoiceField(
        BusinessCalendar.objects.select_related("current"),
        required=False,
        label=_("Calendar"),
        empty_label=_("Around the clock"),
    )


def teams_of(user: User) -> QuerySet[Team]:
    """Teams that a person may give a case to: their own, or all."""
    if scope(user, "crm.change_case") == "all":
        return Team.objects.all()
    return Team.objects.visible_to(user)


def colleagues_of(user: User) -> QuerySet[User]:
    """Active people of the teams that a person is in or leads."""
    members = TeamMembership.objects.filter(team__in=teams_of(user), ends_at__isnull=True)
    return User.objects.filter(is_active=True, pk__in=members.values("user_id"))
