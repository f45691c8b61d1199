"""Forms of sampling: the plan, its exceptions, and what is done with picks."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from accounts.models import Team, User
from accounts.permissions import scope
from crm.models.interactions import Channel, Direction
from quality.actions.plans import PlanContent
from quality.filters import WEEKDAYS, read_filters
from quality.models import InteractionSignal, SamplingPlan, Scorecard
from quality.models.plans import PlanOrder, PlanPeriod, PriorityField, QuotaKind, SwapReason
from quality.models.scorecards import ScorecardKind
from routing.models import Queue

SHARE = "share_"


def hours(first: int, last: int, empty: str) -> list[tuple[str, str]]:
    return [("", empty), *((str(hour), f"{hour:02d}:00") for hour in range(first, last + 1))]


class PlanForm(forms.Form):
    """Everything a plan says. Filters that are left empty filter nothing."""

    name = forms.CharField(max_length=120)
    scorecard = forms.ModelChoiceField(Scorecard.objects.none(), empty_label=None)
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    channels = forms.MultipleChoiceField(
        choices=Channel.choices, required=False, widget=forms.CheckboxSelectMultiple
    )
    queues = forms.ModelMultipleChoiceField(
        Queue.objects.all(), required=False, widget=forms.CheckboxSelectMultiple
    )
    weekdays = forms.TypedMultipleChoiceField(
        choices=list(enumerate(WEEKDAYS)),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    direction = forms.ChoiceField(
        choices=[("", "Any direction"), *Direction.choices], required=False
    )
    hour_from = forms.TypedChoiceField(
        choices=hours(0, 23, "Any time"), coerce=int, empty_value=None, required=False
    )
    hour_until = forms.TypedChoiceField(
        choices=hours(1, 24, "Any time"), coerce=int, empty_value=None, required=False
    )
    max_seconds = forms.IntegerField(
        required=False, min_value=1, label="At most so long", help_text="Seconds of talk and hold."
    )
    signal_kind = forms.ChoiceField(required=False, label="Signal")
    signal_low = forms.DecimalField(required=False, label="From", max_digits=10)
    signal_high = forms.DecimalField(required=False, label="To", max_digits=10)
    has_recording = forms.BooleanField(required=False, label="With a recording only")
    has_transcript = forms.BooleanField(required=False, label="With a transcript only")

    quota_kind = forms.ChoiceField(
        choices=QuotaKind.choices, widget=forms.RadioSelect, label="How many"
    )
    quota_n = forms.IntegerField(required=False, min_value=1, label="Number")
    quota_percent = forms.DecimalField(
        required=False, min_value=0, max_value=100, decimal_places=4, label="Percent"
    )
    quota_min = forms.IntegerField(required=False, min_value=0, label="At least")
    period = forms.ChoiceField(choices=PlanPeriod.choices)
    slices = forms.IntegerField(
        min_value=1,
        max_value=31,
        label="Draws in a period",
        help_text="The number is spread over them by chance, and what is short is caught up.",
    )
    order = forms.ChoiceField(choices=PlanOrder.choices, widget=forms.RadioSelect, label="Which")
    priority_field = forms.ChoiceField(
        choices=PriorityField.choices,
        required=False,
        label="What comes first",
        help_text="Results of such a plan are marked as targeted and stay out of averages.",
    )
    double_percent = forms.DecimalField(
        min_value=0,
        max_value=20,
        decimal_places=4,
        label="Scored twice, percent",
        help_text="A second person scores without seeing the first result.",
    )
    due_days = forms.IntegerField(min_value=1, max_value=90, label="Due after days")

    def __init__(
        self, *args: Any, user: User, plan: SamplingPlan | None = None, **kwargs: Any
    ) -> None:
        kwargs.setdefault("initial", initial_of(plan))
        super().__init__(*args, **kwargs)
        self.sees_all = scope(user, "quality.manage_plans") == "all"
        self._choose("scorecard", scorecards_of(user, plan))
        self._choose("teams", teams_of(user))
        self.fields["teams"].required = not self.sees_all
        self.fields["teams"].help_text = "None: every team." if self.sees_all else ""
        kinds = InteractionSignal.objects.order_by("kind").values_list("kind", flat=True)
        names = [(kind, kind) for kind in kinds.distinct()[:100]]
        self.fields["signal_kind"].choices = [("", "Any signal"), *names]  # type: ignore[attr-defined]
        self.evaluators = list(evaluators_of(user, plan))
        for person in self.evaluators:
            self.fields[f"{SHARE}{person.pk}"] = share_field(person, 1 if plan is None else None)

    def _choose(self, name: str, rows: QuerySet[Any]) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    @property
    def share_fields(self) -> list[forms.BoundField]:
        return [self[f"{SHARE}{person.pk}"] for person in self.evaluators]

    def filters(self) -> dict[str, Any]:
        """The filters as a plan keeps them; raises Invalid."""
        given = self.cleaned_data
        names: tuple[str, ...] = ("channels", "weekdays", "direction", "hour_from")
        names += ("hour_until", "max_seconds", "has_recording", "has_transcript")
        signal = {
            "kind": given.get("signal_kind"),
            "low": given.get("signal_low"),
            "high": given.get("signal_high"),
        }
        queues = [queue.pk for queue in given.get("queues") or ()]
        chosen = {name: given.get(name) for name in names}
        return read_filters(chosen | {"queues": queues, "signal": signal})

    def content(self) -> PlanContent:
        given = self.cleaned_data
        names: tuple[str, ...] = (
            "name",
            "scorecard",
            "quota_kind",
            "quota_n",
            "quota_percent",
            "quota_min",
        )
        names += ("period", "slices", "order", "priority_field", "double_percent", "due_days")
        return PlanContent(
            **{name: given[name] for name in names},
            filters=self.filters(),
            teams=list(given["teams"]),
            shares={
                person: given[f"{SHARE}{person.pk}"] or Decimal(0) for person in self.evaluators
            },
        )


def share_field(person: User, initial: int | None) -> forms.DecimalField:
    return forms.DecimalField(
        required=False,
        min_value=0,
        max_value=1000,
        decimal_places=2,
        label=person.short_name,
        initial=initial,
    )


def initial_of(plan: SamplingPlan | None) -> dict[str, Any]:
    """What the form shows first."""
    if plan is None:
        return {
            "quota_kind": QuotaKind.PER_AGENT,
            "quota_n": 5,
            "period": PlanPeriod.WEEK,
            "slices": 1,
            "order": PlanOrder.RANDOM,
            "double_percent": 5,
            "due_days": 7,
        }
    signal = plan.filters.get("signal", {})
    columns: tuple[str, ...] = (
        "name",
        "scorecard",
        "quota_kind",
        "quota_n",
        "quota_percent",
        "quota_min",
    )
    columns += ("period", "slices", "order", "priority_field", "double_percent", "due_days")
    return {
        **{name: getattr(plan, name) for name in columns},
        **plan.filters,
        **{f"signal_{name}": signal.get(name) for name in ("kind", "low", "high")},
        "teams": plan.teams.all(),
        **{f"{SHARE}{share.evaluator_id}": share.weight for share in plan.shares.all()},
    }


def scorecards_of(user: User, plan: SamplingPlan | None) -> QuerySet[Scorecard]:
    rows = Scorecard.objects.visible_to(user).in_use().filter(kind=ScorecardKind.INTERACTION)
    chosen = Scorecard.objects.filter(Q(pk__in=rows.values("pk")) | Q(plans=plan or None))
    return chosen.distinct().order_by("name") if plan else rows.order_by("name")


def teams_of(user: User, verb: str = "quality.manage_plans") -> QuerySet[Team]:
    """Those that a plan, or a rule, of this person may be for."""
    if scope(user, verb) == "all":
        return Team.objects.order_by("name")
    led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
    return Team.objects.filter(pk__in=led.values("team_id")).order_by("name")


def evaluators_of(user: User, plan: SamplingPlan | None) -> QuerySet[User]:
    rows = User.objects.visible_to(user).active().in_role("evaluator")
    kept = plan.shares.values("evaluator") if plan else User.objects.none().values("pk")
    found = User.objects.active().filter(Q(pk__in=rows.values("pk")) | Q(pk__in=kept))
    return found.order_by("full_name", "pk")


class OverrideForm(forms.Form):
    """Another number for one agent over some days."""

    agent = forms.ModelChoiceField(User.objects.none(), empty_label=None)
    quota_n = forms.IntegerField(
        min_value=0, max_value=1000, label="Number", help_text="0 for a leave."
    )
    from_on = forms.DateField(label="From", widget=forms.DateInput(attrs={"type": "date"}))
    until_on = forms.DateField(label="Until", widget=forms.DateInput(attrs={"type": "date"}))
    reason = forms.CharField(min_length=5, max_length=300)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = User.objects.visible_to(user).active().in_role("agent").exclude(pk=user.pk)
        self.fields["agent"].queryset = people.order_by("full_name")  # type: ignore[attr-defined]


class SwapForm(forms.Form):
    """Why an assignment is swapped for the next one in order."""

    kind = forms.ChoiceField(choices=SwapReason.choices, widget=forms.RadioSelect, label="Why?")
    reason = forms.CharField(
        widget=forms.Textarea(attrs={"rows": 3}), min_length=10, max_length=500, label="In words"
    )


class PassOnForm(forms.Form):
    """What is done with the marked assignments."""

    act = forms.ChoiceField(
        choices=[("reassign", "Give them to"), ("cancel", "Take them off")],
        widget=forms.RadioSelect,
        label="The marked ones",
    )
    to = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="The pool", label="Evaluator"
    )
    reason = forms.CharField(min_length=10, max_length=500)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = evaluators_of(user, None)
        self.fields["to"].queryset = people  # type: ignore[attr-defined]
