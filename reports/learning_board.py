"""The training dashboard: what training's own pages say, of everybody one may see at once."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from accounts.models import User
from training.coaching_board import coaching_board_of
from training.compliance import Matrix, matrix_of
from training.effect_page import Headline, headlines
from training.models import CoachingSession, EffectReport, Enrollment

MOST_REPORTS = 5
HELD = ("held", "shared", "acknowledged", "contested", "closed")


@dataclass(frozen=True)
class LearningBoard:
    matrix: Matrix
    completed: int
    held: int
    acknowledged: int
    coaching: list[tuple[str, int]]
    effects: list[tuple[EffectReport, list[Headline]]]

    @property
    def is_empty(self) -> bool:
        asked = self.matrix.people and self.matrix.requirements
        return not (asked or self.completed or self.held or self.effects)

    @property
    def overdue_people(self) -> int:
        """People with at least one requirement that is overdue or has run out."""
        late = ("overdue", "expired")
        return sum(any(counts[one] for one in late) for counts in self.matrix.by_person.values())


def learning_board_of(
    user: User, *, on: date, start: datetime, end: datetime, at: datetime, team: int | None
) -> LearningBoard:
    """Compliance as of `on`, the rest in [start, end). Some fifteen queries."""
    matrix = matrix_of(user, on, team_id=team)
    done = Enrollment.objects.visible_to(user).filter(
        state="completed", completed_at__gte=start, completed_at__lt=end
    )
    if team is not None:
        done = done.filter(person__in=[one.pk for one in matrix.people])
    sessions = CoachingSession.objects.visible_to(user).exclude(agent=user)
    sessions = sessions.filter(starts_at__gte=start, starts_at__lt=end, state__in=HELD)
    if team is not None:
        sessions = sessions.filter(agent__in=[one.pk for one in matrix.people])
    answered = sessions.exclude(acknowledged_at=None)
    board = coaching_board_of(user, at, team_id=team)
    reports = list(EffectReport.objects.visible_to(user)[:MOST_REPORTS])
    return LearningBoard(
        matrix=matrix,
        completed=done.count(),
        held=sessions.count(),
        acknowledged=answered.count(),
        coaching=[(title, len(cards)) for _name, title, cards in board.columns],
        effects=headlines(reports),
    )
