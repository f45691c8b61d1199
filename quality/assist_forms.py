"""The form of an assist rule: which answer it proposes, and what it listens for."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Team, User
from accounts.permissions import scope
from quality.actions.assist import AssistContent
from quality.content import Content, content_of
from quality.models import AssistRule, Scorecard
from quality.models.rules import AssistBound, AssistKind, AssistSpeaker, AssistWindow
from quality.plan_forms import teams_of

BETWEEN = ":"


class AssistForm(forms.Form):
    """Raises nothing: a scorecard without a version in force offers no answers."""

    name = forms.CharField(max_length=120, help_text="Evaluators read it beside the proposal.")
    proposes = forms.ChoiceField(label="It proposes")
    otherwise = forms.ChoiceField(
        required=False,
        label="Otherwise",
        help_text="Another answer of the same criterion, proposed where the test does not hold.",
    )
    kind = forms.ChoiceField(choices=AssistKind.choices, widget=forms.RadioSelect, label="When")
    phrases = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text="One a line, at most 50. Whole words; case and accents do not matter.",
    )
    speaker = forms.ChoiceField(choices=AssistSpeaker.choices, label="Said by")
    window = forms.ChoiceField(choices=AssistWindow.choices, label="In")
    window_size = forms.IntegerField(
        required=False, min_value=1, max_value=86_400, label="How many seconds or turns"
    )
    bound = forms.ChoiceField(choices=AssistBound.choices, label="Is")
    threshold = forms.DecimalField(
        required=False,
        min_value=0,
        max_value=86_400,
        decimal_places=2,
        label="Seconds, or percent of talk",
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        user: User,
        scorecard: Scorecard,
        rule: AssistRule | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", initial_of(rule))
        super().__init__(*args, **kwargs)
        self.scorecard = scorecard
        version = scorecard.current_version
        answers = answers_of(content_of(version)) if version else []
        self._choices("proposes", answers)
        self._choices("otherwise", [("", "Nothing"), *answers])
        sees_all = scope(user, "quality.manage_rules") == "all"
        self.fields["teams"].queryset = teams_of(user, "quality.manage_rules")  # type: ignore[attr-defined]
        self.fields["teams"].required = not sees_all
        self.fields["teams"].help_text = "None: every team." if sees_all else ""

    def _choices(self, name: str, choices: Any) -> None:
        self.fields[name].choices = choices  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        proposes, otherwise = given.get("proposes", ""), given.get("otherwise") or ""
        if otherwise and otherwise.split(BETWEEN)[0] != proposes.split(BETWEEN)[0]:
            self.add_error("otherwise", "Choose an answer of the same criterion.")
        return given

    def content(self) -> AssistContent:
        given = self.cleaned_data
        criterion_key, _, option_key = given["proposes"].partition(BETWEEN)
        return AssistContent(
            name=given["name"],
            scorecard=self.scorecard,
            criterion_key=criterion_key,
            option_key=option_key,
            otherwise_key=given["otherwise"].partition(BETWEEN)[2],
            kind=given["kind"],
            phrases=given["phrases"].splitlines(),
            speaker=given["speaker"],
            window=given["window"],
            window_size=given["window_size"],
            bound=given["bound"],
            threshold=given["threshold"],
            teams=list(given["teams"]),
        )


def answers_of(content: Content) -> list[tuple[str, str]]:
    """The options of every criterion that has one to pick, each told with its criterion."""
    return [
        (f"{key}{BETWEEN}{option['key']}", f"{criterion['text']}: {option['label']}")
        for key, criterion in content.criteria.items()
        if criterion["kind"] == "single"
        for option in criterion["options"]
    ]


def initial_of(rule: AssistRule | None) -> dict[str, Any]:
    if rule is None:
        return {"kind": AssistKind.SAID, "speaker": AssistSpeaker.AGENT}
    names = ("name", "kind", "speaker", "window", "window_size", "bound", "threshold")
    otherwise = f"{rule.criterion_key}{BETWEEN}{rule.otherwise_key}" if rule.otherwise_key else ""
    return {
        **{name: getattr(rule, name) for name in names},
        "proposes": f"{rule.criterion_key}{BETWEEN}{rule.option_key}",
        "otherwise": otherwise,
        "phrases": "\n".join(rule.phrases),
        "teams": rule.teams.all(),
    }
