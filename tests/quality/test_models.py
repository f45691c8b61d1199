"""What the tables themselves refuse, whoever asks."""

import pytest
from django.apps import apps
from django.db import DEFAULT_DB_ALIAS, DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from quality.models import (
    Answer,
    AnswerSet,
    Criterion,
    Evaluation,
    EvaluationRevision,
    Evidence,
    Option,
    Scorecard,
    ScorecardVersion,
    Section,
)
from tests.factories.accounts import UserFactory
from tests.factories.quality import (
    AT,
    AnswerFactory,
    AnswerSetFactory,
    CriterionFactory,
    EvaluationFactory,
    EvaluationRevisionFactory,
    EvidenceFactory,
    OptionFactory,
    ScorecardFactory,
    ScorecardVersionFactory,
    SectionFactory,
)

pytestmark = pytest.mark.django_db
FIGURES = {"outcome": "passed", "receipt_sha256": "a" * 64, "score_percent": "80"}


def publish(version: ScorecardVersion, by: User) -> None:
    ScorecardVersion.objects.filter(pk=version.pk).update(
        state="published", published_at=AT, published_by=by, content_sha256="c" * 64
    )


def submit(revision: EvaluationRevision) -> None:
    EvaluationRevision.objects.filter(pk=revision.pk).update(submitted_at=AT, **FIGURES)


def refused(act) -> str:
    with pytest.raises(DatabaseError) as caught, transaction.atomic():
        act()
    return str(caught.value)


# --- Constraints ------------------------------------------------------------------------------


def test_scorecard_name_is_unique_in_any_case_until_archived():
    first = ScorecardFactory(name="Voice Service")

    message = refused(lambda: ScorecardFactory(name="voice service"))
    Scorecard.objects.filter(pk=first.pk).update(archived_at=AT, archived_by=UserFactory())
    second = ScorecardFactory(name="voice service")

    assert "unique" in message.lower()
    assert second.pk


def test_scorecard_has_one_draft_at_a_time():
    version = ScorecardVersionFactory()

    message = refused(lambda: ScorecardVersionFactory(scorecard=version.scorecard, number=2))

    assert "unique" in message.lower()


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"na_policy": "fixed"}, "fixed_percent_belongs_to_fixed_policy"),
        ({"na_fixed_percent": 50}, "fixed_percent_belongs_to_fixed_policy"),
        ({"na_policy": "fixed", "na_fixed_percent": 101}, "fixed_percent_is_0_to_100"),
        ({"cap_percent": 99}, "cap_is_100_to_1000"),
        ({"decimals": 5}, "at_most_4_decimals"),
        ({"approval_percent": 101}, "approval_percent_is_0_to_100"),
        ({"release_delay_hours": 1081}, "waits_are_at_most_1080_hours"),
        ({"dispute_rounds": 6}, "at_most_5_dispute_rounds"),
        ({"number": 0}, "numbers_start_at_one"),
        ({"state": "published"}, "published_by_someone_with_its_hash"),
    ],
)
def test_version_refuses_what_does_not_go_together(fields, constraint):
    message = refused(lambda: ScorecardVersionFactory(**fields))

    assert constraint in message


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"is_bonus": True, "critical_family": "customer"}, "bonus_is_never_critical"),
        ({"fail_trigger": "option", "fail_scope": "section"}, "option_trigger_has_scopes"),
        ({"kind": "text", "critical_family": "customer"}, "words_and_dates_are_never_scored"),
        ({"weight": 1_000_001}, "numbers_are_0_to_a_million"),
        ({"weight": -1}, "numbers_are_0_to_a_million"),
        ({"fail_below_percent": 101}, "trigger_percent_is_0_to_100"),
    ],
)
def test_criterion_refuses_what_does_not_go_together(fields, constraint):
    message = refused(lambda: CriterionFactory(**fields))

    assert constraint in message


def test_over_long_text_is_refused():
    message = refused(lambda: CriterionFactory(text="x" * 501))

    assert "texts_are_not_too_long" in message or "too long" in message


def test_critical_option_must_be_a_failure():
    message = refused(lambda: OptionFactory(critical_scope="evaluation", is_fail=False))

    assert "critical_is_a_failure" in message


def test_section_trigger_needs_percent_and_scope():
    message = refused(lambda: SectionFactory(fail_below_percent=50))

    assert "trigger_has_percent_and_scope" in message


def test_nobody_scores_own_work():
    evaluation = EvaluationFactory()

    message = refused(lambda: EvaluationFactory(evaluator=evaluation.agent, leg=evaluation.leg))

    assert "nobody_scores_own_work" in message


def test_leg_has_one_standard_evaluation_per_scorecard():
    first = EvaluationFactory()

    message = refused(lambda: EvaluationFactory(leg=first.leg, version=first.version))

    assert "unique" in message.lower()


def test_voiding_frees_the_leg():
    first = EvaluationFactory()
    revision = EvaluationRevisionFactory(evaluation=first)
    Evaluation.objects.filter(pk=first.pk).update(
        state="void",
        voided_at=AT,
        voided_by=UserFactory(),
        void_reason="Wrong call",
        current_revision=revision,
    )

    second = EvaluationFactory(leg=first.leg, version=first.version)

    assert second.pk


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"state": "released"}, "released_state_has_its_moment"),
        ({"state": "draft", "released_at": AT}, "released_state_has_its_moment"),
        ({"acknowledged_at": AT}, "acknowledged_after_its_release"),
        ({"state": "submitted"}, "submitted_has_a_current_revision"),
    ],
)
def test_evaluation_states_have_their_moments(fields, constraint):
    message = refused(lambda: EvaluationFactory(**fields))

    assert constraint in message


def test_voiding_takes_a_person_and_a_reason():
    revision = EvaluationRevisionFactory()
    evaluation = Evaluation.objects.filter(pk=revision.evaluation_id)

    message = refused(lambda: evaluation.update(state="void", current_revision=revision))

    assert "voided_by_someone_for_a_reason" in message


def test_evaluation_has_one_open_revision():
    revision = EvaluationRevisionFactory()

    message = refused(lambda: EvaluationRevisionFactory(evaluation=revision.evaluation, number=2))

    assert "unique" in message.lower()


def test_submitted_revision_needs_its_figures():
    message = refused(lambda: EvaluationRevisionFactory(submitted_at=AT))

    assert "has_figures_once_submitted" in message


@pytest.mark.parametrize(
    ("fields", "constraint"),
    [
        ({"is_na": True}, "not_applicable_has_a_source"),
        ({"is_failed": True}, "failed_has_a_fault_owner"),
        ({"is_failed": False, "fault_owner": "agent"}, "failed_has_a_fault_owner"),
    ],
)
def test_answer_refuses_what_does_not_go_together(fields, constraint):
    message = refused(lambda: AnswerFactory(**fields))

    assert constraint in message


def test_evidence_ends_after_it_starts():
    message = refused(lambda: EvidenceFactory(start_ms=10, end_ms=9))

    assert "ends_after_it_starts" in message


# --- Triggers: what is published or submitted never changes ---------------------------------


@pytest.fixture
def published():
    option = OptionFactory()
    publish(option.criterion.version, UserFactory())
    return option


LOCKED = "A published scorecard version never changes."


@pytest.mark.parametrize(
    "act",
    [
        lambda o: ScorecardVersion.objects.filter(pk=o.criterion.version_id).update(decimals=3),
        lambda o: Section.objects.filter(pk=o.criterion.section_id).update(title="New"),
        lambda o: Criterion.objects.filter(pk=o.criterion_id).update(weight=1),
        lambda o: Option.objects.filter(pk=o.pk).update(points=9),
        lambda o: o.delete(),
        lambda o: o.criterion.section.delete(),
        lambda o: SectionFactory(version=o.criterion.version),
        lambda o: CriterionFactory(section=o.criterion.section),
        lambda o: OptionFactory(criterion=o.criterion),
        lambda o: ScorecardVersion.objects.filter(pk=o.criterion.version_id).update(
            state="draft", published_at=None, published_by=None, decimals=3
        ),
    ],
    ids=[
        *("version", "section", "criterion", "option", "delete option", "delete section"),
        *("add section", "add criterion", "add option", "back to draft"),
    ],
)
def test_published_version_refuses_plain_sql(published, act):
    message = refused(lambda: act(published))

    assert LOCKED in message


def test_published_version_may_retire(published):
    changed = ScorecardVersion.objects.filter(pk=published.criterion.version_id).update(
        state="retired", retired_at=AT, retired_by=UserFactory()
    )

    assert changed == 1


def test_frozen_answer_set_refuses_plain_sql():
    answer_set = AnswerSetFactory(frozen_at=AT)

    message = refused(lambda: AnswerSet.objects.filter(pk=answer_set.pk).update(options=[1]))

    assert "Copy it and edit the copy." in message


@pytest.fixture
def submitted():
    evidence = EvidenceFactory(answer__comment_private="Sounded tired.")
    submit(evidence.answer.revision)
    return evidence


@pytest.mark.parametrize(
    "act",
    [
        lambda e: EvaluationRevision.objects.filter(pk=e.answer.revision_id).update(
            score_percent=99
        ),
        lambda e: EvaluationRevision.objects.filter(pk=e.answer.revision_id).update(
            comment_public="Later thought"
        ),
        lambda e: Answer.objects.filter(pk=e.answer_id).update(option_keys=["yes"]),
        lambda e: Answer.objects.filter(pk=e.answer_id).update(comment_private="Changed"),
        lambda e: Answer.objects.filter(pk=e.answer_id)._raw_delete(DEFAULT_DB_ALIAS),
        lambda e: AnswerFactory(revision=e.answer.revision),
        lambda e: Evidence.objects.filter(pk=e.pk).update(start_ms=5, end_ms=6),
        lambda e: EvidenceFactory(answer=e.answer),
        lambda e: EvaluationRevision.objects.filter(pk=e.answer.revision_id)._raw_delete(
            DEFAULT_DB_ALIAS
        ),
    ],
    ids=[
        *("figure", "new comment", "answer", "comment", "delete answer", "add answer"),
        *("evidence", "add evidence", "delete revision"),
    ],
)
def test_submitted_revision_refuses_plain_sql(submitted, act):
    message = refused(lambda: act(submitted))

    assert "A submitted revision never changes." in message


def test_erasure_may_blank_texts_and_take_evidence_off_its_turns(submitted):
    Answer.objects.filter(pk=submitted.answer_id).update(
        comment_private="", updated_at=timezone.now()
    )
    Evidence.objects.filter(pk=submitted.pk).update(turn_from=None, turn_to=None, start_ms=None)

    submitted.answer.refresh_from_db()
    assert submitted.answer.comment_private == ""


def test_constraint_names_fit_postgresql():
    names = [
        named.name
        for model in apps.get_app_config("quality").get_models()
        for named in (*model._meta.constraints, *model._meta.indexes)
    ]

    assert [name for name in names if len(name) > 63] == []


def test_integrity_error_is_what_the_triggers_raise(published):
    with pytest.raises(IntegrityError), transaction.atomic():
        Option.objects.filter(pk=published.pk).update(points=9)
