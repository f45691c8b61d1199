"""Forms of assignments and of the board."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, time
from typing import Any

from django import forms
from django.db.models import Q
from django.utils import timezone

from accounts import permissions
from accounts.models import Team, User
from routing.models import Queue
from training.models import AssignmentRule, Course, LearningPath, Requirement

DAY = {"type": "date"}


Target = Course | LearningPath | Requirement


class AssignForm(forms.Form):
    what = forms.ChoiceField(label="Course, path or requirement")
    people = forms.ModelMultipleChoiceField(
        User.objects.none(),
        widget=forms.CheckboxSelectMultiple,
        help_text="Who has it already is left as they are.",
    )
    due_on = forms.DateField(required=False, label="Due on", widget=forms.DateInput(attrs=DAY))
    access_until_on = forms.DateField(
        required=False,
        label="Closed after",
        help_text="Nothing opens after this day. Requirements do not close.",
        widget=forms.DateInput(attrs=DAY),
    )
    reason = forms.CharField(
        required=False,
        max_length=500,
        help_text="The learner reads it: “because …”.",
        widget=forms.TextInput(),
    )

    def __init__(self, *args: Any, people: Q, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        found = User.objects.active().filter(people, kind="person")
        self.fields["people"].queryset = found  # type: ignore[attr-defined]
        self.targets = {
            name: {f"{name.lower()}:{row.pk}": row for row in rows} for name, rows in _offered()
        }
        groups = [
            (f"{name}s", [(value, row.title) for value, row in rows.items()])
            for name, rows in self.targets.items()
            if rows
        ]
        self.fields["what"].choices = [("", "---------"), *groups]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if isinstance(self.target, Requirement) and given.get("access_until_on"):
            self.add_error("access_until_on", "Only courses and paths can be closed.")
        return given

    @property
    def target(self) -> Target | None:
        """What is given; None if it was not chosen rightly."""
        value = self.cleaned_data.get("what", "")
        return next((rows[value] for rows in self.targets.values() if value in rows), None)

    @property
    def access_until_at(self) -> datetime | None:
        """The last moment of the day that was given."""
        on: date | None = self.cleaned_data.get("access_until_on")
        return None if on is None else timezone.make_aware(datetime.combine(on, time(23, 59, 59)))


def _offered() -> Iterable[tuple[str, Iterable[Target]]]:
    yield "Course", Course.objects.published()
    yield "Path", LearningPath.objects.offered()
    yield "Requirement", Requirement.objects.active()


class BoardFilter(forms.Form):
    team = forms.ModelChoiceField(Team.objects.none(), required=False, empty_label="All teams")
    course = forms.ModelChoiceField(
        Course.objects.none(), required=False, empty_label="All courses"
    )
    state = forms.ChoiceField(
        required=False,
        choices=(
            ("", "Any state"),
            ("overdue", "Late"),
            ("open", "Not completed"),
            ("completed", "Completed"),
        ),
    )

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]


class RuleForm(forms.ModelForm):
    role = forms.ChoiceField(required=False)

    class Meta:
        model = AssignmentRule
        fields = (
            "name",
            "course",
            "role",
            "team",
            "queue",
            "hired_within_days",
            "due_days",
            "is_active",
        )
        labels = {
            "hired_within_days": "Hired within the last days",
            "due_days": "Due after days",
            "is_active": "Active",
        }

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role, role.capitalize()) for role in sorted(permissions.policy().roles)]
        self.fields["role"].choices = [("", "Every role"), *roles]  # type: ignore[attr-defined]
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]
        self.fields["team"].queryset = Team.objects.visible_to(user)  # type: ignore[attr-defined]
        self.fields["queue"].queryset = Queue.objects.filter(is_active=True)  # type: ignore[attr-defined]


class DueForm(forms.Form):
    """Another due date for the chosen assignments, or a reason not to ask for them."""

    on = forms.DateField(widget=forms.DateInput(attrs=DAY))
    reason = forms.CharField(max_length=500)


class PauseForm(forms.Form):
    person = forms.ModelChoiceField(User.objects.none())
    starts_on = forms.DateField(label="First day away", widget=forms.DateInput(attrs=DAY))
    ends_on = forms.DateField(label="Last day away", widget=forms.DateInput(attrs=DAY))
    reason = forms.CharField(required=False, max_length=200)

    def __init__(self, *args: Any, people: Q, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["person"].queryset = User.objects.active().filter(people)  # type: ignore[attr-defined]
