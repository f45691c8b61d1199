"""Rules of the demo center: some that hear right, one that does not, and some that follow up."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import OuterRef, Subquery

from config.demo.people import DemoPeople
from quality.actions import assist, follow_up
from quality.actions.assist import AssistContent
from quality.actions.follow_up import RuleContent
from quality.models import Answer, Evaluation, QualityRule, Scorecard, Suggestion

# Name, criterion, options if heard and if not, window, its size, phrases.
LISTENING = (
    (
        *("Says who is speaking", "greet", "yes", "no", "first_turns", 1),
        ("calling Meridian Home", "at Meridian Home", "welcome to Meridian Home"),
    ),
    ("Asks for the postal code", "verify", "yes", "no", "whole", None, ("your postal code",)),
    (
        *("Closes with an offer or thanks", "closing", "yes", "no", "last_turns", 3),
        ("is there anything else", "thank you for being with"),
    ),
    (
        *("“Sorry” is a good tone", "tone", "full", "none", "whole", None),
        ("sorry", "my apologies"),
    ),
)


def make_assist_rules(people: DemoPeople, scorecard: Scorecard, at: datetime) -> None:
    """Made before anything is scored, so that their proof has grown by today."""
    for name, criterion, heard, otherwise, window, size, phrases in LISTENING:
        content = AssistContent(
            name=name,
            scorecard=scorecard,
            criterion_key=criterion,
            option_key=heard,
            otherwise_key=otherwise,
            kind="phrase_present",
            phrases=phrases,
            speaker="agent",
            window=window,
            window_size=size,
        )
        assist.create_assist_rule(content=content, by=people.admin, at=at)


def date_proposals() -> None:
    """Each was made when its interaction was scored, not when the demo center was."""
    scored = Evaluation.objects.filter(pk=OuterRef("evaluation")).values("handled_at")
    Suggestion.objects.update(created_at=Subquery(scored))


def meet_proposals(evaluation: Evaluation, answers: Iterable[Answer]) -> None:
    """What the workspace does as answers are given: keep those that came before a proposal."""
    given = {answer.criterion.key: assist.given_key(answer) for answer in answers}
    blind = list(evaluation.suggestions.filter(is_blind=True))
    for suggestion in blind:
        suggestion.answered_key = given.get(suggestion.criterion_key, "")
    Suggestion.objects.bulk_update(blind, ["answered_key"])


def make_quality_rules(
    people: DemoPeople, scorecards: Mapping[str, Scorecard], now: datetime
) -> None:
    """Three rules that are some weeks old, and what they set going since."""
    since = now - timedelta(days=21)
    voice = scorecards["Voice service"]
    contents = (
        RuleContent(
            name="Critical error",
            test="critical",
            asks_coaching=True,
            mail_to=list(people.supervisors.values())[:1],
        ),
        RuleContent(name="Broken tool or process", test="fault", opens_case=True),
        RuleContent(
            name="Weak opening",
            scorecard=voice,
            test="below",
            level="section",
            item_key="opening",
            below_percent=Decimal(60),
            task_for=people.trainers[0],
        ),
    )
    for content in contents:
        follow_up.create_quality_rule(content=content, by=people.admin, at=since)
    QualityRule.objects.update(created_at=since)
    for evaluation in Evaluation.objects.released().filter(released_at__gte=since).order_by("pk"):
        follow_up.fire_rules(evaluation=evaluation, at=evaluation.released_at)
