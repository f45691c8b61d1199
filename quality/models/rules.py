"""Rules that people write: what a transcript suggests, and what a poor result sets going."""

from __future__ import annotations

from typing import Any

from django.db import models
from django.db.models import Count, F, Q

from accounts.models import Team, User
from accounts.permissions import scope
from lib.models import Stamped
from quality.models.base import RowVersioned, is_a_key, percent_field
from quality.models.evaluations import SCORED_STATES, Evaluation
from quality.models.scorecards import Scorecard


class RuleQuerySet(models.QuerySet[Any]):
    """Rules of either kind."""

    def visible_to(self, user: User) -> RuleQuerySet:
        """All; or those for every team and those for the teams that one supervises."""
        reach = scope(user, "quality.manage_rules")
        if reach is None:
            return self.none()
        if reach == "all":
            return self
        led = user.memberships.filter(kind="supervisor", ends_at__isnull=True)
        seen = self.model._default_manager.filter(
            Q(teams__isnull=True) | Q(teams__in=led.values("team_id"))
        )
        return self.filter(pk__in=seen.values("pk"))

    def in_use(self) -> RuleQuerySet:
        return self.filter(is_active=True)

    def for_team(self, team_id: int | None) -> RuleQuerySet:
        """Those for every team and those that name this one."""
        named = self.model._default_manager.filter(teams=team_id) if team_id else self.none()
        return self.filter(Q(teams__isnull=True) | Q(pk__in=named.values("pk")))


class Rule(RowVersioned):
    """A named rule of a scorecard that can be switched off; `off_reason` tells who or what did."""

    name = models.CharField(max_length=120)
    teams = models.ManyToManyField(Team, blank=True, related_name="+", help_text="None: all teams.")
    is_active = models.BooleanField(default=True)
    off_reason = models.CharField(max_length=300, blank=True)
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")

    objects = RuleQuerySet.as_manager()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.name


class AssistKind(models.TextChoices):
    SAID = "phrase_present", "A phrase is said"
    MISSING = "phrase_absent", "No phrase is said"
    SILENCE = "silence", "A silence is so long"
    TALK_SHARE = "talk_share", "The agent's share of talk"
    HOLD = "hold", "Time on hold"


class AssistSpeaker(models.TextChoices):
    ANY = "any", "Anybody"
    AGENT = "agent", "The agent"
    CUSTOMER = "customer", "The customer"


class AssistWindow(models.TextChoices):
    WHOLE = "whole", "The whole interaction"
    FIRST_SECONDS = "first_seconds", "The first seconds"
    LAST_SECONDS = "last_seconds", "The last seconds"
    FIRST_TURNS = "first_turns", "The first turns"
    LAST_TURNS = "last_turns", "The last turns"


class AssistBound(models.TextChoices):
    AT_LEAST = "at_least", "at least"
    BELOW = "below", "below"


class AssistRule(Rule):
    """Proposes an option of one criterion where its test holds, another one where it does not.

    Criterion and options are named by key, so that a rule outlives the version it was made for.
    """

    scorecard = models.ForeignKey(Scorecard, on_delete=models.PROTECT, related_name="assist_rules")
    criterion_key = models.CharField(max_length=40, validators=[is_a_key])
    kind = models.CharField(max_length=14, choices=AssistKind, default=AssistKind.SAID)
    phrases = models.JSONField(default=list, blank=True)
    speaker = models.CharField(max_length=8, choices=AssistSpeaker, default=AssistSpeaker.AGENT)
    window = models.CharField(max_length=13, choices=AssistWindow, default=AssistWindow.WHOLE)
    window_size = models.PositiveIntegerField(null=True, blank=True)
    bound = models.CharField(max_length=8, choices=AssistBound, default=AssistBound.AT_LEAST)
    threshold = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    option_key = models.CharField(max_length=40, validators=[is_a_key])
    otherwise_key = models.CharField(max_length=40, blank=True)
    asked_since = models.DateTimeField(help_text="When its test last changed; older pairs are out.")

    class Meta:
        ordering = ["scorecard", "criterion_key", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(window="whole", window_size__isnull=True)
                | (~Q(window="whole") & Q(window_size__gte=1)),
                name="quality_assist_window_has_its_size",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=["phrase_present", "phrase_absent"], threshold__isnull=True)
                | Q(kind__in=["silence", "talk_share", "hold"], threshold__gte=0),
                name="quality_assist_measure_has_its_threshold",
            ),
            models.CheckConstraint(
                condition=~Q(option_key="") & ~Q(option_key=F("otherwise_key")),
                name="quality_assist_proposes_two_different_options",
            ),
        ]


class SuggestionState(models.TextChoices):
    PENDING = "pending", "Open"
    CONFIRMED = "confirmed", "Confirmed"
    OVERRIDDEN = "overridden", "Overridden"
    IGNORED = "ignored", "Ignored"


SUGGESTION_TRANSITIONS: dict[str, frozenset[str]] = {
    "pending": frozenset({"confirmed", "overridden", "ignored"}),
    "confirmed": frozenset(),
    "overridden": frozenset(),
    "ignored": frozenset(),
}


class SuggestionQuerySet(models.QuerySet["Suggestion"]):
    def blind_pairs(self) -> SuggestionQuerySet:
        """Answers given before the proposal showed, in results that stand, to the test of now."""
        return self.filter(
            is_blind=True,
            evaluation__state__in=SCORED_STATES,
            created_at__gte=F("rule__asked_since"),
        ).exclude(answered_key="")

    def pair_counts(self) -> dict[int, dict[tuple[str, str], int]]:
        """Counts by rule of (proposed, answered); one query."""
        found: dict[int, dict[tuple[str, str], int]] = {}
        rows = self.blind_pairs().order_by().values_list("rule", "option_key", "answered_key")
        for rule, proposed, given, count in rows.annotate(n=Count("pk")):
            found.setdefault(rule, {})[proposed, given] = count
        return found


class Suggestion(Stamped):
    """What a rule proposes in one evaluation. It never counts; only a person's answer does.

    A blind one stays hidden until the person has answered; `answered_key` is that first answer,
    "n/a" for not applicable. `evidence` holds places, never words.
    """

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="suggestions")
    rule = models.ForeignKey(AssistRule, on_delete=models.PROTECT, related_name="suggestions")
    criterion_key = models.CharField(max_length=40)
    option_key = models.CharField(max_length=40)
    evidence = models.JSONField(default=list, blank=True)
    measure = models.DecimalField(max_digits=9, decimal_places=2, null=True, blank=True)
    is_blind = models.BooleanField()
    is_withheld = models.BooleanField()
    answered_key = models.CharField(max_length=40, blank=True)
    state = models.CharField(
        max_length=10, choices=SuggestionState, default=SuggestionState.PENDING
    )

    objects = SuggestionQuerySet.as_manager()

    class Meta:
        ordering = ["evaluation", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "rule"], name="quality_suggestion_once_per_rule"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.option_key} for {self.criterion_key}"

    @property
    def is_shown(self) -> bool:
        return not self.is_withheld and (not self.is_blind or bool(self.answered_key))


class RuleLevel(models.TextChoices):
    SCORECARD = "scorecard", "The whole evaluation"
    SECTION = "section", "One section"
    CRITERION = "criterion", "One criterion"


class RuleTest(models.TextChoices):
    BELOW = "below", "Its score is below"
    CRITICAL = "critical", "A critical error fired"
    FAULT = "fault", "A process or a tool was at fault"


class QualityRule(Rule):
    """What a released result sets going: mails, a task, a case, a request for coaching."""

    scorecard = models.ForeignKey(
        Scorecard, null=True, blank=True, on_delete=models.PROTECT, related_name="quality_rules"
    )
    level = models.CharField(max_length=9, choices=RuleLevel, default=RuleLevel.SCORECARD)
    item_key = models.CharField(max_length=40, blank=True)
    test = models.CharField(max_length=8, choices=RuleTest, default=RuleTest.BELOW)
    below_percent = percent_field()
    mail_to = models.ManyToManyField(User, blank=True, related_name="+")
    asks_coaching = models.BooleanField("asks for coaching", default=False)
    task_for = models.ForeignKey(
        User, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    opens_case = models.BooleanField(default=False)

    class Meta:
        ordering = ["name", "id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(test="below", below_percent__isnull=False)
                | (~Q(test="below") & Q(below_percent__isnull=True)),
                name="quality_rule_below_has_its_percent",
            ),
            models.CheckConstraint(
                condition=Q(level="scorecard", item_key="")
                | (~Q(level="scorecard") & ~Q(item_key="") & Q(scorecard__isnull=False)),
                name="quality_rule_level_names_its_item",
            ),
        ]


class RuleFiring(models.Model):
    """A rule that applied to one evaluation, once, and what became of each of its actions."""

    evaluation = models.ForeignKey(Evaluation, on_delete=models.PROTECT, related_name="firings")
    rule = models.ForeignKey(QualityRule, on_delete=models.PROTECT, related_name="firings")
    at = models.DateTimeField()
    criteria = models.JSONField(default=list, blank=True)
    result = models.JSONField(default=list, blank=True)

    class Meta:
        ordering = ["-at", "-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["evaluation", "rule"], name="quality_firing_once_per_evaluation"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.rule} for {self.evaluation}"
