"""A team with evaluations of known figures, for the tests of pages that add up."""

from datetime import timedelta
from decimal import Decimal

from django.urls import reverse
from django.utils import timezone

from quality.models import Answer, Evaluation, EvaluationRevision, ScorecardVersion
from quality.slice_form import SliceForm
from quality.team_study import study_of
from tests.factories.accounts import TeamFactory
from tests.factories.crm import LegFactory
from tests.factories.quality import (
    AnswerFactory,
    CriterionFactory,
    EvaluationFactory,
    EvaluationRevisionFactory,
    ScorecardFactory,
    ScorecardVersionFactory,
    SectionFactory,
)
from tests.quality.worlds import member


class Center:
    """A team with its people and a scorecard of two criteria."""

    def __init__(self):
        self.at = timezone.now() - timedelta(days=3)
        self.since = self.at - timedelta(days=400)
        self.team = TeamFactory()
        self.evaluator = self.person("evaluator", "Eva")
        self.version = ScorecardVersionFactory(scorecard=ScorecardFactory())
        section = SectionFactory(version=self.version)
        self.greet = CriterionFactory(section=section, key="greet", text="Greets")
        self.verify = CriterionFactory(
            section=section, key="verify", text="Verifies", critical_family="compliance"
        )

    def person(self, role, name):
        person = member(role, self.team, full_name=name)
        person.memberships.update(starts_at=self.since)
        return person

    def publish(self):
        fields = {"state": "published", "published_at": self.at, "published_by": self.evaluator}
        ScorecardVersion.objects.filter(pk=self.version.pk).update(
            **fields, content_sha256="x" * 64
        )

    def evaluated(self, agent, score, *, answers=(), at=None, **fields):
        """A released evaluation; answers are (criterion, fault owner or None)."""
        at = at or self.at
        evaluation = EvaluationFactory(
            leg=LegFactory(agent=agent, team=self.team),
            version=self.version,
            evaluator=self.evaluator,
            handled_at=at,
        )
        revision = EvaluationRevisionFactory(evaluation=evaluation)
        rows = [self._answer(revision, criterion, owner) for criterion, owner in answers]
        Answer.objects.bulk_create(rows)
        EvaluationRevision.objects.filter(pk=revision.pk).update(
            submitted_at=at,
            score_percent=Decimal(str(score)),
            outcome="passed" if score >= 80 else "failed",
            receipt_sha256="x" * 64,
        )
        fields = {"state": "released", "released_at": at, "selection": "random", **fields}
        Evaluation.objects.filter(pk=evaluation.pk).update(current_revision=revision, **fields)
        return evaluation

    def _answer(self, revision, criterion, owner):
        is_excused = owner not in (None, "agent")
        return AnswerFactory.build(
            revision=revision,
            criterion=criterion,
            state="excused" if is_excused else "scored",
            earned=0 if owner else 1,
            possible=1,
            is_failed=owner is not None,
            fault_owner=owner,
        )

    def study(self, viewer=None, **chosen):
        viewer = viewer or self.evaluator
        form = SliceForm(chosen, user=viewer, without=("team", "faults"))
        assert form.is_valid(), form.errors
        rows = Evaluation.objects.visible_to(viewer).filter(team=self.team)
        return study_of(rows, form.slice())

    def url(self):
        return reverse("quality:team_quality", args=[self.team.pk])
