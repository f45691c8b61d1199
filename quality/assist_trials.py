"""What an assist rule would say of recent interactions, while it is being written."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Prefetch

from accounts.models import User
from crm.models import Interaction, Leg, Transcript, Turn
from quality import assistance, assisting
from quality.models import AssistRule, Scorecard

LATEST = 50
SHOWN = 8


@dataclass(frozen=True)
class Hit:
    """One interaction in which the test holds, with the first words that show it."""

    interaction: Interaction
    words: str
    start_seconds: float | None
    measure: str


@dataclass(frozen=True)
class Trial:
    """Of `asked` interactions the test held in `held`."""

    asked: int
    held: int
    hits: list[Hit]


def trial_of(rule: AssistRule, scorecard: Scorecard, user: User) -> Trial:
    """Over the latest transcripts that the person may see; four queries. Nothing is stored."""
    seen = Interaction.objects.visible_to(user)
    if scorecard.channels:
        seen = seen.filter(channel__in=scorecard.channels)
    spoken = Turn.objects.filter(is_internal=False).order_by("position")
    legs = Leg.objects.filter(agent__isnull=False).order_by("position")
    transcripts = (
        Transcript.objects.filter(is_current=True, interaction__in=seen)
        .select_related("interaction")
        .prefetch_related(Prefetch("turns", spoken), Prefetch("interaction__legs", legs))
        .order_by("-interaction__started_at", "-pk")
    )
    check = assisting.check_of(rule)
    findings = [(one, _examined(check, one)) for one in transcripts[:LATEST]]
    asked = [(one, finding) for one, finding in findings if finding]
    held = [(one, finding) for one, finding in asked if finding.holds]
    hits = [_hit(rule, one, finding) for one, finding in held[:SHOWN]]
    return Trial(len(asked), len(held), hits)


def _examined(check: assistance.Check, transcript: Transcript) -> assistance.Finding | None:
    legs = list(transcript.interaction.legs.all())
    lines = assisting.lines_of_turns(list(transcript.turns.all()), transcript)
    return assistance.examine(check, lines, legs[0].hold_seconds if legs else None)


def _hit(rule: AssistRule, transcript: Transcript, finding: assistance.Finding) -> Hit:
    texts = {turn.pk: turn.text for turn in transcript.turns.all()}
    place = next(iter(finding.places), None)
    words = texts.get(place.turn_from, "") if place and rule.kind != assistance.SILENCE else ""
    start = place.start_ms / 1000 if place and place.start_ms is not None else None
    measure = assisting.measure_in_words(rule.kind, finding.measure)
    return Hit(transcript.interaction, words, start, measure)
