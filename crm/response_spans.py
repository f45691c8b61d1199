"""When customers of a case waited for an answer; told in docs/algorithms/sla-clocks.md."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Span:
    """A wait for an answer: from the oldest unanswered message to the answer, None = still open."""

    started_at: datetime
    answered_at: datetime | None


@dataclass(frozen=True, slots=True)
class Responses:
    """The first answer to a case, and every wait after it."""

    first_at: datetime | None
    later: tuple[Span, ...]


def responses(
    contacts: Iterable[datetime], replies: Iterable[datetime], resolutions: Iterable[datetime] = ()
) -> Responses:
    """What a case's messages and answers come to, in whatever order they became known.

    Resolving a case answers it. Messages before the first answer belong to the first response;
    each later one that finds nothing unanswered begins a wait. At one moment an answer counts
    before a message, so a message is never answered by what was sent at the same second.
    """
    answers = sorted({*replies, *resolutions})
    if not answers:
        return Responses(None, ())
    first_at = answers[0]
    later: list[Span] = []
    for message in sorted(at for at in contacts if at >= first_at):
        if later and (later[-1].answered_at is None or message < later[-1].answered_at):
            continue
        answered_at = next((at for at in answers if at > message), None)
        later.append(Span(message, answered_at))
    return Responses(first_at, tuple(later))
