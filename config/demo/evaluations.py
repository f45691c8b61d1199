"""Scorecards and evaluations of the demo center, made by the product's own verbs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from accounts.models import User
from config.demo.center import EVALUATIONS
from config.demo.dialogues import Conversation
from config.demo.people import DemoPeople
from config.demo.rules import meet_proposals
from config.demo.traffic import Contact, skill
from crm.models import Leg, Turn
from quality.actions import drafts
from quality.actions import evaluations as verbs
from quality.actions.answer_sets import keep_answer_set
from quality.actions.samples import load_sample_scorecards
from quality.actions.scorecards import publish_version
from quality.content import content_of
from quality.models import (
    Answer,
    Criterion,
    Evaluation,
    EvaluationRevision,
    Evidence,
    Scorecard,
    ScorecardVersion,
)
from quality.models.evaluations import Selection

PUBLISHED = ("Voice service", "Chat and messaging", "Compliance check", "Grading evaluations")
# Name, whose options they are, and who takes them; the second one stays open, in drafts alone.
ANSWER_SETS: tuple[tuple[str, tuple[str, str], tuple[tuple[str, str], ...]], ...] = (
    (
        "How fully",
        ("Voice service", "reason"),
        (("Voice service", "tone"), ("Voice sales", "need"), ("Voice sales", "fit")),
    ),
    ("Said or not", ("Voice sales", "greet"), (("Voice sales", "ask"), ("Voice sales", "summary"))),
)
LEFT_TO_SCORE = 60  # Transcribed interactions that wait for the person trying Attune.
COMMENTS = {
    "greet": "The company's name was missing in the greeting.",
    "verify": "The account was discussed before the postal code was asked.",
    "promise": "No date was given for the next step.",
    "solution": "The customer was sent elsewhere although we could have solved it here.",
    "correct": "The answer does not follow the procedure for this matter.",
    "closing": "The conversation ended without a thank you.",
}
EXCUSES = {
    "tool": "The order system did not respond for two minutes.",
    "process": "The procedure allows no refund at this step.",
}


def make_scorecards(people: DemoPeople, at: datetime) -> dict[str, Scorecard]:
    """Take in the ready-made scorecards and publish four; agents may score their own chats."""
    load_sample_scorecards(by=people.admin, at=at)
    chat = ScorecardVersion.objects.get(scorecard__name="Chat and messaging")
    drafts.change_switches(
        version=chat,
        changes={"self_assessment": "optional"},
        seen=chat.row_version,
        by=people.admin or people.evaluators[-1],
        at=at,
    )
    for name, kept_from, takers in ANSWER_SETS:
        _share_answers(name, kept_from, takers, people.admin or people.evaluators[-1], at)
    for name in PUBLISHED:
        version = Scorecard.objects.get(name=name).versions.get()
        publish_version(version=version, change_note="First edition.", by=people.admin, at=at)
    return {name: Scorecard.objects.get(name=name) for name in PUBLISHED}


def _share_answers(
    name: str, kept_from: tuple[str, str], takers: Sequence[tuple[str, str]], by: User, at: datetime
) -> None:
    """Keep the options of one criterion as a set, and let others take them."""
    source = _criterion(*kept_from)
    seen = source.version.row_version
    answer_set = keep_answer_set(criterion=source, name=name, seen=seen, by=by, at=at)
    for taker in takers:
        criterion = _criterion(*taker)
        drafts.use_answer_set(
            criterion=criterion,
            answer_set=answer_set,
            seen=criterion.version.row_version,
            by=by,
            at=at,
        )


def _criterion(scorecard: str, key: str) -> Criterion:
    rows = Criterion.objects.select_related("version")
    return rows.get(version__scorecard__name=scorecard, key=key)


def make_evaluations(
    rng: Random,
    people: DemoPeople,
    contacts: list[Contact],
    said: Mapping[int, Conversation],
    scorecards: Mapping[str, Scorecard],
) -> None:
    """Score so many conversations: most of those with a transcript, and a sample of the others."""
    spoken = [one for one in contacts if one.interaction.pk in said]
    others = [
        one
        for one in contacts
        if one.legs and one.interaction.channel == "voice" and one.interaction.pk not in said
    ]
    chosen = spoken[:-LEFT_TO_SCORE]
    chosen += rng.sample(others, EVALUATIONS - len(chosen))
    for number, contact in enumerate(sorted(chosen, key=lambda one: one.interaction.started_at)):
        conversation = said.get(contact.interaction.pk)
        scorecard = _fitting(rng, contact, conversation, scorecards)
        _evaluate(rng, people, contact.legs[0], scorecard, conversation, number)


def _fitting(
    rng: Random,
    contact: Contact,
    conversation: Conversation | None,
    scorecards: Mapping[str, Scorecard],
) -> Scorecard:
    if contact.interaction.channel != "voice":
        return scorecards["Chat and messaging"]
    by_ear = conversation is None and rng.random() < 0.3
    return scorecards["Compliance check" if by_ear else "Voice service"]


def _evaluate(
    rng: Random,
    people: DemoPeople,
    leg: Leg,
    scorecard: Scorecard,
    conversation: Conversation | None,
    number: int,
) -> None:
    evaluator = people.evaluators[number % len(people.evaluators)]
    at = leg.ended_at + timedelta(hours=rng.randrange(4, 60))
    evaluation = verbs.start_evaluation(
        leg=leg,
        scorecard=scorecard,
        by=evaluator,
        at=at,
        selection=Selection.RANDOM if rng.random() < 0.9 else Selection.MANUAL,
        reason="Drawn for the demo center.",
    )
    spent = rng.randrange(240, 900)
    at += timedelta(seconds=spent)
    revision = answer_everything(rng, evaluation, evaluator, leg, conversation)
    EvaluationRevision.objects.filter(pk=revision.pk).update(seconds_spent=spent)
    evaluation = verbs.submit_evaluation(
        evaluation=evaluation, by=evaluator, at=at, key=UUID(int=number + 1), confirmed=True
    )
    if evaluation.released_at and rng.random() < 0.7:
        later = at + timedelta(hours=rng.randrange(2, 72))
        verbs.acknowledge_evaluation(evaluation=evaluation, by=leg.agent, at=later)


def answer_everything(
    rng: Random,
    evaluation: Evaluation,
    evaluator: User,
    leg: Leg,
    conversation: Conversation | None,
) -> EvaluationRevision:
    """Write the answers of the whole scorecard at once, with evidence behind the failed ones."""
    revision = evaluation.open_revision
    assert revision is not None
    rows = {row.key: row for row in Criterion.objects.filter(version=evaluation.version_id)}
    answers = []
    for key, criterion in content_of(evaluation.version).criteria.items():
        if criterion["kind"] != "single":
            continue
        given = _given(rng, criterion, leg.agent, conversation)
        answers.append(Answer(revision=revision, criterion=rows[key], saved_by=evaluator, **given))
    Answer.objects.bulk_create(answers)
    show_failures(rng, [answer for answer in answers if answer.is_failed], leg, evaluator)
    meet_proposals(evaluation, answers)
    return revision


def _given(
    rng: Random, criterion: Mapping[str, Any], agent: User, conversation: Conversation | None
) -> dict[str, Any]:
    options = criterion["options"]
    if criterion["is_bonus"]:
        return {"option_keys": [options[0 if rng.random() < 0.08 else -1]["key"]]}
    if criterion["allow_na"] and not criterion["critical_family"] and rng.random() < 0.04:
        return {"is_na": True, "na_source": "person"}
    option = _option(rng, criterion, agent, conversation)
    given: dict[str, Any] = {"option_keys": [option["key"]], "is_failed": False}
    if option["is_fail"]:
        owner = rng.choices(("agent", "tool", "process"), (0.9, 0.06, 0.04))[0]
        told = COMMENTS.get(criterion["key"], "This was missing in the conversation.")
        given |= {"is_failed": True, "fault_owner": owner}
        given["comment_public"] = EXCUSES.get(owner, told)
        causes = option.get("root_causes") or []
        given["root_cause"] = rng.choice(causes)["key"] if causes else ""
    return given


def _option(
    rng: Random, criterion: Mapping[str, Any], agent: User, conversation: Conversation | None
) -> dict[str, Any]:
    """What was really said decides where there is a transcript; else the agent's skill does."""
    options = criterion["options"]
    heard = _heard(criterion["key"], conversation)
    if heard is not None:
        return options[0] if heard else options[-1]
    if criterion["critical_family"]:
        return options[0 if rng.random() < 0.93 + 0.06 * skill(agent) else -1]
    chance = rng.random()
    if chance < 0.35 + 0.6 * skill(agent):
        return options[0]
    return options[1] if len(options) > 2 and chance < 0.97 else options[-1]


def _heard(key: str, conversation: Conversation | None) -> bool | None:
    if conversation is None:
        return None
    heard = {
        "greet": conversation.greeted,
        "verify": conversation.verified,
        "solution": conversation.solved,
        "correct": conversation.solved,
        "promise": conversation.solved,
        "closing": conversation.closed_well,
        "close": conversation.closed_well,
    }
    return heard.get(key)


def show_failures(rng: Random, failed: list[Answer], leg: Leg, evaluator: User) -> None:
    """Attach what the agent said as evidence, where there is a transcript."""
    if not failed:
        return
    turns = list(
        Turn.objects.filter(transcript__interaction=leg.interaction_id, speaker="agent").order_by(
            "position"
        )
    )
    if not turns:
        return
    Evidence.objects.bulk_create(
        Evidence(
            answer=answer,
            turn_from=turn,
            turn_to=turn,
            char_from=0,
            char_to=len(turn.text),
            start_ms=turn.start_ms,
            end_ms=turn.end_ms,
            created_by=evaluator,
        )
        for answer in failed
        for turn in [_place(rng, answer, turns)]
    )


def _place(rng: Random, answer: Answer, turns: list[Turn]) -> Turn:
    """Greetings are heard first, goodbyes last, the rest in between."""
    places = {"greet": 0, "closing": -1, "close": -1, "verify": min(1, len(turns) - 1)}
    place = places.get(answer.criterion.key)
    return turns[place] if place is not None else rng.choice(turns[1:] or turns)
