"""An agent with released evaluations, one a day, whose criterion “solve” fails where told."""

from datetime import UTC, datetime, timedelta

from quality.actions import evaluations as quality_actions
from tests.quality.worlds import GIVEN, World, document, handled_leg, member
from training.models import RemediationRule

__all__ = ["DAY", "START", "JudgedWorld"]
START = datetime(2026, 5, 4, 10, 0, tzinfo=UTC)
DAY = timedelta(days=1)
FAILED = GIVEN | {"solve": "none"}


class JudgedWorld(World):
    def __init__(self, history="", **content):
        super().__init__(document(release_mode="on_submit", **content))
        self.supervisor = member("supervisor", self.team)
        self.trainer = member("trainer", self.team)
        self.evaluations = []
        self.judge(history)

    def judge(self, history, *, agent=None):
        """ "FPF" judges three times, failing the first and the last."""
        agent = agent or self.agent
        for letter in history:
            self.leg = handled_leg(self.team, agent=agent)
            draft = self.answered(FAILED if letter == "F" else GIVEN)
            if letter == "F":
                self.save(draft, "solve", seen=1, root_cause="skill")
            at = START + len(self.evaluations) * DAY
            self.submit(draft, at=at, confirmed=True)
            draft.refresh_from_db()
            self.evaluations.append(draft)
        return self.evaluations

    def void(self, evaluation, at=START):
        return quality_actions.void_evaluation(
            evaluation=evaluation, reason="The wrong call was scored.", by=self.supervisor, at=at
        )

    def rule(self, **fields):
        fields = {"k": 2, "n": 5, "coaching_text": "Solving", "criterion_key": "solve"} | fields
        return RemediationRule.objects.create(
            name="Solving", active_since=START - DAY, created_by=self.trainer, **fields
        )
