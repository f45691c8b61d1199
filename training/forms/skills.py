"""Forms of skills and of roles to grow into."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from accounts import permissions
from quality.models import Scorecard
from training.forms.remediation import criterion_choices
from training.models import Course, LearningPath, Skill, TargetRole

LEVEL_CHOICES = [(level, str(level)) for level in range(5)]


class SkillForm(forms.ModelForm):
    criterion_key = forms.ChoiceField(
        required=False, label="Proven by a criterion", help_text="From 5 evaluations in 90 days."
    )

    class Meta:
        model = Skill
        fields = (
            *("title", "code", "description", "rule", "validity_months", "decay_months"),
            *("critical_headcount", "criterion_key", "course"),
        )
        labels = {"course": "Proven by a course"}
        widgets = {"description": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["criterion_key"].choices = [  # type: ignore[attr-defined]
            ("", "By none"),
            *criterion_choices(),
        ]
        self.fields["course"].queryset = Course.objects.published()  # type: ignore[attr-defined]


class TargetForm(forms.Form):
    role = forms.ChoiceField()
    skill = forms.ModelChoiceField(Skill.objects.none())
    level = forms.TypedChoiceField(
        choices=LEVEL_CHOICES, coerce=int, help_text="0 takes the target away."
    )
    weight = forms.IntegerField(min_value=1, max_value=100, initial=1)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        roles = [(role, role.capitalize()) for role in sorted(permissions.policy().roles)]
        self.fields["role"].choices = roles  # type: ignore[attr-defined]
        self.fields["skill"].queryset = Skill.objects.active()  # type: ignore[attr-defined]


class AssessForm(forms.Form):
    skill = forms.ModelChoiceField(Skill.objects.none())
    level = forms.TypedChoiceField(choices=LEVEL_CHOICES, coerce=int)
    source = forms.CharField(max_length=200, label="What it rests on")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["skill"].queryset = Skill.objects.active()  # type: ignore[attr-defined]


class RoleForm(forms.ModelForm):
    courses = forms.ModelMultipleChoiceField(
        Course.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    class Meta:
        model = TargetRole
        fields = (
            *("title", "summary", "path", "scorecard", "minimum_percent", "last_n"),
            *("minimum_n", "no_critical_days", "tenure_months"),
        )
        widgets = {"summary": forms.Textarea(attrs={"rows": 3})}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields = self.fields
        fields["courses"].queryset = Course.objects.published()  # type: ignore[attr-defined]
        fields["path"].queryset = LearningPath.objects.offered()  # type: ignore[attr-defined]
        fields["scorecard"].queryset = Scorecard.objects.all()  # type: ignore[attr-defined]
        known = {}
        if self.instance.pk:
            self.initial["courses"] = list(self.instance.courses.values_list("pk", flat=True))
            known = dict(self.instance.skills.values_list("skill_id", "level"))
        self.skills = list(Skill.objects.active())
        for skill in self.skills:
            self.fields[f"skill-{skill.pk}"] = forms.TypedChoiceField(
                choices=LEVEL_CHOICES,
                coerce=int,
                required=False,
                label=f"Level of “{skill}”",
                initial=known.get(skill.pk, 0),
            )

    def clean(self) -> dict[str, Any]:
        given = super().clean() or self.cleaned_data
        if given.get("minimum_percent") is not None and not given.get("scorecard"):
            self.add_error("scorecard", "Choose the scorecard of the mean score.")
        return given

    @property
    def levels(self) -> dict[int, int]:
        given = self.cleaned_data
        return {skill.pk: int(given.get(f"skill-{skill.pk}") or 0) for skill in self.skills}

    @property
    def own_fields(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.Meta.fields}


class ChoiceForm(forms.Form):
    is_shared = forms.BooleanField(required=False, label=_("My supervisor may see it"))
