"""Forms of the scorecard builder: one per kind of item, saved field by field."""

from __future__ import annotations

from typing import Any

from django import forms

from quality.fields import (
    BandsField,
    CausesField,
    ConditionField,
    OptionLinesField,
    WordsField,
)
from quality.models import AnswerSet, Criterion, Option, ScorecardVersion, Section
from quality.models.base import as_text

DECIDERS = ("evaluator", "supervisor", "pool")
_FINER = ("max_points", "step", "is_scored", "is_bonus", "bands", "tags", "key")


class ItemForm(forms.ModelForm):
    """A model form that hands over only what was changed.

    Its fields name their form, so that the page may set them apart; `groups` says how.
    """

    form_id = "item-form"
    groups: tuple[tuple[str, tuple[str, ...]], ...] = ()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, form_field in self.fields.items():
            form_field.widget.attrs["form"] = self.form_id
            if isinstance(form_field, forms.DecimalField):
                form_field.widget.input_type = "text"
                form_field.widget.attrs["inputmode"] = "decimal"
                self.initial[name] = as_text(self.initial.get(name))

    def main_fields(self) -> list[forms.BoundField]:
        grouped = {name for _title, names in self.groups for name in names}
        return [field for field in self if field.name not in grouped]

    def field_groups(self) -> list[tuple[str, list[forms.BoundField], bool]]:
        """Title, fields, and whether the group is in use and should stand open."""
        return [
            (title, [self[name] for name in names], any(self._says(name) for name in names))
            for title, names in self.groups
        ]

    def _says(self, name: str) -> bool:
        default = self._meta.model._meta.get_field(name).get_default()
        return name in self.errors or self.initial.get(name) not in (default, None, "", [])

    def changes(self) -> dict[str, Any]:
        """Cleaned values of changed fields; empty choices that the column has as null are None."""
        changed: dict[str, Any] = {}
        for name in self.changed_data:
            field = self._meta.model._meta.get_field(name)
            value = self.cleaned_data[name]
            changed[name] = None if value == "" and field.null else value
        return changed

    def _post_clean(self) -> None:
        """The verb checks the row as a whole; here each field is checked by itself."""


class ScoringForm(ItemForm):
    bands = BandsField(label="Bands", help_text="One per line: where it begins and its name.")

    class Meta:
        model = ScorecardVersion
        fields = (
            *("weight_mode", "na_policy", "na_fixed_percent", "pass_percent", "cap_percent"),
            *("decimals", "bands", "language"),
        )
        labels = {"na_fixed_percent": "Fixed percent of what does not apply"}


class PolicyForm(ItemForm):
    dispute_deciders = WordsField(
        allowed=DECIDERS,
        label="Who decides, round by round",
        help_text="evaluator, supervisor or pool, divided by commas.",
    )

    class Meta:
        model = ScorecardVersion
        fields = (
            *("release_mode", "release_delay_hours", "approval_percent", "weights_hidden"),
            *("evaluator_hidden", "self_assessment", "acknowledge_hours"),
            *("dispute_window_hours", "dispute_rounds", "dispute_deciders", "dispute_may_lower"),
        )


class SectionForm(ItemForm):
    groups = (
        ("Critical below a percentage", ("fail_below_percent", "fail_scope")),
        ("Shown only if", ("condition",)),
        ("Bands and key", ("bands", "key")),
    )
    condition = ConditionField(
        label="Shown only if", help_text="One test per line: hold_seconds > 60, greet = yes."
    )
    bands = BandsField(label="Bands")

    class Meta:
        model = Section
        fields = (
            *("title", "instructions", "weight", "is_scored", "is_bonus", "allow_na"),
            *("fail_below_percent", "fail_scope", "condition", "bands", "key"),
        )
        widgets = {"instructions": forms.Textarea(attrs={"rows": 2})}
        labels = {
            "fail_below_percent": "Critical below percent",
            "fail_scope": "Then",
            "is_scored": "Counts",
            "is_bonus": "Bonus section",
            "allow_na": "The whole section may be not applicable",
        }


class CriterionForm(ItemForm):
    groups = (
        (
            "Critical",
            ("critical_family", "fail_trigger", "fail_scope", "fail_below_percent"),
        ),
        (
            "What must be given",
            ("allow_na", "is_required", "comment_rule", "evidence_rule"),
        ),
        ("Preset", ("default_rule", "default_option")),
        ("Shown only if", ("condition",)),
        ("Points, bonus, bands, tags and key", _FINER),
    )
    condition = ConditionField(
        label="Shown only if", help_text="One test per line: hold_seconds > 60, greet = yes."
    )
    bands = BandsField(label="Bands")
    tags = WordsField(label="Tags", help_text="Divided by commas; they roll up over scorecards.")

    class Meta:
        model = Criterion
        fields = (
            *("text", "help", "kind", "weight", "max_points", "step", "is_scored", "is_bonus"),
            *("allow_na", "is_required", "comment_rule", "evidence_rule", "default_rule"),
            *("default_option", "critical_family", "fail_trigger", "fail_scope"),
            *("fail_below_percent", "condition", "tags", "bands", "key"),
        )
        widgets = {
            "text": forms.Textarea(attrs={"rows": 2}),
            "help": forms.Textarea(attrs={"rows": 2}),
        }
        labels = {
            "text": "What is asked",
            "is_scored": "Counts",
            "is_bonus": "Bonus",
            "allow_na": "May be not applicable",
            "is_required": "Must be answered",
            "default_rule": "Preset",
            "default_option": "Key of the preset option",
            "critical_family": "Critical family",
            "fail_trigger": "Fails the evaluation",
            "fail_scope": "Then",
            "fail_below_percent": "Below percent",
        }


class OptionForm(ItemForm):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.form_id = f"form-{kwargs['instance'].item}"
        super().__init__(*args, **kwargs)

    root_causes = CausesField(label="Root causes", help_text="One per line; one must be chosen.")

    class Meta:
        model = Option
        fields = (
            *("label", "points", "tone", "is_fail", "critical_scope", "is_bonus"),
            *("range_from", "range_to", "root_causes", "key"),
        )
        labels = {"is_fail": "A failure", "critical_scope": "Critical: then", "is_bonus": "Bonus"}


class AnswerSetForm(forms.Form):
    """Name and options of a set; what a line does not say stays with its label."""

    name = forms.CharField(max_length=120)
    options = OptionLinesField(
        required=True,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="One per line: “10 Fully (good)”, “0 Not at all (bad, fails)”.",
    )

    def __init__(self, *args: Any, answer_set: AnswerSet, **kwargs: Any) -> None:
        kwargs["initial"] = {"name": answer_set.name, "options": answer_set.options}
        super().__init__(*args, **kwargs)
        self.known = {option["label"]: option for option in answer_set.options}

    def clean_options(self) -> list[dict[str, Any]]:
        given: list[dict[str, Any]] = self.cleaned_data["options"]
        labels = [option["label"] for option in given]
        twice = next((label for label in labels if labels.count(label) > 1), None)
        if twice is not None:
            raise forms.ValidationError(f"“{twice}” stands here twice.")
        return [{**self.known.get(option["label"], {}), **option} for option in given]
