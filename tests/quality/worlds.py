"""Small worlds for tests: a published scorecard, a leg with a transcript, an evaluator."""

from copy import deepcopy
from uuid import uuid4

from quality.actions import answers, evaluations
from quality.actions.documents import set_switches, write_tree
from quality.content import sha256_of
from quality.models import Scorecard, ScorecardVersion
from tests.factories.accounts import TeamFactory, TeamMembershipFactory, UserFactory
from tests.factories.crm import InteractionFactory, LegFactory, TranscriptFactory, TurnFactory
from tests.factories.quality import AT, ScorecardFactory

YES_NO = [
    {"key": "yes", "label": "Yes", "points": "1"},
    {"key": "no", "label": "No", "points": "0", "is_fail": True},
]
DOCUMENT = {
    "weight_mode": "criterion_percent",
    "pass_percent": "80",
    "bands": [
        {"label": "Below", "from_percent": "0"},
        {"label": "Meets", "from_percent": "80"},
    ],
    "sections": [
        {
            "key": "opening",
            "title": "Opening",
            "criteria": [
                {"key": "greet", "text": "Greets", "weight": "20", "options": YES_NO},
                {
                    "key": "verify",
                    "text": "Verifies the caller",
                    "weight": "30",
                    "critical_family": "compliance",
                    "fail_trigger": "option",
                    "allow_na": False,
                    "options": [
                        YES_NO[0],
                        {**YES_NO[1], "critical_scope": "evaluation"},
                    ],
                },
            ],
        },
        {
            "key": "solving",
            "title": "Solving",
            "criteria": [
                {
                    "key": "solve",
                    "text": "Solves the matter",
                    "weight": "40",
                    "options": [
                        {"key": "full", "label": "In full", "points": "10"},
                        {"key": "part", "label": "In part", "points": "5"},
                        {
                            "key": "none",
                            "label": "Not",
                            "points": "0",
                            "is_fail": True,
                            "root_causes": [
                                {"key": "skill", "label": "Skill"},
                                {"key": "will", "label": "Will"},
                            ],
                        },
                    ],
                },
                {
                    "key": "hold",
                    "text": "Explains the hold",
                    "weight": "10",
                    "condition": {"fact": "hold_seconds", "op": "gt", "value": "60"},
                    "comment_rule": "required_on_fail",
                    "options": YES_NO,
                },
                {
                    "key": "note",
                    "kind": "text",
                    "text": "What stood out",
                    "is_required": False,
                    "options": [],
                },
                {
                    "key": "count",
                    "kind": "number",
                    "text": "Interruptions",
                    "is_required": False,
                    "is_scored": False,
                    "options": [],
                },
                {
                    "key": "day",
                    "kind": "date",
                    "text": "Promised day",
                    "is_required": False,
                    "options": [],
                },
            ],
        },
    ],
}
GIVEN = {"greet": "yes", "verify": "yes", "solve": "part", "hold": "yes"}


def document(**changes):
    return {**deepcopy(DOCUMENT), **changes}


def published(content=None, *, by=None, at=AT, **scorecard):
    """A scorecard whose version 1 is in force."""
    content = content or document()
    card = ScorecardFactory(**scorecard)
    version = ScorecardVersion(scorecard=card, number=1)
    set_switches(version, content)
    version.save()
    write_tree(version, content)
    version.state, version.published_at, version.published_by = "published", at, by or UserFactory()
    version.content_sha256 = sha256_of(version.as_document())
    version.save()
    Scorecard.objects.filter(pk=card.pk).update(current_version=version)
    card.refresh_from_db()
    return card


def member(role, team, **user):
    """Somebody with a role, in a team as what the role does there."""
    person = UserFactory(roles=[role], **user)
    TeamMembershipFactory(user=person, team=team, kind=role)
    return person


def handled_leg(team=None, *, agent=None, turns=4, hold_seconds=95, **interaction):
    """A voice leg of an agent in a team, with a transcript of alternating turns."""
    team = team or TeamFactory()
    agent = agent or member("agent", team)
    call = InteractionFactory(**interaction)
    leg = LegFactory(
        interaction=call, agent=agent, team=team, talk_seconds=200, hold_seconds=hold_seconds
    )
    transcript = TranscriptFactory(interaction=call)
    for n in range(turns):
        TurnFactory(
            transcript=transcript,
            position=n,
            speaker=("agent", "customer")[n % 2],
            start_ms=n * 3000,
            end_ms=n * 3000 + 2500,
            text=f"Turn number {n} of the call.",
        )
    return leg


class World:
    """A team with an agent's leg, an evaluator of the team, and a scorecard in force."""

    def __init__(self, content=None, **leg):
        self.team = TeamFactory()
        self.leg = handled_leg(self.team, **leg)
        self.agent = self.leg.agent
        self.evaluator = member("evaluator", self.team)
        self.scorecard = published(content)

    def start(self, **options):
        options = {"selection": "random", "by": self.evaluator, "at": AT, **options}
        return evaluations.start_evaluation(leg=self.leg, scorecard=self.scorecard, **options)

    def save(self, evaluation, key, seen=0, **change):
        return answers.save_answer(
            evaluation=evaluation,
            key=key,
            change=change,
            seen=seen,
            save_id=uuid4(),
            by=self.evaluator,
            at=AT,
        )

    def answered(self, given=None, **options):
        """A draft with every required answer."""
        evaluation = self.start(**options)
        for key, option in (given or GIVEN).items():
            self.save(evaluation, key, answer={"option": option})
        return evaluation

    def submit(self, evaluation, key=None, **options):
        options = {"by": self.evaluator, "at": AT, "key": key or uuid4(), **options}
        return evaluations.submit_evaluation(evaluation=evaluation, **options)

    def submitted(self, given=None, **options):
        return self.submit(self.answered(given, **options))
