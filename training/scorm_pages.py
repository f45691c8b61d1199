"""What the pages about packages show: contents with where somebody stands, and the way in."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lib.sentences import said
from lib.speaking import spoken
from ops.models import JobRun, JobState
from training.actions.scorm import ELSEWHERE
from training.models import Enrollment, Lesson, ScormImport, ScormItem, ScormLaunch, ScormState
from training.scorm import V12
from training.scorm_seeds import seed

SANDBOX = "allow-scripts allow-same-origin allow-forms allow-modals allow-popups"
# What static/js/training/scorm_frame.js says; it cannot ask the app's address for words.
FRAME_WORDS = (
    ELSEWHERE,
    said("Not saved. The connection is gone."),
    said("Not saved. The server did not take it."),
)


@dataclass(frozen=True)
class Line:
    """One line of the contents; `state` is None while the item was never opened."""

    item: ScormItem
    state: ScormState | None

    @property
    def is_done(self) -> bool:
        return self.state is not None and self.state.is_done


def lines_of(enrollment: Enrollment, lesson: Lesson) -> list[Line]:
    """The contents of the lesson's package with the person's states. Two queries."""
    items = list(ScormItem.objects.filter(package=lesson.scorm_package_id))
    states = {
        state.item_id: state
        for state in ScormState.objects.filter(
            enrollment=enrollment, item__package=lesson.scorm_package_id
        )
    }
    return [Line(item, states.get(item.pk)) for item in items]


def next_line(lines: list[Line]) -> Line | None:
    """What to open now: the first item that is not done, else the first of all."""
    openable = [line for line in lines if line.item.is_launchable]
    waiting = [line for line in openable if not line.is_done]
    return next(iter(waiting or openable), None)


def lesson_context(enrollment: Enrollment, lesson: Lesson, origin: str | None) -> dict[str, Any]:
    """For the lesson's page, before anything is opened."""
    lines = lines_of(enrollment, lesson)
    states = [line.state for line in lines if line.state is not None]
    return {
        "lines": lines,
        "next_line": next_line(lines),
        "has_origin": origin is not None,
        "scorm_seconds": sum(state.total_hundredths for state in states) // 100,
        "launch_count": sum(state.launch_count for state in states),
    }


def frame_data(launch: ScormLaunch, state: ScormState | None, base: str) -> dict[str, Any]:
    """What the player frame knows; the token is in its address already."""
    package = launch.item.package
    return {
        "edition": "1.2" if package.edition == V12 else "2004",
        "seed": seed(launch, state),
        "sequence": state.last_sequence if state is not None and launch.mode == "normal" else 0,
        "mastery": not package.trusts_status,
        "silent": package.completes_silent,
        "content": f"{base}files/{launch.item.href}",
        "commit": f"{base}commit/",
        "app": launch.app_origin,
        "words": {word: spoken(word) for word in FRAME_WORDS},
    }


def job_of(row: ScormImport) -> JobRun | None:
    """The work on an import, for its progress and for knowing that it gave up."""
    return JobRun.objects.filter(job="training.import_scorm", key=f"scorm-{row.pk}").first()


def has_given_up(run: JobRun | None) -> bool:
    return run is not None and run.state in (JobState.DEAD, JobState.CANCELLED)
