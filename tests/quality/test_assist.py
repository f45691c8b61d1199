"""Rules propose, people decide: what is suggested, shown, confirmed, settled and proven."""

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEntry
from crm.events import TranscriptAdded
from quality import assisting, handlers
from quality.actions import answers, assist, release
from quality.actions.assist import AssistContent, NotProposed, OptionGone
from quality.actions.rules import RuleChangedElsewhere
from quality.actions.scorecards import draft_from, publish_version
from quality.content import content_of
from quality.models import Answer, Evaluation, Suggestion
from quality.refusals import Invalid, ReasonTooShort
from tests.factories.accounts import TeamFactory, UserFactory
from tests.factories.crm import LegFactory, TurnFactory
from tests.factories.quality import (
    AT,
    EvaluationFactory,
    EvaluationRevisionFactory,
    ScorecardFactory,
)
from tests.factories.quality_rules import AssistRuleFactory, SuggestionFactory
from tests.quality.worlds import World

pytestmark = pytest.mark.django_db


@pytest.fixture
def world():
    return World()


@pytest.fixture
def coin(monkeypatch):
    """Whether the next evaluations are blind; seen by default."""
    blind = [False]
    monkeypatch.setattr(assist, "falls_into", lambda salt, name, share: blind[0])
    return blind


def rule(world, **changes):
    return AssistRuleFactory(scorecard=world.scorecard, **changes)


def written(world, **changes):
    content = AssistContent(
        name="Greets",
        scorecard=world.scorecard,
        criterion_key="greet",
        option_key="yes",
        kind="phrase_present",
        phrases=["hello there"],
    )
    return replace(content, **changes)


def accept(world, evaluation, key, option, suggestion, seen=0):
    change = {"answer": {"option": option}, "suggestion": suggestion.pk}
    return world.save(evaluation, key, seen, **change)


def blind_pairs(ours, agreeing, n):
    """Blind proposals in submitted evaluations, some of them answered otherwise."""
    leg = LegFactory()
    for number in range(n):
        draft = EvaluationFactory(leg=leg, version__scorecard=ScorecardFactory())
        given = ours.option_key if number < agreeing else "another"
        SuggestionFactory(evaluation=draft, rule=ours, is_blind=True, answered_key=given)
        revision = EvaluationRevisionFactory(evaluation=draft)
        Evaluation.objects.filter(pk=draft.pk).update(state="submitted", current_revision=revision)


# --- Suggesting -------------------------------------------------------------------------------


def test_rule_proposes_with_its_evidence_when_scoring_begins(world, coin):
    rule(world, otherwise_key="no")

    evaluation = world.start()

    (found,) = evaluation.suggestions.all()
    assert (found.criterion_key, found.option_key, found.state) == ("greet", "yes", "pending")
    (place,) = found.evidence
    assert (place["char_from"], place["char_to"], place["start_ms"]) == (0, 13, 0)


def test_otherwise_is_proposed_where_nothing_is_found(world, coin):
    rule(world, phrases=["welcome"], otherwise_key="no")
    rule(world, phrases=["welcome"])

    assert [one.option_key for one in world.start().suggestions.all()] == ["no"]


def test_rules_of_other_teams_scorecards_and_switched_off_ones_are_silent(world, coin):
    rule(world, is_active=False)
    rule(world, option_key="gone")
    AssistRuleFactory()
    rule(world).teams.add(TeamFactory())
    mine = rule(world)
    mine.teams.add(world.team)

    assert [one.rule for one in world.start().suggestions.all()] == [mine]


@pytest.mark.parametrize("purpose", ["double", "calibration"])
def test_independent_scorings_see_no_proposal(world, coin, purpose):
    rule(world)

    assert not world.start(purpose=purpose).suggestions.exists()


def test_transcript_that_arrives_later_is_looked_at(world, coin):
    rule(world, phrases=["thank you for calling"])
    evaluation = world.start()
    transcript = world.leg.interaction.transcripts.get()
    TurnFactory(transcript=transcript, position=9, text="Thank you for calling us.")

    fact = TranscriptAdded(
        at=AT, by_id=None, interaction_id=world.leg.interaction_id, transcript_id=transcript.pk
    )
    handlers.suggest_anew(fact)
    handlers.suggest_anew(fact)

    assert evaluation.suggestions.count() == 1


def test_suggesting_again_keeps_what_somebody_has_met(world, coin):
    kept = rule(world)
    evaluation = world.start()
    accept(world, evaluation, "greet", "yes", evaluation.suggestions.get())
    kept.phrases = ["nowhere"]
    kept.save()

    assist.suggest(evaluation=evaluation, at=AT)

    assert evaluation.suggestions.get().option_key == "yes"


# --- On the desk ------------------------------------------------------------------------------


def test_unconfirmed_proposals_leave_the_score_as_without_rules(coin):
    """Q-317."""
    plain, ruled = World(), World()
    rule(ruled, option_key="no", phrases=["turn"])
    rule(ruled, criterion_key="verify", option_key="no", phrases=["turn"])

    bare, scored = plain.submitted(), ruled.submitted()

    assert ruled.scorecard.assist_rules.count() == scored.suggestions.count() == 2
    first, second = bare.current_revision, scored.current_revision
    assert first.score_percent == second.score_percent
    assert first.input_sha256 == second.input_sha256


def test_confirmed_proposal_is_an_assisted_answer_with_its_evidence(world, coin):
    rule(world)
    evaluation = world.start()
    suggestion = evaluation.suggestions.get()

    saved = accept(world, evaluation, "greet", "yes", suggestion)

    answer = Answer.objects.get()
    assert (answer.origin, answer.suggestion) == ("assisted", suggestion)
    assert [row.words for row in saved.attached] == ["Turn number 0"]


def test_override_keeps_both_values(world, coin):
    rule(world)
    evaluation = world.answered({"verify": "yes", "solve": "part", "hold": "yes"})
    accept(world, evaluation, "greet", "yes", evaluation.suggestions.get())
    world.save(evaluation, "greet", 1, answer={"option": "no"})

    world.submit(evaluation)

    answer, suggestion = Answer.objects.get(criterion__key="greet"), Suggestion.objects.get()
    assert (answer.origin, answer.option_keys) == ("manual", ["no"])
    assert (suggestion.option_key, suggestion.state) == ("yes", "overridden")


@pytest.mark.parametrize(
    ("option", "state"), [("yes", "confirmed"), ("no", "overridden"), (None, "ignored")]
)
def test_submission_settles_each_proposal(world, coin, option, state):
    rule(world, criterion_key="hold", option_key="yes")
    world.leg.hold_seconds = 95 if option else 0
    world.leg.save()
    given = {"greet": "yes", "verify": "yes", "solve": "part"}
    evaluation = world.answered(given)
    if option:
        why = {"comment_public": "Was not told."}
        world.save(evaluation, "hold", answer={"option": option}, **why)

    world.submit(evaluation)

    assert Suggestion.objects.get().state == state


@pytest.mark.parametrize("forged", ["other", "blind", "unequal", "text"])
def test_only_a_shown_proposal_of_this_answer_can_be_confirmed(world, coin, forged):
    coin[0] = forged == "blind"
    rule(world)
    evaluation = world.start()
    suggestion = evaluation.suggestions.get()
    change = {"answer": {"option": "yes"}, "suggestion": suggestion.pk}
    if forged == "other":
        change["suggestion"] = SuggestionFactory().pk
    elif forged == "unequal":
        change["answer"] = {"option": "no"}
    elif forged == "text":
        change["suggestion"] = "1 or 1"

    with pytest.raises(NotProposed):
        world.save(evaluation, "greet", **change)

    assert not Answer.objects.exists()


# --- The gate ---------------------------------------------------------------------------------


def test_blind_proposal_shows_after_the_first_answer_and_counts_that_one(world, coin):
    """Q-318."""
    coin[0] = True
    ours = rule(world)
    evaluation = world.answered({"verify": "yes", "solve": "part", "hold": "yes"})
    content = content_of(evaluation.version)
    assert assisting.shown_proposals(evaluation.suggestions.all(), content) == {}

    first = world.save(evaluation, "greet", answer={"option": "no"})
    shown = assisting.shown_proposals(evaluation.suggestions.select_related("rule"), content)
    second = world.save(evaluation, "greet", 1, answer={"option": "yes"})
    world.submit(evaluation)

    assert (first.reveals, second.reveals) == (True, False)
    assert [one.label for one in shown["greet"]] == ["Yes"]
    proof = assisting.proofs_of([ours])[ours.pk]
    assert (proof.n, proof.agreeing) == (1, 0)


def test_seen_proposals_and_drafts_prove_nothing(world, coin):
    ours = rule(world)
    world.submitted()
    SuggestionFactory(rule=ours, is_blind=True, answered_key="yes")

    assert assisting.proofs_of([ours])[ours.pk].n == 0


def test_withheld_rule_is_asked_silently(world, coin):
    ours = rule(world)
    blind_pairs(ours, agreeing=20, n=30)
    coin[0] = True

    evaluation = world.start()
    world.save(evaluation, "greet", answer={"option": "yes"})

    found = evaluation.suggestions.get()
    assert (found.is_withheld, found.answered_key, found.is_shown) == (True, "yes", False)


def test_one_in_five_is_blind_and_always_the_same():
    names = [f"E-{n}" for n in range(2_000)]

    blind = [release.falls_into("gate:7", name, assist.Fraction(1, 5)) for name in names]

    assert 0.17 < sum(blind) / len(blind) < 0.23
    assert blind[:50] == [
        release.falls_into("gate:7", name, assist.Fraction(1, 5)) for name in names[:50]
    ]


# --- Keeping rules ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"criterion_key": "nowhere"}, "criterion"),
        ({"criterion_key": "note"}, "criterion"),
        ({"option_key": "maybe"}, "option"),
        ({"otherwise_key": "yes"}, "otherwise"),
        ({"phrases": []}, "phrases"),
        ({"phrases": ["?!"]}, "phrases"),
        ({"phrases": [f"word {n}" for n in range(51)]}, "phrases"),
        ({"phrases": ["a" * 121]}, "phrases"),
        ({"window": "first_seconds"}, "window_size"),
        ({"kind": "silence"}, "threshold"),
        ({"kind": "hold", "threshold": Decimal(-1)}, "threshold"),
    ],
)
def test_rule_that_cannot_be_asked_is_refused(world, changes, field):
    with pytest.raises(Invalid) as refusal:
        assist.create_assist_rule(content=written(world, **changes), by=UserFactory(), at=AT)

    assert refusal.value.field == field
    assert not world.scorecard.assist_rules.exists()


def test_another_test_begins_its_proof_anew_and_another_name_does_not(world):
    by, later = UserFactory(), AT + timedelta(days=1)
    made = assist.create_assist_rule(content=written(world), by=by, at=AT)

    named = assist.change_assist_rule(
        rule=made, content=written(world, name="Says hello"), seen=1, by=by, at=later
    )
    since = named.asked_since
    asked = assist.change_assist_rule(
        rule=made, content=written(world, phrases=["good day"]), seen=2, by=by, at=later
    )

    assert (since, asked.asked_since) == (AT, later)
    with pytest.raises(RuleChangedElsewhere):
        assist.change_assist_rule(rule=made, content=written(world), seen=2, by=by, at=later)
    verbs = AuditEntry.objects.filter(object_type="quality.assistrule").order_by("pk")
    assert [entry.verb for entry in verbs] == ["create_assist_rule", *["change_assist_rule"] * 2]


def test_switching_off_needs_a_reason_and_switching_on_an_answer(world):
    by, ours = UserFactory(), rule(world)

    with pytest.raises(ReasonTooShort):
        assist.switch_assist_rule(rule=ours, is_active=False, by=by, at=AT)
    off = assist.switch_assist_rule(
        rule=ours, is_active=False, by=by, at=AT, reason="Agents hate it."
    )
    assert (off.is_active, off.off_reason) == (False, "Agents hate it.")
    with pytest.raises(OptionGone):
        assist.switch_assist_rule(rule=rule(world, option_key="gone"), is_active=True, by=by, at=AT)


def test_publishing_a_version_without_the_answer_switches_the_rule_off(world):
    by = UserFactory()
    kept, lost = rule(world), rule(world, criterion_key="solve", option_key="part")
    draft = draft_from(scorecard=world.scorecard, by=by, at=AT)
    draft.sections.get(key="solving").criteria.get(key="solve").options.get(key="part").delete()

    assert assisting.unfit_rules(draft) == [lost]
    publish_version(version=draft, change_note="Shorter.", by=by, at=AT)

    kept.refresh_from_db()
    lost.refresh_from_db()
    assert (kept.is_active, lost.is_active) == (True, False)
    assert lost.off_reason == "Version 2 has no such answer."


def test_autosave_stays_within_ten_queries(world, coin):
    rule(world)
    evaluation = world.start()
    suggestion = evaluation.suggestions.get()

    with CaptureQueriesContext(connection) as captured:
        answers.save_answer(
            evaluation=evaluation,
            key="verify",
            change={"answer": {"option": "yes"}},
            seen=0,
            save_id=uuid4(),
            by=world.evaluator,
            at=AT,
        )
    plain = [sql for sql in captured if "SAVEPOINT" not in sql["sql"]]
    with CaptureQueriesContext(connection) as captured:
        accept(world, evaluation, "greet", "yes", suggestion)
    confirmed = [sql for sql in captured if "SAVEPOINT" not in sql["sql"]]

    assert len(plain) <= 10
    assert len(confirmed) <= 14
