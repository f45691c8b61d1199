"""The form of a quality rule: what it looks for in a result, and what it then does."""

from __future__ import annotations

from typing import Any

from django import forms

from accounts.models import Team, User
from accounts.permissions import scope
from quality.actions.follow_up import RuleContent
from quality.content import content_of
from quality.models import QualityRule, Scorecard
from quality.models.rules import RuleLevel, RuleTest
from quality.plan_forms import teams_of

STAFF = ("supervisor", "trainer", "evaluator", "admin")
WHOLE = "scorecard:"


class QualityRuleForm(forms.Form):
    """`scorecard` None: a rule for every scorecard looks at whole evaluations alone."""

    name = forms.CharField(max_length=120, help_text="It heads the mail, the task and the case.")
    where = forms.ChoiceField(label="Look at")
    test = forms.ChoiceField(choices=RuleTest.choices, widget=forms.RadioSelect, label="Apply when")
    below_percent = forms.DecimalField(
        required=False, min_value=0, max_value=1000, decimal_places=4, label="Percent"
    )
    mail_to = forms.ModelMultipleChoiceField(
        User.objects.none(), required=False, widget=forms.CheckboxSelectMultiple, label="Mail to"
    )
    asks_coaching = forms.BooleanField(required=False, label="Ask for coaching")
    task_for = forms.ModelChoiceField(
        User.objects.none(), required=False, empty_label="Nobody", label="A task for"
    )
    opens_case = forms.BooleanField(
        required=False, label="Open a case", help_text="For the team that handled the interaction."
    )
    teams = forms.ModelMultipleChoiceField(
        Team.objects.none(), required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(
        self,
        *args: Any,
        user: User,
        scorecard: Scorecard | None,
        rule: QualityRule | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs.setdefault("initial", initial_of(rule))
        super().__init__(*args, **kwargs)
        self.scorecard = scorecard
        self.fields["where"].choices = places_of(scorecard)  # type: ignore[attr-defined]
        people = people_of(user, rule)
        self._rows("mail_to", people)
        self._rows("task_for", people)
        self._rows("teams", teams_of(user, "quality.manage_rules"))
        sees_all = scope(user, "quality.manage_rules") == "all"
        self.fields["teams"].required = not sees_all
        self.fields["teams"].help_text = "None: every team." if sees_all else ""

    def _rows(self, name: str, rows: Any) -> None:
        self.fields[name].queryset = rows  # type: ignore[attr-defined]

    def content(self) -> RuleContent:
        given = self.cleaned_data
        level, _, item_key = given["where"].partition(":")
        return RuleContent(
            name=given["name"],
            scorecard=self.scorecard,
            test=given["test"],
            level=level,
            item_key=item_key,
            below_percent=given["below_percent"],
            asks_coaching=given["asks_coaching"],
            task_for=given["task_for"],
            opens_case=given["opens_case"],
            mail_to=list(given["mail_to"]),
            teams=list(given["teams"]),
        )


def places_of(scorecard: Scorecard | None) -> list[tuple[str, str]]:
    """The whole evaluation, each section and each scored criterion of the version in force."""
    places = [(WHOLE, "The whole evaluation")]
    version = scorecard.current_version if scorecard else None
    if version is None:
        return places
    content = content_of(version)
    places += [
        (f"{RuleLevel.SECTION}:{key}", f"Section: {section['title']}")
        for key, section in content.sections.items()
    ]
    places += [
        (f"{RuleLevel.CRITERION}:{key}", f"Criterion: {criterion['text']}")
        for key, criterion in content.criteria.items()
        if criterion["kind"] in ("single", "multi", "number") and criterion["is_scored"]
    ]
    return places


def people_of(user: User, rule: QualityRule | None) -> Any:
    """Whom a rule may tell: the active people of the staff that one may see."""
    staff = User.objects.visible_to(user).active().filter(groups__name__in=STAFF)
    chosen = {person.pk for person in rule.mail_to.all()} if rule else set()
    if rule and rule.task_for_id:
        chosen.add(rule.task_for_id)
    kept = User.objects.filter(pk__in=chosen | {user.pk})
    return (User.objects.filter(pk__in=staff.values("pk")) | kept).order_by("full_name", "pk")


def initial_of(rule: QualityRule | None) -> dict[str, Any]:
    if rule is None:
        return {"test": RuleTest.BELOW, "where": WHOLE}
    names = ("name", "test", "below_percent", "asks_coaching", "task_for", "opens_case")
    return {
        **{name: getattr(rule, name) for name in names},
        "where": f"{rule.level}:{rule.item_key}",
        "mail_to": rule.mail_to.all(),
        "teams": rule.teams.all(),
    }


def in_words(rule: QualityRule) -> str:
    """When a rule applies, as a sentence's part."""
    named = dict(places_of(rule.scorecard)).get(f"{rule.level}:{rule.item_key}", rule.item_key)
    text = named.partition(": ")[2] or named
    where = "" if rule.level == RuleLevel.SCORECARD else f" in “{text}”"
    if rule.test == RuleTest.CRITICAL:
        return f"a critical error fired{where}"
    if rule.test == RuleTest.FAULT:
        return f"a process or a tool was at fault{where}"
    percent = f"{rule.below_percent.normalize():f}" if rule.below_percent is not None else "?"
    return f"the score{where} is below {percent} %"
